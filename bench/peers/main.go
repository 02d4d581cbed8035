// Command peers measures this system beside what a Python user would run, on the
// same rows, one process a measurement, by turns, and writes a table.
//
//	city ─ our clean, join, features ─▶ Parquet ─┬▶ peers child WHAT FOLDER …     ours
//	                                             └▶ peers.py    WHAT FOLDER …     theirs
//	                                                   │ one line of JSON each
//	                     medians, ratios, bars ◀───────┘ ▶ bench/out/peers/table.md
//
// The rows are made once, by this system's own generator and pipeline, and kept in
// the folder. bench/peers.sh makes the virtual environment and runs this program.
// Start reading at the sections in sections.go.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1) //nolint:gocritic // stop only unhooks the signal
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) >= 3 && args[0] == "child" {
		return child(ctx, args[1], args[2], settingsOf(args[3:]))
	}
	fs := flag.NewFlagSet("peers", flag.ContinueOnError)
	b := bench{}
	fs.StringVar(&b.folder, "folder", filepath.Join("bench", "out", "peers"), "where rows, models and the table are kept")
	fs.StringVar(&b.python, "python", filepath.Join("bench", "peers", ".venv", "bin", "python"),
		"the virtual environment's interpreter")
	fs.IntVar(&b.runs, "runs", 5, "runs of each side, by turns; the median counts")
	fs.StringVar(&b.real, "real", "", "the real rows of January to March 2017; empty: leave them out")
	section := fs.String("section", "", "only these sections, with commas between; empty: all")
	if err := fs.Parse(args); err != nil {
		return err
	}
	return b.run(ctx, *section)
}

// settings are the words key=value of a measurement.
type settings map[string]string

func settingsOf(words []string) settings {
	s := settings{}
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		s[key] = value
	}
	return s
}

// bench is one run of this program.
type bench struct {
	folder, python, real string
	runs                 int
	self                 string
	lines                []line
}

func (b *bench) run(ctx context.Context, only string) error {
	var err error
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	started, load := time.Now(), loadAverage()
	chosen, err := pick(apart(), strings.Split(only, ","))
	if err != nil { // not of those alone
		if err := b.prepare(ctx); err != nil {
			return fmt.Errorf("prepare: %w", err)
		}
		chosen = sections()
		if only != "" {
			if chosen, err = pick(append(chosen, apart()...), strings.Split(only, ",")); err != nil {
				return err
			}
		}
	} else if err := os.MkdirAll(b.folder, 0o755); err != nil {
		return err
	}
	for _, s := range chosen {
		fmt.Fprintf(os.Stderr, "== %s: %s; about %s\n", s.name, s.about, s.expect)
		begin := time.Now()
		if err := s.run(b, ctx); err != nil {
			return fmt.Errorf("section %s: %w", s.name, err)
		}
		fmt.Fprintf(os.Stderr, "== %s took %s\n", s.name, time.Since(begin).Round(time.Second))
	}
	return b.write(ctx, started, load)
}

func pick(all []section, names []string) ([]section, error) {
	var out []section
	for _, name := range names {
		found := false
		for _, s := range all {
			if s.name == name {
				out, found = append(out, s), true
			}
		}
		if !found {
			return nil, fmt.Errorf("section %q is none of them", name)
		}
	}
	return out, nil
}
