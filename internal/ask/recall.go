package ask

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// RecallAnswer is an answer as it was said, from its logged prediction. One that a program asked
// for has its times alone.
func RecallAnswer(p *registry.Prediction) *Answer {
	a := &Answer{}
	if json.Unmarshal(p.Said, a) == nil {
		return a
	}
	a = &Answer{
		ID: p.ID, AskedAt: p.At, At: p.CallAt.In(lfb.London), East: p.Easting, North: p.Northing, Model: p.Version,
		Line: p.Line, Basis: FromSent,
		Place: fmt.Sprintf("%.0f, %.0f", p.Easting, p.Northing), Facts: []Fact{{
			Name:  "engine",
			Value: engineName(p.PumpOrder),
		}},
	}
	a.Form = Form{Where: a.Place, When: a.At.Format(WhenLayout), Pump: fmt.Sprint(p.PumpOrder), Incident: p.IncidentNumber}
	if name := BoroughName(p.BoroughCode); name != "" {
		a.Place += ", " + name
	}
	a.Engine = Engine{
		Name: engineName(p.PumpOrder), Attendance: p.Attendance, P50: p.Attendance.P50,
		P90: p.Attendance.P90,
	}
	if p.Response != nil {
		a.Basis, a.Engine.P50, a.Engine.P90 = FromCall, p.Response.P50, p.Response.P90
	}
	a.composeSentences(0, false)
	a.Tab = a.Engine.About + " " + a.Place
	a.ModelLine = fmt.Sprintf("Model %s.", p.Version)
	return a
}

// DescribeOutcome says how an attendance time in seconds, which was published later, compares
// with what was answered.
func DescribeOutcome(p *registry.Prediction, seconds float64) string {
	off := seconds - p.Attendance.P50
	compared := fmt.Sprintf("%s later than expected", FormatMinutes(off))
	if off <= 0 {
		compared = fmt.Sprintf("%s sooner than expected", FormatMinutes(math.Abs(off)))
	}
	within := "within"
	if seconds > p.Attendance.P90 {
		within = "beyond"
	}
	return fmt.Sprintf("The %s was there %s after it was sent: %s, %s the nine-in-ten time of %s.",
		engineName(p.PumpOrder), FormatMinutes(seconds), compared, within, FormatMinutes(p.Attendance.P90))
}

// AskedClock is when it was asked, in London.
func (a *Answer) AskedClock() string { return a.AskedAt.In(lfb.London).Format("15:04, 2 Jan 2006") }

// AskedTime is the time of day alone.
func (a *Answer) AskedTime() string { return a.AskedAt.In(lfb.London).Format("15:04") }

// ToldValue is what the words of the place's field said of a fact; empty where they did not.
func (a *Answer) ToldValue(fact string) string {
	for _, f := range a.Facts {
		if f.Name == fact && f.Tag == FromWords {
			return f.Value
		}
	}
	return ""
}

// DescribeFacts is what was said beside the place.
func (a *Answer) DescribeFacts() string {
	var said []string
	for _, f := range a.Facts {
		beside := slices.Contains([]string{"reported", "property", "sent from"}, f.Name) || f.Name == "engine" &&
			a.Engine.Name != engineName(1)
		switch {
		case f.Tag != Assumed && beside:
			said = append(said, f.Value)
		case f.Name == "time" && (a.Form.When != "" || f.Tag == FromWords):
			said = append(said, a.At.In(lfb.London).Format("2 Jan 2006, 15:04"))
		}
	}
	return cmp.Or(strings.Join(said, " · "), "what, property, time, engine, sent from")
}

// FormatLines is the answer as lines for a terminal, with what was assumed and why.
func (a *Answer) FormatLines() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%s", a.Place)
	for _, w := range a.Warnings {
		line("  Warning: %s", w)
	}
	if len(a.NotUsed) > 0 {
		line("  Not used: %s.", strings.Join(a.NotUsed, "; "))
	}
	line("%s %s", a.Headline, a.NineInTen)
	for _, s := range []string{a.OtherLine, a.Official, strings.TrimSpace(a.Counted + " " + a.Across)} {
		if s != "" {
			line("%s", s)
		}
	}
	line("\nWhat it went by:")
	for _, f := range a.Facts {
		if f.Tag != "" {
			f.Value += " (" + f.Tag + ")"
		}
		line("  %-18s %s", f.Name, f.Value)
	}
	if a.Why != nil {
		line("Why this time, from a mean of %s over all:", FormatMinutes(a.Why.Base))
		for _, r := range a.Why.List {
			line("  %6s  %s", r.Signed(), strings.TrimSpace(r.Text+" "+r.Value))
		}
	}
	line("%s", a.ModelLine)
	return b.String()
}
