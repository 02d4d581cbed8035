package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// load is what wrk measured.
type load struct {
	perSecond float64
	p50, p99  time.Duration
	requests  int
	bad       int // answers that are no 2xx or 3xx, and broken connections
	rss, peak float64
	cpu       time.Duration // of the service, per request
}

// measure runs wrk for two seconds unheard, then as long as told.
func (r *request) measure(ctx context.Context, o options, p *peer) (load, error) {
	script, err := r.script(o.out)
	if err != nil {
		return load{}, err
	}
	n := r.connections
	if n == 0 {
		n = o.connections
	}
	wrk := func(seconds int) ([]byte, error) {
		return exec.CommandContext(ctx, "wrk", "-t1", "-c"+strconv.Itoa(n), "-d"+strconv.Itoa(seconds)+"s", "--timeout",
			"10s", "-s", script, "http://"+p.address+r.path).Output()
	}
	if _, err := wrk(2); err != nil {
		return load{}, err
	}
	before := p.cpu()
	text, err := wrk(o.seconds)
	if err != nil {
		return load{}, err
	}
	l, err := parse(string(text))
	l.cpu = (p.cpu() - before) / time.Duration(max(l.requests, 1))
	l.rss, l.peak = p.memory()
	return l, err
}

// script writes wrk's: the bodies in turns.
func (r *request) script(dir string) (string, error) {
	var b strings.Builder
	b.WriteString("wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\n")
	fmt.Fprintf(&b, "wrk.headers[\"Authorization\"] = %q\nlocal bodies = {\n", credentials())
	for _, body := range r.bodies {
		fmt.Fprintf(&b, "  %q,\n", body)
	}
	b.WriteString(`}
local requests, n = {}, 0
function init(args)
  for i, body in ipairs(bodies) do requests[i] = wrk.format(nil, nil, nil, body) end
end
function request()
  n = n % #requests + 1
  return requests[n]
end
function done(summary, latency)
  local e = summary.errors
  print(string.format("RESULT requests=%d duration=%d p50=%d p99=%d bad=%d", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`)
	path := filepath.Join(dir, "wrk.lua")
	return path, os.WriteFile(path, []byte(b.String()), 0o600)
}

func result() *regexp.Regexp {
	return regexp.MustCompile(`RESULT requests=(\d+) duration=(\d+) p50=(\d+) p99=(\d+) bad=(\d+)`)
}

func parse(text string) (load, error) {
	m := result().FindStringSubmatch(text)
	if m == nil {
		return load{}, fmt.Errorf("wrk said %q", text)
	}
	var v [5]int
	for i := range v {
		var err error
		if v[i], err = strconv.Atoi(m[i+1]); err != nil {
			return load{}, err
		}
	}
	us := func(n int) time.Duration { return time.Duration(n) * time.Microsecond }
	return load{requests: v[0], perSecond: float64(v[0]) / us(v[1]).Seconds(), p50: us(v[2]), p99: us(v[3]), bad: v[4]},
		nil
}

// median takes each number's own median.
func median(all []load) load {
	of := func(f func(*load) float64) float64 {
		v := make([]float64, len(all))
		for i := range all {
			v[i] = f(&all[i])
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	out := load{
		perSecond: of(func(l *load) float64 { return l.perSecond }),
		p50:       time.Duration(of(func(l *load) float64 { return float64(l.p50) })),
		p99:       time.Duration(of(func(l *load) float64 { return float64(l.p99) })),
		cpu:       time.Duration(of(func(l *load) float64 { return float64(l.cpu) })),
		rss:       of(func(l *load) float64 { return l.rss }),
	}
	for i := range all {
		out.requests, out.bad, out.peak = out.requests+all[i].requests, out.bad+all[i].bad, max(out.peak, all[i].peak)
	}
	return out
}
