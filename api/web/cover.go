package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot/plotter"

	"lfb/internal/cover"
	"lfb/internal/dataset"
	"lfb/internal/dispatch"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
	"lfb/internal/serve"
	"lfb/internal/svgplot"
)

const (
	coverPath = "/cover"
	// waitForPlanner is how long a page waits before it says how far the planner is.
	waitForPlanner = time.Second
	// maxPlans is how many answers are kept: those that the map, the plot and the page of one visit share.
	maxPlans  = 16
	daysAYear = 365
)

// coverBody is the cover planner's page.
type coverBody struct {
	cover.Scenario
	Stations  []string // open ones
	Choices   []outChoice
	Timed     []outRow
	Sent      []sentRow
	Points    []string
	Hours     []int
	Preparing *serve.PreparingError // nil once there is a plan
	Plan      *coverPlan
	Map       *mapFrame
	Saved     []registry.CoverScenario
	Unknown   []string
}

// outChoice is a station, or one of its two engines, that can be out.
type outChoice struct {
	Value, Text string
	Chosen      bool
}

// outRow is who is out at times of their own, as the form has it: the station or one of its engines, and from when to
// when.
type outRow struct{ Who, From, To string }

// sentRow is one engine that stands elsewhere, as the form has it, and from when to when.
type sentRow struct{ Who, At, From, To string }

// coverPlan is what the planner answers to one scenario. It is immutable.
type coverPlan struct {
	*cover.Effect
	Moves    []cover.Move
	Closures []cover.Closure
	model    *serve.Loaded
}

// readScenario reads the scenario of an address: out=Soho and out=Soho/1, some=Soho with somefrom and someto for who is
// out at times of their own, send=Euston&to=Soho with sendfrom and sendto, where=SE10, since and until.
func (u *ui) readScenario(ctx context.Context, q url.Values) (s cover.Scenario, err error) {
	if name := q.Get("saved"); name != "" {
		return u.openScenario(ctx, name)
	}
	for _, v := range q["out"] {
		if v != "" {
			o, wrong := readAbsence(v)
			s.Out, err = append(s.Out, o), cmp.Or(err, wrong)
		}
	}
	for k, row := range timedRows(q) {
		if row == (outRow{}) {
			continue
		}
		o, wrong := readAbsence(row.Who)
		o.Span = cover.Span{From: row.From, To: row.To}
		if o.Station == "" || o.Span == (cover.Span{}) {
			const why = "out at times of their own, row %d: who, from when and to when are needed: %w"
			wrong = cmp.Or(wrong, fmt.Errorf(why, k+1, lfb.ErrInvalid))
		}
		s.Out, err = append(s.Out, o), cmp.Or(err, wrong)
	}
	for _, row := range sentRows(q) {
		if row.Who == "" || row.At == "" {
			continue
		}
		e := cover.Standby{Span: cover.Span{From: row.From, To: row.To}}
		e.Station, e.At = row.Who, row.At
		if !slices.Contains(u.openStations(), e.At) {
			if e.At = ""; err == nil {
				e.Easting, e.Northing, err = u.findPoint(row.At)
			}
		}
		s.Elsewhere = append(s.Elsewhere, e)
	}
	for k, where := range q["where"] {
		if strings.TrimSpace(where) != "" && err == nil {
			n := dispatch.Station{Name: fmt.Sprintf("new station %d", k+1)}
			n.Easting, n.Northing, err = u.findPoint(where)
			s.New = append(s.New, n)
		}
	}
	s.Complete = q.Get("complete") != ""
	return s, cmp.Or(err, readNumber(q, "since", &s.From, 0, 23), readNumber(q, "until", &s.To, 0, 24))
}

// readAbsence reads a station, Soho, or some engines of it, Soho/1.
func readAbsence(text string) (o cover.Absence, err error) {
	name, engines, some := strings.Cut(text, "/")
	o.Station = name
	if some {
		n, wrong := strconv.Atoi(engines)
		if o.Engines = n; wrong != nil {
			err = fmt.Errorf("%.60q is not so many engines of a station: %w", text, lfb.ErrInvalid)
		}
	}
	return o, err
}

// timedRows and sentRows are the rows of an address, empty ones too.
func timedRows(q url.Values) (out []outRow) {
	for k := range q["some"] {
		out = append(out, outRow{nthOf(q, "some", k), nthOf(q, "somefrom", k), nthOf(q, "someto", k)})
	}
	return out
}

