package verb

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.uber.org/zap"
	"golang.org/x/term"

	"lfb/internal/app"
	"lfb/internal/config"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// verb is one word that starter understands.
type verb struct {
	name, args, help string
	run              func(ctx context.Context, e *env) error
}

// verbs is the list of them, in the order of the help text.
func verbs() []verb {
	return []verb{
		{"setup", "", "create tables, bucket, search attributes, the admin account and the schedules; safe to repeat", setUp},
		{
			"retrain", "", "start a retrain and watch it; -detach only starts it, -train.force goes on though nothing is new",
			startRetrain,
		},
		{
			"watch", "[run id]", "watch the running retrain, the last one, or the one named; a workflow id will do",
			watchRetrain,
		},
		{"cancel", "", "cancel the running retrain", cancelRetrain},
		{"ask", "<what a caller says>", "when the engine is there: ask \"kitchen fire near Brixton station\"; it is logged " +
			"as on the Ask page", askQuestion},
		{"runs", "[run id]", "list runs, or show one with its leaderboard", showRuns},
		{"champion", "", "what serves now", showChampion},
		{"ledger", "", "every promotion, newest first", showLedger},
		{
			"promote", "<version>", "promote a version by hand; needs -why, and -unjudged where no gate passed it",
			promoteVersion,
		},
		{"rollback", "[version]", "serve the last good version before, or the one named; needs -why", rollBack},
		{"approve", "<workflow id>", "approve a promotion that waits; needs -why", decideApproval},
		{"reject", "<workflow id>", "reject a promotion that waits; needs -why", decideApproval},
		{"backfill", "", "replay past months as the policy would have had them: -from 2016-01 -to 2017-04", runBackfill},
		{"backfills", "[id [report file]]", "list replays, show one by month, or write its report to a file", showBackfills},
		{"key", "<scope> [account]", "make an API key, as candidate for programs that fit candidates, and print it; needs " +
			"-why", makeKey},
		{"gc", "", "remove what nothing needs and is old; -dry-run only says what would go", collectGarbage},
		{
			"reproduce", "<version>", "fit a version again from its records and compare the bytes; any line with -line",
			reproduceVersion,
		},
		{
			"monitor", "[list]", "look at the champion now: realised error, drift, the rule; or list earlier monitor runs",
			runMonitor,
		},
		{"refused", "", "answers that the log of predictions refused, newest first, and why", showRefused},
		{"places", "[list|refresh|status]", "the places that callers name: which sets were made, make one now, or what " +
			"serves; by -places.source", runPlaces},
		{
			"schedule", "[set|describe|pause|resume|trigger|delete|list] [retrain|monitor|places]",
			"what runs by itself; set takes -cron", runSchedule,
		},
	}
}

// env is what every verb gets.
type env struct {
	c       *config.Config
	log     *zap.Logger
	args    []string // after the verb
	verb    string
	out     io.Writer
	closers []func()
}

// records is what verbs read of the database.
type records interface {
	registry.Runs
	registry.Deciders
	Champion(ctx context.Context, line string) (registry.Promotion, error)
	control.PromotionRecords
	Promotions(ctx context.Context, line string, limit int) ([]registry.Promotion, error)
	Monitorings(ctx context.Context, line, before string, limit int) ([]registry.Monitoring, error)
	Backfill(ctx context.Context, id string) (registry.Backfill, []registry.BackfillMonth, error)
	Backfills(ctx context.Context, limit int) ([]registry.Backfill, error)
	PlaceSet(ctx context.Context, origin lfb.Origin) (registry.PlaceSet, error)
	PlaceSets(ctx context.Context, origin lfb.Origin, limit int) ([]registry.PlaceSet, error)
	Refused(ctx context.Context, since time.Time, after string, limit int) ([]registry.RefusedPrediction, error)
}

// openRecords opens the database, until the verb ends.
func (e *env) openRecords(ctx context.Context) (records, error) {
	db, err := app.OpenRecords(ctx, e.c)
	if err != nil {
		return nil, err
	}
	e.closers = append(e.closers, func() { _ = db.Close() }) // nothing is in flight
	return db, nil
}

// dialTemporal connects to Temporal, until the verb ends.
func (e *env) dialTemporal(ctx context.Context) (client.Client, error) {
	cl, err := app.Dial(ctx, e.c, e.log)
	if err != nil {
		return nil, err
	}
	e.closers = append(e.closers, cl.Close)
	return cl, nil
}

// argAt is the argument at k after the verb; empty without one.
func (e *env) argAt(k int) string {
	if k < len(e.args) {
		return e.args[k]
	}
	return ""
}

func (e *env) closeAll() {
	for _, c := range e.closers {
		c()
	}
}

