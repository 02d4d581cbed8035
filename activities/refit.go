package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/catalog"
	"lfb/internal/ml/interval"
	"lfb/internal/registry"
)

// RefitInput names a version that passed the gate.
type RefitInput struct {
	RunID   string          `json:"run_id"`
	Line    string          `json:"line"`
	Version string          `json:"version"`
	Policy  registry.Policy `json:"policy"` // bounds of the coverage
}

// RefitResult is the refitted version, or why the evaluated one stays.
type RefitResult struct {
	Version   string          `json:"version"` // empty where the evaluated one stays
	Of        string          `json:"of"`      // the evaluated one
	Bundle    lfb.Ref         `json:"bundle,omitzero"`
	Reason    string          `json:"reason"` // one sentence, with what was measured
	Valid     ml.Report       `json:"valid"`  // of blocks, by fits that had not seen them
	ValidSent *ml.Metrics     `json:"valid_sent,omitempty"`
	TrainedTo time.Time       `json:"trained_to,omitzero"`
	FitTime   time.Duration   `json:"fit_time"`
	Agreement []HeadAgreement `json:"agreement"`
	Standing  Standing        `json:"standing"` // on the leaderboard
}

// HeadAgreement is how near a head's answers are to those of the evaluated version on the hold-out, and how well its
// range holds on rows that it was neither fitted nor calibrated on. Seconds.
type HeadAgreement struct {
	Head        string     `json:"head"`
	Mean        Difference `json:"mean"`
	P90         Difference `json:"p90"`
	CoverageP90 float64    `json:"coverage_p90"` // of first engines, out of fold
	Rows        int        `json:"rows"`         // of first engines that the coverage is of
}

// Difference is the absolute difference of two versions' answers: its mean, and what 95 in 100 rows are within.
type Difference struct {
	Mean float64 `json:"mean"`
	Most float64 `json:"most"`
}

const (
	// refitBlocks is K: the fits that calibrate, each without one block of validation, calibration and hold-out.
	refitBlocks = 3
	// refitCoverageRows is from how many rows on a head's coverage out of fold must be in the bounds.
	refitCoverageRows = 500
)

// Bounds of the agreement, of which a refit that exceeds one does not serve. On real rows it lies at about half of them
// (docs/MODELS.md).
var (
	refitMeanBound = Difference{Mean: 30, Most: 90}
	refitP90Bound  = Difference{Mean: 60, Most: 180}
)

// Refit fits a version's recipe again, with the rounds, penalty and weights that were found for it, on every row up
// to the end of the hold-out, and stores it as a version of its own where it agrees with the one that was judged.
// The same input finds the same version without fitting.
func (a *Activities) Refit(ctx context.Context, in RefitInput) (out RefitResult, err error) {
	defer func() { err = wire(err) }()
	report, stop := startHeartbeat(ctx, Heartbeat{Step: "refit"})
	defer stop()
	a.forgetTraining()
	r, err := a.readRecords(ctx, ReproduceInput{Line: in.Line, Version: in.Version})
	if errors.Is(err, lfb.ErrInvalid) { // a recipe that this program cannot fit
		return RefitResult{Of: in.Version, Reason: "not refitted: " + err.Error()}, nil
	}
	if err != nil {
		return out, err
	}
	if r.fittedElsewhere() != nil {
		return RefitResult{Of: in.Version, Reason: "not refitted: another program fitted it, which cannot be done here"}, nil
	}
	key := struct {
		Evaluated     string
		Blocks        int
		MeanBy, P90By Difference
		Low, Top      float64
	}{r.out.Want, refitBlocks, refitMeanBound, refitP90Bound, in.Policy.CoverageLow, in.Policy.CoverageTop}
	out, _, err = rememberStep(ctx, a.Blobs, stepRefit, key, func() (RefitResult, error) {
		f := a.newRefitter(r, report)
		if f.checkpoints, err = a.newCheckpointer(ctx, stepRefit, key); err != nil {
			return RefitResult{}, err
		}
		out, err := f.fitAndStore(ctx, in.Policy)
		if errors.Is(err, lfb.ErrInvalid) {
			out, err = RefitResult{Of: in.Version, Reason: "not refitted: " + err.Error()}, nil
		}
		if err == nil {
			f.checkpoints.deleteCheckpoint()
		}
		return out, err
	})
	if err != nil || out.Version == "" {
		return out, err
	}
	out.Standing, err = a.saveRefitted(ctx, in, out)
	return out, err
}