func sentRows(q url.Values) (out []sentRow) {
	for k := range q["send"] {
		out = append(out, sentRow{nthOf(q, "send", k), nthOf(q, "to", k), nthOf(q, "sendfrom", k), nthOf(q, "sendto", k)})
	}
	return out
}

// nthOf is a parameter's k-th value, empty where it has none.
func nthOf(q url.Values, name string, k int) string {
	if k < len(q[name]) {
		return strings.TrimSpace(q[name][k])
	}
	return ""
}

// findPoint finds the one place in London that a text names.
func (u *ui) findPoint(text string) (e, n float64, err error) {
	found := u.Places.Set().Search(text, 1)
	if !found.Clear || found.Matches[0].Outside {
		const hint = "a postcode, coordinates or a place on the map will do"
		return 0, 0, fmt.Errorf("“%.60s” is no one place in London: %s: %w", text, hint, lfb.ErrInvalid)
	}
	return found.Matches[0].Easting, found.Matches[0].Northing, nil
}

func (u *ui) openScenario(ctx context.Context, name string) (s cover.Scenario, err error) {
	kept, err := u.Store.CoverScenarios(ctx)
	if err != nil {
		return s, err
	}
	k := slices.IndexFunc(kept, func(c registry.CoverScenario) bool { return c.Name == name })
	if k < 0 {
		return s, fmt.Errorf("scenario %.60q: %w", name, lfb.ErrNotFound)
	}
	return s, json.Unmarshal(kept[k].Scenario, &s)
}

// scenarioQuery is what readScenario reads.
func scenarioQuery(s cover.Scenario) url.Values {
	q := url.Values{}
	for _, o := range s.Out {
		v := o.Station
		if o.Engines > 0 {
			v += "/" + strconv.Itoa(o.Engines)
		}
		if o.Span == (cover.Span{}) {
			q.Add("out", v)
			continue
		}
		q.Add("some", v)
		q.Add("somefrom", o.From)
		q.Add("someto", o.To)
	}
	spanned := slices.ContainsFunc(s.Elsewhere, func(e cover.Standby) bool { return e.Span != cover.Span{} })
	for _, e := range s.Elsewhere {
		q.Add("send", e.Station)
		q.Add("to", standsAt(e))
		if spanned {
			q.Add("sendfrom", e.From)
			q.Add("sendto", e.To)
		}
	}
	for _, n := range s.New {
		for range max(1, n.Engines) {
			q.Add("where", pointText(n.Easting, n.Northing))
		}
	}
	for name, hour := range map[string]int{"since": s.From, "until": s.To} {
		if hour != 0 {
			q.Set(name, strconv.Itoa(hour))
		}
	}
	if s.Complete {
		q.Set("complete", "1")
	}
	return q
}

// standsAt is where an engine stands, as the form has it.
func standsAt(e cover.Standby) string {
	if e.At == "" {
		return pointText(e.Easting, e.Northing)
	}
	return e.At
}

func pointText(e, n float64) string { return fmt.Sprintf("%.0f, %.0f", e, n) }

// showCover is the planner's page: the scenario's form, and what it does.
func (u *ui) showCover(r *http.Request) (*view, error) {
	ctx, q := r.Context(), r.URL.Query()
	s, err := u.readScenario(ctx, q)
	if err == nil && q.Get("saved") != "" {
		q = scenarioQuery(s)
	}
	b := &coverBody{Scenario: s, Stations: u.openStations(), Unknown: cover.Unknown(), Saved: u.savedScenarios(ctx)}
	v := &view{Template: "cover", Title: "Cover", Section: "cover", Body: b}
	for h := range 25 {
		b.Hours = append(b.Hours, h)
	}
	b.fillForm(q, nil)
	m := u.Champion.Now()
	if m != nil && err == nil {
		b.Plan, err = u.planCover(ctx, s)
	}
	usual := b.Plan
	never := errors.Is(err, lfb.ErrConflict) // with this model
	if never || errors.Is(err, lfb.ErrInvalid) || errors.Is(err, lfb.ErrNotFound) {
		v.Refused = errorPage(r, err)
		v.Status, b.Plan, err = v.Refused.Status, nil, nil
		if m != nil && !never {
			usual, err = u.planCover(ctx, cover.Scenario{})
		}
	}
	switch {
	case errors.As(err, &b.Preparing):
		v.Status = cmp.Or(v.Status, http.StatusOK)
		return v, nil
	case err != nil || usual == nil:
		return v, err
	}
	b.fillForm(q, usual.Closures)
	if b.Plan == nil {
		return v, nil
	}
	q = scenarioQuery(s)
	q.Set("v", m.Version.ID)
	b.Map = u.frameLayer(coverPath+"/layer?"+q.Encode(), lateMeasure(), lateSaid)
	b.Map.Close = coverPath + "?" + scenarioQuery(s).Encode()
	b.Map.Ask, b.Map.Out = b.Map.Close, outNames(s)
	return v, nil
}

