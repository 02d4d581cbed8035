// Command local is the whole system in one process, with no docker: Temporal and
// its Web UI, an S3 store, a database, and what the other commands run.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"lfb/deploy/local/stack"
	"lfb/internal/config"
	"lfb/internal/telemetry"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var o stack.Options
	c, err := config.LoadWith("local", args, os.LookupEnv, func(fs *flag.FlagSet) { o.Register(fs) })
	if err != nil {
		return err
	}
	log, err := telemetry.NewLogger(c.Log)
	if err != nil {
		return err
	}
	o.Dir, o.Namespace, o.Log = c.State.Dir, c.Temporal.Namespace, log
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
	fmt.Println("Temporal", c.Temporal.Address, "UI", c.Temporal.UI, "S3", c.S3.Endpoint, "MySQL", c.MySQL.Address)
	fmt.Println("second terminal: set -a; .", stack.EnvFile(c.State.Dir))
	<-ctx.Done()
	return s.Close()
}