// saveRefitted puts the refitted version on its run's leaderboard and among the versions.
func (a *Activities) saveRefitted(ctx context.Context, in RefitInput, out RefitResult) (Standing, error) {
	v, err := a.Ledger.Version(ctx, in.Line, in.Version)
	if err != nil {
		return Standing{}, err
	}
	c := registry.Candidate{
		RunID: in.RunID, Name: "refitted (" + v.Candidate + ")", State: "trained", Version: out.Version, Bundle: out.Bundle,
		Valid: out.Valid, ValidSent: out.ValidSent, Holdout: v.Holdout, FitTime: out.FitTime, TrainedTo: out.TrainedTo,
		RefitOf: in.Version,
	}
	v.ID, v.Bundle, v.RunID, v.TrainedTo, v.RefitOf = out.Version, out.Bundle, in.RunID, out.TrainedTo, in.Version
	v.CreatedAt, v.Rank, v.Code = time.Now().UTC(), 0, a.Revision
	if err := a.Runs.SaveCandidates(ctx, []registry.Candidate{c}); err != nil {
		return Standing{}, err
	}
	return StandingOf(c), a.Ledger.SaveVersion(ctx, v)
}

// refitter is the state of one refit.
type refitter struct {
	fitter
	a      *Activities
	r      *recorded
	rows   *dataset.Table           // train to hold-out
	blocks []dataset.Span           // of rows
	heads  map[string]*blockAnswers // by head
	parts  int                      // that are fitted: one of each head in each fit
}

func (a *Activities) newRefitter(r *recorded, report func(Heartbeat)) *refitter {
	f := &refitter{a: a, r: r, fitter: a.newFitter(r.in, r.recipe, report), heads: map[string]*blockAnswers{}}
	f.step, f.checkpoints.state.Heads = "refit", map[string][]byte{}
	for _, h := range r.bundle.Heads {
		f.heads[h.Name()] = &blockAnswers{}
	}
	return f
}

// fitAndStore makes the refitted bundle, and stores it where it may serve.
func (f *refitter) fitAndStore(ctx context.Context, p registry.Policy) (RefitResult, error) {
	started := time.Now()
	b, err := f.makeBundle(ctx)
	if err != nil {
		return RefitResult{}, err
	}
	m := &b.Manifest
	out := RefitResult{
		Of: m.RefitOf, Valid: m.Valid, ValidSent: m.ValidSent, TrainedTo: m.TrainedTo,
		FitTime: time.Since(started),
	}
	if out.Agreement, err = f.measureAgreement(ctx, b); err != nil {
		return out, err
	}
	if out.Reason = describeDisagreement(out.Agreement, p); out.Reason != "" {
		return out, nil
	}
	first := out.Agreement[0]
	out.Reason = fmt.Sprintf("refitted on every row to %s: on the hold-out its mean is %.1f s and its P90 %.1f s from "+
		"version %s's; %.1f %% are within P90 out of fold", out.TrainedTo.In(lfb.London).Format(time.DateOnly),
		first.Mean.Mean, first.P90.Mean, out.Of, first.CoverageP90*100)
	if out.Bundle, err = bundle.Write(ctx, f.a.Blobs, b); err != nil {
		return out, err
	}
	out.Version = out.Bundle.SHA256[:12]
	return out, nil
}

