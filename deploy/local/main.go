// Command local is the whole system in one process, with no docker: Temporal and
// its Web UI, an S3 store, a database, and what the other commands run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"lfb/deploy/local/stack"
	"lfb/internal/app"
	"lfb/internal/config"
	"lfb/internal/telemetry"
	"lfb/starter/verb"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		config.UsageWith("local", os.Stdout, func(fs *flag.FlagSet) { (&stack.Options{}).Register(fs) })
	case err != nil && !errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var o stack.Options
	c, err := config.LoadWith("local", args, defaults(os.LookupEnv), func(fs *flag.FlagSet) { o.Register(fs) })
	if err != nil {
		return err
	}
	log, err := telemetry.NewLogger(c.Log)
	if err != nil {
		return err
	}
	t, err := telemetry.New(ctx, c.Telemetry, "local")
	if err != nil {
		return err
	}
	o.Dir, o.Namespace, o.Log = c.State.Dir, c.Temporal.Namespace, log
	o.SearchAttributes = app.SearchAttributes()
	// What a second terminal starts is to be what this process would start.
	o.Settings = c.Changed("source", "train", "gate", "promote", "schedule", "monitor", "backfill", "gc")
	o.Others = []stack.Listener{
		{Name: "user API", Addr: c.API.User, Flag: "api.user"},
		{Name: "admin API", Addr: c.API.Admin, Flag: "api.admin"},
		{Name: "web UI", Addr: c.API.Web, Flag: "api.web"},
	}
	s, err := stack.Start(ctx, o)
	if err != nil {
		return err
	}
	s.Config(c)
	return errors.Join(serve(telemetry.Into(ctx, t), c, log), t.Close(context.WithoutCancel(ctx)), s.Close())
}

// defaults makes the synthetic city the source where nothing else is asked for
// (the product's own default is the London Datastore), and quietens the log,
// so that the progress can be read. Two fits at once, as one of the candidates'
// library uses one core.
func defaults(lookup func(string) (string, bool)) func(string) (string, bool) {
	own := map[string]string{"LFB_SOURCE": "synthetic", "LFB_LOG_LEVEL": "warn", "LFB_WORKER_FITS": "2"}
	return func(name string) (string, bool) {
		if v, ok := lookup(name); ok {
			return v, true
		}
		v, ok := own[name]
		return v, ok
	}
}

// serve runs what the other commands run, in this process.
func serve(ctx context.Context, c *config.Config, log *zap.Logger) error {
	terminal := term.IsTerminal(int(os.Stdout.Fd()))
	password, err := app.Setup(ctx, c, log)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return app.Worker(ctx, c, log) })
	g.Go(func() error { return app.API(ctx, c, log) })
	g.Go(func() error {
		addresses(c)
		if password != "" && terminal {
			fmt.Println("password of", app.AdminAccount+":", password.Reveal())
		}
		if err := verb.FirstRun(ctx, c, log, os.Stdout, terminal); err != nil {
			return err
		}
		addresses(c)
		return nil
	})
	return g.Wait()
}

func addresses(c *config.Config) {
	fmt.Printf(`
  web UI            http://%s        account %s, password in %s
  user API          http://%s/docs
  admin API         http://%s/docs
  Temporal Web UI   %s
  S3 %s · MySQL %s · Temporal %s
  second terminal   set -a; . %s; set +a; go run ./starter runs
`, c.API.Web, app.AdminAccount, app.AdminFile(c), c.API.User, c.API.Admin, c.Temporal.UI, c.S3.Endpoint, c.MySQL.Address,
		c.Temporal.Address, stack.EnvFile(c.State.Dir))
}
