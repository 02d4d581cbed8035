package web_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lfb/api/web"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// TestHome has what serves, what the last run came to and what waits, without a click, and
// follows a decision at once.
func TestHome(t *testing.T) {
	t.Parallel()
	h, _ := hall(t)
	body := get(h, "/admin").Body.String()
	for _, want := range []string{
		">v2 gbdt</a>", "Promoted v2 gbdt: 2.31\u00a0s better than v1 gbdt, which served before (95\u00a0% −3.02 to −1.61).",
		"asks to serve",
		`data-badge="models"><b>1</b>`, `data-badge="monitoring"><b>1</b>`, "Retrain: 4 Apr 2017, 06:00", "Not yet, but the calls have changed.",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the home page lacks %q: %s", want, body)
		}
	}
	post(h, waiting, url.Values{"revision": {"2"}, "decision": {"approve"}, "why": {"seen"}})
	if body := get(h, "/admin").Body.String(); !strings.Contains(body, ">v3 gbdt-tuned</a>") || !strings.Contains(body, `data-badge="models" hidden><b>0</b>`) {
		t.Errorf("after the approval the home page is %s", body)
	}
}

// countingStore counts how often runs are listed and read.
type countingStore struct {
	web.Store
	listed, read atomic.Int64
}

func (s *countingStore) ListRuns(ctx context.Context, q registry.Query) ([]registry.Run, error) {
	s.listed.Add(1)
	return s.Store.ListRuns(ctx, q)
}

func (s *countingStore) Run(ctx context.Context, id string) (registry.Run, []registry.Candidate, error) {
	s.read.Add(1)
	return s.Store.Run(ctx, id)
}

// TestHomeReadsVerdictsOnce: what never changes is not read again each few seconds.
func TestHomeReadsVerdictsOnce(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	s := &countingStore{Store: o.Store}
	o.Store = s
	synctest.Test(t, func(t *testing.T) {
		h := web.New(o)
		first := mainOf(get(h, "/admin").Body.String())
		read := s.read.Load()
		time.Sleep(time.Minute)
		again := mainOf(get(h, "/admin").Body.String())
		if s.listed.Load() != 2 || read == 0 || s.read.Load() != read {
			t.Errorf("runs were listed %d times and read %d and %d times, want 2, and none read again", s.listed.Load(), read,
				s.read.Load()-read)
		}
		if again != first {
			t.Errorf("the home page changes from %s to %s", first, again)
		}
	})
}

// boardsWithVerdicts are leaderboards that name the gate's verdict.
type boardsWithVerdicts struct{ web.Store }

func (s boardsWithVerdicts) Run(ctx context.Context, id string) (registry.Run, []registry.Candidate, error) {
	run, cs, err := s.Store.Run(ctx, id)
	if cs = slices.Clone(cs); len(cs) > 0 {
		cs[0].Verdict = lfb.Ref{Key: "verdict/" + champion, Bytes: 1}
	}
	return run, cs, err
}

// closedBlobs can be read once they are open.
type closedBlobs struct {
	web.Blobs
	open atomic.Bool
}

func (b *closedBlobs) ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error) {
	if !b.open.Load() {
		return nil, lfb.ErrUnavailable
	}
	return b.Blobs.ReadAll(ctx, ref)
}

// TestHomeReadsMissedVerdicts: a verdict that could not be read at first is read later.
func TestHomeReadsMissedVerdicts(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	blobs := &closedBlobs{Blobs: o.Blobs}
	o.Store, o.Blobs = boardsWithVerdicts{o.Store}, blobs
	synctest.Test(t, func(t *testing.T) {
		h := web.New(o)
		for _, open := range []bool{false, true} {
			blobs.open.Store(open)
			if body := get(h, "/admin").Body.String(); strings.Contains(body, "Promoted v2 gbdt: 2.31") != open {
				t.Errorf("with open %v the home page is %s", open, mainOf(body))
			}
			time.Sleep(time.Minute)
		}
	})
}

// slowStore takes a second to list runs, and has none after the first time.
type slowStore struct {
	web.Store
	listed atomic.Int64
}

func (s *slowStore) ListRuns(ctx context.Context, q registry.Query) ([]registry.Run, error) {
	time.Sleep(time.Second)
	if s.listed.Add(1) > 1 {
		return nil, nil
	}
	return s.Store.ListRuns(ctx, q)
}

// TestHomeIsNotOld: who comes back after an hour sees what is, though other pages' badges wait for
// nobody.
func TestHomeIsNotOld(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	o.Store = &slowStore{Store: o.Store}
	synctest.Test(t, func(t *testing.T) {
		h := web.New(o)
		if body := get(h, "/admin").Body.String(); !strings.Contains(body, "Promoted v2 gbdt") {
			t.Errorf("at first the home page is %s", mainOf(body))
		}
		time.Sleep(time.Hour)
		began := time.Now()
		get(h, "/data")
		if waited := time.Since(began); waited > time.Second/2 {
			t.Errorf("another page waited %v for the badges", waited)
		}
		if body := get(h, "/admin").Body.String(); strings.Contains(body, "Promoted v2 gbdt") {
			t.Errorf("after an hour the home page is as it was: %s", mainOf(body))
		}
	})
}

// TestHomeOfRefit: a refit stands beside the baseline by what the version was judged by that it is
// a refit of, and the last run says so.
func TestHomeOfRefit(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	o.Store = refitted{o.Store, "77aa01b2c3d4", champion}
	h := web.New(o)
	post(h, waiting, url.Values{"revision": {"2"}, "decision": {"approve"}, "why": {"seen"}})
	body := mainOf(get(h, "/admin").Body.String())
	for _, want := range []string{
		"against the baseline",
		"It serves as v3 gbdt-tuned: the same, fitted again on every row.",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the home page lacks %q: %s", want, body)
		}
	}
}
