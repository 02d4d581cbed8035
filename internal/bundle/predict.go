package bundle

import (
	"fmt"
	"math"

	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// Prediction is the answer to one call.
type Prediction struct {
	Attendance ml.Answer
	Response   *ml.Answer // nil where the bundle has no head for it
	// Variant says which attendance head answered: feature.Sent where the call
	// names the station that the engine was sent from and a head uses it.
	Variant feature.Variant
}

// blockRows is how many calls are encoded and answered at once.
const blockRows = 256

// headSet is what Predict needs, made once.
type headSet struct {
	width    int // columns of the widest variant
	variants []variantHeads
}

// variantHeads is the way of the calls that one variant's heads answer.
type variantHeads struct {
	variant    feature.Variant
	spec       *feature.Spec
	attendance Head
	response   *Head // nil without one
}

// scratch is the memory of one block of calls.
type scratch struct {
	row     []float64
	cells   []float64 // a block, column by column
	answers []ml.Answer
	index   []int
}

func (d *headSet) newScratch(rows int) *scratch {
	return &scratch{
		row: make([]float64, d.width), cells: make([]float64, rows*d.width), answers: make([]ml.Answer, rows),
		index: make([]int, 0, rows),
	}
}

// prepareHeads makes the head set.
func (b *Bundle) prepareHeads() (*headSet, error) {
	b.once.Do(func() { b.heads, b.err = b.newHeadSet() })
	return b.heads, b.err
}

func (b *Bundle) newHeadSet() (*headSet, error) {
	if err := b.checkServable(); err != nil {
		return nil, err
	}
	d := &headSet{}
	for _, v := range []feature.Variant{feature.Usual, feature.Sent} {
		attendance := b.Head(Attendance, v)
		if attendance == nil {
			continue
		}
		spec, err := b.Spec.WithVariant(v)
		if err != nil {
			return nil, err
		}
		response := b.Head(Response, v)
		if response == nil {
			response = b.Head(Response, feature.Usual)
		}
		d.variants = append(d.variants, variantHeads{variant: v, spec: spec, attendance: *attendance, response: response})
		d.width = max(d.width, spec.Schema().Width())
	}
	return d, d.probeHeads(b)
}

// probeHeads answers one blank call by every variant: a head that is for other columns
// shows here, not in front of a caller.
func (d *headSet) probeHeads(b *Bundle) error {
	blank := []lfb.Call{{Easting: math.NaN(), Northing: math.NaN()}}
	s := d.newScratch(1)
	for k := range d.variants {
		s.index = append(s.index[:0], 0)
		if err := d.variants[k].answerCalls(b, s, make([]Prediction, 1), make([]ml.Answer, 1), blank); err != nil {
			return err
		}
	}
	return nil
}

// Head is the head that answers target from v's columns; nil without one.
func (b *Bundle) Head(target string, v feature.Variant) *Head {
	for k := range b.Heads {
		if b.Heads[k].Target == target && b.Heads[k].Variant == v {
			return &b.Heads[k]
		}
	}
	return nil
}

// Predict writes an answer for each call into dst, which is replaced where too
// short, and returns it. Calls are taken as they are: complete them by
// Spec.Complete first. The station that an engine was sent from is used where a
// head was trained with it.
func (b *Bundle) Predict(dst []Prediction, calls []lfb.Call) ([]Prediction, error) {
	d, err := b.prepareHeads()
	if err != nil {
		return nil, err
	}
	if cap(dst) < len(calls) {
		dst = make([]Prediction, len(calls))
	}
	dst = dst[:len(calls)]
	var responses []ml.Answer
	if b.Head(Response, feature.Usual) != nil || b.Head(Response, feature.Sent) != nil {
		responses = make([]ml.Answer, len(calls))
	}
	s := d.newScratch(min(len(calls), blockRows))
	for k := range d.variants {
		for lo := 0; lo < len(calls); lo += blockRows {
			s.index = s.index[:0]
			for i := lo; i < min(lo+blockRows, len(calls)); i++ {
				if d.chooseVariant(&calls[i]) == k {
					s.index = append(s.index, i)
				}
			}
			if err := d.variants[k].answerCalls(b, s, dst, responses, calls); err != nil {
				return nil, err
			}
		}
	}
	return dst, nil
}

// chooseVariant is the variant that makes the most of what a call has.
func (d *headSet) chooseVariant(c *lfb.Call) int {
	if last := len(d.variants) - 1; last > 0 && d.variants[last].spec.KnowsStation(c.SentFrom) {
		return last
	}
	return 0
}

// answerCalls answers the calls of s.index.
func (l *variantHeads) answerCalls(b *Bundle, s *scratch, dst []Prediction, responses []ml.Answer,
	calls []lfb.Call,
) error {
	n := len(s.index)
	if n == 0 {
		return nil
	}
	schema := l.spec.Schema()
	width := schema.Width()
	for r, i := range s.index {
		l.spec.Encode(s.row[:width], &calls[i])
		for j, v := range s.row[:width] {
			s.cells[j*n+r] = v
		}
	}
	var err error
	x := ml.MatrixOf(schema, n, s.cells[:n*width])
	if s.answers, err = l.attendance.answerRows(s.answers, x); err != nil {
		return err
	}
	for r, i := range s.index {
		dst[i] = Prediction{Attendance: s.answers[r], Variant: l.variant}
	}
	if l.response == nil {
		return nil
	}
	if l.response.Variant == feature.Usual { // the usual columns come first in every variant
		usual := b.Spec.Schema()
		x = ml.MatrixOf(usual, n, s.cells[:n*usual.Width()])
	}
	if s.answers, err = l.response.answerRows(s.answers, x); err != nil {
		return err
	}
	for r, i := range s.index {
		responses[i] = s.answers[r]
		dst[i].Response = &responses[i]
	}
	return nil
}

// answerRows writes the head's answers to the rows of x into dst, which is replaced where too short.
func (h *Head) answerRows(dst []ml.Answer, x ml.Matrix) ([]ml.Answer, error) {
	out, err := h.Model.Answer(dst[:cap(dst)], x)
	if err != nil {
		return dst, fmt.Errorf("%s: %w", h.partName(), err)
	}
	return out, nil
}
