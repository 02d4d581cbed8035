// Package warning puts into sentences what callers are told beside an answer. Everything
// that decides goes by the codes of feature.Finding; the sentences are made here, once for
// the API and the pages.
package warning

import (
	"fmt"
	"math"
	"strings"
	"time"

	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/serve"
)

// Sentence is something to tell a caller: a code and its parameters for programs, the text
// for people.
type Sentence struct {
	Code   feature.FindingCode
	Text   string
	Params Params
}

// Params are the parameters of a code, those that it has.
type Params struct {
	Field  string  `json:"field,omitempty" doc:"The fact that it is about"`
	Value  string  `json:"value,omitempty" doc:"As it was given"`
	Used   string  `json:"used,omitempty" doc:"What was taken instead, or what it disagrees with"`
	Metres float64 `json:"metres,omitempty" doc:"How far away"`
}

// Sentences puts findings into words.
func Sentences(findings []feature.Finding) []Sentence {
	out := make([]Sentence, len(findings))
	for i, f := range findings {
		out[i] = Sentence{Code: f.Code, Text: describe(f), Params: Params{Field: f.Fact, Value: f.Value, Used: f.Used}}
		if !math.IsInf(f.Metres, 0) {
			out[i].Params.Metres = math.Round(f.Metres)
		}
	}
	return out
}

// Texts are the warnings of a reply, nil without any.
func Texts(r *serve.Reply) []string { return describeAll(r.Findings) }

// RefusalText says in one line why a question is not answered.
func RefusalText(r *serve.Refusal) string {
	return strings.Join(describeAll(r.Findings), "; ")
}

// NoResponse says why a reply has no response time; empty where it has one.
func NoResponse(r *serve.Reply) string {
	if r.Response != nil {
		return ""
	}
	return "no call handling times were published with the data that the model was trained on"
}

func describeAll(findings []feature.Finding) (texts []string) {
	for _, f := range findings {
		texts = append(texts, describe(f))
	}
	return texts
}

func describe(f feature.Finding) string {
	name := strings.ReplaceAll(f.Fact, "_", " ")
	switch f.Code {
	case feature.FindingUnknownValue:
		if f.Fact == "reported" {
			name = "report"
		}
		return fmt.Sprintf("%s %q is not in the training rows", name, f.Value)
	case feature.FindingNotUsed:
		return fmt.Sprintf("%s is not used: no model that serves was trained with it", name)
	case feature.FindingSuperseded:
		return fmt.Sprintf("%s is not used: %s says it already", name, strings.ReplaceAll(f.Used, "_", " "))
	case feature.FindingAreaElsewhere:
		return fmt.Sprintf("the place is %.0f km from the middle of %s %s", f.Metres/1000, name, f.Value)
	case feature.FindingContradiction:
		if f.Metres > 0 {
			return fmt.Sprintf("%s %q and the place by %s are %.1f km apart: which is it?",
				name, f.Value, describeSource(f.Used), f.Metres/1000)
		}
		return fmt.Sprintf("%s %q and %s are two places: which is it?", name, f.Value, f.Used)
	case feature.FindingOutsideArea:
		switch {
		case f.Value != "":
			return fmt.Sprintf("%s %q is outside London, or no such place: nothing is known of it", name, f.Value)
		case math.IsInf(f.Metres, 0):
			return "the place is outside London: no incident within 20 km"
		}
		return fmt.Sprintf("the place is outside London: the nearest incident is %.1f km away", f.Metres/1000)
	case feature.FindingOutsideTraining:
		return fmt.Sprintf("outside the area seen in training: the nearest incident is %.1f km away", f.Metres/1000)
	case feature.FindingBoroughOnly:
		return "only the borough is known: the place is taken to be its middle"
	case feature.FindingRepeatedHour:
		return fmt.Sprintf("%s comes twice that night: the first, in summer time, is taken", f.Value)
	case feature.FindingNoPlace:
		return "no place is known: the answer is for London as a whole"
	case feature.FindingPostcodeCorrected:
		if compactPostcode(f.Value) == compactPostcode(f.Used) {
			return fmt.Sprintf("%q is read as %s: a blank stood in the wrong place", f.Value, f.Used)
		}
		return fmt.Sprintf("%q is read as %s: letters stood for digits", f.Value, f.Used)
	case feature.FindingPostcodeMalformed:
		return fmt.Sprintf("%q is no postcode: answered for the district %s", f.Value, f.Used)
	case feature.FindingPostcodeAsDistrict:
		return fmt.Sprintf("%s is answered for the district %s as a whole", f.Value, f.Used)
	case feature.FindingPostcodeAsSector:
		if f.Value == f.Used {
			return f.Value + " is a sector and no whole postcode: answered for its middle"
		}
		return fmt.Sprintf("where %s is exactly is not known: answered for its sector, %s", f.Value, f.Used)
	case feature.FindingDistrictsTogether:
		return fmt.Sprintf("%s is several districts, answered for all of them together: %s", f.Value, f.Used)
	case feature.FindingDistrictUnknown:
		return fmt.Sprintf("%s is not in the training rows: answered for what is around it, %s", f.Value, f.Used)
	case feature.FindingWidened:
		return "there is no data near the place: the range is widened"
	case feature.FindingAvailability:
		if f.Value == "" {
			return fmt.Sprintf("as the engines stand, until %s: all that might come are at home", describeTime(f.Used))
		}
		return fmt.Sprintf("as the engines stand, until %s: out or elsewhere are engines of %s", describeTime(f.Used),
			f.Value)
	case feature.FindingAvailabilityRough:
		return "who is out is reckoned with roughly or not at all: the model was not trained with the station sent from"
	case feature.FindingAvailabilityOld:
		return fmt.Sprintf("who is out was last read %s: the database is away", describeTime(f.Used))
	case feature.FindingAvailabilityFar:
		return fmt.Sprintf("hardly any station is left: engines come from %.0f km away, farther than was ever learned from, "+
			"and take longer than the time that is said", f.Metres/1000)
	case feature.FindingSenderOut:
		return fmt.Sprintf("%s is said to be out until %s: answered as if its engine came all the same", f.Value,
			describeTime(f.Used))
	}
	return string(f.Code) // a code without a sentence is still told
}

// describeTime puts a moment as a clock in London shows it.
func describeTime(stamp string) string {
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return stamp
	}
	return t.In(lfb.London).Format("2 Jan 2006, 15:04")
}

// compactPostcode is a postcode without blanks and in capitals.
func compactPostcode(postcode string) string {
	return strings.ToUpper(strings.Join(strings.Fields(postcode), ""))
}

// describeSource names what says where a place is.
func describeSource(fact string) string {
	if fact == "easting" || fact == "latitude" {
		return "its coordinates"
	}
	return "the " + strings.ReplaceAll(fact, "_", " ")
}
