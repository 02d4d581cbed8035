package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lfb/internal/control"
	"lfb/internal/lfb"
)

// retrainBody is the form of a retrain, filled in with what is configured or with what
// another run did.
type retrainBody struct {
	Like       string // the run; empty: as configured
	Spec       control.TrainSpec
	Candidates []string // all that there are
}

// Chosen says whether a candidate is ticked.
func (b *retrainBody) Chosen(name string) bool { return slices.Contains(b.Spec.Candidates, name) }

// showRetrain shows the form.
func (u *ui) showRetrain(r *http.Request) (*view, error) {
	b := &retrainBody{Like: r.URL.Query().Get("like"), Spec: u.Control.TrainSpec()}
	if b.Like != "" {
		run, _, err := u.Store.Run(r.Context(), b.Like)
		if err != nil {
			return nil, err
		}
		if b.Spec, err = control.TrainSpecOf(run); err != nil && !errors.Is(err, lfb.ErrNotFound) {
			return nil, err
		} else if err != nil { // of an older release
			b.Spec, b.Spec.Seed = u.Control.TrainSpec(), run.Seed
		}
	}
	b.Candidates = slices.Clone(u.Candidates)
	for _, name := range b.Spec.Candidates {
		if !slices.Contains(b.Candidates, name) {
			b.Candidates = append(b.Candidates, name)
		}
	}
	return &view{Template: "retrain", Title: "Start a retrain", Section: "runs", Body: b}, nil
}

// startRetrain starts a retrain with the form's settings.
func (u *ui) startRetrain(r *http.Request) (*view, error) {
	why, err := readReason(r, "why")
	if err != nil {
		return nil, err
	}
	spec, err := u.readTrainSpec(r)
	if err != nil {
		return nil, err
	}
	request := control.RetrainRequest{Force: r.PostFormValue("force") != "", Why: why, Train: &spec}
	run, err := u.Control.Retrain(r.Context(), actorOf(r.Context()), request)
	if err != nil {
		return nil, err
	}
	return redirectAfter(r, "retrain", strings.TrimSuffix("/runs/"+u.awaitRecord(r.Context(), run), "/")), nil
}

// readTrainSpec reads the form's settings.
func (u *ui) readTrainSpec(r *http.Request) (control.TrainSpec, error) {
	spec := u.Control.TrainSpec()
	spec.Candidates = slices.Clone(r.PostForm["candidate"])
	for name := range strings.FieldsSeq(strings.ReplaceAll(r.PostFormValue("external"), ",", " ")) {
		if name = "external:" + strings.TrimPrefix(name, "external:"); !slices.Contains(spec.Candidates, name) {
			spec.Candidates = append(spec.Candidates, name)
		}
	}
	if !slices.Contains(spec.Candidates, "baseline") {
		spec.Candidates = append([]string{"baseline"}, spec.Candidates...) // what the others are measured against
	}
	for _, name := range spec.Candidates {
		if _, elsewhere := lfb.ExternalName(name); !elsewhere && !slices.Contains(u.Candidates, name) {
			return spec, fmt.Errorf("no candidate %.60q; there are %v, and external:NAME: %w", name, u.Candidates,
				lfb.ErrInvalid)
		}
	}
	seed, err := strconv.ParseUint(r.PostFormValue("seed"), 10, 64)
	if err != nil {
		return spec, fmt.Errorf("seed %.20q is no whole number: %w", r.PostFormValue("seed"), lfb.ErrInvalid)
	}
	spec.Seed = seed
	for _, f := range []struct {
		name string
		most int
		into *int
	}{
		{"months", 600, &spec.MaxMonths},
		{"valid", 3650, &spec.ValidDays},
		{"calib", 3650, &spec.CalibDays},
		{"holdout", 3650, &spec.HoldoutDays},
		{"trials", 1000, &spec.Tune.Trials},
		{"minutes", 10000, &spec.Tune.Minutes},
	} {
		n, err := strconv.Atoi(cmp.Or(r.PostFormValue(f.name), "0"))
		if err != nil || n < 0 || n > f.most {
			return spec, fmt.Errorf("%s %.20q is no whole number from 0 to %d: %w", f.name, r.PostFormValue(f.name), f.most,
				lfb.ErrInvalid)
		}
		*f.into = n
	}
	spec.Refit = control.RefitNever
	if r.PostFormValue("refit") != "" {
		spec.Refit = control.RefitAuto
	}
	return spec, nil
}
