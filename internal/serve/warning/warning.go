// Package warning puts into sentences what callers are told beside an answer. Everything
// that decides goes by the codes of feature.Finding; the sentences are made here, once for
// the API and the pages.
package warning

import (
	"fmt"
	"math"
	"strings"

	"lfb/internal/feature"
	"lfb/internal/serve"
)

// Texts are the warnings of a reply, nil without any.
func Texts(r *serve.Reply) []string {
	var texts []string
	for _, f := range r.Findings {
		texts = append(texts, describe(f))
	}
	if r.Widened {
		texts = append(texts, "there is no data near the place: the range is widened")
	}
	return texts
}

// NoResponse says why a reply has no response time; empty where it has one.
func NoResponse(r *serve.Reply) string {
	if r.Response != nil {
		return ""
	}
	return "no call handling times were published with the data that the model was trained on"
}

func describe(f feature.Finding) string {
	name := strings.ReplaceAll(f.Fact, "_", " ")
	switch f.Code {
	case feature.FindingUnknownValue:
		if f.Fact == "reported" {
			name = "report"
		}
		return fmt.Sprintf("%s %q is not in the training rows", name, f.Value)
	case feature.FindingAreaElsewhere:
		return fmt.Sprintf("the place is %.0f km from the middle of %s %s", f.Metres/1000, name, f.Value)
	case feature.FindingOutsideTraining:
		if math.IsInf(f.Metres, 0) {
			return "outside the area seen in training: no incident within 20 km"
		}
		return fmt.Sprintf("outside the area seen in training: the nearest incident is %.1f km away", f.Metres/1000)
	case feature.FindingBoroughOnly:
		return "only the borough is known: the place is taken to be its middle"
	case feature.FindingRepeatedHour:
		return fmt.Sprintf("%s comes twice that night: the first, in summer time, is taken", f.Value)
	case feature.FindingNoPlace:
		return "no place is known: the answer is for London as a whole"
	}
	return string(f.Code) // a code without a sentence is still told
}
