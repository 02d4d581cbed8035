package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// schedule is one as people read it.
type schedule struct {
	registry.ScheduleState
	Title string
	Link  string // to what it starts
}

// When is its times in words.
func (s schedule) When() []string {
	var out []string
	for _, c := range s.Cron {
		out = append(out, describeCron(c))
	}
	return out
}

// listSchedules lists what runs by itself.
func (u *ui) listSchedules(r *http.Request) (*view, error) {
	all, err := u.Control.Schedules(r.Context())
	var list []schedule
	for _, s := range all {
		one := schedule{s, scheduleTitle(s.ID), "/runs"}
		if isMonitorSchedule(s.ID) {
			one.Link = "/monitoring"
		}
		list = append(list, one)
	}
	return &view{Template: "schedules", Title: "Schedules", Section: "runs", Body: list}, err
}

// scheduleTitle is a schedule's name for people; its id where it is none of ours.
func scheduleTitle(id string) string {
	kind, line := control.KindOfSchedule(id)
	if kind == "" {
		return id
	}
	return strings.ToUpper(kind[:1]) + kind[1:] + " " + line
}

// isMonitorSchedule says that what the schedule starts shows under Monitoring.
func isMonitorSchedule(id string) bool {
	kind, _ := control.KindOfSchedule(id)
	return kind == control.ScheduledMonitor
}

// changeSchedule pauses, resumes or triggers a schedule; only the first two need a note.
func (u *ui) changeSchedule(r *http.Request) (*view, error) {
	action, id := r.PathValue("verb"), r.PathValue("id")
	if !slices.Contains([]string{control.PauseSchedule, control.ResumeSchedule, control.TriggerSchedule}, action) {
		return nil, fmt.Errorf("schedules know no %.20q: %w", action, lfb.ErrNotFound)
	}
	note, err := readReason(r, "note")
	if action == control.TriggerSchedule {
		note, err = cmp.Or(note, "started by hand"), nil
	}
	if err != nil {
		return nil, err
	}
	err = u.Control.ChangeSchedule(r.Context(), actorOf(r.Context()), id, action, note)
	if action == control.TriggerSchedule && isMonitorSchedule(id) {
		return redirectAfter(r, "looking", "/monitoring"), err
	}
	return redirectAfter(r, action, "/schedules"), err
}

// describeCron is a schedule's time in words, where it is one of the usual ones; else the
// expression itself.
func describeCron(cron string) string {
	f := strings.Fields(cron)
	if len(f) != 5 {
		return cron
	}
	minute, badMinute := strconv.Atoi(f[0])
	hour, badHour := strconv.Atoi(f[1])
	if badMinute != nil || badHour != nil {
		return cron
	}
	at := fmt.Sprintf(" at %02d:%02d", hour, minute)
	day, badDay := strconv.Atoi(f[2])
	weekday, badWeekday := strconv.Atoi(f[4])
	switch {
	case f[3] != "*":
		months := describeMonths(f[3])
		if months == "" || badDay != nil || f[4] != "*" {
			return cron
		}
		return fmt.Sprintf("every %d %s%s", day, months, at)
	case f[2] == "*" && f[4] == "*":
		return "every day" + at
	case badDay == nil && f[4] == "*":
		return "on the " + ordinal(day) + " of every month" + at
	case f[2] == "*" && badWeekday == nil:
		return "every " + time.Weekday(weekday%7).String() + at
	case f[2] == "*" && f[4] == "1-5":
		return "Monday to Friday" + at
	}
	return cron
}

// describeMonths is cron's list of months in words; empty where it is more than a list.
func describeMonths(list string) string {
	var names []string
	for _, text := range strings.Split(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 12 {
			return ""
		}
		names = append(names, time.Month(n).String()[:3])
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

func ordinal(n int) string {
	ending := "th"
	if n%100 < 11 || n%100 > 13 {
		ending = map[int]string{1: "st", 2: "nd", 3: "rd"}[n%10]
	}
	return strconv.Itoa(n) + cmp.Or(ending, "th")
}
