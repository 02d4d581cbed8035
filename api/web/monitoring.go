package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// Monitor is where the monitor runs are read from.
type Monitor interface {
	// Monitorings are the looks, newest first.
	Monitorings(ctx context.Context, line, before string, limit int) ([]registry.Monitoring, error)
	// Realised is performance by month, from a month on; an empty version is all.
	Realised(ctx context.Context, line, version, fromMonth string) ([]registry.Realised, error)
	// Alarms is the newest episode of every alarm; open leaves out the cleared.
	Alarms(ctx context.Context, line string, open bool) ([]registry.Alarm, error)
	AlarmLog(ctx context.Context, line string, limit int) ([]registry.Alarm, error)
}

// How much of the monitoring the page shows.
const (
	pageLooks  = 20
	pageAlarms = 20
	pageMonths = 36
	pageDrift  = 60
)

type monitoringBody struct {
	Line    string
	Lines   []string
	Last    *registry.Monitoring // the newest look that was finished; nil before the first
	Looks   []registry.Monitoring
	Open    []openAlarm
	Log     []registry.Alarm
	Slice   string        // whose figures are shown, as by|value; empty: all first engines
	Slices  []sliceChoice // there are
	Span    int           // newest months that are shown
	Spans   []int         // that can be
	Months  []monthRow    // of what served then, oldest first
	Moved   []driftRow    // with histograms
	Drift   []driftRow    // of all features
	Traffic *Traffic      // of this api; nil where nobody counts
}

// openAlarm is an alarm that is open, and what to do about it.
type openAlarm struct {
	registry.Alarm
	Todo string
}

// alarmAdvice says what to do about an alarm, by name; those of schedules begin with it.
var alarmAdvice = map[string]string{
	registry.CheckRMSE: "Look at the months and slices below: if one borough or kind of call got worse, the " +
		"calls have changed; a retrain on the newest data usually mends it. If a retrain was refused, its checks say why.",
	registry.CheckCoverage: "The nine-in-ten times are too short or too long. A retrain calibrates them anew. Until " +
		"then tell operators to lean on the typical time.",
	registry.CheckPSI: "Look at what moved below. If it is real (a new kind of call, a station closed), " +
		"retrain. If a file was published in another form, look at its rejects under Data.",
	registry.CheckWasserstein: "Look at what moved below. If it is real, retrain; if a column was published in another " +
		"unit, look at its file under Data.",
	registry.AlarmDataStale: "Look whether the brigade has published: London Datastore, monthly. If it has, the fetch " +
		"fails: the last run says why. If it has not, acknowledge this and wait.",
	registry.AlarmModelStale: "Nothing newer has passed the gate for long. See why the last retrains were refused, or " +
		"start one with other settings.",
	registry.AlarmProvisional: "What serves did not pass the gate, and its ranges are wider for it. More data, or " +
		"another candidate, may pass: start a retrain.",

	registry.AlarmMonitorFailed: "Read its reason under Monitor runs below, then start it again from Schedules.",
	registry.AlarmScheduleMissed: "Temporal or the worker was away at that time. See that both run, then start what " +
		"was missed from Schedules.",
	registry.AlarmScheduleFailed: "Open the run that failed: it says at which step and why. Then start it again.",
	registry.AlarmPredictionsRefused: "The log of answers refused some: the admin API lists them under " +
		"/v1/predictions/refused. Answers to callers are not touched.",
}

// adviceFor is what to do about the alarm of that name.
func adviceFor(name string) string {
	kind, _, found := strings.Cut(name, ":")
	if found {
		kind += ":"
	}
	return alarmAdvice[kind]
}

// sliceChoice is a slice that the page can show.
type sliceChoice struct{ Key, Name string }

// monthRow is one month of what served then.
type monthRow struct {
	registry.Realised
	Metrics ml.Metrics // of the slice that is shown
	Name    string     // of the version
}

// Low says that the P90 held too seldom.
func (m monthRow) Low() bool { return m.Metrics.Rows > 0 && m.Metrics.CoverageP90 < 0.8 }

// driftRow is how far a feature moved, in plain words.
type driftRow struct {
	registry.Drift
	feature.Label
}

// Said is how far it moved, in words.
func (d driftRow) Said() string {
	switch {
	case d.Beyond:
		return "beyond its bound"
	case d.PSI-d.Noise > 0.1:
		return "moved a little"
	}
	return "as before"
}

