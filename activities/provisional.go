package activities

import (
	"context"
	"slices"

	"lfb/internal/bundle"
	"lfb/internal/ml/interval"
	"lfb/internal/registry"
)

// chooseProvisional finds what may serve where nothing that passed the gate does: the
// winner, or, where it does not beat the baselines, the best of these by validation. The
// verdict that comes back is on what was chosen; the one given where nothing was.
func (c *comparison) chooseProvisional(ctx context.Context, refused registry.Verdict) (registry.Verdict, error) {
	chosen, v := c.winner(), refused
	if !v.MayServeProvisionally() {
		i := slices.IndexFunc(c.rows, func(r *contender) bool { return r.isBaseline() && r.State == "trained" })
		if i < 0 {
			return refused, nil
		}
		var err error
		if chosen = c.rows[i]; chosen != c.winner() {
			if v, err = c.judgeCandidate(chosen); err != nil {
				return refused, err
			}
		}
		if !v.MayServeProvisionally() {
			return refused, nil
		}
	}
	seconds, err := c.widenChosen(ctx, chosen)
	if err != nil {
		return refused, err
	}
	v.ServeProvisionally(registry.Provisional{
		Version: c.widened.Version, Of: chosen.Version, WidenedSeconds: seconds,
		CoverageBefore: chosen.Holdout.First.CoverageP90, CoverageAfter: c.widened.Holdout.First.CoverageP90,
	})
	return v, nil
}

// widenChosen makes the chosen candidate's provisional version, and scores it on the hold-out.
func (c *comparison) widenChosen(ctx context.Context, chosen *contender) (seconds float64, err error) {
	data, err := c.a.prepareTraining(ctx, c.in.DataSet, c.in.Spans)
	if err != nil {
		return 0, err
	}
	defer c.a.forgetTraining()
	b := chosen.bundle
	w := &contender{
		Candidate: registry.Candidate{
			RunID: chosen.RunID, Name: "provisional (" + chosen.Name + ")", State: chosen.State, Recipe: chosen.Recipe,
			TrainedTo: chosen.TrainedTo,
		},
		bundle: &bundle.Bundle{Spec: b.Spec, Heads: slices.Clone(b.Heads), Manifest: b.Manifest},
	}
	if seconds, err = widenHeads(ctx, w.bundle, data); err != nil {
		return 0, err
	}
	if w.Bundle, err = bundle.Write(ctx, c.a.Blobs, w.bundle); err != nil {
		return 0, err
	}
	w.Version, w.Valid, w.ValidSent = w.Bundle.SHA256[:12], w.bundle.Manifest.Valid, w.bundle.Manifest.ValidSent
	c.widened = w
	return seconds, c.scoreContender(ctx, w)
}

// widenHeads widens the range of every head's answers by what the calibration span
// teaches, and scores the bundle on validation anew. The seconds are the first head's.
func widenHeads(ctx context.Context, b *bundle.Bundle, data *trainingData) (seconds float64, err error) {
	for i := range b.Heads {
		h := &b.Heads[i]
		s := data.attendance
		if h.Target == bundle.Response {
			s = data.response
		}
		s = data.forVariant(h.Variant, s)
		var by float64
		if h.Model, by, err = interval.Widen(ctx, h.Model, s.valid, s.calib); err != nil {
			return 0, err
		}
		if i == 0 {
			seconds = by
		}
	}
	return seconds, scoreValidation(b, data)
}
