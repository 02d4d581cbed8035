package ask

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/places"
	"lfb/internal/serve"
	"lfb/internal/serve/warning"
)

// Answer is what a person is told. It is immutable, and kept as JSON with the logged
// prediction.
type Answer struct {
	ID      string    `json:"id,omitempty"` // of the logged prediction; empty for a preview
	AskedAt time.Time `json:"asked_at"`
	At      time.Time `json:"at"` // the time asked about
	Form    Form      `json:"form"`
	Place   string    `json:"place"` // the title: the place, and how exactly it is known
	Across  string    `json:"across,omitempty"`
	East    float64   `json:"easting,omitempty"` // metres; 0 not known
	North   float64   `json:"northing,omitempty"`
	Basis   Basis     `json:"basis"`
	Engine  Engine    `json:"engine"` // that was asked about
	Other   Engine    `json:"other"`
	// Headline, NineInTen, OtherLine, Official and Counted are the sentences in their order.
	Headline  string   `json:"headline"`
	Wait      string   `json:"wait"`            // of the headline: what follows the clock
	Range     string   `json:"range,omitempty"` // of the headline in place of the clock, where one time says too much: 3 to 7 min
	NineInTen string   `json:"nine_in_ten"`
	OtherLine string   `json:"other_line"`
	Official  string   `json:"official"`
	Counted   string   `json:"counted"`
	Tab       string   `json:"tab"` // the shortest form
	Warnings  []string `json:"warnings,omitempty"`
	NotUsed   []string `json:"not_used,omitempty"` // what was given and not used, and why
	Facts     []Fact   `json:"facts"`
	Why       *Reasons `json:"why,omitempty"`
	Model     string   `json:"model"` // the version that answered
	Line      string   `json:"line"`
	ModelLine string   `json:"model_line"`
}

// Engine is when one engine is there.
type Engine struct {
	Name       string    `json:"name"` // first engine | second engine
	About      string    `json:"about"`
	By         string    `json:"by"`
	P50        float64   `json:"p50_seconds"` // since what Basis says
	P90        float64   `json:"p90_seconds"`
	Attendance ml.Answer `json:"attendance"` // the official time: from mobilisation to arrival
}

// Fact is something that the answer went by.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Tag   string `json:"tag,omitempty"` // Assumed | FromWords; empty: given
}

// How a fact is known that was not given.
const (
	Assumed   = "assumed"
	FromWords = "from your words"
)

// Basis is where the clock starts.
type Basis string

// The bases: data that tell how long calls are handled, a figure that an
// administrator assumes, or neither.
const (
	FromCall    Basis = "call"
	FromAssumed Basis = "call, handling assumed"
	FromSent    Basis = "sent"
)

// Predictor answers questions. serve.Predictor is one.
type Predictor interface {
	Predict(questions []serve.Question) ([]serve.Reply, error)
}

// PutQuestion asks a question about its engine and about the other one. handling is what an
// administrator assumes of call handling, 0 for nothing. A place without a number is a
// *serve.Refusal.
func PutQuestion(p Predictor, q *Question, handling time.Duration) (*Answer, error) {
	other := q.Question
	other.Call.PumpOrder, other.Preview = 3-q.Call.PumpOrder, true // what is logged is the engine asked about
	others, err := p.Predict([]serve.Question{other})
	if err != nil {
		return nil, err
	}
	var said *Answer
	asked := q.Question
	asked.Say = func(r *serve.Reply) (json.RawMessage, error) {
		said = newAnswer(q, r, &others[0], handling)
		return json.Marshal(said)
	}
	replies, err := p.Predict([]serve.Question{asked})
	if err != nil {
		return nil, err
	}
	if said == nil { // a preview
		said = newAnswer(q, &replies[0], &others[0], handling)
	}
	return said, nil
}

