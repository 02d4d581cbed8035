package ask

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/places"
	"lfb/internal/registry"
	"lfb/internal/serve"
)

// desk answers everything with the same times, and has no model to ask about areas or reasons.
type desk struct {
	response *ml.Answer
	trained  time.Time
	asked    []serve.Question
}

var morning = time.Date(2026, 11, 30, 20, 4, 10, 0, lfb.London)

func (d *desk) Predict(questions []serve.Question) ([]serve.Reply, error) {
	out := make([]serve.Reply, len(questions))
	for i, q := range questions {
		d.asked = append(d.asked, q)
		r := serve.Reply{At: morning.UTC(), Call: q.Call, Quality: "exact", Model: &serve.Loaded{
			Version: registry.Version{ID: "v", TrainedTo: d.trained, Origin: lfb.Real}, Bundle: &bundle.Bundle{},
		}}
		late := 100 * float64(q.Call.PumpOrder-1)
		r.Attendance = ml.Answer{P50: 224 + late, P90: 327 + late, Within6: 0.997, Within10: 1}
		if d.response != nil {
			a := *d.response
			a.P50, a.P90 = a.P50+late, a.P90+late
			r.Response = &a
		}
		if !q.Preview {
			r.ID = "id"
			if _, err := q.Say(&r); err != nil {
				return nil, err
			}
		}
		out[i] = r
	}
	return out, nil
}

func (d *desk) put(t *testing.T, f Form, handling time.Duration) *Answer {
	t.Helper()
	q := &Question{Form: f, IsNow: f.When == "", Place: places.Place{Kind: places.Coordinates, Name: "538450, 177650"}}
	q.Call = serve.NewCall(morning)
	q.Call.Easting, q.Call.Northing = 538450, 177650
	if at, err := f.ParseTime(morning); err == nil {
		q.Call.At = at
	}
	a, err := PutQuestion(d, q, handling)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The clock starts at the call where data or an administrator tell how long calls are handled, and
// otherwise when the engine is sent; it never reads as certain.
func TestPut(t *testing.T) {
	t.Parallel()
	known := &ml.Answer{P50: 310, P90: 440}
	for _, tc := range []struct {
		name     string
		response *ml.Answer
		handling time.Duration
		when     string
		want     []string
	}{
		{"known from data", known, time.Minute, "", []string{
			"About 20:09 — in 5 min.", "Nine in ten by 20:12.", "Second engine: about 20:11, nine in ten by 20:14.",
			"Counted from the call, as the records tell",
		}},
		{"assumed", nil, 90 * time.Second, "", []string{
			"About 20:09 — in 5 min.", "Nine in ten by 20:12.",
			"1:30 for call handling is assumed",
		}},
		{"not known", nil, 0, "", []string{
			"About 20:08 — 4 min from when the engine is sent.", "Nine in ten by 20:10.", "is not known",
			"3:44, nine in ten within 5:27", "Within 6 minutes: over 99\u00a0%; within 10: over 99\u00a0%",
		}},
		{"another day", known, 0, "2026-12-25T23:58", []string{
			"About 00:03 on 25 Dec 2026 — 5 min after the call.",
			"Nine in ten by 00:06.",
		}},
		{"tomorrow", known, 0, "2026-12-01T03:00", []string{"About 03:05 tomorrow, 1 Dec 2026 — 5 min after the call."}},
		{"yesterday", known, 0, "2026-11-29T23:00", []string{"About 23:05 yesterday, 29 Nov 2026 — 5 min after the call."}},
		{"tonight", known, 0, "2026-11-30T22:00", []string{"About 22:05 — 5 min after the call."}},
	} {
		d := &desk{response: tc.response, trained: morning.AddDate(0, -2, 0)}
		a := d.put(t, Form{Where: "538450,177650", When: tc.when}, tc.handling)
		all := strings.Join([]string{a.Headline, a.NineInTen, a.OtherLine, a.Official, a.Counted}, " ")
		for _, want := range tc.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q does not say %q", tc.name, all, want)
			}
		}
		if strings.Contains(all, "100") || len(a.Warnings) > 0 {
			t.Errorf("%s: %q, warnings %q", tc.name, all, a.Warnings)
		}
		if len(d.asked) != 2 || !d.asked[0].Preview || d.asked[0].Call.PumpOrder != 2 || d.asked[1].Preview {
			t.Errorf("%s: asked %+v, want the second engine unlogged, then the first", tc.name, d.asked)
		}
	}
}

