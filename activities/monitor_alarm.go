package activities

import (
	"context"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Notifier sends alarms to people, over channels. *alarm.Sender is one.
type Notifier interface {
	Channels() []string
	Send(ctx context.Context, channel string, a registry.Alarm, state registry.AlarmState) error
}

// CheckSchedulesInput names a line.
type CheckSchedulesInput struct {
	Line string `json:"line"`
}

// CheckSchedulesResult is how its schedules stand.
type CheckSchedulesResult struct {
	Schedules []registry.ScheduleState `json:"schedules"`
}

// CheckSchedules asks how the line's schedules stand: what they missed, and how
// their last run ended.
func (a *Activities) CheckSchedules(ctx context.Context, in CheckSchedulesInput) (CheckSchedulesResult, error) {
	if a.Schedules == nil {
		return CheckSchedulesResult{}, nil
	}
	ss, err := a.Schedules.ScheduleStates(ctx, in.Line)
	return CheckSchedulesResult{ss}, wire(err)
}

// RaiseAlarmsInput is what a monitor run found.
type RaiseAlarmsInput struct {
	Line  string             `json:"line"`
	Found []registry.Finding `json:"found"`
	Now   time.Time          `json:"now"`
}

// RaiseAlarmsResult is the line's alarms after it.
type RaiseAlarmsResult struct {
	Open          []string       `json:"open"` // names
	Notifications []Notification `json:"notifications"`
}

// Notification is one message that a channel has yet to get.
type Notification struct {
	Channel string              `json:"channel"`
	Alarm   registry.Alarm      `json:"alarm"`
	State   registry.AlarmState `json:"state"`
}

// RaiseAlarms opens, keeps and clears the line's alarms, and says who has yet to hear
// of which: also of what could not be sent before.
func (a *Activities) RaiseAlarms(ctx context.Context, in RaiseAlarmsInput) (RaiseAlarmsResult, error) {
	all, err := registry.Raise(ctx, a.Monitor, in.Line, in.Found, in.Now)
	if err != nil {
		return RaiseAlarmsResult{}, wire(err)
	}
	var out RaiseAlarmsResult
	for _, al := range all {
		if al.Open() {
			out.Open = append(out.Open, al.Name)
		}
		if a.Notifier == nil {
			continue
		}
		for _, channel := range a.Notifier.Channels() {
			if state := al.PendingState(channel); state != "" {
				out.Notifications = append(out.Notifications, Notification{channel, al, state})
			}
		}
	}
	return out, nil
}

// NotifyInput is one message to send.
type NotifyInput struct {
	Notification Notification `json:"Telling"`
}

// Notify sends one message and notes that the channel has heard of it. A crash
// between the two sends it twice; none is lost.
func (a *Activities) Notify(ctx context.Context, in NotifyInput) error {
	t := in.Notification
	all, err := a.Monitor.Alarms(ctx, t.Alarm.Line, false)
	if err != nil {
		return wire(err)
	}
	for _, now := range all {
		if now.Name != t.Alarm.Name || now.Episode != t.Alarm.Episode {
			continue
		}
		state := now.PendingState(t.Channel)
		if state == "" {
			return nil // it has heard already
		}
		if err := a.Notifier.Send(ctx, t.Channel, now, state); err != nil {
			return wire(err)
		}
		if now.Told == nil {
			now.Told = map[string]registry.AlarmState{}
		}
		now.Told[t.Channel] = state
		return wire(a.Monitor.SaveAlarm(ctx, now, false))
	}
	return wire(lfb.ErrNotFound)
}
