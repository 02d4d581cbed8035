package web

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/serve"
	"lfb/internal/serve/warning"
)

// reply is an answer as the page shows it.
type reply struct {
	*serve.Reply
	Warnings   []string
	NotUsed    []string // what was given and not used, and why
	NoResponse string
	Where      string
	Facts      []fact
	Line       timeline
	Reasons    []reason
	Base       float64 // seconds: the expectation from which the reasons start
	Sum        float64 // seconds: the mean that base and reasons add up to
}

// fact is something the answer went by.
type fact struct {
	Name, Value string
	Tag         string // assumed | from your words; empty: given
}

// reason is what one column added to the time.
type reason struct {
	Column, Value string
	Seconds       float64
	X, Width      string // of its bar, per cent of the width; 50 is the middle
	Slower        bool
}

// timeline is the drawing of P50 to P90 on a scale of minutes.
type timeline struct {
	P50, Width string // in the drawing's units
}

// The drawing's scale: 15 minutes over 400 units, as the template's ticks have it.
const (
	lineSeconds = 900
	lineUnits   = 400
)

// topReasons is how many reasons are shown by themselves.
const topReasons = 7

// newReply is r for the page; read are the facts that were read out of a description.
func newReply(r *serve.Reply, read []string) *reply {
	out := &reply{
		Reply: r, NoResponse: warning.NoResponse(r), Line: newTimeline(r.Attendance), Where: placeText(&r.Call), Facts: listFacts(r, read),
	}
	unused := r.Unused()
	for i, s := range warning.Sentences(r.Findings) {
		if slices.Contains(unused, r.Findings[i]) {
			out.NotUsed = append(out.NotUsed, s.Text)
		} else {
			out.Warnings = append(out.Warnings, s.Text)
		}
	}
	if e, err := r.Model.Bundle.Explain(&r.Call); err == nil { // a model that cannot say why still answers
		out.addReasons(e)
	}
	return out
}

// addReasons keeps the heaviest reasons and sums up the others, so that what is
// shown, to a tenth of a second, adds up exactly.
func (r *reply) addReasons(e *bundle.Explanation) {
	r.Base, r.Sum = roundTenth(e.Base), roundTenth(e.Mean)
	rest, most := r.Sum-r.Base, 1.0
	for _, c := range e.Contributions[:min(topReasons, len(e.Contributions))] {
		shown := roundTenth(c.Seconds)
		rest -= shown
		r.Reasons = append(r.Reasons, reason{Column: spellOut(c.Column), Value: c.Value, Seconds: shown})
		most = max(most, math.Abs(shown))
	}
	n, left := len(e.Contributions)-len(r.Reasons), "rounding"
	if n > 0 {
		left = fmt.Sprintf("%d others", n)
	}
	if rest = roundTenth(rest); n > 0 || rest != 0 {
		r.Reasons = append(r.Reasons, reason{Column: left, Seconds: rest})
		most = max(most, math.Abs(rest))
	}
	for i := range r.Reasons {
		r.Reasons[i].setBar(most)
	}
}

func roundTenth(seconds float64) float64 { return math.Round(10*seconds) / 10 }

func (r *reason) setBar(most float64) {
	w := 50 * math.Abs(r.Seconds) / most
	x := 50.0
	if r.Slower = r.Seconds > 0; !r.Slower {
		x = 50 - w
	}
	r.X, r.Width = formatTenths(x), formatTenths(w)
}

// Signed shows the seconds with their sign.
func (r reason) Signed() string { return fmt.Sprintf("%+.1f s", r.Seconds) }

func newTimeline(a ml.Answer) timeline {
	x := func(seconds float64) float64 { return lineUnits * min(max(seconds, 0), lineSeconds) / lineSeconds }
	return timeline{P50: formatTenths(x(a.P50)), Width: formatTenths(max(x(a.P90)-x(a.P50), 1))}
}

func placeText(c *lfb.Call) string {
	var parts []string
	for _, s := range []string{c.Postcode, c.PostcodeDistrict, boroughName(c.BoroughCode)} {
		if s != "" && !(s == c.PostcodeDistrict && c.Postcode != "") {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		return "London as a whole"
	}
	return strings.Join(parts, ", ")
}

// listFacts are what the answer went by; read names those that a description told.
func listFacts(r *serve.Reply, read []string) []fact {
	c := &r.Call
	engine := "first engine"
	if c.PumpOrder == 2 {
		engine = "second engine"
	}
	out := []fact{{Name: "asked about", Value: engine + ", " + c.At.In(lfb.London).Format("Monday 2 January 2006, 15:04")}}
	add := func(name, value, assumed string) {
		f := fact{Name: name, Value: value}
		switch {
		case slices.Contains(r.Assumed, assumed):
			f.Tag = "assumed"
		case slices.Contains(read, name):
			f.Tag = "from your words"
		}
		if value != "" {
			out = append(out, f)
		}
	}
	add("reported", c.Reported, "reported")
	add("property", c.PropertyCategory, "property_category")
	add("sent from", c.SentFrom, "sent_from")
	add("station ground", c.StationGround, "station_ground")
	add("borough", boroughName(c.BoroughCode), "borough")
	add("ward", c.WardCode, "ward")
	add("postcode district", c.PostcodeDistrict, "postcode_district")
	if !math.IsNaN(c.Easting) && !math.IsNaN(c.Northing) {
		add("grid position", fmt.Sprintf("%.0f, %.0f", c.Easting, c.Northing), "easting")
	}
	return out
}

// East and North are where the place is on the map, in metres; empty where it is
// not known.
func (r *reply) East() string { return formatMetres(r.Call.Easting) }

// North is the other half of it.
func (r *reply) North() string { return formatMetres(r.Call.Northing) }

func formatMetres(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return fmt.Sprintf("%.0f", v)
}

// plainText is an error's text as a sentence, without the name of its kind.
func plainText(err error) string {
	return toSentence(lfb.Plain(err))
}

func toSentence(text string) string {
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
