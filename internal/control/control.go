package control

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Records is what a change is checked against and logged in; mysql.DB is one.
type Records interface {
	registry.Deciders
	Runs
	Notes
	registry.CoverScenarios
	// Champion is the line's last ledger entry; lfb.ErrNotFound.
	Champion(ctx context.Context, line string) (registry.Promotion, error)
	PromotionRecords
	AppendSetting(ctx context.Context, s registry.Setting) error
	AuditLog
}

// Actor is who asks for a change, for the ledger and the audit log.
type Actor struct {
	Name    string
	Address string // of the client
	Key     string // id of the API key; empty for a password
}

// Run is one execution of a workflow.
type Run struct {
	WorkflowID string `json:"workflow_id"`
	RunID      string `json:"run_id"`
}

// Control makes the changes that signed-in people ask for. Its errors wrap lfb's
// where a caller can do something about them: lfb.ErrConflict while another of
// the kind runs, lfb.ErrUnavailable while Temporal is away.
type Control struct {
	client  client.Client
	config  *config.Config
	records Records
	now     func() time.Time

	mu   sync.Mutex
	told map[Run]Progress // what runs told of themselves last
}

// New makes a Control of what c configures. cl may be lazy: nothing is asked of
// it before the first call.
func New(cl client.Client, c *config.Config, records Records, now func() time.Time) *Control {
	return &Control{client: cl, config: c, records: records, now: now, told: map[Run]Progress{}}
}

// audit has do make a change that is written down before: what cannot be logged is not done.
func (c *Control) audit(ctx context.Context, by Actor, action, target, detail string, do func() error) error {
	return auditChange(ctx, c.records, c.now, by, action, target, detail, do)
}

// refusalWait is how long the log has for a refusal, whoever waits no longer.
const refusalWait = 5 * time.Second

// auditChange writes a change down and has do make it. Where that gives an error it writes down
// that the change was not made; the error stays, whatever the log answers.
func auditChange(ctx context.Context, log AuditLog, now func() time.Time, by Actor, action, target, detail string,
	do func() error,
) error {
	if err := appendAudit(ctx, log, now(), by, action, target, detail); err != nil {
		return err
	}
	err := do()
	if err != nil {
		appendRefusal(ctx, log, now(), by, action, target, err)
	}
	return err
}

func appendAudit(ctx context.Context, log AuditLog, now time.Time, by Actor, action, target, detail string) error {
	return log.AppendAudit(ctx, registry.AuditEntry{
		At: now.UTC(), Who: by.Name, From: by.Address, Key: by.Key, Action: action, Target: target, Detail: detail,
	})
}

func appendRefusal(ctx context.Context, log AuditLog, now time.Time, by Actor, action, target string, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusalWait)
	defer cancel()
	said := "not done: "
	if errors.Is(err, lfb.ErrUnavailable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		said = "perhaps not done: " // the answer was lost
	}
	_ = appendAudit(ctx, log, now, by, action, target, said+lfb.Plain(err)) // what it tells is the caller's error
}

// translateError turns Temporal's errors into those that say what a caller can do.
func translateError(err error) error {
	var (
		started  *serviceerror.WorkflowExecutionAlreadyStarted
		missing  *serviceerror.NotFound
		unknown  *serviceerror.QueryFailed
		away     *serviceerror.Unavailable
		deadline *serviceerror.DeadlineExceeded
		app      *temporal.ApplicationError
		invalid  *serviceerror.InvalidArgument
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &started):
		return fmt.Errorf("one of this line runs already: %w", lfb.ErrConflict)
	case errors.As(err, &missing):
		return fmt.Errorf("none of that id in Temporal: %w", lfb.ErrNotFound) // its own words name what it is built of
	case errors.As(err, &invalid):
		return fmt.Errorf("%s: %w", invalid.Message, lfb.ErrInvalid)
	case errors.As(err, &unknown):
		return fmt.Errorf("a workflow of another kind: %w", lfb.ErrNotFound)
	case errors.As(err, &away), errors.As(err, &deadline), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("temporal: %w: %w", err, lfb.ErrUnavailable)
	case errors.As(err, &app):
		kind := map[string]error{
			"conflict": lfb.ErrConflict, "invalid": lfb.ErrInvalid,
			"permanent": lfb.ErrInvalid,
		}[app.Type()]
		if kind != nil {
			return fmt.Errorf("%s: %w", app.Message(), kind)
		}
	}
	return err
}
