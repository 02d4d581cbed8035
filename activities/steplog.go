package activities

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"

	"lfb/internal/registry"
)

// Bounds of what is kept of one attempt: the last lines.
const (
	maxLogLines = 200
	maxLogText  = 500 // bytes of a line
)

// How often a step's log is told how far it has come, and kept while it goes on.
const (
	logProgressEvery = 10 * time.Second
	keepLogEvery     = 15 * time.Second
)

// StepLogStore keeps what activities logged.
type StepLogStore interface {
	SaveStepLog(ctx context.Context, l registry.StepLog, now time.Time) error
}

// StepLogs keeps the last lines that each activity logs, and how far it said it had come, so
// that they can be read where its worker is gone. They go to the worker's own log all the
// same. Trouble with keeping them is no trouble of the activity's.
type StepLogs struct {
	interceptor.WorkerInterceptorBase
	Store StepLogStore
}

// InterceptActivity stands around every activity.
func (s *StepLogs) InterceptActivity(_ context.Context,
	next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	return &stepLogInbound{interceptor.ActivityInboundInterceptorBase{Next: next}, s.Store}
}

type stepLogInbound struct {
	interceptor.ActivityInboundInterceptorBase
	store StepLogStore
}

type stepLogKey struct{}

// Init puts what listens to an activity's logger and heartbeats between it and the worker.
func (i *stepLogInbound) Init(outbound interceptor.ActivityOutboundInterceptor) error {
	return i.Next.Init(&stepLogOutbound{interceptor.ActivityOutboundInterceptorBase{Next: outbound}})
}

// ExecuteActivity keeps what the attempt logs: now and then while it runs, and at its end.
func (i *stepLogInbound) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	t := &logTail{at: info.StartedTime}
	ended, kept := make(chan struct{}), make(chan struct{})
	keep := func() {
		if lines := t.takeLines(); lines != nil {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			_ = i.store.SaveStepLog(ctx, registry.StepLog{
				WorkflowRunID: info.WorkflowExecution.RunID, ActivityID: info.ActivityID, Attempt: int(info.Attempt), Lines: lines,
			}, time.Now())
		}
	}
	go func() {
		defer close(kept)
		tick := time.NewTicker(keepLogEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				keep()
			case <-ended:
				keep()
				return
			}
		}
	}()
	out, err := i.Next.ExecuteActivity(context.WithValue(ctx, stepLogKey{}, t), in)
	t.noteLast()
	if err != nil {
		t.addLine("error", err.Error())
	}
	close(ended)
	<-kept
	return out, err
}

type stepLogOutbound struct {
	interceptor.ActivityOutboundInterceptorBase
}

// GetLogger is the activity's logger.
func (o *stepLogOutbound) GetLogger(ctx context.Context) log.Logger {
	l := o.Next.GetLogger(ctx)
	if t, ok := ctx.Value(stepLogKey{}).(*logTail); ok {
		return tailLogger{l, t}
	}
	return l
}

// RecordHeartbeat notes how far the activity has come.
func (o *stepLogOutbound) RecordHeartbeat(ctx context.Context, details ...any) {
	if t, ok := ctx.Value(stepLogKey{}).(*logTail); ok && len(details) == 1 {
		if beat, ok := details[0].(Heartbeat); ok {
			t.noteBeat(beat)
		}
	}
	o.Next.RecordHeartbeat(ctx, details...)
}

// tailLogger is a logger whose lines are kept too.
type tailLogger struct {
	log.Logger
	tail *logTail
}

// Info keeps the line.
func (l tailLogger) Info(msg string, kv ...any) {
	l.tail.addLine("info", msg, kv...)
	l.Logger.Info(msg, kv...)
}

// Warn keeps the line.
func (l tailLogger) Warn(msg string, kv ...any) {
	l.tail.addLine("warning", msg, kv...)
	l.Logger.Warn(msg, kv...)
}

// Error keeps the line.
func (l tailLogger) Error(msg string, kv ...any) {
	l.tail.addLine("error", msg, kv...)
	l.Logger.Error(msg, kv...)
}

// logTail is the last lines of an attempt.
type logTail struct {
	mu      sync.Mutex
	lines   []registry.LogLine
	changed bool
	beat    Heartbeat // the last
	noted   Heartbeat // the last that has a line
	at      time.Time // when it got that
}

func (t *logTail) addLine(level, text string, kv ...any) {
	for i := 0; i+1 < len(kv); i += 2 {
		text += fmt.Sprintf(" %v=%v", kv[i], kv[i+1])
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(text) > maxLogText {
		text = strings.ToValidUTF8(text[:maxLogText], "") + "…"
	}
	t.lines = append(t.lines, registry.LogLine{At: time.Now().UTC(), Level: level, Text: text})
	t.lines = t.lines[max(len(t.lines)-maxLogLines, 0):]
	t.changed = true
}

// noteBeat adds a line where another part of the step has begun, and now and then between.
func (t *logTail) noteBeat(b Heartbeat) {
	t.mu.Lock()
	t.beat = b
	due := b.Step != t.noted.Step || b.Done > 0 && time.Since(t.at) >= logProgressEvery
	t.mu.Unlock()
	if due {
		t.noteLast()
	}
}

// noteLast adds a line of the last heartbeat, where it has none.
func (t *logTail) noteLast() {
	t.mu.Lock()
	b, said := t.beat, t.beat == t.noted
	t.noted, t.at = b, time.Now()
	t.mu.Unlock()
	if said {
		return
	}
	text := b.Step
	if done := DescribeDone(b.Done, b.Total, b.Unit); done != "" {
		text += ": " + done
	}
	t.addLine("info", text)
}

// takeLines is the lines where there are new ones; nil elsewhere.
func (t *logTail) takeLines() []registry.LogLine {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.changed {
		return nil
	}
	t.changed = false
	return append([]registry.LogLine(nil), t.lines...)
}

// DescribeDone says how far a step has come: 212 of 400 rounds; empty where it does not know.
func DescribeDone(done, total int64, unit string) string {
	text := fmt.Sprint(done)
	switch {
	case total > 0:
		text += fmt.Sprintf(" of %d", total)
	case done == 0:
		return ""
	}
	return strings.TrimSpace(text + " " + unit)
}
