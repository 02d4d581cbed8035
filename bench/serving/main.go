// Command serving measures three services side by side, on one machine and in one
// run: a FastAPI service that does what the original's /predict does, a lean one,
// and this project's api process with authentication and spool on. The load is wrk's.
//
//	champion (500 × 63, quantile heads) ─▶ state folder ─▶ api     ┐
//	city's rows as CSV ─▶ original.py, lean.py twice (uvicorn)     ├─ wrk, in turns ─▶ table
//
// Start it by bench/serving.sh, which sees to Python and builds the api.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

// options are the flags.
type options struct {
	api, python, out string
	seconds, rounds  int
	connections      int
	response         bool
	only             string
}

func main() {
	var o options
	flag.StringVar(&o.api, "api", "bench/out/api", "the api's binary")
	flag.StringVar(&o.python, "python", "bench/serving/.venv/bin/python", "Python with the peers' packages")
	flag.StringVar(&o.out, "out", "bench/out", "folder of what is made")
	flag.IntVar(&o.seconds, "seconds", 8, "length of one measurement")
	flag.IntVar(&o.rounds, "rounds", 3, "measurements of each, in turns; medians are shown")
	flag.IntVar(&o.connections, "connections", 8, "of wrk")
	flag.BoolVar(&o.response, "response", false, "the champion answers the response time too: twice the trees")
	flag.StringVar(&o.only, "only", "", "measure only this one: original, lean, lean-async or ours")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "serving:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	c, err := prepare(ctx, o)
	if err != nil {
		return err
	}
	peers, err := start(ctx, o, c)
	defer func() {
		for _, p := range peers {
			err = errors.Join(err, p.end())
		}
	}()
	if err != nil {
		return err
	}
	for _, p := range peers {
		if err := p.wait(ctx, 2*time.Minute); err != nil {
			return err
		}
	}
	results := map[string][]load{}
	for round := range o.rounds {
		for _, p := range peers {
			for _, l := range p.loads {
				fmt.Fprintf(os.Stderr, "round %d: %s, %s\n", round+1, p.name, l.name)
				got, err := l.measure(ctx, o, p)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", p.name, l.name, err)
				}
				results[p.name+", "+l.name] = append(results[p.name+", "+l.name], got)
			}
		}
	}
	text := report(o, peers, results)
	fmt.Print(text)
	return os.WriteFile(filepath.Join(o.out, "serving.md"), []byte(text), 0o600)
}