// fillForm has the form show what was entered, the stations that are out first.
func (b *coverBody) fillForm(entered url.Values, stations []cover.Closure) {
	b.Choices, b.Timed, b.Sent, b.Points = nil, nil, nil, nil
	for _, name := range b.Stations {
		b.Choices = append(b.Choices, outChoice{Value: name, Text: name})
		if slices.ContainsFunc(stations, func(c cover.Closure) bool { return c.Station == name && c.Engines > 1 }) {
			b.Choices = append(b.Choices, outChoice{Value: name + "/1", Text: name + ", one of two"})
		}
	}
	for k := range b.Choices {
		b.Choices[k].Chosen = slices.Contains(entered["out"], b.Choices[k].Value)
	}
	first := slices.DeleteFunc(slices.Clone(b.Choices), func(c outChoice) bool { return !c.Chosen })
	b.Choices = append(first, slices.DeleteFunc(b.Choices, func(c outChoice) bool { return c.Chosen })...)
	for _, row := range timedRows(entered) {
		if row != (outRow{}) {
			b.Timed = append(b.Timed, row)
		}
	}
	b.Timed = append(b.Timed, outRow{})
	for _, row := range sentRows(entered) {
		if row != (sentRow{}) {
			b.Sent = append(b.Sent, row)
		}
	}
	b.Sent = append(b.Sent, sentRow{})
	for _, where := range entered["where"] {
		if where != "" {
			b.Points = append(b.Points, where)
		}
	}
	b.Points = append(b.Points, "")
}

// savedScenarios are those that are there within half a second: the rest of the page needs no database.
func (u *ui) savedScenarios(ctx context.Context) []registry.CoverScenario {
	ctx, cancel := context.WithTimeout(ctx, time.Second/2)
	defer cancel()
	kept, _ := u.Store.CoverScenarios(ctx) // the page is worth having without them
	return kept
}

// planCover is the planner's answer, which what a page shows shares: it is made to its end even where who asked first
// has gone.
func (u *ui) planCover(ctx context.Context, s cover.Scenario) (*coverPlan, error) {
	m := u.Champion.Now()
	if m == nil || u.Cover == nil {
		return nil, fmt.Errorf("no model serves yet: %w", lfb.ErrNotFound)
	}
	key := m.Version.ID + "?" + scenarioQuery(s).Encode()
	ctx = context.WithoutCancel(ctx)
	return u.plans.getOrMake(key, maxPlans, func() (*coverPlan, error) {
		wait, cancel := context.WithTimeout(ctx, waitForPlanner)
		defer cancel()
		p := &coverPlan{}
		return p, u.Cover.Plan(wait, func(m *serve.Loaded, planner *cover.Planner) (err error) {
			p.model = m
			if p.Effect, err = planner.Evaluate(ctx, s); err != nil {
				return err
			}
			if p.Moves, err = planner.RankMoves(ctx, s); err != nil {
				return err
			}
			p.Closures, err = planner.RankClosures(ctx, nil)
			return err
		})
	})
}

// IsUsual says that the scenario changes nothing.
func (b *coverBody) IsUsual() bool { return len(b.Out)+len(b.Elsewhere)+len(b.New) == 0 }

// Query is the scenario as an address has it.
func (b *coverBody) Query() string { return scenarioQuery(b.Scenario).Encode() }

// Plot is the address of the drawing by hour.
func (b *coverBody) Plot() string { return coverPath + "/plot?" + b.Query() }

