package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// report is the table, and what the bars say of it.
func report(o options, peers []*peer, results map[string][]load) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Serving side by side, %s, %d cores (%s), load average at the end %s.\n",
		time.Now().UTC().Format("2006-01-02 15:04 UTC"),
		runtime.NumCPU(), cpu(), loadAverage())
	heads := "attendance"
	if o.response {
		heads = "attendance and response"
	}
	fmt.Fprintf(&b, "wrk from the same machine, %d connections, %d × %d s each in turns, medians; ours: %d × %d "+
		"champion for %s with mean and two quantiles, the probabilities read off them as in the pipeline's own, Basic "+
		"sign-in, every answer spooled; the peers: LightGBM 500 × 63 for the mean alone, one uvicorn worker with uvloop "+
		"and httptools, nothing logged. Rows and models are made up.\n\n",
		o.connections, o.rounds, o.seconds, rounds, leaves, heads)
	b.WriteString("| service | load | requests/s | p50 ms | p99 ms | CPU µs a request | RSS MiB | peak MiB | not " +
		"answered |\n|---|---|---|---|---|---|---|---|---|\n")
	of := map[string]load{}
	for _, p := range peers {
		for _, l := range p.loads {
			m := median(results[p.name+", "+l.name])
			of[p.name+", "+l.name] = m
			fmt.Fprintf(&b, "| %s | %s | %.0f | %.3f | %.3f | %.0f | %.0f | %.0f | %d of %d |\n", p.name, l.name, m.perSecond,
				ms(m.p50), ms(m.p99), ms(m.cpu)*1000, m.rss, m.peak, m.bad, m.requests)
		}
	}
	b.WriteString("\n| bar | is | met |\n|---|---|---|\n")
	bar := func(what string, is float64, met bool) {
		fmt.Fprintf(&b, "| %s | %.3g | %s |\n", what, is, map[bool]string{true: "yes", false: "no"}[met])
	}
	ours, first, second, third := of["ours, /predict"], of["original, /predict"], of["lean, /predict"],
		of["lean-async, /predict"]
	if ours.requests > 0 && first.requests > 0 && second.requests > 0 && third.requests > 0 {
		bar("≥ 40 × the original's throughput", ours.perSecond/first.perSecond, ours.perSecond >= 40*first.perSecond)
		bar("≥ 4 × the lean one's throughput (handlers in threads, as the original's)", ours.perSecond/second.perSecond,
			ours.perSecond >= 4*second.perSecond)
		bar("the same, its handlers async", ours.perSecond/third.perSecond, ours.perSecond >= 8*third.perSecond)
		bar("p99 ≤ 1/10 of the original's: ratio", float64(first.p99)/float64(ours.p99), 10*ours.p99 <= first.p99)
	}
	if one := of["ours, /v1/predictions, one connection"]; one.requests > 0 {
		bar("one prediction, p50 ≤ 0.5 ms", ms(one.p50), one.p50 <= 500*time.Microsecond)
		bar("one prediction, p99 ≤ 2 ms", ms(one.p99), one.p99 <= 2*time.Millisecond)
		peak := max(ours.peak, one.peak)
		bar("≤ 150 MiB of resident memory, peak", peak, peak <= 150)
	}
	return b.String()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func cpu() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name\t: "); ok {
			return strings.TrimSpace(name)
		}
	}
	return runtime.GOARCH
}

func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(text))[0]
}
