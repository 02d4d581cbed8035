package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.uber.org/zap"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/telemetry"
)

// Exit codes beside 0 (done) and 1 (something went wrong).
const (
	exitUsage  = 2 // flags or arguments that make no sense
	exitFailed = 3 // the run that was asked for failed
)

// Command is what a process does until ctx ends.
type Command func(ctx context.Context, c *config.Config, log *zap.Logger) error

// ExitError carries the exit code of a command that has said all there is to
// say.
type ExitError struct{ Code int }

func (e ExitError) Error() string { return fmt.Sprintf("exit code %d", e.Code) }

// Main reads the configuration, runs the command until it ends or the process
// is told to stop, and exits. Nothing else catches signals or calls os.Exit.
func Main(name string, run Command) { os.Exit(main1(name, run)) }

func main1(name string, run Command) int {
	c, err := config.Load(name, os.Args[1:], os.LookupEnv)
	if errors.Is(err, flag.ErrHelp) {
		config.Usage(name, os.Stdout)
		return 0
	}
	if err == nil {
		err = c.SettleMonths(time.Now())
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n(%s -help lists the flags)\n", name, err, name)
		return exitUsage
	}
	log, err := telemetry.NewLogger(c.Log)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitUsage
	}
	defer func() { _ = log.Sync() }() // standard error needs no sync; some systems refuse it
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	t, err := telemetry.New(ctx, c.Telemetry, name)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return exitUsage
	}
	defer flushSpans(t, log)
	err = run(telemetry.Into(ctx, t), c, log.Named(name))
	var exit ExitError
	switch {
	case errors.As(err, &exit):
		return exit.Code
	case err != nil && !errors.Is(err, context.Canceled):
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, lfb.Plain(err))
		return 1
	}
	return 0
}

// flushSpans sends the spans that are still here. A collector that is away costs a
// moment and no more.
func flushSpans(t *telemetry.Telemetry, log *zap.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := t.Close(ctx); err != nil {
		log.Warn("spans not sent", zap.Error(err))
	}
}
