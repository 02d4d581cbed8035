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

// Predict answers calls as Bundle.Predict does, but over who may come, and says of which calls: where it is of no
// matter, or the station sent from is given and known, or there is no place, the answer is Bundle.Predict's.
func (a *Arrangement) Predict(dst []bundle.Prediction, calls []lfb.Call) ([]bundle.Prediction, []bool, error) {
	dst, err := a.d.bundle.Predict(dst, calls)
	if err != nil {
		return nil, nil, err
	}
	matters := make([]bool, len(calls))
	var asked []lfb.Call
	var of []int
	var shares [][]Share
	for i := range calls {
		c := &calls[i]
		if a.d.bundle.Spec.KnowsStation(c.SentFrom) {
			continue
		}
		s := a.Shares(nil, c)
		if matters[i] = a.differs(s, c); matters[i] {
			asked, of, shares = append(asked, *c), append(of, i), append(shares, s)
		}
	}
	x := a.d.NewAnswers(asked)
	if err := x.fill(a, shares); err != nil {
		return nil, nil, err
	}
	for k, i := range of {
		dst[i] = x.mix(a, shares[k], k)
	}
	return dst, matters, nil
}

// differs reports whether shares of a call are others than the usual ones.
func (a *Arrangement) differs(shares []Share, c *lfb.Call) bool {
	var change [runners]Share
	usual := a.d.usually.Shares(change[:0], c)
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
	d      *Dispatcher
	calls  []lfb.Call
	known  map[Source]*fromSource
	shares [][]Share
}

// fromSource is the answers where the engine comes from one source.
type fromSource struct {
	bundle *bundle.Bundle
	given  []bool
	all    []bundle.Prediction
	curves []ml.Distribution // of attendance
}

// NewAnswers keeps the answers of calls, which are complete.
func (d *Dispatcher) NewAnswers(calls []lfb.Call) *Answers {
	return &Answers{d: d, calls: calls, known: map[Source]*fromSource{}}
}

// Mix returns what each call is answered as the engines stand; calls without a place are answered zero.
func (x *Answers) Mix(dst []ml.Answer, a *Arrangement) ([]ml.Answer, error) {
	dst = dst[:0]
	err := x.each(a, func(i int, s []Share) { dst = append(dst, x.mix(a, s, i).Attendance) })
	return dst, err
}

// Within returns how likely each call's engine is there within so many seconds as the engines stand; NaN for calls
// without a place.
func (x *Answers) Within(dst []float64, a *Arrangement, seconds float64) ([]float64, error) {
	dst = dst[:0]
	err := x.each(a, func(i int, s []Share) {
		p := 0.0
		for _, s := range s {
			p += s.Weight * x.known[a.sources[s.From]].curves[i].Within(seconds)
		}
		if len(s) == 0 {
			p = math.NaN()
		}
		dst = append(dst, p)
	})
	return dst, err
}

func (x *Answers) each(a *Arrangement, visit func(i int, s []Share)) error {
	if x.shares == nil {
		x.shares = make([][]Share, len(x.calls))
	}
	for i := range x.calls {
		x.shares[i] = a.Shares(x.shares[i], &x.calls[i])
	}
	if err := x.fill(a, x.shares); err != nil {
		return err
	}
	for i, s := range x.shares {
		visit(i, s)
	}
	return nil
}

// fill asks the model for what is not known yet, each source's calls at once.
func (x *Answers) fill(a *Arrangement, shares [][]Share) error {
	missing := make([][]int, len(a.sources))
	for i := range shares {
		for _, s := range shares[i] {
			if f := x.known[a.sources[s.From]]; f == nil || !f.given[i] {
				missing[s.From] = append(missing[s.From], i)
			}
		}
	}
	var of []*fromSource
	var index []int
	var calls []lfb.Call
	flush := func() error {
		if len(calls) == 0 {
			return nil
		}
		got, err := of[0].bundle.Predict(nil, calls)
		for k := range got {
			f, i := of[k], index[k]
			f.given[i], f.all[i], f.curves[i] = true, got[k], curveOf(got[k].Attendance)
		}
		of, index, calls = of[:0], index[:0], calls[:0]
		return err
	}
	for k := range missing {
		if len(missing[k]) == 0 {
			continue
		}
		f, err := x.of(a.sources[k])
		if err != nil {
			return err
		}
		// The stations are one batch, each point is one: its bundle has the sender elsewhere.
		if len(of) > 0 && of[0].bundle != f.bundle {
			if err := flush(); err != nil {
				return err
			}
		}
		for _, i := range missing[k] {
			c := x.calls[i]
			c.SentFrom = a.sources[k].Station
			of, index, calls = append(of, f), append(index, i), append(calls, c)
		}
	}
	return flush()
}

func (x *Answers) of(source Source) (*fromSource, error) {
	if f := x.known[source]; f != nil {
		return f, nil
	}
	n := len(x.calls)
	f := &fromSource{bundle: x.d.bundle, given: make([]bool, n), all: make([]bundle.Prediction, n), curves: make([]ml.Distribution, n)}
	if source.isPoint() {
		spec, err := x.d.bundle.Spec.WithSenderAt(source.Station, source.Easting, source.Northing)
		if err != nil {
			return nil, err
		}
		f.bundle = &bundle.Bundle{Manifest: x.d.bundle.Manifest, Spec: spec, Heads: x.d.bundle.Heads}
	}
	x.known[source] = f
	return f, nil
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
		p := &x.known[a.sources[s.From]].all[i]
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
