package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// CompareInput is the candidates of one run.
type CompareInput struct {
	RunID      string           `json:"run_id"`
	Line       string           `json:"line"`
	Origin     lfb.Origin       `json:"origin"`
	DataSet    registry.DataSet `json:"data_set"`
	Spans      dataset.Spans    `json:"spans"`
	Candidates []TrainResult    `json:"candidates"`
	Policy     registry.Policy  `json:"policy"`
	Seed       uint64           `json:"seed"` // of the bootstrap
	// Provisional asks for something to serve where nothing does and no candidate passes.
	Provisional bool `json:"provisional,omitempty"`
}

// CompareResult is the leaderboard and the gate's verdict.
type CompareResult struct {
	Leaderboard []Standing       `json:"leaderboard"`
	Winner      string           `json:"winner"`   // version
	Champion    string           `json:"champion"` // version that serves now; empty without one
	Revision    int64            `json:"revision"` // of the ledger that this was decided from
	Passed      bool             `json:"passed"`
	Summary     string           `json:"summary"`
	Checks      []registry.Check `json:"checks"`
	Verdict     lfb.Ref          `json:"verdict"` // registry.Verdict
	// Provisional is the version that may serve until one passes; empty where none is needed, or may.
	Provisional string `json:"provisional,omitempty"`
	// Evaluated is the version that Champion is a refit of; empty where it is none.
	Evaluated string `json:"evaluated,omitempty"`
}

// Compare ranks the candidates by validation, scores all of them and the
// champion on the same hold-out rows, and judges the winner. The hold-out ranks
// nothing: it judges the winner, and is shown for the others.
func (a *Activities) Compare(ctx context.Context, in CompareInput) (out CompareResult, err error) {
	defer func() { err = wire(err) }()
	defer heartbeat(ctx, "compare")()
	a.forgetTraining()
	c := &comparison{a: a, in: in}
	if err := c.loadCandidates(ctx); err != nil {
		return out, err
	}
	if err := c.measureAll(ctx); err != nil {
		return out, err
	}
	if c.winner().State != "trained" {
		return out, fmt.Errorf("no candidate could be ranked: %w", lfb.ErrInvalid)
	}
	verdict, err := c.judgeCandidate(c.winner())
	if err == nil && in.Provisional && !verdict.Passed {
		verdict, err = c.chooseProvisional(ctx, verdict)
	}
	if err != nil {
		return out, err
	}
	c.explainWinner(ctx, verdict)
	return c.saveResult(ctx, verdict)
}

// comparison is the state of one Compare.
type comparison struct {
	a        *Activities
	in       CompareInput
	rows     []*contender // candidates by rank, then failures
	champion *contender   // nil without one
	refitOf  string       // the version that the champion was judged by, where it is a refit
	stopgap  bool         // it is provisional
	widened  *contender   // what may serve provisionally; nil for nothing
	seen     registry.Promotion
	holdout  *dataset.Table
	facts    rowFacts
	y        []float64
}

// contender is one model in the comparison.
type contender struct {
	registry.Candidate
	bundle  *bundle.Bundle
	answers []ml.Answer
	sent    []ml.Answer // with the station known that arrived; nil without such a head

	explanation lfb.Ref // registry.Explanation; zero where none was made
}

func (c *contender) isBaseline() bool { return IsBaseline(c.Name) }

