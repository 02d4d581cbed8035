package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// section is a part of the table that can be made by itself.
type section struct {
	name, about, expect string
	run                 func(*bench, context.Context) error
}

// sections are all of them. Expected times are for five runs on two quiet cores.
func sections() []section {
	return []section{
		{
			"fit", "boosting 100 × 31 on 1.0 M synthetic rows, and on the real ones", "3 min",
			func(b *bench, ctx context.Context) error {
				if err := b.boosting(ctx, "city", 100, 31, b.runs); err != nil || b.real == "" {
					return err
				}
				return b.boosting(ctx, "real", 100, 31, b.runs)
			},
		},
		{"fit500", "boosting 500 × 63 on 1.0 M synthetic rows", "10 min", func(b *bench, ctx context.Context) error {
			return b.boosting(ctx, "city", 500, 63, b.runs)
		}},
		{"forest", "a forest of 200 trees of depth 20", "4 min", (*bench).forests},
		{"row", "one row through 500 × 63", "30 s", (*bench).rows},
		{"batch", "a million rows through 500 × 63", "1 min", (*bench).batches},
		{"contrib", "contributions", "1 min", (*bench).contributions},
		{"clean", "CSV to Parquet, 1.59 M incidents and 2.21 M mobilisations", "3 min", (*bench).cleaning},
		{"relevance", "Boruta's verdict on every column", "2 min", (*bench).relevance},
	}
}

// apart are the sections on the real rows of March, which need none of the rows that
// prepare makes: accuracy.sh and tuned.sh run them.
func apart() []section {
	return []section{
		{"accuracy", "LightGBM's defaults on the original's columns, real March", "20 s", (*bench).accuracy},
		{"tuned", "LightGBM tuned by optuna on our features, real March", "10 min", (*bench).tuned},
	}
}

// command runs a child and reads its line. Both sides have two threads.
func command(ctx context.Context, name string, args ...string) (result, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", threads), fmt.Sprintf("OMP_NUM_THREADS=%d", threads))
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	r := result{}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return nil, fmt.Errorf("%s: %q: %w", strings.Join(args, " "), out.String(), err)
	}
	fmt.Fprintf(os.Stderr, "   %-6s %s %s\n", side(name), strings.Join(args[1:], " "), bytes.TrimSpace(out.Bytes()))
	return r, nil
}

func side(name string) string {
	if strings.Contains(name, "python") {
		return "theirs"
	}
	return "ours"
}

func (b *bench) ours(ctx context.Context, what string, words ...string) (result, error) {
	return command(ctx, b.self, append([]string{"child", what, b.folder}, words...)...)
}

func (b *bench) theirs(ctx context.Context, what string, words ...string) (result, error) {
	return command(ctx, b.python, append([]string{script, what, b.folder}, words...)...)
}

const script = "bench/peers/peers.py"

// pair is the two sides of a comparison: each field's median over the runs.
type pair struct{ theirs, ours result }

// ratio is ours over theirs.
func (p pair) ratio(field string) float64 { return p.ours[field] / p.theirs[field] }

// turns runs both sides by turns, runs times each, the peer first.
func turns(runs int, theirs, ours func() (result, error)) (pair, error) {
	var a, b []result
	for range runs {
		r, err := theirs()
		if err != nil {
			return pair{}, err
		}
		a = append(a, r)
		if r, err = ours(); err != nil {
			return pair{}, err
		}
		b = append(b, r)
	}
	return pair{medians(a), medians(b)}, nil
}

func medians(all []result) result {
	out := result{}
	for field := range all[0] {
		values := make([]float64, len(all))
		for i, r := range all {
			values[i] = r[field]
		}
		slices.Sort(values)
		out[field] = (values[(len(values)-1)/2] + values[len(values)/2]) / 2
	}
	return out
}

// both runs the same measurement on both sides.
func (b *bench) both(ctx context.Context, runs int, what string, words ...string) (pair, error) {
	return turns(runs,
		func() (result, error) { return b.theirs(ctx, what, words...) },
		func() (result, error) { return b.ours(ctx, what, words...) })
}