// Months after what it learned a model says so, and more than a year ahead.
func TestOldModelsSaySo(t *testing.T) {
	t.Parallel()
	for months, want := range map[int]string{
		-13: "Answered by the stations as they were about ", -11: "", 5: "",
		7: "The model knows nothing after ", 24: "The model knows nothing after ",
	} {
		d := &desk{trained: morning.AddDate(0, -months, 0)}
		a := d.put(t, Form{Where: "538450,177650"}, 0)
		if got := len(a.Warnings) == 1 && strings.HasPrefix(a.Warnings[0], want); got != (want != "") {
			t.Errorf("%d months after what it learned: %q, want a warning that begins %q", months, a.Warnings, want)
		}
	}
}

// What was said comes back as it was, and what a program asked for has its times.
func TestRecall(t *testing.T) {
	t.Parallel()
	d := &desk{trained: morning}
	said := d.put(t, Form{Where: "538450,177650"}, time.Minute)
	kept, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	if got := RecallAnswer(&registry.Prediction{ID: "id", Said: kept}); got.Headline != said.Headline ||
		got.Place != said.Place || !got.AskedAt.Equal(said.AskedAt) {
		t.Errorf("Recall = %+v, want %+v", got, said)
	}
	p := registry.Prediction{
		ID: "x", At: morning.UTC(), CallAt: morning.UTC(), Easting: 538450, Northing: 177650, BoroughCode: "E09000011",
		PumpOrder: 2, Attendance: ml.Answer{P50: 300, P90: 420},
	}
	got := RecallAnswer(&p)
	if got.Place != "538450, 177650, Greenwich" || got.Engine.Name != "second engine" || got.Engine.About != "20:09" ||
		got.OtherLine != "" {
		t.Errorf("Recall of a program's = %+v", got)
	}
	for seconds, want := range map[float64]string{
		290: "0:10 sooner than expected, within", 415: "1:55 later than expected, within",
		421: "2:01 later than expected, beyond",
	} {
		if text := DescribeOutcome(&p, seconds); !strings.Contains(text, want) {
			t.Errorf("outcome of %v s = %q, want %q", seconds, text, want)
		}
	}
}

// Reasons in whole seconds add up to the mean that is shown.
func TestReasonsAddUp(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, topReasons, topReasons + 30} {
		e := &bundle.Explanation{Base: 291.2345, Mean: 291.2345}
		for i := range n {
			c := bundle.Contribution{Column: "c", Value: "1", Seconds: 13.3333 / float64(i+1)}
			e.Contributions, e.Mean = append(e.Contributions, c), e.Mean+c.Seconds
		}
		r := newReasons(e)
		sum := r.Base
		for _, reason := range r.List {
			sum += reason.Seconds
		}
		if sum != r.Mean || math.Abs(r.Mean-e.Mean) > 0.5 {
			t.Errorf("%d contributions: what is shown sums to %v, the mean is shown as %v and is %v", n, sum, r.Mean, e.Mean)
		}
	}
}

func TestDescribeColumn(t *testing.T) {
	t.Parallel()
	for _, tc := range [][3]string{
		{"expected_seconds", "314.0045714302926", "expected drive 5:14"},
		{"nearest2_m", "1840.2", "second nearest station 1.8 km"},
		{"quickest2_seconds", "521.1954345115594", "drive from the second quickest station 8:41"},
		{"reported", "fire", "what is reported fire"},
		{"bank_holiday", "1", "bank holiday yes"},
		{"field_250m", "-12.5", "arrivals within 250 m so far "},
		{"something_new", "3.2", "something new 3"},
	} {
		text, value := describeColumn(tc[0], tc[1])
		if got := text + " " + value; got != tc[2] {
			t.Errorf("%s = %q, want %q", tc[0], got, tc[2])
		}
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"": true, "2017-04-04T08:30": true, "soon": false, "1999-01-01T00:00": false,
		"2101-01-01T00:00": false,
	} {
		if _, err := (Form{When: text}).ParseTime(morning); ok != (err == nil) || err != nil &&
			!errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("ParseTime(%q) = %v", text, err)
		}
	}
}

func TestWardNames(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"E05009288": "Aldersgate", "E05013974": "Havering-atte-Bower",
		"E05999999": "E05999999", "": "",
	} {
		if got := WardName(code); got != want {
			t.Errorf("WardName(%s) = %q, want %q", code, got, want)
		}
	}
}

