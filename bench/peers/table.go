package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// line is one line of the table. The ratio is ours over theirs where most bounds
// it, and theirs over ours where least does; neither is no bar.
type line struct {
	what, theirs, ours string
	ratio              float64
	most, least        float64
	unit               string // of the ratio where it is a size by itself
}

func (b *bench) add(l line) {
	b.lines = append(b.lines, l)
	fmt.Fprintln(os.Stderr, "  "+l.row())
}

func (l line) row() string {
	theirs, bar, met := l.theirs, "–", "–"
	if theirs == "" {
		theirs = "–"
	}
	ratio := fmt.Sprintf("%.3g%s", l.ratio, l.unit)
	switch {
	case l.most > 0:
		bar, met = fmt.Sprintf("≤ %.4g%s", l.most, l.unit), yes(l.ratio <= l.most)
		if l.unit == "" {
			ratio = fmt.Sprintf("%.4f", l.ratio)
		}
	case l.least > 0:
		bar, met = fmt.Sprintf("≥ %.3g × faster", l.least), yes(l.ratio >= l.least)
		ratio = fmt.Sprintf("%.1f ×", l.ratio)
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", l.what, theirs, l.ours, ratio, bar, met)
}

func yes(met bool) string {
	if met {
		return "yes"
	}
	return "**no**"
}

// write writes the table, and the machine it was made on, to the folder and out.
func (b *bench) write(ctx context.Context, started time.Time, load string) error {
	if len(b.lines) == 0 {
		return nil
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s; %d of %d cores, %s; %s; load average at the start %s, at the end %s; median of up to %d runs "+
		"by turns.\n%s\n\n",
		started.UTC().Format("2 January 2006 15:04 UTC"), threads, runtime.NumCPU(), cpu(), runtime.Version(), load,
		loadAverage(), b.runs, b.versions(ctx))
	fmt.Fprintln(&out, "| against | theirs | ours | ratio | bar | met |")
	fmt.Fprintln(&out, "|---|---|---|---|---|---|")
	for _, l := range b.lines {
		fmt.Fprintln(&out, l.row())
	}
	if _, err := os.Stdout.Write(out.Bytes()); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.folder, "table.md"), out.Bytes(), 0o644)
}

// versions are the peers', in their own words.
func (b *bench) versions(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, b.python, script, "versions", b.folder).Output()
	words := map[string]string{}
	if err != nil || json.Unmarshal(out, &words) != nil {
		return "The peers' versions are unknown."
	}
	return fmt.Sprintf("Peers: Python %s, lightgbm %s, scikit-learn %s, numpy %s, pandas %s, pyarrow %s.",
		words["python"], words["lightgbm"], words["sklearn"], words["numpy"], words["pandas"], words["pyarrow"])
}

func cpu() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for l := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(l, "model name"); ok {
			return strings.Trim(name, " \t:\n")
		}
	}
	return runtime.GOARCH
}

func seconds(r result) string { return fmt.Sprintf("%.2f s", r["seconds"]) }
func rmse(r result) string    { return fmt.Sprintf("%.3f", r["rmse"]) }
func mib(r result) string     { return fmt.Sprintf("%.0f MiB", r["peak_mib"]) }
func micros(r result) string  { return fmt.Sprintf("%.1f µs", r["p50_us"]) }

// thousands is a whole number with commas.
func thousands(v float64) string {
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
