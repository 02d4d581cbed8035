package dispatch

import (
	"math"
	"slices"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// least is how much the shares of an arrangement must differ from the usual ones for it to be of any matter to a call.
const least = 0.01

// Answer is what a call is answered as the engines stand.
type Answer struct {
	bundle.Prediction
	Matters bool              // false: it is Bundle.Predict's, to the bit
	FarM    float64           // metres to those who may come, where that is a longer drive than any that was learned from
	Usual   bundle.Prediction // Bundle.Predict's
	Shares  []Share           // of those who may come, and as usual, where it matters
	AsUsual []Share
}

// Predict answers calls as Bundle.Predict does, but over who may come: where that is of any matter, and neither the
// station sent from is given and known, nor the place unknown.
func (a *Arrangement) Predict(calls []lfb.Call) ([]Answer, error) {
	usual, err := a.d.bundle.Predict(nil, calls)
	if err != nil {
		return nil, err
	}
	out := make([]Answer, len(calls))
	var asked []lfb.Call
	var of []int
	var shares [][]Share
	for i := range calls {
		c := &calls[i]
		out[i].Prediction, out[i].Usual = usual[i], usual[i]
		if a.d.bundle.Spec.KnowsStation(c.SentFrom) {
			continue
		}
		s, u := a.Shares(nil, c), a.d.usually.Shares(nil, c)
		if differs(s, u) {
			out[i].Matters, out[i].Shares, out[i].AsUsual, out[i].FarM = true, s, u, a.farM(c, s)
			asked, of, shares = append(asked, *c), append(of, i), append(shares, s)
		}
	}
	x := a.d.NewAnswers(asked)
	if err := x.fill(a, shares, allOf(asked)); err != nil {
		return nil, err
	}
	for k, i := range of {
		out[i].Prediction = x.mix(a, shares[k], k)
	}
	return out, nil
}

// longest is the drive in seconds, as lines of stations say, beyond which a model's answer stays where it is: no time
// over twenty minutes is published, so that what comes from far is learned from the quick ones alone.
const longest = 15 * 60

// farM is how far those who may come to a call are from it on average, in metres; 0 where the drive is not that long.
func (a *Arrangement) farM(c *lfb.Call, shares []Share) float64 {
	var seconds, metres float64
	for _, s := range shares {
		from := &a.posts[s.From].line
		seconds += s.Weight * from.SecondsTo(c.Easting, c.Northing)
		metres += s.Weight * math.Hypot(from.Easting-c.Easting, from.Northing-c.Northing)
	}
	if seconds < longest {
		return 0
	}
	return metres
}

// differs reports whether shares of a call are others than the usual ones.
func differs(shares, usual []Share) bool {
	var apart float64
	for _, s := range shares {
		w := s.Weight
		if k := slices.IndexFunc(usual, func(u Share) bool { return u.From == s.From }); k >= 0 {
			w -= usual[k].Weight
		}
		apart += max(w, 0)
	}
	return apart > least
}

// Answers keeps what the model says of calls by the source that the engine comes from, each asked for once, for many
// arrangements over the same calls. It is for one goroutine.
type Answers struct {
	d     *Dispatcher
	calls []lfb.Call
	known map[question]given
}

// question is a call whose engine comes from one source.
type question struct {
	call int
	from Source
}

// given is what the model says of it.
type given struct {
	all   bundle.Prediction
	curve ml.Distribution // of attendance
}

// NewAnswers keeps the answers of calls, which are complete.
func (d *Dispatcher) NewAnswers(calls []lfb.Call) *Answers {
	return &Answers{d: d, calls: calls, known: map[question]given{}}
}

// Mix returns what each call is answered as the engines stand; calls without a place are answered zero.
func (x *Answers) Mix(dst []ml.Answer, a *Arrangement) ([]ml.Answer, error) {
	shares, err := x.share(a, allOf(x.calls))
	dst = dst[:0]
	for i := range shares {
		dst = append(dst, x.mix(a, shares[i], i).Attendance)
	}
	return dst, err
}

// Within returns how likely the engines of some calls, by position, are there within so many seconds as the engines
// stand; NaN for calls without a place.
func (x *Answers) Within(dst []float64, a *Arrangement, seconds float64, only []int) ([]float64, error) {
	shares, err := x.share(a, only)
	dst = dst[:0]
	for k := range shares {
		p := 0.0
		for _, s := range shares[k] {
			p += s.Weight * x.known[question{only[k], a.sources[s.From]}].curve.Within(seconds)
		}
		if len(shares[k]) == 0 {
			p = math.NaN()
		}
		dst = append(dst, p)
	}
	return dst, err
}

// share is who may come to some calls, of which the model was asked.
func (x *Answers) share(a *Arrangement, only []int) ([][]Share, error) {
	shares := make([][]Share, len(only))
	for k, i := range only {
		shares[k] = a.Shares(nil, &x.calls[i])
	}
	if err := x.fill(a, shares, only); err != nil {
		return nil, err
	}
	return shares, nil
}

// fill asks the model for what is not known yet of some calls, all stations at once, and each point.
func (x *Answers) fill(a *Arrangement, shares [][]Share, only []int) error {
	missing := map[Source][]question{}
	for k, i := range only {
		for _, s := range shares[k] {
			q := question{i, a.sources[s.From]}
			if _, ok := x.known[q]; !ok {
				to := q.from
				if !to.isPoint() {
					to = Source{}
				}
				missing[to] = append(missing[to], q)
			}
		}
	}
	for at, questions := range missing {
		b := x.d.bundle
		if at.isPoint() {
			spec, err := b.Spec.WithSenderAt(at.Station, at.Easting, at.Northing)
			if err != nil {
				return err
			}
			b = &bundle.Bundle{Manifest: b.Manifest, Spec: spec, Heads: b.Heads}
		}
		calls := make([]lfb.Call, len(questions))
		for k, q := range questions {
			calls[k] = x.calls[q.call]
			calls[k].SentFrom = q.from.Station
		}
		got, err := b.Predict(nil, calls)
		if err != nil {
			return err
		}
		for k, q := range questions {
			x.known[q] = given{got[k], curveOf(got[k].Attendance)}
		}
	}
	return nil
}

// allOf is the positions of calls.
func allOf(calls []lfb.Call) []int {
	out := make([]int, len(calls))
	for i := range out {
		out[i] = i
	}
	return out
}

// curveOf is an answer's distribution. Its tenth stands as far below the median as the P90 above, by ratio: times of
// engines are skewed.
func curveOf(a ml.Answer) ml.Distribution {
	return a.Distribution(ml.Corner{Seconds: a.P50 * a.P50 / max(a.P90, 1), P: 1 - ml.Q90})
}

// mix is the answer over the sources of call i.
func (x *Answers) mix(a *Arrangement, shares []Share, i int) bundle.Prediction {
	out := bundle.Prediction{Variant: feature.Sent}
	var attendance, response mixture
	for _, s := range shares {
		p := x.known[question{i, a.sources[s.From]}].all
		attendance.add(s.Weight, p.Attendance)
		if p.Response != nil {
			response.add(s.Weight, *p.Response)
		}
	}
	out.Attendance = attendance.answer()
	if len(response.curves) > 0 {
		r := response.answer()
		out.Response = &r
	}
	return out
}

// mixture is answers of which one will be true.
type mixture struct {
	weights []float64
	curves  []ml.Distribution
	sum     ml.Answer
}

func (m *mixture) add(w float64, a ml.Answer) {
	m.weights, m.curves = append(m.weights, w), append(m.curves, curveOf(a))
	m.sum.Mean += w * a.Mean
	m.sum.P50 += w * a.P50
	m.sum.P90 += w * a.P90
	m.sum.Within6 += w * a.Within6
	m.sum.Within10 += w * a.Within10
}

// answer is the mixture's. Of one alone it is that one's, to the bit.
func (m *mixture) answer() ml.Answer {
	if len(m.curves) > 1 {
		m.sum.P50 = m.quantile(ml.Q50)
		m.sum.P90 = m.quantile(ml.Q90)
	}
	return m.sum
}

// quantile halves the span in which it must be, to less than a millisecond.
func (m *mixture) quantile(q float64) float64 {
	low, high := 0.0, ml.Longest
	for range 21 {
		t := (low + high) / 2
		var p float64
		for k, c := range m.curves {
			p += m.weights[k] * c.Within(t)
		}
		if p < q {
			low = t
		} else {
			high = t
		}
	}
	return high
}