// describeDisagreement says why the evaluated version stays; empty where the refitted one may serve.
func describeDisagreement(heads []HeadAgreement, p registry.Policy) string {
	for _, h := range heads {
		for _, d := range []struct {
			what     string
			is, most Difference
		}{{"mean", h.Mean, refitMeanBound}, {"P90", h.P90, refitP90Bound}} {
			if !(d.is.Mean <= d.most.Mean && d.is.Most <= d.most.Most) {
				return fmt.Sprintf("the evaluated version stays: the refitted %s's %s is %.1f s from its own on the hold-out, "+
					"95 %% within %.1f s; at most %.0f and %.0f s are allowed", h.Head, d.what, d.is.Mean, d.is.Most, d.most.Mean,
					d.most.Most)
			}
		}
		if h.Rows >= refitCoverageRows && !(h.CoverageP90 >= p.CoverageLow && h.CoverageP90 <= p.CoverageTop) {
			return fmt.Sprintf("the evaluated version stays: %.1f %% are within the refitted %s's P90 out of fold; "+
				"%.0f to %.0f %% wanted", h.CoverageP90*100, h.Head, p.CoverageLow*100, p.CoverageTop*100)
		}
	}
	return ""
}

// makeBundle fits the recipe without each block and once on everything, calibrates that by what the others said of
// the blocks that they had not seen, and writes its manifest.
func (f *refitter) makeBundle(ctx context.Context) (*bundle.Bundle, error) {
	t, err := f.a.loadTable(ctx, f.r.data, dataset.LoadOptions{})
	if err != nil {
		return nil, err
	}
	s := f.r.in.Spans
	f.rows = t.Slice(s.Train.Lo, s.Holdout.Hi)
	f.cutBlocks(s.Valid.Lo - s.Train.Lo)
	for k, block := range f.blocks {
		if block.Rows() == 0 {
			return nil, fmt.Errorf("no %d blocks of whole days with rows in validation, calibration and hold-out: %w",
				refitBlocks, lfb.ErrInvalid)
		}
		if _, err := f.fitWithout(ctx, fmt.Sprintf("without block %d/", k+1), block); err != nil {
			return nil, err
		}
	}
	b, err := f.fitWithout(ctx, "", dataset.Span{})
	if err != nil {
		return nil, err
	}
	b.Manifest = f.r.bundle.Manifest
	b.Manifest.RefitOf, b.Manifest.TrainedTo = f.r.out.Version, f.rows.Time(f.rows.Len()-1).UTC()
	all, blocks := s.Train, s.Valid
	all.Hi, all.Last, blocks.Hi, blocks.Last = s.Holdout.Hi, s.Holdout.Last, s.Holdout.Hi, s.Holdout.Last
	if b.Manifest.Spans, err = CanonicalJSON(dataset.Spans{Train: all, Calib: blocks}); err != nil {
		return nil, err
	}
	f.scoreBlocks(b)
	return b, nil
}

// cutBlocks cuts the rows from lo on into consecutive blocks of whole days, of about as many rows.
func (f *refitter) cutBlocks(lo int) {
	n := f.rows.Len()
	for k := range refitBlocks {
		hi := n
		if k < refitBlocks-1 {
			hi = f.rows.FirstRowOn(f.rows.Day(lo + (n-lo)/(refitBlocks-k)))
		}
		f.blocks = append(f.blocks, dataset.Span{Lo: lo, Hi: hi})
		lo = hi
	}
}

