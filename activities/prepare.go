package activities

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// minResponseRows is how many rows with known call handling each span needs for
// a model of response time; with fewer it is null with a reason.
const minResponseRows = 500

// prepared keeps the last training data of this process, since every candidate
// of a run learns from the same: five fits, one pass over the rows.
type prepared struct {
	mu   sync.Mutex
	key  string
	data *trainingData
}

// trainingData is what candidates learn from. It holds no hold-out row.
type trainingData struct {
	spec       *feature.Spec
	attendance spans // columns of variant feature.Sent, like the next: see forVariant
	response   spans // rows with known call handling; empty where they are too few
	valid      rowFacts
	trainedTo  time.Time // last call of calibration
}

// forVariant is s as a variant sees it. The usual columns come first in every variant, so
// that one matrix serves all.
func (d *trainingData) forVariant(v feature.Variant, s spans) spans {
	if v == feature.Sent {
		return s
	}
	for _, set := range []*ml.Set{&s.train, &s.valid, &s.calib} {
		if set.X.Width() > 0 {
			set.X = set.X.NarrowTo(d.spec.Schema())
		}
	}
	return s
}

// spans is one target's rows by span.
type spans struct{ train, valid, calib ml.Set }

func (s spans) isEmpty() bool { return s.train.X.Rows() == 0 }

// target is what heads are fitted for.
type target struct {
	name  string
	spans spans
}

// targets are those that have rows enough.
func (d *trainingData) targets() []target {
	all := []target{{bundle.Attendance, d.attendance}, {bundle.Response, d.response}}
	return slices.DeleteFunc(all, func(t target) bool { return t.spans.isEmpty() })
}

// rowFacts is what reports need of rows beside features and target.
type rowFacts struct {
	first  []bool
	day    []int32
	labels []ml.Labels
}

// prepareTraining returns the training data of a data set and its spans, from memory
// where this process made it last.
func (a *Activities) prepareTraining(ctx context.Context, d registry.DataSet, s dataset.Spans) (*trainingData, error) {
	key := fmt.Sprintf("%s %+v", d.ID, s)
	a.prepared.mu.Lock()
	defer a.prepared.mu.Unlock()
	if a.prepared.key == key {
		return a.prepared.data, nil
	}
	a.prepared.data, a.prepared.key = nil, "" // free the old one before making the new
	data, err := a.makeTrainingData(ctx, d, s)
	if err != nil {
		return nil, err
	}
	a.prepared.data, a.prepared.key = data, key
	return data, nil
}

// forgetTraining frees the training data; the next run makes its own.
func (a *Activities) forgetTraining() {
	a.prepared.mu.Lock()
	defer a.prepared.mu.Unlock()
	a.prepared.data, a.prepared.key = nil, ""
}

// loadTable reads a data set's rows, of the months that o names.
func (a *Activities) loadTable(ctx context.Context, d registry.DataSet, o dataset.LoadOptions) (*dataset.Table, error) {
	m, err := dataset.Open(ctx, a.Blobs, d.Manifest)
	if err != nil {
		return nil, err
	}
	o.Threads = a.Threads
	return dataset.Load(ctx, a.Blobs, m, o)
}

// answerHead is what one of a bundle's heads says to every row of t, as one matrix.
func (a *Activities) answerHead(ctx context.Context, b *bundle.Bundle, h *bundle.Head,
	t *dataset.Table,
) ([]ml.Answer, error) {
	spec, err := b.Spec.WithVariant(h.Variant)
	if err != nil {
		return nil, err
	}
	x, err := spec.Matrix(ctx, feature.AssumeSent(t), a.Threads)
	if err != nil {
		return nil, err
	}
	return h.Model.Answer(nil, x)
}

// answerRows is what a bundle's first head says to every row of t.
func (a *Activities) answerRows(ctx context.Context, b *bundle.Bundle, t *dataset.Table) ([]ml.Answer, error) {
	if t.Len() == 0 {
		return nil, nil
	}
	x, err := b.Spec.Matrix(ctx, t, a.Threads)
	if err != nil {
		return nil, err
	}
	return b.Heads[0].Model.Answer(nil, x)
}

