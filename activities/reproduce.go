package activities

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/catalog"
	"lfb/internal/ml/randomforest"
	"lfb/internal/registry"
)

// How a reproduction ended.
const (
	Reproduced  = "same"    // byte for byte
	NotTheSame  = "differs" // Parts says where
	ExemptBytes = "exempt"  // all but what cannot repeat in a shared process, or here, is the same
)

// ReproduceInput names a version.
type ReproduceInput struct {
	Line    string `json:"line"`
	Version string `json:"version"`
}

// ReproduceResult says whether fitting again gave the same bundle.
type ReproduceResult struct {
	Version   string        `json:"version"`
	Candidate string        `json:"candidate"`
	DataSet   string        `json:"data_set"`
	RunID     string        `json:"run_id"`
	Outcome   string        `json:"outcome"`
	Reason    string        `json:"reason"` // one sentence
	Want      string        `json:"want"`   // SHA-256 of the recorded bundle
	Got       string        `json:"got"`
	Parts     []string      `json:"parts"` // that differ
	Notes     []string      `json:"notes"` // where the records do not agree with each other
	FitTime   time.Duration `json:"fit_time"`
}

// Reproduce fits a version again from its recorded snapshot, spans, seed and
// recipe, and compares the bundle's bytes. It goes by no memory of an earlier
// step and stores nothing.
func (a *Activities) Reproduce(ctx context.Context, in ReproduceInput) (out ReproduceResult, err error) {
	defer func() { err = wire(err) }()
	report, stop := startHeartbeat(ctx, Heartbeat{Step: "reproduce " + in.Version})
	defer stop()
	a.forgetTraining() // room for training data of our own
	r, err := a.readRecords(ctx, in)
	if err != nil {
		return out, err
	}
	started := time.Now()
	made, err := a.makeAgain(ctx, in.Line, r, report)
	if err != nil {
		return out, err
	}
	r.out.FitTime = time.Since(started)
	got, err := made.MarshalBinary()
	if err != nil {
		return out, err
	}
	return r.out, r.compareBytes(got)
}

// makeAgain makes the bundle on record anew: of a refitted one from the version that it is a refit of.
func (a *Activities) makeAgain(ctx context.Context, line string, r *recorded,
	report func(Heartbeat),
) (*bundle.Bundle, error) {
	if of := r.bundle.Manifest.RefitOf; of != "" {
		evaluated, err := a.readRecords(ctx, ReproduceInput{Line: line, Version: of})
		if err != nil {
			return nil, err
		}
		return a.newRefitter(evaluated, report).makeBundle(ctx)
	}
	data, err := a.makeTrainingData(ctx, r.data, r.in.Spans)
	if err != nil {
		return nil, err
	}
	f := a.newFitter(r.in, r.recipe, report)
	f.fitted = r.fittedElsewhere()
	made, err := f.fitHeads(ctx, data)
	if err != nil {
		return nil, err
	}
	if err := writeManifest(made, r.in, r.recipe, data); err != nil {
		return nil, err
	}
	if r.provisional {
		_, err = widenHeads(ctx, made, data)
	}
	return made, err
}

// recorded is what is on record of a version: enough to make it again.
type recorded struct {
	in          TrainInput
	data        registry.DataSet
	recipe      ml.Estimator
	body        []byte // the bundle's file
	bundle      *bundle.Bundle
	provisional bool // its intervals were widened
	out         ReproduceResult
}

// readRecords gathers a version's records. The bundle's manifest is what counts, as
// its bytes are what is to be made again; the run's are held against it.
func (a *Activities) readRecords(ctx context.Context, in ReproduceInput) (*recorded, error) {
	v, err := a.Ledger.Version(ctx, in.Line, in.Version)
	if err != nil {
		return nil, err
	}
	r := &recorded{provisional: v.Provisional != nil}
	if r.body, err = a.Blobs.ReadAll(ctx, v.Bundle); err != nil {
		return nil, err
	}
	b, err := bundle.Decode(r.body)
	if err != nil {
		return nil, fmt.Errorf("bundle of version %s: %w", v.ID, err)
	}
	r.bundle = b
	m := b.Manifest
	if r.data, err = a.DataSets.DataSet(ctx, m.DataSet); err != nil {
		return nil, err
	}
	if r.recipe, err = recipeOf(m); err != nil {
		return nil, err
	}
	spans, err := spansOf(m, v.ID)
	if err != nil {
		return nil, err
	}
	r.in = TrainInput{
		Line: m.Line, Origin: m.Origin, DataSet: r.data, Spans: spans, Candidate: m.Candidate, Base: m.Base,
		Train: TrainSpec{Seed: m.Seed},
	}
	r.out = ReproduceResult{
		Version: v.ID, Candidate: m.Candidate, DataSet: m.DataSet, RunID: v.RunID,
		Want: v.Bundle.SHA256,
	}
	return r, a.holdAgainstRun(ctx, r, v)
}

