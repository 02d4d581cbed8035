package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/control"
	"lfb/internal/dataset"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml/randomforest"
	"lfb/internal/registry"
)

// modelBody is the page of one version.
type modelBody struct {
	Version     registry.Version
	Name        string
	Serves      bool
	Champion    bool                 // of its line
	LastGood    string               // version to roll back to; empty where there is none
	Formats     []bundle.Format      // that it can be had in
	Revisions   []registry.Promotion // by which it came to serve
	Settings    []modelSetting       // how it was made
	Differs     []modelSetting       // where that is otherwise than the champion's
	ChampionID  string
	Features    []feature.Label
	Explanation *registry.Explanation // nil: none was made
	Effects     []effect              // of features, from it
	Verdict     *judgement            // nil: no gate has judged it
	Notes       []registry.VersionNote
	Figures     *figures
	API         string // address that questions go to
}

// modelSetting is one thing that was chosen, or found, when a version was made.
type modelSetting struct {
	Name, Value string
	Champion    string // what it was in the champion
}

// effect is what a feature does for a version.
type effect struct {
	feature.Label
	Seconds float64 // by which the error grows without it
	Gain    float64 // share of the gain of all features
}

// judgement is a verdict of the gate on a version.
type judgement struct {
	*registry.Verdict
	At  time.Time // zero: in the run that made it
	Who string
}

// topFeatures is how many features are listed.
const topFeatures = 20

// NotReproducible says that fitting it again gives other bytes.
func (b *modelBody) NotReproducible() bool { return b.Version.Candidate == randomforest.Name }

func (u *ui) showModel(r *http.Request) (*view, error) {
	ctx, line, id := r.Context(), r.PathValue("line"), r.PathValue("id")
	b := &modelBody{API: u.UserAPI}
	var err error
	if b.Version, err = u.Store.Version(ctx, line, id); err != nil {
		return nil, err
	}
	b.Name = u.nameOf(line, id)
	if b.Revisions, err = u.Store.PromotionsTo(ctx, line, id); err != nil {
		return nil, err
	}
	ledger, err := u.Store.LedgerEntries(ctx, line, control.LedgerDepth)
	if err != nil {
		return nil, err
	}
	if len(ledger) > 0 {
		b.ChampionID = ledger[0].To
	}
	if b.Champion = b.ChampionID == id; b.Champion {
		b.LastGood = control.LastGood(ledger)
	}
	m := u.Champion.Now()
	b.Serves = m != nil && m.Promotion.Line == line && m.Version.ID == id
	if b.Notes, err = u.Store.VersionNotes(ctx, line, id); err != nil {
		return nil, err
	}
	if b.Verdict, err = u.judgementOn(ctx, b.Version, b.Notes, ""); err != nil {
		return nil, err
	}
	if err := u.addMaking(ctx, b); err != nil {
		return nil, err
	}
	b.Figures = &figures{Base: modelPage(line, id) + "/plots", Diagnosis: b.Version.Holdout.Diagnosis, Name: b.Name}
	return &view{Template: "model", Title: b.Name, Section: "models", Body: b}, nil
}