func (a *Activities) makeTrainingData(ctx context.Context, d registry.DataSet, s dataset.Spans) (*trainingData, error) {
	t, err := a.loadTable(ctx, d, dataset.LoadOptions{})
	if err != nil {
		return nil, err
	}
	spec, sent, err := a.learnFeatures(ctx, s.Train.Slice(t))
	if err != nil {
		return nil, err
	}
	out := &trainingData{
		spec: spec, valid: rowFactsOf(s.Valid.Slice(t)),
		trainedTo: t.Time(max(s.Calib.Hi, s.Valid.Hi) - 1).UTC(),
	}
	for _, part := range []struct {
		view   *dataset.Table
		matrix func(context.Context, feature.Calls, int) (ml.Matrix, error)
		att    *ml.Set
		resp   *ml.Set
	}{
		{s.Train.Slice(t), sent.TrainMatrix, &out.attendance.train, &out.response.train},
		{s.Valid.Slice(t), sent.Matrix, &out.attendance.valid, &out.response.valid},
		{s.Calib.Slice(t), sent.Matrix, &out.attendance.calib, &out.response.calib},
	} {
		x, err := part.matrix(ctx, feature.AssumeSent(part.view), a.Threads)
		if err != nil {
			return nil, err
		}
		*part.att, *part.resp = splitTargets(x, part.view)
	}
	r := &out.response
	if min(r.train.X.Rows(), r.valid.X.Rows(), r.calib.X.Rows()) < minResponseRows {
		out.response = spans{}
	}
	return out, nil
}

// learnFeatures fits the features of training rows, of variant feature.Usual and of feature.Sent.
func (a *Activities) learnFeatures(ctx context.Context, rows feature.Rows) (spec, sent *feature.Spec, err error) {
	if spec, err = feature.Fit(ctx, rows, feature.Options{Threads: a.Threads}); err == nil {
		sent, err = spec.WithVariant(feature.Sent)
	}
	return spec, sent, err
}

// splitTargets pairs x with attendance times, and its rows of known call handling
// with response times.
func splitTargets(x ml.Matrix, t feature.Rows) (attendance, response ml.Set) {
	attendance = ml.Set{X: x, Y: make([]float64, t.Len())}
	var index []int
	var y []float64
	var o lfb.Outcome
	for i := range attendance.Y {
		t.Outcome(i, &o)
		attendance.Y[i] = o.AttendanceSeconds
		if r := o.ResponseSeconds(); !math.IsNaN(r) {
			index, y = append(index, i), append(y, r)
		}
	}
	return attendance, ml.Set{X: x.Select(index), Y: y}
}

// rowFactsOf labels rows for reports: borough, hour band, incident group, engine.
func rowFactsOf(t *dataset.Table) rowFacts {
	n := t.Len()
	f := rowFacts{first: make([]bool, n), day: make([]int32, n)}
	for _, by := range slicedBy {
		f.labels = append(f.labels, ml.Labels{By: by, Values: make([]string, n)})
	}
	var r rowReader
	for i := range n {
		r.readRow(t, i)
		f.first[i], f.day[i] = r.call.PumpOrder == 1, t.Day(i)
		for k, value := range r.values {
			f.labels[k].Values[i] = value
		}
	}
	return f
}

// rowReader reads what reports need of one row.
type rowReader struct {
	call    lfb.Call
	outcome lfb.Outcome
	values  [4]string // of slicedBy
}

var (
	slicedBy = []string{"borough", "hour_band", "incident_group", "pump_order"}
	// slicedByAvailability divides logged answers further.
	slicedByAvailability = "availability"

	hourBands = [4]string{"00-06 h", "06-12 h", "12-18 h", "18-24 h"}
	pumpNames = [3]string{"0", "1", "2"}
)

func (r *rowReader) readRow(t *dataset.Table, i int) {
	t.Call(i, &r.call)
	t.Outcome(i, &r.outcome)
	r.values = [4]string{
		r.call.BoroughCode, hourBands[r.call.At.Hour()/6], r.outcome.IncidentGroup,
		pumpNames[min(r.call.PumpOrder, 2)],
	}
}

func (r *rowReader) addTo(to *ml.RunningReport, a ml.Answer, more ...string) {
	to.Add(a, r.outcome.AttendanceSeconds, r.call.PumpOrder == 1, append(r.values[:], more...))
}
