package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"lfb/internal/serve/servetest"
)

// peer is a service that runs.
type peer struct {
	name    string
	address string
	cmd     *exec.Cmd
	ready   string // path that answers 200
	loads   []request
}

// request is what wrk sends.
type request struct {
	name        string
	path        string
	bodies      []string
	connections int // 0: as told
}

// bodies is how many different requests are sent in turns.
const bodies = 97

func originals() []string {
	var out []string
	for _, r := range servetest.City(rows)[rows-bodies:] {
		c := &r.Call
		out = append(out, fmt.Sprintf(`{"HourOfCall":%d,"IncGeo_BoroughCode":%q,"IncGeo_WardCode":%q,"Easting_rounded":%v,"Northing_rounded":%v,"IncidentStationGround":%q,"NumStationsWithPumpsAttending":1,"NumPumpsAttending":1,"PumpCount":1,"PumpHoursRoundUp":1,"PumpOrder":%d,"DelayCodeId":1,"Month":%d}`,
			c.At.Hour(), c.BoroughCode, c.WardCode, c.Easting, c.Northing, c.StationGround, c.PumpOrder, int(c.At.Month())))
	}
	return out
}

func words() []string {
	var out []string
	for _, r := range servetest.City(rows)[rows-bodies:] {
		out = append(out, fmt.Sprintf(`{"postcode":%q,"reported":%q,"pump":%d}`, r.Call.Postcode, r.Call.Reported, r.Call.PumpOrder))
	}
	return out
}

// start starts all that are asked for.
func start(ctx context.Context, o options, m made) ([]*peer, error) {
	var out []*peer
	same := request{name: "/predict", path: "/predict", bodies: originals()}
	for _, name := range []string{"original", "lean", "lean-async", "ours"} {
		if o.only != "" && o.only != name {
			continue
		}
		port, err := free()
		if err != nil {
			return out, err
		}
		p := &peer{name: name, address: "127.0.0.1:" + port, ready: "/ready", loads: []request{same}}
		if name == "ours" {
			p.ready = "/readyz"
			p.loads = append(p.loads,
				request{name: "/v1/predictions", path: "/v1/predictions", bodies: words()},
				request{name: "/predict, one connection", path: "/predict", bodies: originals(), connections: 1},
				request{name: "/v1/predictions, one connection", path: "/v1/predictions", bodies: words(), connections: 1})
			if p.cmd, err = ours(ctx, o, m, p.address); err != nil {
				return out, err
			}
		} else {
			module, async := strings.CutSuffix(name, "-async")
			p.cmd = exec.CommandContext(ctx, o.python, "-m", "uvicorn", module+":app", "--app-dir", "bench/serving", "--port",
				port, "--log-level", "warning", "--no-access-log")
			p.cmd.Env = append(os.Environ(), "ROWS="+m.rows, "PYTHONDONTWRITEBYTECODE=1")
			if !async {
				p.cmd.Env = append(p.cmd.Env, "SYNC=1")
			}
		}
		p.cmd.Stderr = os.Stderr
		if err := p.cmd.Start(); err != nil {
			return out, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// ours is the api process; database, store and Temporal are away, so that what is
// measured is it alone. Answers are spooled and stay.
func ours(ctx context.Context, o options, m made, address string) (*exec.Cmd, error) {
	var away [5]string
	for i := range away {
		port, err := free()
		if err != nil {
			return nil, err
		}
		away[i] = "127.0.0.1:" + port
	}
	cmd := exec.CommandContext(ctx, o.api, "-state.dir", m.state, "-api.user", address, "-api.admin", away[0], "-api.web",
		away[1],
		"-mysql.address", away[2], "-s3.endpoint", away[3], "-temporal.address", away[4], "-log.level", "error")
	cmd.Env = append(os.Environ(), "LFB_MYSQL_PASSWORD=none", "LFB_S3_ACCESS=none", "LFB_S3_SECRET=none")
	return cmd, nil
}

func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// wait waits until the peer answers, and has answered one request of each load.
func (p *peer) wait(ctx context.Context, most time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		if err := ask(ctx, "GET", "http://"+p.address+p.ready, ""); err == nil {
			break
		} else if ctx.Err() != nil {
			return fmt.Errorf("%s does not answer: %w", p.name, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, l := range p.loads {
		if err := ask(ctx, "POST", "http://"+p.address+l.path, l.bodies[0]); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

func ask(ctx context.Context, method, url, body string) error {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.SetBasicAuth("ann", "secret")
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s = %d %.200s", method, url, res.StatusCode, text)
	}
	return nil
}

// end ends the peer.
func (p *peer) end() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return nil // it is gone
	}
	_ = p.cmd.Wait() // its exit code says only that it was told to end
	return nil
}

// memory is the peer's resident memory and its peak, in MiB.
func (p *peer) memory() (now, peak float64) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "status"))
	if err != nil {
		return 0, 0
	}
	for line := range bytes.Lines(text) {
		f := strings.Fields(string(line))
		if len(f) < 2 {
			continue
		}
		kib, err := strconv.ParseFloat(f[1], 64)
		switch {
		case err != nil:
		case f[0] == "VmRSS:":
			now = kib / 1024
		case f[0] == "VmHWM:":
			peak = kib / 1024
		}
	}
	return now, peak
}

// tick is the unit of /proc/PID/stat's clocks: 1/100 s on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// cpu is the processor time that the peer has used.
func (p *peer) cpu() time.Duration {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "stat"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ") // after the name, which may hold blanks
	f := strings.Fields(rest)
	var sum time.Duration
	for _, k := range []int{11, 12} { // utime, stime
		if k < len(f) {
			n, err := strconv.ParseInt(f[k], 10, 64)
			if err == nil {
				sum += time.Duration(n) * tick
			}
		}
	}
	return sum
}

const basic = "Basic "

func credentials() string { return basic + base64.StdEncoding.EncodeToString([]byte("ann:secret")) }