// fitWithout fits every head of the evaluated version on the rows without a block. What the heads say of the block is
// kept; without one, the bundle of the calibrated heads is made. Parts that an earlier attempt made are not made again.
func (f *refitter) fitWithout(ctx context.Context, prefix string, block dataset.Span) (*bundle.Bundle, error) {
	e, err := f.encodeRows(ctx, block)
	if err != nil {
		return nil, err
	}
	out := &bundle.Bundle{Spec: e.spec}
	for _, h := range f.r.bundle.Heads {
		name := prefix + h.Name()
		train, unseen := e.setsOf(h)
		body, done := f.checkpoints.state.Heads[name]
		if !done {
			if body, err = f.fitPart(ctx, name, h, train, unseen); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			f.checkpoints.finishPart(name, body)
			f.checkpoints.saveCheckpoint("", nil)
		}
		f.parts++
		if block.Rows() > 0 {
			var said interval.BlockAnswers
			if err := json.Unmarshal(body, &said); err != nil {
				return nil, err
			}
			of := f.heads[h.Name()]
			of.said = append(of.said, said)
			continue
		}
		m, err := catalog.Decode(body)
		if err != nil {
			return nil, err
		}
		if h.Model, err = f.heads[h.Name()].calibrateHead(m, train.X); err != nil {
			return nil, err
		}
		out.Heads = append(out.Heads, h)
	}
	return out, nil
}

// fitPart fits a head as the evaluated one was found, and returns what it says of the rows that it has not seen, or
// the model itself where there are none.
func (f *refitter) fitPart(ctx context.Context, name string, h bundle.Head, train, unseen ml.Set) ([]byte, error) {
	recipe, err := catalog.FixFound(f.recipe, h.Model.Model())
	if err != nil {
		return nil, err
	}
	opt := ml.Options{Seed: f.seed, Threads: f.threads, Progress: func(p ml.Progress) {
		f.report(f.describeRefit(p))
	}}
	m, err := f.checkpoints.fitModel(ctx, name, recipe, spans{train: train}, opt)
	if err != nil {
		return nil, err
	}
	if unseen.X.Rows() == 0 {
		return catalog.Encode(m)
	}
	said, err := interval.AnswerBlock(m, unseen)
	if err != nil {
		return nil, err
	}
	return CanonicalJSON(said)
}

// describeRefit says how far all fits together have come, where one of their parts has come to p.
func (f *refitter) describeRefit(p ml.Progress) Heartbeat {
	const fits = refitBlocks + 1 // the last on everything
	return Heartbeat{
		Step: f.step, Done: int64(f.parts*p.Total + p.Done), Total: int64(fits * len(f.heads) * p.Total),
		Unit: fmt.Sprintf("rounds, fit %d of %d", f.parts/len(f.heads)+1, fits),
	}
}

// encodedRows is rows to fit on and rows that the fit does not see, in the columns of variant feature.Sent.
type encodedRows struct {
	spec                                                   *feature.Spec
	attendance, response, unseenAttendance, unseenResponse ml.Set
}

// setsOf is what a head is fitted on, and what it is asked about.
func (e *encodedRows) setsOf(h bundle.Head) (train, unseen ml.Set) {
	train, unseen = e.attendance, e.unseenAttendance
	if h.Target == bundle.Response {
		train, unseen = e.response, e.unseenResponse
	}
	if h.Variant == feature.Usual {
		train.X = train.X.NarrowTo(e.spec.Schema())
		if unseen.X.Rows() > 0 {
			unseen.X = unseen.X.NarrowTo(e.spec.Schema())
		}
	}
	return train, unseen
}

// encodeRows learns the features of the rows without a block, and encodes both.
func (f *refitter) encodeRows(ctx context.Context, block dataset.Span) (*encodedRows, error) {
	rest := rowsWithout{f.rows, block}
	spec, sent, err := f.a.learnFeatures(ctx, rest)
	if err != nil {
		return nil, err
	}
	e := &encodedRows{spec: spec}
	x, err := sent.TrainMatrix(ctx, feature.AssumeSent(rest), f.threads)
	if err != nil {
		return nil, err
	}
	e.attendance, e.response = splitTargets(x, rest)
	if block.Rows() == 0 {
		return e, nil
	}
	if x, err = sent.Matrix(ctx, feature.AssumeSent(block.Slice(f.rows)), f.threads); err != nil {
		return nil, err
	}
	e.unseenAttendance, e.unseenResponse = splitTargets(x, block.Slice(f.rows))
	return e, nil
}