// Run does what the first argument says.
func Run(ctx context.Context, c *config.Config, log *zap.Logger) error {
	e := &env{c: c, log: log, out: os.Stdout}
	defer e.closeAll()
	if len(c.Args) == 0 {
		printHelp(os.Stdout)
		return app.ExitError{Code: 2}
	}
	if c.Args[0] == "help" {
		printHelp(os.Stdout)
		return nil
	}
	for _, v := range verbs() {
		if v.name == c.Args[0] {
			e.verb, e.args = v.name, c.Args[1:]
			if v.args == "" && len(e.args) > 0 { // cancel RUN would cancel another
				return fmt.Errorf("%s takes no argument: %q", v.name, e.args)
			}
			return plainFailure(v.run(ctx, e))
		}
	}
	printHelp(os.Stderr)
	return fmt.Errorf("no verb %q", c.Args[0])
}

// program is the name that this program was called by: the verbs have two.
func program() string { return filepath.Base(os.Args[0]) }

func printHelp(w io.Writer) {
	fmt.Fprintf(w, "%[1]s <verb> [-flags]; %[1]s -help lists the flags. Verbs:\n", program())
	for _, v := range verbs() {
		fmt.Fprintf(w, "  %-10s %-40s %s\n", v.name, v.args, v.help)
	}
}

// print writes v as JSON where -json asks for it, else as text does.
func (e *env) print(v any, text func()) error {
	if !e.c.Starter.JSON {
		text()
		return nil
	}
	enc := json.NewEncoder(e.out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// leaveDetached says whether a run that was just started is left to itself: it is named then.
// Where another runs under its id the error is running.
func (e *env) leaveDetached(h client.WorkflowRun, err error, running string) (left bool, _ error) {
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
		return false, errors.New(running)
	case err != nil:
		return false, err
	case e.c.Starter.Detach:
		return true, e.print(map[string]string{"workflow_id": h.GetID(), "run_id": h.GetRunID()}, func() {
			fmt.Fprintf(e.out, "started %q, run %s\n", h.GetID(), h.GetRunID())
		})
	}
	return false, nil
}

// endText says how a workflow ended that did not succeed, and why where it failed.
func endText(what string, err error) string {
	text := fmt.Sprintf("the %s ended: %s", what, stateOf(err))
	if temporal.IsApplicationError(err) {
		text += ": " + control.Cause(err)
	}
	return text
}

// sayEnded says how a workflow ended that did not succeed, which is exit code 3; any other
// error stays one, and no error none.
func (e *env) sayEnded(what string, err error) error {
	if !control.RunFailed(err) {
		return err
	}
	return errors.Join(app.ExitError{Code: 3}, e.print(map[string]any{"state": stateOf(err), "error": control.Cause(err)},
		func() {
			fmt.Fprintf(e.out, "\n%s; what served before still serves\n", endText(what, err))
		}))
}

// plainFailure is what a workflow or one of its activities says went wrong, in place of
// the chain of who called whom; any other error stays.
func plainFailure(err error) error {
	if !temporal.IsApplicationError(err) {
		return err
	}
	return errors.New(control.Cause(err))
}

// printList prints a row an element, or the elements as JSON.
func printList[T any](e *env, elements []T, header table.Row, row func(T) table.Row) error {
	return e.print(elements, func() { printTable(e.out, header, rowsOf(elements, row), "") })
}

// rowsOf makes a row of each element.
func rowsOf[T any](elements []T, row func(T) table.Row) []table.Row {
	rows := make([]table.Row, len(elements))
	for i, x := range elements {
		rows[i] = row(x)
	}
	return rows
}

func printTable(w io.Writer, header table.Row, rows []table.Row, caption string) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(header)
	t.AppendRows(rows)
	t.SetCaption("%s", caption)
	t.Render()
}

// progressWriter is where progress is shown: nowhere beside JSON.
func (e *env) progressWriter() io.Writer {
	if e.c.Starter.JSON {
		return io.Discard
	}
	return e.out
}

// callerName is the person behind this command, for the ledger.
func (e *env) callerName() string {
	name := "starter"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return cmp.Or(e.c.Starter.Who, name)
}

func (e *env) onTerminal() bool {
	return !e.c.Starter.JSON && term.IsTerminal(int(os.Stdout.Fd()))
}

// lineName is the line of models that was named, or the configured source's.
func (e *env) lineName() string {
	return cmp.Or(e.c.Starter.Line, control.Line(e.c))
}

func setUp(ctx context.Context, e *env) error {
	password, err := app.Setup(ctx, e.c, e.log)
	if err != nil {
		return err
	}
	if password == "" {
		fmt.Fprintln(e.out, "everything is set up; nothing was changed that was there")
		return nil
	}
	fmt.Fprintf(e.out, "set up; account %s, password in %s\n", app.AdminAccount, app.AdminFile(e.c))
	if e.onTerminal() {
		fmt.Fprintf(e.out, "password: %s\n", password.Reveal())
	}
	return nil
}