// loadCandidates loads every bundle and ranks by validation RMSE of the first engine.
func (c *comparison) loadCandidates(ctx context.Context) error {
	for _, r := range c.in.Candidates {
		row := &contender{Candidate: registry.Candidate{
			RunID: c.in.RunID, Name: r.Candidate, State: "trained", Error: r.Error,
			Version: r.Version, Bundle: r.Bundle, Recipe: r.Recipe, FitTime: r.FitTime, TrainedTo: r.TrainedTo,
			Search: r.Search, Relevance: r.Relevance, Curve: r.Curve,
		}}
		c.rows = append(c.rows, row)
		if r.Error != "" {
			row.State = "failed"
			continue
		}
		var err error
		if row.bundle, err = bundle.Read(ctx, c.a.Blobs, r.Bundle); err != nil {
			return err
		}
		row.Valid, row.ValidSent = row.bundle.Manifest.Valid, row.bundle.Manifest.ValidSent
	}
	slices.SortStableFunc(c.rows, func(x, y *contender) int {
		return cmp.Or(cmp.Compare(x.State, y.State)*-1, cmp.Compare(x.Valid.First.RMSE, y.Valid.First.RMSE))
	})
	for i, row := range c.rows {
		if row.State == "trained" {
			row.Rank = i + 1
		}
	}
	return nil
}

// measureAll scores all candidates and the champion on the same rows, and sets them against
// each other.
func (c *comparison) measureAll(ctx context.Context) error {
	if err := c.loadChampion(ctx); err != nil {
		return err
	}
	if err := c.loadHoldout(ctx); err != nil {
		return err
	}
	if err := c.scoreAll(ctx); err != nil {
		return err
	}
	return c.compareAll()
}

func (c *comparison) winner() *contender { return c.rows[0] }

func (c *comparison) loadChampion(ctx context.Context) error {
	p, err := registry.Champion(ctx, c.a.Ledger, c.in.Line)
	if errors.Is(err, lfb.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c.seen = p
	return c.setChampion(ctx, p.To, "champion")
}

// setChampion has the version compared under that name.
func (c *comparison) setChampion(ctx context.Context, version, name string) error {
	v, b, err := c.a.readVersion(ctx, c.in.Line, version)
	if err != nil {
		return err
	}
	c.stopgap, c.refitOf = v.Provisional != nil, cmp.Or(v.RefitOf, c.refitOf)
	c.champion = &contender{bundle: b, Candidate: registry.Candidate{
		RunID: c.in.RunID, Name: name + " (" + v.Candidate + ")",
		State: "trained", Version: v.ID, Bundle: v.Bundle, TrainedTo: v.TrainedTo,
	}}
	return nil
}

// loadHoldout reads the rows later than everything that any model in the
// comparison learned from: the hold-out, from where the champion's data ends. For a
// refitted champion that has seen any of them the version answers that it was judged by.
func (c *comparison) loadHoldout(ctx context.Context) error {
	t, err := c.a.loadTable(ctx, c.in.DataSet, dataset.LoadOptions{})
	if err != nil {
		return err
	}
	lo, hi := c.in.Spans.Holdout.Lo, min(c.in.Spans.Holdout.Hi, t.Len())
	for _, m := range c.rows {
		if m.State == "trained" {
			lo = min(max(lo, rowsAfter(t, m.TrainedTo)), hi)
		}
	}
	if c.champion != nil && c.refitOf != "" && rowsAfter(t, c.champion.TrainedTo) > lo {
		if err := c.setChampion(ctx, c.refitOf, "champion before its refit"); err != nil {
			return err
		}
	}
	if c.champion != nil {
		lo = min(max(lo, rowsAfter(t, c.champion.TrainedTo)), hi)
	}
	c.holdout = t.Slice(lo, hi)
	c.facts = rowFactsOf(c.holdout)
	c.y = make([]float64, c.holdout.Len())
	for i := range c.y {
		c.y[i] = c.holdout.Attendance(i)
	}
	return nil
}

// scoreAll scores several contenders at once: not all of them use all cores.
func (c *comparison) scoreAll(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cmp.Or(c.a.Threads, runtime.GOMAXPROCS(0)))
	for _, row := range c.rows {
		if row.State != "trained" {
			continue
		}
		g.Go(func() error {
			if err := c.scoreContender(ctx, row); err != nil {
				return fmt.Errorf("%s: %w", row.Name, err)
			}
			return nil
		})
	}
	if c.champion != nil {
		g.Go(func() error { return c.scoreContender(ctx, c.champion) })
	}
	return g.Wait()
}