// judgementOn is the gate's last verdict on a version: one against the champion where there
// is such, then any by hand, then that of the run which made it. It is nil where no gate has
// judged this version, whatever its run's winner came to.
func (u *ui) judgementOn(ctx context.Context, v registry.Version, notes []registry.VersionNote,
	champion string,
) (*judgement, error) {
	var all []judgement
	for _, n := range notes {
		if n.Verdict != nil {
			all = append(all, judgement{n.Verdict, n.At, n.Who})
		}
	}
	made, err := u.verdictOn(ctx, v.RunID, judgedAs(v))
	if err != nil {
		return nil, err
	}
	if made != nil {
		all = append(all, judgement{Verdict: made})
	}
	for _, j := range all {
		if c := j.Evidence.Champion; champion != "" && c != nil && c.Version == champion {
			return u.nameVersions(v.Line, &j), nil
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return u.nameVersions(v.Line, &all[0]), nil
}

// versionID is how a version looks in a sentence.
var versionID = regexp.MustCompile(`\b[0-9a-f]{12}\b`)

// separateThousands writes the numbers of a text as pages do.
func separateThousands(text string) string {
	return longNumber.ReplaceAllStringFunc(text, func(n string) string { return formatCount(n) })
}

// How many of something, and a share, look in a sentence.
var (
	longNumber  = regexp.MustCompile(`\b\d{4,}\b`)
	countInText = regexp.MustCompile(`\b\d{4,} (?:rows|new|corrected|withdrawn|rejected|incidents|mobilisations|attendances|arrivals|calls|answers|files)\b`)
	shareInText = regexp.MustCompile(`(\d) ?%`)
	dayInText   = regexp.MustCompile(`\b\d{4}-\d\d-\d\d\b`)
)

// nameVersionsIn is a text that calls versions by their names, and writes numbers and days as
// pages do.
func nameVersionsIn(text string, nameOf func(id string) string) string {
	text = countInText.ReplaceAllStringFunc(text, func(said string) string {
		n, unit, _ := strings.Cut(said, " ")
		return formatCount(n) + " " + unit
	})
	text = dayInText.ReplaceAllStringFunc(text, formatDay)
	return versionID.ReplaceAllStringFunc(shareInText.ReplaceAllString(text, "$1\u00a0%"), nameOf)
}

// nameVersions is a judgement whose sentences call versions by their names.
func (u *ui) nameVersions(line string, j *judgement) *judgement {
	name := func(text string) string {
		return nameVersionsIn(text, func(id string) string { return u.nameOf(line, id) })
	}
	v := *j.Verdict
	v.Summary, v.Checks = name(v.Summary), slices.Clone(v.Checks)
	for i := range v.Checks {
		v.Checks[i].Detail = name(v.Checks[i].Detail)
	}
	return &judgement{&v, j.At, j.Who}
}

// making is what a version's bundle says of how it was made.
type making struct {
	manifest  bundle.Manifest
	columns   []string
	canExport bool
}

// maxMakings is how many are kept: a version never changes.
const maxMakings = 200

func (u *ui) readMaking(ctx context.Context, v registry.Version) (*making, error) {
	ctx = context.WithoutCancel(ctx) // others wait for it too
	return u.makings.getOrMake(v.Line+" "+v.ID, maxMakings, func() (*making, error) {
		b, err := u.readBundle(ctx, v.Bundle)
		if err != nil {
			return nil, err
		}
		m := &making{manifest: b.Manifest, canExport: b.CanExport()}
		for _, c := range b.Spec.Schema().Columns {
			m.columns = append(m.columns, c.Name)
		}
		return m, nil
	})
}

// addMaking adds how the version was made, where its bundle can be read: what differs from
// the champion, and what its answers go by.
func (u *ui) addMaking(ctx context.Context, b *modelBody) error {
	own, err := u.readMaking(ctx, b.Version)
	if errors.Is(err, lfb.ErrNotFound) {
		return nil // it was removed: the registry still knows the version
	}
	if err != nil {
		return err
	}
	if own.canExport {
		b.Formats = bundle.Formats()
	}
	for _, c := range own.columns {
		b.Features = append(b.Features, feature.LabelOf(c))
	}
	b.Settings = settingsOf(b.Version, own)
	if b.ChampionID != "" && !b.Champion {
		champion, err := u.Store.Version(ctx, b.Version.Line, b.ChampionID)
		if err == nil {
			var other *making
			if other, err = u.readMaking(ctx, champion); err == nil {
				b.Differs = diffSettings(b.Settings, settingsOf(champion, other))
			}
		}
		if err != nil && !errors.Is(err, lfb.ErrNotFound) {
			return err
		}
	}
	if b.Explanation, err = u.readExplanation(ctx, b.Version, b.Notes); err != nil {
		return err
	}
	b.Effects = effectsOf(b.Explanation, own.manifest.Importances)
	return nil
}

// readExplanation is that which was stored with the version, or of a later verdict; nil
// where there is none.
func (u *ui) readExplanation(ctx context.Context, v registry.Version,
	notes []registry.VersionNote,
) (*registry.Explanation, error) {
	if v.Explanation.IsZero() {
		for _, n := range notes {
			if n.Explanation != nil {
				return n.Explanation, nil
			}
		}
		return nil, nil
	}
	e := &registry.Explanation{}
	return e, u.readJSON(ctx, v.Explanation, e)
}

// settingsOf lists how a version was made.
func settingsOf(v registry.Version, m *making) []modelSetting {
	out := []modelSetting{
		{Name: "candidate", Value: v.Candidate},
		{Name: "data set", Value: v.DataSet},
		{Name: "seed", Value: fmt.Sprint(m.manifest.Seed)},
		{Name: "features", Value: fmt.Sprint(len(m.columns))},
		{Name: "code", Value: v.Code[:min(len(v.Code), 12)]},
	}
	var spans dataset.Spans
	if json.Unmarshal(m.manifest.Spans, &spans) == nil {
		for _, s := range []struct {
			name string
			dataset.Span
		}{
			{"trained on", spans.Train},
			{"validated on", spans.Valid},
			{"calibrated on", spans.Calib},
			{"held out", spans.Holdout},
		} {
			if s.First != "" {
				out = append(out, modelSetting{Name: s.name, Value: formatDay(s.First) + " to " + formatDay(s.Last) + ", " +
					formatCount(s.Rows()) + " rows"})
			}
		}
	}
	var card struct {
		Parameters json.RawMessage `json:"parameters"`
	}
	if json.Unmarshal(m.manifest.Recipe, &card) == nil {
		for _, s := range flattenConfig(card.Parameters) {
			out = append(out, modelSetting{Name: s.Name, Value: s.Value})
		}
	}
	return slices.DeleteFunc(out, func(s modelSetting) bool { return s.Value == "" })
}

// diffSettings are the settings of one that are otherwise in the champion, or missing in
// either.
func diffSettings(own, champion []modelSetting) (out []modelSetting) {
	values := map[string]string{}
	for _, s := range champion {
		values[s.Name] = s.Value
	}
	for _, s := range own {
		if was := values[s.Name]; was != s.Value {
			out = append(out, modelSetting{s.Name, s.Value, cmp.Or(was, "–")})
		}
		delete(values, s.Name)
	}
	for _, s := range champion {
		if _, missing := values[s.Name]; missing {
			out = append(out, modelSetting{s.Name, "–", s.Value})
		}
	}
	return out
}

func formatDay(day string) string {
	if t, err := time.Parse(time.DateOnly, day); err == nil {
		return t.Format("2 Jan 2006")
	}
	return day
}

// effectsOf are the features that matter most: by what the error grows without them, or,
// where nobody measured that, by their gain.
func effectsOf(e *registry.Explanation, gains []bundle.Importance) []effect {
	sum, share := 0.0, map[string]float64{}
	for _, g := range gains {
		sum += g.Gain
	}
	for _, g := range gains {
		share[g.Column] = g.Gain / max(sum, 1e-9)
	}
	var out []effect
	if e != nil {
		for _, p := range e.Permutation {
			out = append(out, effect{feature.LabelOf(p.Feature), p.Seconds, share[p.Feature]})
		}
	} else if sum > 0 {
		for _, g := range gains {
			out = append(out, effect{Label: feature.LabelOf(g.Column), Gain: share[g.Column]})
		}
	}
	return out[:min(topFeatures, len(out))]
}

// addNote writes a person's words beside a version.
func (u *ui) addNote(r *http.Request) (*view, error) {
	line, id := r.PathValue("line"), r.PathValue("id")
	err := u.Control.AddNote(r.Context(), actorOf(r.Context()), line, id, r.PostFormValue("note"))
	return redirectAfter(r, "noted", modelPage(line, id)), err
}

// judgeVersion holds a version against what serves now.
func (u *ui) judgeVersion(r *http.Request) (*view, error) {
	line, id := r.PathValue("line"), r.PathValue("id")
	done, err := u.Control.Judge(r.Context(), actorOf(r.Context()), line, id)
	if err != nil {
		return nil, err
	}
	change := "judging"
	if done {
		change = "judged"
	}
	return redirectAfter(r, change, modelPage(line, id)), nil
}

// modelPage is the address of a version's page.
func modelPage(line, id string) string {
	return "/models/" + url.PathEscape(line) + "/" + url.PathEscape(id)
}
