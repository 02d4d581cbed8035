// Command part runs one server of the local stack in a process of its own, so that
// it can be killed alone: temporal, s3 or mysql (an installed mariadbd). It takes
// what it needs from the environment that the other commands read, and says ready.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"go.uber.org/zap"

	"lfb/deploy/local/s3d"
	"lfb/deploy/local/temporald"
	"lfb/internal/app"
	"lfb/internal/config"
	"lfb/internal/mysql/mariadb"
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
		return fmt.Errorf("want one of temporal, s3, mysql, got %q", c.Args)
	}
	server, err := start(ctx, c)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	<-ctx.Done()
	return server.Close()
}

func start(ctx context.Context, c *config.Config) (io.Closer, error) {
	dir := filepath.Join(c.State.Dir, c.Args[0])
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	switch c.Args[0] {
	case "temporal":
		port, err := portOf(c.Temporal.Address)
		if err != nil {
			return nil, err
		}
		ui, err := portOf(c.Temporal.UI)
		if err != nil {
			return nil, err
		}
		return temporald.Start(ctx, temporald.Options{
			File: filepath.Join(dir, "temporal.db"), Port: port, UIPort: ui, Namespace: c.Temporal.Namespace,
			SearchAttributes: app.SearchAttributes(), Log: zap.NewNop(),
		})
	case "s3":
		return s3d.Start(ctx, s3d.Options{
			Dir: dir, Addr: c.S3.Endpoint, Region: c.S3.Region, Access: c.S3.Access, Secret: c.S3.Secret.Reveal(),
		})
	case "mysql":
		port, err := portOf(c.MySQL.Address)
		if err != nil {
			return nil, err
		}
		return mariadb.Start(ctx, mariadb.Options{Dir: dir, Port: port, User: c.MySQL.User, Password: c.MySQL.Password.Reveal()})
	}
	return nil, fmt.Errorf("part %q: want temporal, s3 or mysql", c.Args[0])
}

// portOf is the port of an address, with a scheme or without.
func portOf(address string) (int, error) {
	_, port, err := net.SplitHostPort(strings.TrimPrefix(address, "http://"))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}
