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
type CheckSchedulesInput struct{ Line string }

// CheckSchedulesResult is how its schedules stand.
type CheckSchedulesResult struct{ Schedules []registry.ScheduleState }

// CheckSchedules asks how the line's schedules stand: what they missed, and how
// their last run ended.
func (a *Activities) CheckSchedules(ctx context.Context, in CheckSchedulesInput) (CheckSchedulesResult, error) {
	if a.Schedules == nil {
		return CheckSchedulesResult{}, nil
	}
	ss, err := a.Schedules.ScheduleStates(ctx, in.Line)
	return CheckSchedulesResult{ss}, wire(err)
}

// RaiseInput is what a look found.
type RaiseInput struct {
	Line  string
	Found []registry.Finding
	Now   time.Time
}

// RaiseResult is the line's alarms after it.
type RaiseResult struct {
	Open []string // names
	Tell []Notification
}

// Notification is one message that a channel has yet to get.
type Notification struct {
	Channel string
	Alarm   registry.Alarm
	State   registry.AlarmState
}

// Raise opens, keeps and clears the line's alarms, and says who has yet to hear
// of which: also of what could not be sent before.
func (a *Activities) Raise(ctx context.Context, in RaiseInput) (RaiseResult, error) {
	all, err := registry.Raise(ctx, a.Monitor, in.Line, in.Found, in.Now)
	if err != nil {
		return RaiseResult{}, wire(err)
	}
	var out RaiseResult
	for _, al := range all {
		if al.Open() {
			out.Open = append(out.Open, al.Name)
		}
		if a.Notifier == nil {
			continue
		}
		for _, channel := range a.Notifier.Channels() {
			if state := al.PendingState(channel); state != "" {
				out.Tell = append(out.Tell, Notification{channel, al, state})
			}
		}
	}
	return out, nil
}

// TellInput is one message to send.
type TellInput struct {
	Notification Notification `json:"Telling"`
}

// Tell sends one message and notes that the channel has heard of it. A crash
// between the two sends it twice; none is lost.
func (a *Activities) Tell(ctx context.Context, in TellInput) error {
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