// scoreContender answers every hold-out row the way training does: as one matrix.
func (c *comparison) scoreContender(ctx context.Context, row *contender) error {
	var err error
	if row.answers, err = c.answerHoldout(ctx, row, feature.Usual); err != nil {
		return err
	}
	row.Holdout = ml.Evaluate(row.answers, c.y, c.facts.first, c.facts.labels)
	if row.bundle.Head(bundle.Attendance, feature.Sent) == nil {
		return nil
	}
	if row.sent, err = c.answerHoldout(ctx, row, feature.Sent); err != nil {
		return err
	}
	r := ml.Evaluate(row.sent, c.y, c.facts.first, nil)
	row.HoldoutSent = &r.First
	return nil
}

// answerHoldout returns what a variant's head says to the whole hold-out.
func (c *comparison) answerHoldout(ctx context.Context, row *contender, v feature.Variant) ([]ml.Answer, error) {
	return c.a.answerHead(ctx, row.bundle, row.bundle.Head(bundle.Attendance, v), c.holdout)
}

// compareAll notes how every candidate did against the champion and the best baseline.
func (c *comparison) compareAll() (err error) {
	best := c.bestBaseline()
	for _, row := range c.rows {
		if row.State != "trained" {
			continue
		}
		if c.champion != nil {
			if row.VsChampion, err = c.compareLosses(row, c.champion); err != nil {
				return err
			}
		}
		if best != nil && row != best {
			if row.VsBaseline, err = c.compareLosses(row, best); err != nil {
				return err
			}
		}
	}
	return nil
}

// bestBaseline is the one with the least error on the hold-out; nil where none was trained.
func (c *comparison) bestBaseline() (best *contender) {
	for _, row := range c.rows {
		if row.isBaseline() && row.State == "trained" && (best == nil || row.Holdout.First.RMSE < best.Holdout.First.RMSE) {
			best = row
		}
	}
	return best
}

// judgeCandidate applies the gate to a candidate, once all are measured.
func (c *comparison) judgeCandidate(w *contender) (registry.Verdict, error) {
	e := registry.Evidence{
		Line: c.in.Line, DataSet: c.in.DataSet.ID, Revision: c.seen.Revision, Rows: w.Holdout.First.Rows,
		Winner: scoresOf(w), Stopgap: c.stopgap,
	}
	if n := c.holdout.Len(); n > 0 {
		e.From, e.To = c.holdout.Time(0), c.holdout.Time(n-1)
	}
	if c.champion != nil {
		s := scoresOf(c.champion)
		e.Champion, e.VsChampion = &s, w.VsChampion
		if s.Version != c.seen.To {
			e.Serving = c.seen.To
		}
	}
	c.addBaselines(&e, w)
	var err error
	e.Served, e.Unequal, err = c.checkServing(w)
	return registry.Judge(c.in.Policy, e), err
}

func scoresOf(c *contender) registry.Scores {
	return registry.Scores{Version: c.Version, Candidate: c.Name, TrainedTo: c.TrainedTo, Report: c.Holdout}
}

// addBaselines adds the baselines' scores, and how the candidate compares with the best of them.
func (c *comparison) addBaselines(e *registry.Evidence, w *contender) {
	for _, row := range c.rows {
		if row.isBaseline() && row.State == "trained" {
			e.Baselines = append(e.Baselines, scoresOf(row))
		}
	}
	if best := c.bestBaseline(); w.isBaseline() {
		e.Baseline = w.Name // it has none to beat
	} else if best != nil {
		e.Baseline, e.VsBaseline = best.Name, w.VsBaseline
	}
}