// fittedElsewhere is the models by head that another program fitted, which alone could fit them
// again; nil where this one did.
func (r *recorded) fittedElsewhere() map[string]ml.Model {
	if _, ok := r.recipe.(catalog.External); !ok {
		return nil
	}
	models := map[string]ml.Model{}
	for _, h := range r.bundle.Heads {
		models[h.Name()] = h.Model.Model()
	}
	return models
}

// spansOf is what a version was trained, validated and calibrated on.
func spansOf(m bundle.Manifest, version string) (out dataset.Spans, err error) {
	if err := json.Unmarshal(m.Spans, &out); err != nil {
		return out, fmt.Errorf("spans of version %s: %w: %w", version, err, lfb.ErrInvalid)
	}
	return out, nil
}

// recipeOf rebuilds the recipe of a manifest and checks that it describes itself
// as it did then: a default that has changed since would train another model.
func recipeOf(m bundle.Manifest) (ml.Estimator, error) {
	var card struct {
		Parameters json.RawMessage `json:"parameters"`
	}
	if err := json.Unmarshal(m.Recipe, &card); err != nil {
		return nil, fmt.Errorf("recipe of %s: %w: %w", m.Candidate, err, lfb.ErrInvalid)
	}
	recipe, err := catalog.Recipe(cmp.Or(m.Base, m.Candidate), card.Parameters)
	if err != nil {
		return nil, err
	}
	now, err := catalog.Describe(recipe)
	if err != nil {
		return nil, err
	}
	if string(now) != string(m.Recipe) {
		return nil, fmt.Errorf("recipe of %s is on record as %s, this program makes it %s: %w", m.Candidate, m.Recipe, now,
			lfb.ErrInvalid)
	}
	return recipe, nil
}

// holdAgainstRun notes where the run that made the version says otherwise than
// its bundle.
func (a *Activities) holdAgainstRun(ctx context.Context, r *recorded, v registry.Version) error {
	run, cands, err := a.Runs.Run(ctx, v.RunID)
	if err != nil {
		return err
	}
	note := func(what string, bundle, run any) {
		if fmt.Sprint(bundle) != fmt.Sprint(run) {
			r.out.Notes = append(r.out.Notes, fmt.Sprintf("%s: %v in the bundle, %v in run %s", what, bundle, run, v.RunID))
		}
	}
	note("seed", r.in.Train.Seed, run.Seed)
	note("data set", r.in.DataSet.ID, run.DataSet)
	for _, c := range cands {
		if c.Version == v.ID && c.Name == r.in.Candidate {
			note("bundle", v.Bundle.SHA256, c.Bundle.SHA256)
		}
	}
	var asked struct{ Train TrainSpec }
	if err := json.Unmarshal(run.Config, &asked); err != nil {
		return fmt.Errorf("configuration of run %s: %w: %w", run.ID, err, lfb.ErrInvalid)
	}
	note("seed of the configuration", r.in.Train.Seed, asked.Train.Seed)
	return nil
}

// compareBytes says how the new bytes differ from those on record.
func (r *recorded) compareBytes(got []byte) error {
	sum := sha256.Sum256(got)
	r.out.Got = hex.EncodeToString(sum[:])
	if r.out.Got == r.out.Want {
		r.out.Outcome, r.out.Reason = Reproduced, "fitted again, the bundle is the same byte for byte"
		if r.fittedElsewhere() != nil {
			r.out.Outcome = ExemptBytes
			r.out.Reason = "a program elsewhere fitted it, which cannot be done again here; around its models as they are " +
				"stored, all else was made again: " +
				"the bundle is the same byte for byte"
		}
		return nil
	}
	var err error
	if r.out.Parts, err = bundle.Differ(r.body, got); err != nil {
		return err
	}
	r.out.Outcome, r.out.Reason = NotTheSame, "fitted again, the bundle differs in "+strings.Join(r.out.Parts, "; ")
	if r.in.Candidate == randomforest.Name && onlyModel(r.out.Parts) {
		r.out.Outcome = ExemptBytes
		r.out.Reason = "snapshot, features and recipe are the same; " + randomforest.Name +
			"'s library draws from the process's one random " +
			"generator, so its trees repeat only in a process that does nothing else"
	}
	return nil
}

// onlyModel says whether all that differs is a model and what follows from it.
func onlyModel(parts []string) bool {
	follows := []string{"manifest.json: valid", "manifest.json: importances, valid", "manifest.json: importances"}
	isOther := func(p string) bool { return !strings.HasPrefix(p, "head/") && !slices.Contains(follows, p) }
	return len(parts) > 0 && !slices.ContainsFunc(parts, isOther)
}
