// Command scaleout shows what more workers do for one retrain: it runs the same
// retrain with one, two and three worker processes of one core each, with one set of
// queues each, kills one of three in the middle of a fit, and tells from Temporal's
// history which worker did what. Then it measures what sharding the forest over
// activities by trees would cost and save, and works out what it would buy.
//
// Servers and workers are processes of their own on loopback, as in bench/chaos.
// `make bench-scaleout` builds and runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"lfb/bench/world"
	"lfb/internal/app"
	"lfb/workflows"
)

// options say with what.
type options struct {
	bin, dir  string
	incidents int
	only      string
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "bench/out/chaos", "folder of worker, starter and part")
	flag.StringVar(&o.dir, "dir", "", "folder of the state; empty is a temporary one, removed afterwards")
	flag.IntVar(&o.incidents, "incidents", 60000, "incidents of the made-up city, in 12 months")
	flag.StringVar(&o.only, "only", "workers,kill,shards", "parts to run")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "scaleout:", err)
		os.Exit(1)
	}
}

// bench is one run of the command.
type bench struct {
	o    options
	w    *world.World
	cl   client.Client
	seed uint64 // of the last retrain: each has its own, so that nothing is remembered
}

func run(ctx context.Context, o options) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "lfb-scaleout-"); err != nil {
			return err
		}
		defer os.RemoveAll(o.dir)
	}
	b := &bench{o: o, seed: 1}
	b.w, err = world.New(world.Options{Bin: o.bin, Dir: o.dir, Env: map[string]string{
		"LFB_SOURCE_INCIDENTS": fmt.Sprint(o.incidents), "LFB_SOURCE_MONTHS": "12",
		"LFB_WORKER_FITS": "1", "LFB_WORKER_THREADS": "1", "GOMAXPROCS": "1",
	}})
	if err != nil {
		return err
	}
	defer b.w.Close()
	if err := b.w.Boot(ctx); err != nil {
		return err
	}
	if b.cl, err = app.Dial(ctx, b.w.Config, zap.NewNop()); err != nil {
		return err
	}
	defer b.cl.Close()
	if err := b.load(ctx); err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{{"workers", b.workers}, {"kill", b.kill}, {"shards", b.shards}} {
		if !strings.Contains(o.only, part.name) {
			continue
		}
		if err := part.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// load fills the tables and makes the data set, which all that is measured shares.
func (b *bench) load(ctx context.Context) error {
	stop, err := b.start(ctx, 1)
	if err != nil {
		return err
	}
	defer stop()
	in := app.RetrainInput(b.w.Config, "first start", "scaleout")
	in.Train.Candidates = []string{"baseline"}
	h, err := app.StartRetrain(ctx, b.cl, in)
	if err != nil {
		return err
	}
	var out workflows.RetrainResult
	if err := h.Get(ctx, &out); err != nil {
		return err
	}
	fmt.Printf("%d incidents, data set %s\n\n", b.o.incidents, out.DataSet)
	return nil
}

// start starts n workers: the first on every queue, the others on the queue of fits
// only, each with a folder of its own.
func (b *bench) start(ctx context.Context, n int) (stop func(), err error) {
	var names []string
	stop = func() {
		for _, name := range names {
			b.w.Kill(name)
		}
	}
	for k := range n {
		name, queues := fmt.Sprintf("worker-%d", k+1), "train"
		if k == 0 {
			queues = "control,io,train"
		}
		if err := b.w.Start(ctx, name, "LFB_WORKER_QUEUES="+queues, "LFB_STATE_DIR="+b.o.dir+"/"+name); err != nil {
			stop()
			return nil, err
		}
		names = append(names, name)
	}
	return stop, nil
}
