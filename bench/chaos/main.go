// Command chaos kills worker, api, database and store in turn with SIGKILL, each
// at random moments, while retrains, promotions and predictions run, and terminates
// some of these too, by Temporal, so that they cannot say how they ended. It counts
// afterwards: every run ended and its record says so, the ledger has no gap, every answer
// is, bit by bit, that of the version it names, and every answer that was given is in the
// log; but one in fifty, which the log is made to refuse: these were put aside, and they alone.
//
// Every server is a process of its own: Temporal, the S3 store and a real mariadbd
// by deploy/local/part, worker and api as they are shipped. make chaos builds them.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"lfb/bench/world"
)

// options say how long and with what.
type options struct {
	rounds int
	bin    string // folder of worker, api, starter and part
	dir    string // all state; made, and removed after a run without a fault
	seed   uint64
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 20, "kills")
	flag.StringVar(&o.bin, "bin", "bench/out/chaos", "folder of the binaries")
	flag.StringVar(&o.dir, "dir", "", "folder of the state; empty is a temporary one")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of the random moments")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	faults, err := run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
	for _, f := range faults {
		fmt.Println("FAULT:", f)
	}
	if len(faults) > 0 {
		os.Exit(3)
	}
}

func run(ctx context.Context, o options) (faults []string, err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "lfb-chaos-"); err != nil {
			return nil, err
		}
	}
	fmt.Printf("seed %d, state in %s\n", o.seed, o.dir)
	w, err := world.New(world.Options{Bin: o.bin, Dir: o.dir, Env: map[string]string{
		"LFB_SOURCE_INCIDENTS": "9000", "LFB_SOURCE_MONTHS": "6",
		"LFB_TRAIN_CANDIDATES": "baseline-mean,baseline,linear,gbdt",
	}})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	if err := w.Boot(ctx); err != nil {
		return nil, err
	}
	for _, name := range []string{"worker", "api"} {
		if err := w.Start(ctx, name); err != nil {
			return nil, err
		}
	}
	l, err := newLoad(ctx, o, w)
	if err != nil {
		return nil, err
	}
	defer l.close()
	if err := l.first(ctx); err != nil {
		return nil, err
	}
	if err := l.narrowLog(ctx); err != nil {
		return nil, err
	}
	work, halt := context.WithCancel(ctx)
	done := l.start(work)
	err = l.disturb(ctx, rand.New(rand.NewPCG(o.seed, 0)))
	halt()
	<-done
	if err != nil {
		return nil, err
	}
	faults, err = l.check(ctx)
	if err == nil && len(faults) == 0 {
		os.RemoveAll(o.dir)
	}
	return faults, err
}

// disturb ends one process after the other at a random moment and starts it again a
// moment later; in every second round on average it terminates an execution before.
func (l *load) disturb(ctx context.Context, rng *rand.Rand) error {
	targets := []string{"worker", "api", "mysql", "s3"}
	pause := func(low, high time.Duration) {
		select {
		case <-ctx.Done():
		case <-time.After(low + time.Duration(rng.Int64N(int64(high-low)))):
		}
	}
	for i := range l.o.rounds {
		name := targets[i%len(targets)]
		pause(time.Second, 6*time.Second)
		ended := ""
		if rng.IntN(2) == 0 {
			ended = l.terminate(ctx, rng)
		}
		pause(0, 3*time.Second)
		l.w.Kill(name)
		pause(0, 3*time.Second)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		started := time.Now()
		if err := l.w.Start(ctx, name); err != nil {
			return err
		}
		fmt.Printf("round %2d  killed %-6s  up again after %5.1f s  %s\n", i+1, name, time.Since(started).Seconds(), ended)
	}
	pause(2*time.Second, 4*time.Second)
	return nil
}
