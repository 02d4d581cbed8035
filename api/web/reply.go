package web

import (
	"fmt"
	"math"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/serve"
)

// reply is an answer as the page shows it.
type reply struct {
	*serve.Reply
	Where   string
	Facts   []fact
	Line    timeline
	Reasons []reason
	Base    float64 // seconds: the expectation from which the reasons start
}

// fact is something the answer went by.
type fact struct {
	Name, Value string
	Assumed     bool
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
	P50, P90, Width string // in the drawing's units
	Ticks           []tick
}

type tick struct {
	X    string
	Text string
	Aim  bool
}

// The drawing's scale: 15 minutes over 400 units.
const (
	lineSeconds = 900
	lineUnits   = 400
)

// topReasons is how many reasons are shown by themselves.
const topReasons = 7

func newReply(r *serve.Reply) *reply {
	out := &reply{Reply: r, Line: newTimeline(r.Attendance)}
	out.Where = placeText(&r.Call)
	out.Facts = facts(r)
	e, err := r.Model.Bundle.Explain(&r.Call)
	if err != nil {
		return out // a model that cannot say why still answers
	}
	out.Base = e.Base
	most, rest, others := 1.0, 0.0, 0
	for i, c := range e.Contributions {
		if i >= topReasons {
			rest, others = rest+c.Seconds, others+1
			continue
		}
		out.Reasons = append(out.Reasons, reason{Column: inline(c.Column), Value: c.Value, Seconds: c.Seconds})
		most = max(most, math.Abs(c.Seconds))
	}
	if others > 0 {
		out.Reasons = append(out.Reasons, reason{Column: fmt.Sprintf("%d others", others), Seconds: rest})
		most = max(most, math.Abs(rest))
	}
	for i := range out.Reasons {
		out.Reasons[i].draw(most)
	}
	return out
}

func (r *reason) draw(most float64) {
	w := 50 * math.Abs(r.Seconds) / most
	x := 50.0
	if r.Slower = r.Seconds > 0; !r.Slower {
		x = 50 - w
	}
	r.X, r.Width = f1(x), f1(w)
}

// Signed shows the seconds with their sign.
func (r reason) Signed() string { return fmt.Sprintf("%+.0f s", r.Seconds) }

func newTimeline(a ml.Answer) timeline {
	x := func(seconds float64) float64 { return lineUnits * min(max(seconds, 0), lineSeconds) / lineSeconds }
	t := timeline{P50: f1(x(a.P50)), P90: f1(x(a.P90)), Width: f1(max(x(a.P90)-x(a.P50), 1))}
	for minute := 0; minute <= lineSeconds/60; minute += 2 {
		t.Ticks = append(t.Ticks, tick{X: f1(x(float64(60 * minute))), Text: fmt.Sprint(minute), Aim: minute == 6 || minute == 10})
	}
	return t
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

func facts(r *serve.Reply) []fact {
	c := &r.Call
	assumed := map[string]bool{}
	for _, a := range r.Assumed {
		assumed[a] = true
	}
	engine := "first engine"
	if c.PumpOrder == 2 {
		engine = "second engine"
	}
	out := []fact{{Name: "asked about", Value: engine + ", " + c.At.In(lfb.London).Format("Monday 2 January 2006, 15:04")}}
	add := func(name, value string, is bool) {
		if value != "" {
			out = append(out, fact{name, value, is})
		}
	}
	add("reported", c.Reported, false)
	add("property", c.PropertyCategory, false)
	add("station ground", c.StationGround, assumed["station_ground"])
	add("borough", boroughName(c.BoroughCode), assumed["borough"])
	add("ward", c.WardCode, assumed["ward"])
	add("postcode district", c.PostcodeDistrict, assumed["postcode_district"])
	if !math.IsNaN(c.Easting) && !math.IsNaN(c.Northing) {
		add("grid position", fmt.Sprintf("%.0f, %.0f", c.Easting, c.Northing), assumed["easting"])
	}
	return out
}

// plain is an error's text without the name of its kind.
func plain(err error) string {
	text := strings.TrimSuffix(err.Error(), ": "+lfb.ErrInvalid.Error())
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
