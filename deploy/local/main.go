// Command local is the whole system in one process, with no docker: Temporal and
// its Web UI, an S3 store, a database, and what the other commands run. With a verb
// it is the starter of the system that runs in its folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

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
	var exit app.ExitError
	switch {
	case errors.Is(err, flag.ErrHelp):
		config.UsageWith("lfb", os.Stdout, func(fs *flag.FlagSet) { (&stack.Options{}).Register(fs) })
	case errors.As(err, &exit):
		os.Exit(exit.Code)
	case err != nil && !errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "lfb:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var o stack.Options
	c, err := config.LoadWith("lfb", args, defaults(os.LookupEnv), o.Register)
	if err != nil {
		return err
	}
	if len(c.Args) > 0 {
		return runVerb(ctx, c.State.Dir, args)
	}
	if err := c.SettleMonths(time.Now()); err != nil {
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
	// What a verb starts is to be what this process would start.
	o.Settings = c.Changed("api", "source", "places", "train", "gate", "promote", "schedule", "monitor", "backfill", "gc")
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

// runVerb does what the first argument says with the system that runs in dir: its
// settings come before those of this terminal, which may be another system's.
func runVerb(ctx context.Context, dir string, args []string) error {
	settings, err := stack.Settings(dir)
	if err != nil {
		return err
	}
	lookup := func(name string) (string, bool) {
		if v, ok := settings[name]; ok {
			return v, true
		}
		return defaults(os.LookupEnv)(name)
	}
	c, err := config.LoadWith("lfb", args, lookup, (&stack.Options{}).Register)
	if err != nil {
		return err
	}
	log, err := telemetry.NewLogger(c.Log)
	if err != nil {
		return err
	}
	return verb.Run(ctx, c, log)
}

// defaults makes the synthetic city the source where nothing else is asked for
// (the product's own default is the London Datastore), and quietens the log,
// so that the progress can be read. Two fits at once, as one of the candidates'
// library uses one core. The folder is that of the program, wherever it is called.
func defaults(lookup func(string) (string, bool)) func(string) (string, bool) {
	own := map[string]string{"LFB_SOURCE": "synthetic", "LFB_LOG_LEVEL": "warn", "LFB_WORKER_FITS": "2"}
	if dir := home(); dir != "" {
		own["LFB_STATE_DIR"] = dir
	}
	return func(name string) (string, bool) {
		if v, ok := lookup(name); ok {
			return v, true
		}
		v, ok := own[name]
		return v, ok
	}
}

// home is the folder that make run builds this program into: .lfb of .lfb/bin/lfb.
func home() string {
	exe, err := os.Executable()
	bin := filepath.Dir(exe)
	if dir := filepath.Dir(bin); err == nil && filepath.Base(bin) == "bin" && filepath.Base(dir) == ".lfb" {
		return dir
	}
	return ""
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
		printAddresses(c)
		if password != "" && terminal {
			fmt.Println("password of", app.AdminAccount+":", password.Reveal())
		}
		if err := verb.FirstRun(ctx, c, log, os.Stdout, terminal); err != nil {
			return err
		}
		printAddresses(c)
		return nil
	})
	return g.Wait()
}

func printAddresses(c *config.Config) {
	fmt.Printf(`
  web UI            http://%s        account %s, password in %s
  user API          http://%s/docs
  admin API         http://%s/docs
  Temporal Web UI   %s
  S3 %s · MySQL %s · Temporal %s
  second terminal   %s runs
`, c.API.Web, app.AdminAccount, app.AdminFile(c), c.API.User, c.API.Admin, c.Temporal.UI, c.S3.Endpoint, c.MySQL.Address,
		c.Temporal.Address, command(c.State.Dir))
}

// command is how to call this program for the system in dir.
func command(dir string) string {
	if dir == home() {
		return os.Args[0]
	}
	return os.Args[0] + " -state.dir " + dir
}