// rowsWithout is a table's rows but for a span.
type rowsWithout struct {
	t    *dataset.Table
	left dataset.Span
}

func (r rowsWithout) Len() int { return r.t.Len() - r.left.Rows() }

func (r rowsWithout) Call(i int, dst *lfb.Call) { r.t.Call(r.indexOf(i), dst) }

func (r rowsWithout) Outcome(i int, dst *lfb.Outcome) { r.t.Outcome(r.indexOf(i), dst) }

func (r rowsWithout) indexOf(i int) int {
	if i >= r.left.Lo {
		i += r.left.Rows()
	}
	return i
}

// blockAnswers is what is known of a head's answers to the blocks, in order of time.
type blockAnswers struct {
	said    []interval.BlockAnswers // before calibration, by block
	answers []ml.Answer             // by curves that have not seen the row's block either
	y       []float64
	first   []bool
}

// calibrateHead calibrates a model that was fitted on x by all blocks, and notes what it answers to each by the others.
func (b *blockAnswers) calibrateHead(m ml.Model, x ml.Matrix) (*interval.Model, error) {
	for k, block := range b.said {
		without, err := interval.FitBlocks(m, x, slices.Delete(slices.Clone(b.said), k, k+1))
		if err != nil {
			return nil, err
		}
		b.answers, b.y = append(b.answers, without.Calibrate(block)...), append(b.y, block.Y...)
		for _, engine := range block.Engine {
			b.first = append(b.first, engine == 1)
		}
	}
	return interval.FitBlocks(m, x, b.said)
}

// scoreBlocks notes in the manifest how well the blocks were answered by fits that had not seen them.
func (f *refitter) scoreBlocks(b *bundle.Bundle) {
	labels := rowFactsOf(f.rows.Slice(f.blocks[0].Lo, f.rows.Len())).labels
	b.Manifest.ValidSent = nil
	for _, h := range b.Heads {
		of := f.heads[h.Name()]
		switch {
		case h.Target == bundle.Attendance && h.Variant == feature.Usual:
			b.Manifest.Valid = ml.Evaluate(of.answers, of.y, of.first, labels)
		case h.Target == bundle.Attendance:
			r := ml.Evaluate(of.answers, of.y, of.first, nil)
			b.Manifest.ValidSent = &r.First
		}
	}
}

// measureAgreement holds each head against that of the evaluated version.
func (f *refitter) measureAgreement(ctx context.Context, b *bundle.Bundle) (out []HeadAgreement, err error) {
	holdout := f.rows.Slice(f.rows.Len()-f.r.in.Spans.Holdout.Rows(), f.rows.Len())
	for i, h := range b.Heads {
		is, err := f.a.answerHead(ctx, b, &b.Heads[i], holdout)
		if err != nil {
			return nil, err
		}
		was, err := f.a.answerHead(ctx, f.r.bundle, &f.r.bundle.Heads[i], holdout)
		if err != nil {
			return nil, err
		}
		of := f.heads[h.Name()]
		r := ml.Evaluate(of.answers, of.y, of.first, nil).First
		out = append(out, HeadAgreement{
			Head: h.Name(), CoverageP90: r.CoverageP90, Rows: r.Rows,
			Mean: differenceOf(is, was, func(a ml.Answer) float64 { return a.Mean }),
			P90:  differenceOf(is, was, func(a ml.Answer) float64 { return a.P90 }),
		})
	}
	return out, nil
}

func differenceOf(is, was []ml.Answer, said func(ml.Answer) float64) (d Difference) {
	away := make([]float64, len(is))
	for i := range is {
		away[i] = math.Abs(said(is[i]) - said(was[i]))
		d.Mean += away[i] / float64(len(is))
	}
	slices.Sort(away)
	if len(away) > 0 {
		d.Most = away[len(away)*95/100]
	}
	return d
}