func newAnswer(q *Question, r, other *serve.Reply, handling time.Duration) *Answer {
	v := r.Model.Version
	a := &Answer{
		ID: r.ID, AskedAt: r.At, At: r.Call.At.In(lfb.London), Form: q.Form, East: orZero(r.Call.Easting),
		North: orZero(r.Call.Northing),
		Model: v.ID, Line: r.Model.Promotion.Line, Facts: listFacts(r, q.Read), Why: explainReply(r),
	}
	var short string
	a.Place, short = titlePlace(q, r)
	a.Basis = FromSent
	switch {
	case r.Response != nil && other.Response != nil:
		a.Basis = FromCall
	case handling > 0:
		a.Basis = FromAssumed
	}
	isNow := q.IsNow
	if isNow {
		a.At = r.At.In(lfb.London)
	}
	a.Engine, a.Other = a.newEngine(r, handling), a.newEngine(other, handling)
	a.composeSentences(handling, isNow)
	a.Tab = a.Engine.About + " " + short
	if low, high, ok := spanArea(q, r); ok {
		since := a.Engine.P50 - a.Engine.Attendance.P50
		where := "all of " + short
		if q.Place.Kind == places.Unit || q.Place.Kind == places.Sector {
			where = "its district"
		}
		if isSeveral(&q.Place, r) && high-low > wideSpan {
			a.sayRange(low+since, high+since, short, isNow)
		}
		a.Across = fmt.Sprintf("Across %s it is %s to %s, by place; this is for its middle.", where,
			FormatMinutes(low+since), FormatMinutes(high+since))
	}
	unused := r.Unused()
	for i, s := range warning.Sentences(r.Findings) {
		switch {
		case slices.Contains(inTitle, s.Code):
		case slices.Contains(unused, r.Findings[i]):
			a.NotUsed = append(a.NotUsed, s.Text)
		default:
			a.Warnings = append(a.Warnings, UpperFirst(s.Text)+".")
		}
	}
	a.Warnings = append(append(a.Warnings, q.Notes...), modelWarnings(r)...)
	if len(q.Unused) > 0 {
		a.NotUsed = append(a.NotUsed, "“"+strings.Join(q.Unused, " ")+"”")
	}
	a.ModelLine = fmt.Sprintf("Model %s (%s, revision %d), trained on %s data to %s.", v.ID, v.Candidate,
		r.Model.Promotion.Revision,
		v.Origin, formatDay(v.TrainedTo))
	return a
}

// inTitle is what the title says of a place.
var inTitle = []feature.FindingCode{
	feature.FindingPostcodeAsDistrict, feature.FindingPostcodeAsSector,
	feature.FindingBoroughOnly,
}

// newEngine is when the engine of a reply is there.
func (a *Answer) newEngine(r *serve.Reply, handling time.Duration) Engine {
	e := Engine{Name: engineName(r.Call.PumpOrder), Attendance: r.Attendance, P50: r.Attendance.P50, P90: r.Attendance.P90}
	switch a.Basis {
	case FromCall:
		e.P50, e.P90 = r.Response.P50, r.Response.P90
	case FromAssumed:
		e.P50, e.P90 = e.P50+handling.Seconds(), e.P90+handling.Seconds()
	}
	return e
}

// composeSentences puts the times into sentences.
func (a *Answer) composeSentences(handling time.Duration, isNow bool) {
	for _, e := range []*Engine{&a.Engine, &a.Other} {
		e.About, e.By = a.clockAfter(e.P50, math.Round), a.clockAfter(e.P90, math.Ceil)
	}
	a.Wait = a.otherDay(isNow) + "— " + a.Basis.describeWait(a.Engine.P50, isNow)
	a.Headline = fmt.Sprintf("About %s %s.", a.Engine.About, a.Wait)
	a.NineInTen = fmt.Sprintf("Nine in ten by %s.", a.Engine.By)
	if a.Other.Name != "" {
		a.OtherLine = fmt.Sprintf("%s: about %s, nine in ten by %s.", UpperFirst(a.Other.Name), a.Other.About, a.Other.By)
	}
	t := a.Engine.Attendance
	a.Official = fmt.Sprintf("Official attendance time, from being sent: %s, nine in ten within %s. Within 6 minutes: "+
		"%s; within 10: %s.",
		FormatMinutes(t.P50), FormatMinutes(t.P90), FormatChance(t.Within6), FormatChance(t.Within10))
	switch a.Basis {
	case FromCall:
		a.Counted = "Counted from the call, as the records tell how long calls are handled."
	case FromAssumed:
		a.Counted = fmt.Sprintf("Counted from the call: %s for call handling is assumed, set by an administrator.",
			FormatMinutes(handling.Seconds()))
	default:
		a.Counted = "Counted from when the engine is sent, as if that were at the time asked about: how long this call is " +
			"handled is not known."
	}
}

// wideSpan is by how many seconds times differ across several districts where no single one is said first.
const wideSpan = 120