// Told says the scenario in words.
func (b *coverBody) Told() string {
	var out []string
	for _, o := range b.Out {
		who := o.Station
		if o.Engines > 0 {
			who = fmt.Sprintf("%d engine of %s", o.Engines, o.Station)
		}
		out = append(out, who+" out"+tellSpan(o.Span))
	}
	for _, e := range b.Elsewhere {
		out = append(out, "an engine of "+e.Station+" at "+standsAt(e)+tellSpan(e.Span))
	}
	for _, n := range b.New {
		out = append(out, "a new station at "+pointText(n.Easting, n.Northing))
	}
	if b.Complete {
		out = append(out, "every other engine at home")
	}
	if b.From != b.To%24 {
		out = append(out, fmt.Sprintf("every day from %02d:00 to %02d:00 where no other times are said", b.From, b.To))
	}
	return strings.Join(out, "; ")
}

// tellSpan says from when to when, with a blank before it.
func tellSpan(s cover.Span) string {
	if s == (cover.Span{}) {
		return ""
	}
	return fmt.Sprintf(" from %s to %s", strings.Replace(s.From, "T", " ", 1), strings.Replace(s.To, "T", " ", 1))
}

// hourRow is first engines in an hour, of any day where Day is empty.
type hourRow struct {
	Day, Hour string
	cover.Change
}

// ByHour is every hour of the days that a scenario's dates touch, or of any day.
func (p *coverPlan) ByHour() (out []hourRow) {
	days := p.Days
	if len(days) == 0 {
		days = []cover.DayChange{{Hours: p.Hours}}
	}
	for _, d := range days {
		for h, c := range d.Hours {
			out = append(out, hourRow{d.Day, fmt.Sprintf("%02d:00", h), c})
		}
	}
	return out
}

// Spanned reports whether any move is at times of its own.
func (p *coverPlan) Spanned() bool {
	return slices.ContainsFunc(p.Moves, func(m cover.Move) bool { return m.Span != cover.Span{} })
}

// With is the address of the scenario with the first n of the moves too.
func (b *coverBody) With(n int) string {
	s := b.Scenario
	s.Elsewhere = slices.Clone(s.Elsewhere)
	for _, m := range b.Plan.Moves[:n+1] {
		s.Elsewhere = append(s.Elsewhere, m.Standby)
	}
	return coverPath + "?" + scenarioQuery(s).Encode()
}

// Nth counts from one.
func (b *coverBody) Nth(k int) int { return k + 1 }

// Span says how many more or fewer calls are late, and within what.
func (b *coverBody) Span(c cover.Change) string {
	low, high := c.Interval()
	return fmt.Sprintf("%s (%s to %s)", formatMore(c.More()), formatMore(low), formatMore(high))
}

// Chance is by how much a single day's count differs by chance alone, one day in three by more.
func (b *coverBody) Chance() float64 { return math.Sqrt(b.Plan.First.After) }

// formatMore is calls more or fewer.
func formatMore(v float64) string { return strings.ReplaceAll(fmt.Sprintf("%+.1f", v), "-", "−") }

// outNames are the stations of which engines are out.
func outNames(s cover.Scenario) (out []string) {
	for _, o := range s.Out {
		out = append(out, o.Station)
	}
	return out
}

const lateSaid = "calls a year whose first engine comes later than six minutes for it, by hexagon"

// lateMeasure is the measure of a hexagon's more late calls a year, which a mapPlace has as its mean.
func lateMeasure() measure {
	return measure{
		Key: "late", Name: "More late calls", Steps: []float64{-10, -1, 1, 10, 30, 60}, aim: 30,
		unit:  func(v float64) string { return strings.ReplaceAll(fmt.Sprintf("%+.0f", v), "-", "−") },
		value: func(a ml.Answer) float64 { return a.Mean },
	}
}

// planAsked reads the scenario of an address and plans it.
func (u *ui) planAsked(r *http.Request) (s cover.Scenario, p *coverPlan, err error) {
	if s, err = u.readScenario(r.Context(), r.URL.Query()); err != nil {
		return s, nil, err
	}
	p, err = u.planCover(r.Context(), s)
	return s, p, err
}

