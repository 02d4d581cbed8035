package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"lfb/internal/registry"
)

// RefusedStore keeps answers that the log cannot hold. mysql.DB is one.
type RefusedStore interface {
	registry.Alarms
	// SaveRefused keeps one, as record has it, and says how many older ones it dropped for it.
	SaveRefused(ctx context.Context, r registry.RefusedPrediction, record []byte) (dropped int, err error)
	// Refused returns those since, newest first.
	Refused(ctx context.Context, since time.Time, after string, limit int) ([]registry.RefusedPrediction, error)
}

// refusedAlarmFor is how long after the last refusal the alarm stays open.
const refusedAlarmFor = 24 * time.Hour

// RefusedLog takes what the log of predictions refuses, counts it and raises an alarm.
type RefusedLog struct {
	Store    RefusedStore
	Champion *Champion // whose line the alarm is of
	Now      func() time.Time
	Log      *zap.Logger

	refused, dropped atomic.Int64
}

// Counts are how many were refused, and how many of those kept were dropped for newer
// ones, since this process started.
func (l *RefusedLog) Counts() (refused, dropped int64) { return l.refused.Load(), l.dropped.Load() }

// Refuse is a spool.Refuse.
func (l *RefusedLog) Refuse(ctx context.Context, record []byte, reason error) error {
	sum := sha256.Sum256(record)
	host, _ := os.Hostname() // empty not known
	r := registry.RefusedPrediction{ID: hex.EncodeToString(sum[:]), At: l.Now(), Host: host, Reason: reason.Error()}
	var p registry.Prediction
	if json.Unmarshal(record, &p) == nil {
		r.Prediction = p.ID
	}
	dropped, err := l.Store.SaveRefused(ctx, r, record)
	if err != nil {
		return fmt.Errorf("put a refused prediction aside: %w", err)
	}
	l.refused.Add(1)
	l.dropped.Add(int64(dropped))
	l.Log.Error("prediction refused by the log", zap.String("key", r.ID), zap.Error(reason))
	return nil
}

// Watch keeps the alarm as it should be, until ctx ends: open while the last refusal, by
// whichever process, is not long ago.
func (l *RefusedLog) Watch(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			within, cancel := context.WithTimeout(ctx, time.Minute)
			err := l.RaiseAlarm(within)
			if cancel(); err != nil && ctx.Err() == nil {
				l.Log.Warn("alarm of refused predictions not looked after", zap.Error(err))
			}
		}
	}
}

// RaiseAlarm opens the alarm, or clears it, where it is not as it should be.
func (l *RefusedLog) RaiseAlarm(ctx context.Context) error {
	model := l.Champion.Now()
	if model == nil {
		return nil
	}
	line := model.Promotion.Line
	last, err := l.Store.Refused(ctx, l.Now().Add(-refusedAlarmFor), "", 1)
	if err != nil {
		return err
	}
	f := registry.Finding{
		Name: registry.AlarmPredictionsRefused, Firing: len(last) > 0,
		Title: registry.AlarmTitles[registry.AlarmPredictionsRefused],
	}
	if f.Firing {
		open, err := l.Store.Alarms(ctx, line, true)
		isOpen := slices.ContainsFunc(open, func(a registry.Alarm) bool { return a.Name == f.Name })
		if err != nil || isOpen {
			return err
		}
		f.Detail = fmt.Sprintf("the last at %s: %s; starter refused lists them", last[0].At.UTC().Format(time.DateTime),
			last[0].Reason)
	}
	_, err = registry.Raise(ctx, l.Store, line, []registry.Finding{f}, l.Now())
	return err
}