// sayRange puts the times across an area first, and what is said of its middle as that.
func (a *Answer) sayRange(low, high float64, short string, isNow bool) {
	counted := "after the call"
	if a.Basis == FromSent {
		counted = "from when the engine is sent"
	}
	a.Range = fmt.Sprintf("%.0f to %.0f min", math.Floor(low/60), math.Ceil(high/60))
	middle := a.Headline
	a.Wait = a.otherDay(isNow) + counted + ", by where in " + short
	a.Headline = fmt.Sprintf("%s %s.", a.Range, a.Wait)
	a.NineInTen = "For its middle alone: " + strings.ToLower(middle[:1]) + middle[1:] + " " + a.NineInTen
	a.Official = "For its middle alone: o" + strings.TrimPrefix(a.Official, "O")
	a.Tab = a.Range + " " + short
}

// clockAfter is the clock some seconds after the time asked about, in whole minutes as
// round has them.
func (a *Answer) clockAfter(seconds float64, round func(float64) float64) string {
	start := a.At.Truncate(time.Minute)
	minutes := round((a.At.Sub(start).Seconds() + seconds) / 60)
	return start.Add(time.Duration(minutes) * time.Minute).Format("15:04")
}

// aboutNow is how far from when it was asked a time is that needs no day.
const aboutNow = 10 * time.Minute

// otherDay is the day asked about where it is not today's: "tomorrow, 2 Jan 2006", as the answer is kept.
func (a *Answer) otherDay(isNow bool) string {
	asked := a.AskedAt.In(lfb.London)
	day := formatDay(a.At)
	switch {
	case isNow || day == formatDay(asked) || a.At.Sub(asked).Abs() < aboutNow:
		return ""
	case day == formatDay(asked.AddDate(0, 0, 1)):
		return "tomorrow, " + day + " "
	case day == formatDay(asked.AddDate(0, 0, -1)):
		return "yesterday, " + day + " "
	}
	return "on " + day + " "
}

// describeWait is how long it takes, for the headline.
func (b Basis) describeWait(seconds float64, isNow bool) string {
	minutes := fmt.Sprintf("%.0f min", max(1, math.Round(seconds/60)))
	switch {
	case b == FromSent:
		return minutes + " from when the engine is sent"
	case isNow:
		return "in " + minutes
	}
	return minutes + " after the call"
}

// SecondEngine is the name of the second one.
const SecondEngine = "second engine"

func engineName(pump int) string {
	if pump == 2 {
		return SecondEngine
	}
	return "first engine"
}

// staleAfter is how old what a model learned may be before it is said: files come out
// monthly, and the last months before them measure the model.
const staleAfter = 183 * 24 * time.Hour

// modelWarnings are what is to be said of the model itself.
func modelWarnings(r *serve.Reply) (out []string) {
	v := r.Model.Version
	if p := v.Provisional; p != nil {
		var failed []string
		for _, c := range p.Failing {
			failed = append(failed, "“"+c.Name+"”")
		}
		out = append(out, "Provisional model: it has not passed "+strings.Join(failed, ", ")+"; the range is wider for it.")
	}
	if r.Call.At.Sub(v.TrainedTo) > staleAfter {
		out = append(out, "The model knows nothing after "+formatDay(v.TrainedTo)+".")
	}
	if v.TrainedTo.Sub(r.Call.At) > 2*staleAfter {
		out = append(out, "Answered by the stations as they were about "+formatDay(v.TrainedTo)+
			", when the model had learned last, not as they were then.")
	}
	return out
}

// listFacts are what the answer went by; read names those that the words told.
func listFacts(r *serve.Reply, read []string) []Fact {
	c := &r.Call
	var out []Fact
	add := func(name, value, assumed string) {
		f := Fact{Name: name, Value: value}
		switch {
		case slices.Contains(r.Assumed, assumed):
			f.Tag = Assumed
		case slices.Contains(read, name):
			f.Tag = FromWords
		}
		if value != "" {
			out = append(out, f)
		}
	}
	add("engine", engineName(c.PumpOrder), "pump")
	add("time", c.At.In(lfb.London).Format("Monday 2 January 2006, 15:04"), "")
	add("reported", c.Reported, "reported")
	add("property", c.PropertyCategory, "property_category")
	add("sent from", c.SentFrom, "sent_from")
	add("station ground", c.StationGround, "station_ground")
	add("borough", BoroughName(c.BoroughCode), "borough")
	add("ward", WardName(c.WardCode), "ward")
	add("postcode district", c.PostcodeDistrict, "postcode_district")
	if !math.IsNaN(c.Easting) && !math.IsNaN(c.Northing) {
		add("grid position", fmt.Sprintf("%.0f, %.0f", c.Easting, c.Northing), "easting")
	}
	return out
}

func orZero(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}