// The range across an area has the time that is answered for its middle.
func TestSpanTimes(t *testing.T) {
	t.Parallel()
	var times []float64
	for k := range 60 {
		times = append(times, 300-float64(k))
	}
	for middle, want := range map[float64][2]float64{180: {180, 297}, 270: {244, 297}, 400: {244, 400}} {
		if low, high := spanTimes(times, middle); low != want[0] || high != want[1] {
			t.Errorf("spanTimes(…, %v) = %v to %v, want %v", middle, low, high, want)
		}
	}
}

// Of several districts that differ much the range is said first, and no single time but as its middle's.
func TestSayRange(t *testing.T) {
	t.Parallel()
	d := &desk{trained: morning.AddDate(0, -2, 0)}
	a := d.put(t, Form{Where: "538450,177650"}, 0)
	a.sayRange(190, 386, "NW", true)
	for got, want := range map[string]string{
		a.Headline:  "3 to 7 min from when the engine is sent, by where in NW.",
		a.NineInTen: "For its middle alone: about 20:08 — 4 min from when the engine is sent. Nine in ten by 20:10.",
		a.Tab:       "3 to 7 min NW",
		a.Range:     "3 to 7 min",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if !strings.HasPrefix(a.Official, "For its middle alone: official attendance time") {
		t.Errorf("Official = %q", a.Official)
	}
}

// A railway station that is not known is not taken for the fire station of that name without a word.
func TestRailwayStations(t *testing.T) {
	t.Parallel()
	b := places.NewBuilder()
	b.AddLondon()
	r := Reader{Model: &serve.Loaded{Bundle: &bundle.Bundle{Spec: &feature.Spec{}}}, Places: b.Build(), Now: morning}
	for where, want := range map[string]bool{
		"near Dockhead station": true, "Soho stn": true, "kitchen fire, Dockhead station": true,
		"near Brixton station": false, "Euston stn": false,
		"Brixton": false, "Brixton fire station": false, "fire by Brixton fire station": false, "Brixton ground": false,
		"Brixton station ground": false,
	} {
		q, err := r.ReadQuestion(Form{Where: where})
		if err != nil {
			t.Errorf("%q: %v", where, err)
			continue
		}
		if got := strings.Contains(strings.Join(q.Notes, " "), "railway station is not known"); got != want {
			t.Errorf("%q: notes %q, want a note on the railway %v", where, q.Notes, want)
		}
	}
}

// TestChoicesSettle has every choice ask about its place and nothing else, keeping the facts; none is outside London,
// and a place that is names its town.
func TestChoicesSettle(t *testing.T) {
	t.Parallel()
	b := places.NewBuilder()
	b.AddLondon()
	b.AddUnit("SE1 7EH", "E09000022", 530650, 179430)
	b.AddUnit("SE1 9RT", "E09000028", 532750, 180000)
	for name, e := range map[string]float64{"Zebra Lane": 530000, "Zebra Mews": 530000, "Zebra Grove": 540000} {
		b.AddNamed(places.Named{Kind: places.Road, Name: name, Borough: "E09000022", Easting: e, Northing: 176000})
	}
	r := Reader{Model: &serve.Loaded{Bundle: &bundle.Bundle{Spec: &feature.Spec{}}}, Places: b.Build(), Now: morning}
	for _, where := range []string{
		"SE1 7EH or SE1 9RT fire",
		"SE1 7EH, SE1 9RT, Camberwell, fire alarm tomorrow at 10:00", "fire, Brixton SE1 7EH", "fire, Zebra",
	} {
		_, err := r.ReadQuestion(Form{Where: where})
		several := (*Ambiguous)(nil)
		if !errors.As(err, &several) || len(several.Choices) < 2 {
			t.Errorf("%q: %v, want choices", where, err)
			continue
		}
		points := map[[2]float64]bool{}
		for _, c := range several.Choices {
			q, err := r.ReadQuestion(c.Form)
			if err == nil && points[[2]float64{q.Place.Easting, q.Place.Northing}] {
				t.Errorf("%q: %s is there already by another name", where, c.Label)
			}
			points[[2]float64{q.Place.Easting, q.Place.Northing}] = err == nil
			if err != nil || !strings.Contains(q.Call.Reported, "fire") && !strings.Contains(q.Call.Reported, "alarm") {
				t.Errorf("%q, %s asks %+v: %v", where, c.Label, c.Form, err)
			}
		}
	}
	if _, err := r.ReadQuestion(Form{Where: "High Street Slough"}); err == nil ||
		!strings.Contains(err.Error(), "Slough is outside London") {
		t.Errorf("High Street Slough: %v", err)
	}
}