func (u *ui) showMonitoring(r *http.Request) (*view, error) {
	ctx, q := r.Context(), r.URL.Query()
	b := &monitoringBody{Lines: lfb.Lines(), Line: q.Get("line"), Slice: q.Get("slice")}
	if b.Line == "" {
		b.Line = lfb.Real.Line()
		if m := u.Champion.Now(); m != nil {
			b.Line = m.Promotion.Line
		}
	}
	var err error
	if b.Looks, err = u.Store.Monitorings(ctx, b.Line, "", pageLooks); err != nil {
		return nil, err
	}
	for i, l := range b.Looks {
		if l.State != registry.Running && len(l.Drift)+len(l.Months) > 0 {
			b.Last = &b.Looks[i]
			break
		}
	}
	open, err := u.Store.Alarms(ctx, b.Line, true)
	if err != nil {
		return nil, err
	}
	for _, a := range open {
		b.Open = append(b.Open, openAlarm{a, adviceFor(a.Name)})
	}
	if b.Log, err = u.Store.AlarmLog(ctx, b.Line, pageAlarms); err != nil {
		return nil, err
	}
	months, err := u.readMonths(ctx, b.Line, b.Looks)
	if err != nil {
		return nil, err
	}
	b.Spans, b.Span = []int{6, 12, pageMonths}, spanOf(q)
	b.Months, b.Slices = u.rowsOf(months, b.Slice, b.Span), slicesOf(months)
	if b.Last != nil {
		b.addDrift(b.Last.Drift[:min(pageDrift, len(b.Last.Drift))])
	}
	if u.Traffic != nil {
		if b.Traffic, err = u.Traffic(); err != nil {
			u.Log.Warn("traffic not read", zap.Error(err))
		}
	}
	return &view{Template: "monitoring", Title: "Monitoring", Section: "monitoring", Body: b}, nil
}

// Drawn says whether there is a month to draw.
func (b *monitoringBody) Drawn() bool { return len(measuredRows(b.Months)) > 0 }

// Plot is the address of a drawing of what is shown.
func (b *monitoringBody) Plot(kind string) string {
	q := url.Values{"months": {strconv.Itoa(b.Span)}}
	if b.Slice != "" {
		q.Set("slice", b.Slice)
	}
	return "/monitoring/" + url.PathEscape(b.Line) + "/plots/" + kind + "?" + q.Encode()
}

// spanOf is how many months are asked for.
func spanOf(q url.Values) int {
	n, err := strconv.Atoi(q.Get("months"))
	if err != nil || n < 1 || n > pageMonths {
		return pageMonths
	}
	return n
}

func (b *monitoringBody) addDrift(all []registry.Drift) {
	for _, d := range all {
		row := driftRow{d, feature.LabelOf(d.Feature)}
		b.Drift = append(b.Drift, row)
		if len(d.Then) > 0 && (d.Beyond || d.PSI-d.Noise > 0.1 || len(b.Moved) < 3) {
			b.Moved = append(b.Moved, row)
		}
	}
}

// readMonths are the months of a line, as many as are shown, as of its looks, the newest
// first: of each and either basis the figures of the version that serves, or, where it
// learned from that month or was not there, of the last that was scored.
func (u *ui) readMonths(ctx context.Context, line string, looks []registry.Monitoring) ([]registry.Realised, error) {
	if len(looks) == 0 {
		return nil, nil
	}
	now, err := u.readChampion(ctx, line)
	if err != nil || now.To == "" {
		return nil, err
	}
	from := u.Now().In(lfb.London).AddDate(0, -pageMonths, 0).Format("2006-01")
	// Months come with a look, which may still run, and with a promotion.
	key := fmt.Sprintf("%s %s %s %s %d", line, from, looks[0].ID, looks[0].State, now.Revision)
	if looks[0].State.IsOpen() {
		return u.mergeMonths(ctx, line, now.To, from)
	}
	ctx = context.WithoutCancel(ctx) // others wait for it too
	return u.months.getOrMake(key, maxMonths, func() ([]registry.Realised, error) {
		return u.mergeMonths(ctx, line, now.To, from)
	})
}

// maxMonths is how many lines' months are kept, as of their looks.
const maxMonths = 8

func (u *ui) mergeMonths(ctx context.Context, line, champion, from string) ([]registry.Realised, error) {
	all, err := u.Store.Realised(ctx, line, "", from)
	var out []registry.Realised
	for _, m := range all {
		k := slices.IndexFunc(out, func(o registry.Realised) bool { return o.Month == m.Month && o.Basis == m.Basis })
		switch {
		case k < 0:
			out = append(out, m)
		case !isMeasured(m) && isMeasured(out[k]):
		case m.Version == champion || out[k].Version != champion && m.ScoredAt.After(out[k].ScoredAt), isMeasured(m) &&
			!isMeasured(out[k]):
			out[k] = m
		}
	}
	return out, err
}

// isMeasured says whether any call of the month was scored.
func isMeasured(m registry.Realised) bool { return m.Report.First.Rows > 0 }

// rowsOf are the newest months, as many as span, that have the slice.
func (u *ui) rowsOf(months []registry.Realised, slice string, span int) (out []monthRow) {
	for _, m := range months {
		if monthsBetween(m.Month, months[len(months)-1].Month) >= span {
			continue
		}
		if metrics, ok := metricsOf(m, slice); ok {
			out = append(out, monthRow{m, metrics, u.nameOf(m.Line, m.Version)})
		}
	}
	return out
}

// measuredRows are those with figures: a month without calls says nothing.
func measuredRows(rows []monthRow) (out []monthRow) {
	for _, r := range rows {
		if r.Metrics.Rows > 0 {
			out = append(out, r)
		}
	}
	return out
}