// readCoverLayer draws what the scenario that is asked for does, all over London.
func (u *ui) readCoverLayer(r *http.Request) (l *mapLayer, version string, err error) {
	s, p, err := u.planAsked(r)
	if err != nil {
		return nil, "", err
	}
	drawn := &coverageMap{
		Size: dataset.HexSize, Out: outNames(s), Station: slices.Clone(p.model.Bundle.Spec.Stations),
	}
	for _, n := range s.New {
		added := feature.LearnedStation{Name: n.Name, Easting: n.Easting, Northing: n.Northing, Open: true}
		drawn.Station = append(drawn.Station, added)
	}
	for _, c := range p.Places {
		drawn.Cells = append(drawn.Cells, mapPlace{
			Hex: c.Hex, E: c.Easting, N: c.Northing, Answer: ml.Answer{Mean: daysAYear * c.First.More()},
			Title: fmt.Sprintf("%s: of %.0f calls a year %.0f are late, %.0f then", boroughName(c.Borough),
				daysAYear*c.First.Calls, daysAYear*c.First.Before, daysAYear*c.First.After),
		})
	}
	l = drawn.drawLayer(lateMeasure())
	l.Said = lateSaid
	return l, p.model.Version.ID, nil
}

// showCoverPlot draws late calls by hour of the day, before and after.
func (u *ui) showCoverPlot(r *http.Request) (*view, error) {
	_, p, err := u.planAsked(r)
	if err != nil {
		return nil, err
	}
	axis, all := "hour of the day", p.ByHour()
	if len(p.Days) > 0 {
		axis = "hours from " + p.Days[0].Day
	}
	drawing := svgplot.New(axis, "late first engines in an hour")
	before, after := make(plotter.XYs, len(all)), make(plotter.XYs, len(all))
	for h, c := range all {
		before[h], after[h] = plotter.XY{X: float64(h), Y: c.Before}, plotter.XY{X: float64(h), Y: c.After}
	}
	err = errors.Join(svgplot.AddLine(drawing, "usually", before, 0), svgplot.AddLine(drawing, "then", after, 1))
	if err != nil {
		return nil, err
	}
	drawing.Y.Min = 0
	if len(p.Days) == 0 {
		drawing.X.Tick.Marker = svgplot.Ticks("", 0, 6, 12, 18, 23)
	}
	body, err := renderPlot(drawing)
	return newFile(body, "image/svg+xml"), err
}

// saveScenario keeps the scenario of the form for all, or removes it.
func (u *ui) saveScenario(r *http.Request) (*view, error) {
	name, by := r.PostFormValue("name"), actorOf(r.Context())
	if r.PathValue("verb") == "remove" {
		return redirectAfter(r, "scenario-removed", coverPath), u.Control.DeleteCoverScenario(r.Context(), by, name)
	}
	q, err := url.ParseQuery(r.PostFormValue("scenario"))
	if err != nil || r.PathValue("verb") != "save" {
		return nil, fmt.Errorf("scenario %.60q: %w", r.PostFormValue("scenario"), lfb.ErrInvalid)
	}
	s, err := u.readScenario(r.Context(), q)
	if err != nil {
		return nil, err
	}
	if err := u.Cover.CheckScenario(r.Context(), s); err != nil {
		return nil, err
	}
	kept, err := u.Store.CoverScenarios(r.Context())
	if err != nil {
		return nil, err
	}
	k := slices.IndexFunc(kept, func(c registry.CoverScenario) bool {
		return strings.EqualFold(c.Name, strings.TrimSpace(name))
	})
	if k >= 0 && r.PostFormValue("replace") == "" {
		const why = "%s saved a scenario of that name: give another, or tick that this one takes its place: %w"
		return nil, fmt.Errorf(why, kept[k].Who, lfb.ErrConflict)
	}
	var seen int64
	if k >= 0 {
		seen, name = kept[k].Revision, kept[k].Name
	}
	body, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	if err := u.Control.SaveCoverScenario(r.Context(), by, name, body, seen); err != nil {
		return nil, err
	}
	return redirectAfter(r, "scenario-saved", coverPath, url.Values{"saved": {strings.TrimSpace(name)}}), nil
}

// openStations are the stations of the model that serves, by name.
func (u *ui) openStations() []string {
	if m := u.Champion.Now(); m != nil {
		return openStations(m.Bundle.Spec)
	}
	return nil
}

// openStations are the names of those that are open, by name.
func openStations(spec *feature.Spec) []string {
	var out []string
	for _, s := range spec.Stations {
		if s.Open {
			out = append(out, s.Name)
		}
	}
	return out
}