// compareLosses returns the paired interval, by day, of the difference of the RMSE of the
// first engine. Rows of fewer than two days give none.
func (c *comparison) compareLosses(w, other *contender) (*ml.Interval, error) {
	var lossA, lossB []float64
	var day []int32
	for i, first := range c.facts.first {
		if first {
			a, b := w.answers[i].Mean-c.y[i], other.answers[i].Mean-c.y[i]
			lossA, lossB, day = append(lossA, a*a), append(lossB, b*b), append(day, c.facts.day[i])
		}
	}
	if len(day) == 0 || day[0] == day[len(day)-1] {
		return nil, nil
	}
	i, err := ml.PairedBootstrap(lossA, lossB, day, ml.BootstrapOptions{
		Of: ml.DifferenceOfRoots, Seed: c.in.Seed,
		Confidence: c.in.Policy.Confidence,
	})
	return &i, err
}

// serveSample is how many hold-out rows go through the serving path.
const serveSample = 200

// checkServing answers a spread of hold-out rows as the API would, from the stored
// bundle and one by one, and counts the answers that differ by a bit; where the
// station that arrived is known, once more with it.
func (c *comparison) checkServing(w *contender) (served, unequal int, err error) {
	n := c.holdout.Len()
	if n == 0 {
		return 0, 0, nil
	}
	var call lfb.Call
	var o lfb.Outcome
	var got []bundle.Prediction
	serve := func(want ml.Answer) error {
		if got, err = w.bundle.Predict(got[:0], []lfb.Call{call}); err != nil {
			return err
		}
		served++
		if got[0].Attendance != want {
			unequal++
		}
		return nil
	}
	for k := range min(serveSample, n) {
		i := k * n / min(serveSample, n)
		c.holdout.Call(i, &call)
		if err := serve(w.answers[i]); err != nil {
			return served, unequal, err
		}
		c.holdout.Outcome(i, &o)
		if call.SentFrom = o.ArrivedFrom; w.sent == nil || !w.bundle.Spec.KnowsStation(call.SentFrom) {
			continue
		}
		if err := serve(w.sent[i]); err != nil {
			return served, unequal, err
		}
	}
	return served, unequal, nil
}

// saveResult stores the verdict, the leaderboard, and the winner as a version.
func (c *comparison) saveResult(ctx context.Context, v registry.Verdict) (CompareResult, error) {
	ref, err := putJSON(ctx, c.a.Blobs, "report/verdict", v)
	if err != nil {
		return CompareResult{}, err
	}
	c.winner().Candidate.Verdict = ref
	all := slices.Clone(c.rows)
	for _, other := range []*contender{c.champion, c.widened} {
		if other != nil {
			all = append(all, other)
		}
	}
	out := CompareResult{
		Winner: c.winner().Version, Revision: c.seen.Revision, Champion: c.seen.To, Passed: v.Passed,
		Summary: v.Summary, Checks: v.Checks, Verdict: ref, Evaluated: c.refitOf,
	}
	var cands []registry.Candidate
	for _, row := range all {
		cands = append(cands, row.Candidate)
		out.Leaderboard = append(out.Leaderboard, StandingOf(row.Candidate))
	}
	if err := c.a.Runs.SaveCandidates(ctx, cands); err != nil {
		return out, err
	}
	if c.widened == nil {
		return out, c.saveVersions(ctx, c.rows, nil)
	}
	out.Provisional = c.widened.Version
	return out, errors.Join(c.saveVersions(ctx, c.rows, nil), c.saveVersions(ctx, []*contender{c.widened}, v.Provisional))
}

// saveVersions makes every trained candidate a version, so that any of them can
// be promoted by hand.
func (c *comparison) saveVersions(ctx context.Context, rows []*contender, p *registry.Provisional) error {
	for _, row := range rows {
		if row.State != "trained" {
			continue
		}
		err := c.a.Ledger.SaveVersion(ctx, registry.Version{
			ID: row.Version, Line: c.in.Line, Origin: c.in.Origin, Bundle: row.Bundle,
			RunID: c.in.RunID, Candidate: row.bundle.Manifest.Candidate, DataSet: c.in.DataSet.ID, TrainedTo: row.TrainedTo,
			Holdout:   row.Holdout,
			CreatedAt: time.Now().UTC(), Rank: row.Rank, Explanation: row.explanation, Code: c.a.Revision, Provisional: p,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
