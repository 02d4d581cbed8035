package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"lfb/internal/lfb"
)

// Finding is one thing that was looked at: wrong, or not.
type Finding struct {
	Name   string `json:"name"`
	Firing bool   `json:"firing"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

// Names of alarms beside those of the rule's checks. What follows a colon is the
// schedule's id.
const (
	AlarmDataStale      = "data_stale"
	AlarmModelStale     = "model_stale"
	AlarmProvisional    = "provisional"
	AlarmMonitorFailed  = "monitor_failed"
	AlarmScheduleMissed = "schedule_missed:"
	AlarmScheduleFailed = "schedule_failed:"

	AlarmPredictionsRefused = "predictions_refused"
)

// AlarmTitles are what the alarms say, by name; one that ends in a colon stands for as
// many alarms as there are schedules. Each has a rule in deploy/prometheus/alerts.yml.
var AlarmTitles = map[string]string{
	CheckRMSE:           "Realised RMSE is above its bound",
	CheckCoverage:       "The P90 does not cover what it should",
	CheckPSI:            "A feature has drifted (PSI)",
	CheckWasserstein:    "A feature has drifted (Wasserstein)",
	AlarmDataStale:      "The data is stale",
	AlarmModelStale:     "The model is stale",
	AlarmProvisional:    "A version serves that did not pass the gate",
	AlarmMonitorFailed:  "A monitor run failed",
	AlarmScheduleMissed: "A schedule missed a start",
	AlarmScheduleFailed: "A scheduled run failed",

	AlarmPredictionsRefused: "The log refused answers",
}

// Findings is what a monitor run says of every alarm that it could judge. before is the
// monitor run before it, by whose counts new misses of schedules are told; nil without.
func Findings(rule MonitorRule, m, before *Monitoring, now time.Time) []Finding {
	var out []Finding
	if m.Verdict != nil {
		for _, c := range m.Verdict.Checks {
			out = append(out, Finding{Name: c.Name, Firing: c.Fired, Title: AlarmTitles[c.Name], Detail: c.Detail})
		}
	}
	addAge := func(name, what string, at time.Time, limit time.Duration) {
		if limit > 0 && !at.IsZero() {
			out = append(out, Finding{
				Name: name, Firing: now.Sub(at) > limit, Title: AlarmTitles[name],
				Detail: fmt.Sprintf("%s %s, %d days ago; the bound is %d", what, at.UTC().Format(time.DateOnly),
					wholeDays(now.Sub(at)), wholeDays(limit)),
			})
		}
	}
	addAge(AlarmDataStale, "the newest call is of", m.LastCall, rule.StaleData)
	addAge(AlarmModelStale, "the champion learned from calls up to", m.TrainedTo, rule.StaleModel)
	if m.Version != "" {
		f := Finding{Name: AlarmProvisional, Firing: m.Provisional != nil, Title: AlarmTitles[AlarmProvisional]}
		if f.Firing {
			f.Detail = "version " + m.Version + ": " + m.Provisional.Reasons()
		}
		out = append(out, f)
	}
	for _, s := range m.Schedules {
		out = append(out, scheduleFindings(s, before, now)...)
	}
	return out
}

// overdue is how late a schedule's next start may be before it counts as missed.
const overdue = time.Hour

func scheduleFindings(s ScheduleState, before *Monitoring, now time.Time) []Finding {
	missed := Finding{Name: AlarmScheduleMissed + s.ID, Title: AlarmTitles[AlarmScheduleMissed]}
	known := 0
	if before != nil {
		for _, b := range before.Schedules {
			if b.ID == s.ID {
				known = b.Missed
			}
		}
	}
	switch {
	case s.Missed > known:
		missed.Firing, missed.Detail = true, fmt.Sprintf("%s: %d starts missed since the last monitor run, %d in all", s.ID,
			s.Missed-known, s.Missed)
	case !s.Paused && len(s.Next) > 0 && now.Sub(s.Next[0]) > overdue:
		missed.Firing, missed.Detail = true, fmt.Sprintf("%s: the start of %s has not come", s.ID,
			s.Next[0].UTC().Format(time.DateTime))
	}
	failed := Finding{Name: AlarmScheduleFailed + s.ID, Title: AlarmTitles[AlarmScheduleFailed]}
	switch strings.ToLower(s.LastStatus) {
	case "failed", "timedout", "terminated":
		failed.Firing, failed.Detail = true, fmt.Sprintf("%s: %s ended as %s", s.ID, s.LastID, strings.ToLower(s.LastStatus))
	case "running", "":
		return []Finding{missed} // not known yet
	}
	return []Finding{missed, failed}
}

func wholeDays(d time.Duration) int { return int(d.Hours() / 24) }

// Raise brings the line's alarms to what was found, and returns the newest
// episode of each, those that are cleared too. Said again it changes nothing but
// counts; of two that open one alarm at once, one does.
func Raise(ctx context.Context, store Alarms, line string, found []Finding, now time.Time) ([]Alarm, error) {
	have, err := store.Alarms(ctx, line, false)
	if err != nil {
		return nil, err
	}
	byName := map[string]int{}
	for i, a := range have {
		byName[a.Name] = i
	}
	for _, f := range found {
		i, known := byName[f.Name]
		var last Alarm
		if known {
			last = have[i]
		}
		next, isNew, changed := last.nextEpisode(line, f, now)
		if !changed {
			continue
		}
		err := store.SaveAlarm(ctx, next, isNew)
		if errors.Is(err, lfb.ErrConflict) {
			continue // another monitor run opened it just now
		}
		if err != nil {
			return nil, err
		}
		if known {
			have[i] = next
		} else {
			have = append(have, next)
		}
	}
	return have, nil
}

// nextEpisode is the alarm once f was found; the zero Alarm is one that never was.
func (a Alarm) nextEpisode(line string, f Finding, now time.Time) (next Alarm, isNew, changed bool) {
	open := a.Episode > 0 && a.State != AlarmCleared
	switch {
	case f.Firing && !open:
		return Alarm{
			Line: line, Name: f.Name, Episode: a.Episode + 1, State: AlarmOpened, Title: f.Title, Detail: f.Detail,
			Times: 1, OpenedAt: now.UTC(), LastAt: now.UTC(), Told: map[string]AlarmState{},
		}, true, true
	case f.Firing:
		a.State, a.Detail, a.LastAt, a.Times = AlarmStill, f.Detail, now.UTC(), a.Times+1
		return a, false, true
	case open:
		a.State, a.ClearedAt = AlarmCleared, now.UTC()
		return a, false, true
	}
	return a, false, false
}

// PendingState is the state that a channel has yet to hear of, "" where it knows: that
// an alarm opened, and that it cleared where it heard of the opening.
func (a Alarm) PendingState(channel string) AlarmState {
	told := a.Told[channel]
	switch {
	case a.State == AlarmCleared && told == AlarmOpened:
		return AlarmCleared
	case a.State != AlarmCleared && told == "":
		return AlarmOpened
	}
	return ""
}

// Open is whether it is wrong still.
func (a Alarm) Open() bool { return a.State != AlarmCleared }