func metricsOf(m registry.Realised, slice string) (ml.Metrics, bool) {
	by, value, found := strings.Cut(slice, "|")
	if !found {
		return m.Report.First, true
	}
	for _, s := range m.Report.Slices {
		if s.By == by && s.Value == value {
			return s.Metrics, s.Metrics.Rows > 0
		}
	}
	return ml.Metrics{}, false
}

// slicesOf are the slices of the newest month that was measured.
func slicesOf(months []registry.Realised) (out []sliceChoice) {
	for _, m := range slices.Backward(months) {
		if !isMeasured(m) {
			continue
		}
		for _, s := range m.Report.Slices {
			out = append(out, sliceChoice{s.By + "|" + s.Value, spellOut(s.By) + ": " + sliceName(s)})
		}
		return out
	}
	return nil
}

// acknowledgeAlarm notes that somebody has seen an alarm.
func (u *ui) acknowledgeAlarm(r *http.Request) (*view, error) {
	episode, err := strconv.ParseInt(r.PostFormValue("episode"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("episode %.20q: %w", r.PostFormValue("episode"), lfb.ErrInvalid)
	}
	note, err := readReason(r, "note")
	if err != nil {
		return nil, err
	}
	err = u.Control.AcknowledgeAlarm(r.Context(), actorOf(r.Context()), r.PathValue("line"), r.PostFormValue("name"),
		episode, note)
	return redirectAfter(r, "seen", "/monitoring"), err
}

// What is drawn of the months.
const (
	plotBrier = "brier"
	plotCalls = "calls"
)

// monitoringPlot draws the months of a line, with the rule's bounds, what was promoted and
// when data came.
func (u *ui) monitoringPlot(r *http.Request) (*view, error) {
	ctx, line := r.Context(), r.PathValue("line")
	looks, err := u.Store.Monitorings(ctx, line, "", 5)
	if err != nil {
		return nil, err
	}
	months, err := u.readMonths(ctx, line, looks)
	if err != nil {
		return nil, err
	}
	p := &monthsPlot{rows: measuredRows(u.rowsOf(months, r.URL.Query().Get("slice"), spanOf(r.URL.Query())))}
	if p.promotions, err = u.Store.LedgerEntries(ctx, line, pageLedger); err != nil {
		return nil, err
	}
	if p.arrivals, err = u.Store.DataSets(ctx, originOf(line)); err != nil {
		return nil, err
	}
	var rule registry.MonitorVerdict
	for _, l := range looks {
		if l.Verdict != nil {
			rule = *l.Verdict
			break
		}
	}
	p.nameOf = func(id string) string { return u.nameOf(line, id) }
	percent := func(of func(ml.Metrics) float64) func(ml.Metrics) float64 {
		return func(m ml.Metrics) float64 { return 100 * of(m) }
	}
	var body []byte
	switch kind := r.PathValue("kind"); kind {
	case plotErrors:
		body, err = p.draw("seconds", []monthsSeries{
			{"RMSE", func(m ml.Metrics) float64 { return m.RMSE }}, {"MAE", func(m ml.Metrics) float64 { return m.MAE }},
		}, boundsOf(rule, registry.CheckRMSE, 1))
	case plotCoverage:
		body, err = p.draw("first engines within it, %", []monthsSeries{
			{"P90 held", percent(func(m ml.Metrics) float64 { return m.CoverageP90 })},
			{"P50 held", percent(func(m ml.Metrics) float64 { return m.CoverageP50 })},
		}, boundsOf(rule, registry.CheckCoverage, 100))
	case plotBrier:
		body, err = p.draw("Brier score", []monthsSeries{
			{"within 6 minutes", func(m ml.Metrics) float64 { return m.Brier6 }},
			{"within 10 minutes", func(m ml.Metrics) float64 { return m.Brier10 }},
		}, nil)
	case plotCalls:
		body, err = p.draw("first engines", []monthsSeries{{"", func(m ml.Metrics) float64 { return float64(m.Rows) }}}, nil)
	default:
		err = fmt.Errorf("drawing %.40q: %w", kind, lfb.ErrNotFound)
	}
	return newImage(body, "no-store"), err
}

// originOf is the origin of a line of models; the brigade's where there is none.
func originOf(line string) lfb.Origin {
	for _, o := range lfb.Origins() {
		if o.Line() == line {
			return o
		}
	}
	return lfb.Real
}

// monthBound is a value that is not to be passed.
type monthBound struct {
	name string
	at   float64
}

// boundsOf are the bounds of a check of the rule, where the look kept them.
func boundsOf(v registry.MonitorVerdict, check string, scale float64) (out []monthBound) {
	for _, c := range v.Checks {
		if c.Name == check && c.Low > 0 {
			out = append(out, monthBound{"at least", scale * c.Low})
		}
		if c.Name == check && c.High > 0 {
			out = append(out, monthBound{"at most", scale * c.High})
		}
	}
	return out
}

// monthName is a month as people write it.
func monthName(month string) string {
	if t, err := time.Parse("2006-01", month); err == nil {
		return t.Format("Jan 2006")
	}
	return month
}
