// Command part runs one server of the local stack in a process of its own, so that
// it can be killed alone: temporal, s3, mariadb (an installed one) or embedded. It takes
// what it needs from the environment that the other commands read, and says ready.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"go.uber.org/zap"

	"lfb/deploy/local/stack"
	"lfb/internal/app"
	"lfb/internal/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "part:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	c, err := config.Load("part", args, os.LookupEnv)
	if err != nil {
		return err
	}
	if len(c.Args) != 1 {
		return fmt.Errorf("want the name of one server, got %q", c.Args)
	}
	server, err := stack.StartServer(ctx, c.Args[0], c, app.SearchAttributes(), zap.NewNop())
	if err != nil {
		return err
	}
	fmt.Println("ready")
	<-ctx.Done()
	return server.Close()
}
