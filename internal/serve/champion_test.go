package serve_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
	"lfb/internal/s3/memblob"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
	"lfb/internal/spool"
)

// pair is two champions whose answers are a minute apart, made once.
func pair(t *testing.T) [2]*bundle.Bundle {
	t.Helper()
	pairOnce.Do(func() {
		pairOf[0] = servetest.Fit(t, servetest.Options{})
		pairOf[1] = servetest.Fit(t, servetest.Options{Shift: 60})
	})
	return pairOf
}

var (
	pairOnce sync.Once
	pairOf   [2]*bundle.Bundle
)

const line = "lfb-attendance"

func champion(t *testing.T, w *servetest.World, dir string) *serve.Champion {
	t.Helper()
	return serve.NewChampion(w, w.Blobs, dir, 10*time.Millisecond, zaptest.NewLogger(t, zaptest.Level(zap.ErrorLevel)))
}

// startServing is a world whose champion answers.
func startServing(t *testing.T) (*servetest.World, *serve.Champion) {
	t.Helper()
	w := servetest.NewWorld()
	w.Promote(t, w.Store(t, line, pair(t)[0]))
	c := champion(t, w, t.TempDir())
	refresh(t, c)
	return w, c
}

func refresh(t *testing.T, c *serve.Champion) {
	t.Helper()
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func predict(t testing.TB, d *serve.Predictor, n int) []serve.Reply {
	t.Helper()
	rows := servetest.City(n)
	qs := make([]serve.Question, n)
	for i := range qs {
		qs[i].Call = rows[i].Call
	}
	out, err := d.Predict(qs)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// predictor spools into a folder of its own.
func predictor(t *testing.T, c *serve.Champion, w *servetest.World) (*serve.Predictor, *spool.Spool) {
	t.Helper()
	s, err := spool.Open(t.TempDir(), serve.Ship(w), nil, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // the folder goes too
	return serve.NewPredictor(c, s, time.Now), s
}

func TestSwapUnderLoadMixesNothing(t *testing.T) {
	t.Parallel()
	w, models := servetest.NewWorld(), pair(t)
	versions := map[string]*bundle.Bundle{}
	var vs []registry.Version
	for _, b := range models {
		v := w.Store(t, line, b)
		versions[v.ID] = b
		vs = append(vs, v)
	}
	w.Promote(t, vs[0])
	c := champion(t, w, t.TempDir())
	refresh(t, c)
	d, _ := predictor(t, c, w)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var mu sync.Mutex
	seen := map[string]int{} // answers by version
	answersOf := func(v registry.Version) int {
		mu.Lock()
		defer mu.Unlock()
		return seen[v.ID]
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				for _, r := range predict(t, d, 20) {
					want, err := versions[r.Model.Version.ID].Predict(nil, []lfb.Call{r.Call})
					if err != nil || r.Attendance != want[0].Attendance || *r.Response != *want[0].Response {
						t.Errorf("an answer of version %s is not that version's: %+v, want %+v (%v)", r.Model.Version.ID, r.Attendance,
							want[0].Attendance, err)
						stop() // no use to go on
						return
					}
					mu.Lock()
					seen[r.Model.Version.ID]++
					mu.Unlock()
				}
			}
		})
	}
	for k := 1; k <= 30 && ctx.Err() == nil; k++ { // each champion answers before the next one comes
		v := vs[k%2]
		before := answersOf(v)
		w.Promote(t, v)
		refresh(t, c)
		for answersOf(v) == before && ctx.Err() == nil {
			runtime.Gosched()
		}
	}
	stop()
	wg.Wait()
}

func TestChampionStartsFromDiskWhileAllIsAway(t *testing.T) {
	t.Parallel()
	w, dir := servetest.NewWorld(), t.TempDir()
	v := w.Store(t, line, pair(t)[0])
	w.Promote(t, v)
	refresh(t, champion(t, w, dir))
	w.SetDown(true)
	c := champion(t, w, dir)
	if l := c.Now(); l == nil || l.Version.ID != v.ID || !l.FromDisk {
		t.Fatalf("champion after a start without the database = %+v, want version %s from disk", l, v.ID)
	}
	if err := c.Refresh(t.Context()); err == nil {
		t.Error("Refresh without a database = nil, want its error")
	}
	if !c.LedgerSeen().IsZero() {
		t.Errorf("LedgerSeen = %v, want never", c.LedgerSeen())
	}
	d, _ := predictor(t, c, w)
	predict(t, d, 3)
	w.SetDown(false)
	refresh(t, c)
	if l := c.Now(); l.FromDisk || c.LedgerSeen().IsZero() {
		t.Errorf("champion after the database came back: from disk = %v, seen %v", l.FromDisk, c.LedgerSeen())
	}
}

func TestChampionRefusesATamperedCopy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		tamper func(t *testing.T, dir string, bundle string)
	}{
		{"one bit of the bundle", func(t *testing.T, _, bundle string) {
			body, err := os.ReadFile(bundle)
			if err != nil {
				t.Fatal(err)
			}
			body[len(body)/2] ^= 1
			write(t, bundle, body)
		}},
		{"half a bundle", func(t *testing.T, _, bundle string) {
			if err := os.Truncate(bundle, 1000); err != nil {
				t.Fatal(err)
			}
		}},
		{"no bundle", func(t *testing.T, _, bundle string) {
			if err := os.Remove(bundle); err != nil {
				t.Fatal(err)
			}
		}},
		{"a card that is no JSON", func(t *testing.T, dir, _ string) {
			write(t, filepath.Join(dir, "champion.json"), []byte("{"))
		}},
		{"an empty card", func(t *testing.T, dir, _ string) { write(t, filepath.Join(dir, "champion.json"), []byte("{}")) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, dir := servetest.NewWorld(), t.TempDir()
			v := w.Store(t, line, pair(t)[0])
			w.Promote(t, v)
			refresh(t, champion(t, w, dir))
			tt.tamper(t, dir, filepath.Join(dir, v.ID+".bundle"))
			w.SetDown(true)
			c := serve.NewChampion(w, w.Blobs, dir, time.Second, zap.NewNop())
			if l := c.Now(); l != nil {
				t.Fatalf("champion from a tampered copy = %s, want none", l.Version.ID)
			}
			w.SetDown(false)
			refresh(t, c)
			if l := c.Now(); l == nil || l.Version.ID != v.ID {
				t.Errorf("champion after the ledger answered = %v, want %s", l, v.ID)
			}
		})
	}
}

func write(t *testing.T, path string, body []byte) {
	t.Helper()
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestChampionKeepsTheOldOneWhereTheNewOneIsBad(t *testing.T) {
	t.Parallel()
	w, models := servetest.NewWorld(), pair(t)
	good, bad := w.Store(t, line, models[0]), w.Store(t, line, models[1])
	body, err := w.Blobs.ReadAll(t.Context(), bad.Bundle)
	if err != nil {
		t.Fatal(err)
	}
	forged := append([]byte(nil), body...)
	forged[len(forged)/2] ^= 1
	ref, err := w.Blobs.PutBytes(t.Context(), "bundle/forged", forged)
	if err != nil {
		t.Fatal(err)
	}
	bad.Bundle.Key = ref.Key // other bytes than the version's hash says
	if err := w.SaveVersion(t.Context(), bad); err != nil {
		t.Fatal(err)
	}
	w.Promote(t, good)
	c := serve.NewChampion(w, w.Blobs, t.TempDir(), time.Second, zap.NewNop())
	refresh(t, c)
	w.Promote(t, bad)
	if err := c.Refresh(t.Context()); err == nil {
		t.Error("Refresh to a forged bundle = nil, want an error")
	}
	if l := c.Now(); l == nil || l.Version.ID != good.ID {
		t.Fatalf("champion after a bad promotion = %v, want %s as before", l, good.ID)
	}
	w.Promote(t, good)
	refresh(t, c)
	if l := c.Now(); l.Promotion.Revision != 3 {
		t.Errorf("revision after the way back = %d, want 3", l.Promotion.Revision)
	}
}

func TestRealTakesOverFromSynthetic(t *testing.T) {
	t.Parallel()
	w, models := servetest.NewWorld(), pair(t)
	made := w.Store(t, lfb.Synthetic.Line(), models[0])
	w.Promote(t, made)
	c := champion(t, w, t.TempDir())
	refresh(t, c)
	if c.Now().Version.ID != made.ID {
		t.Fatal("the synthetic city's champion does not answer where there is no other")
	}
	real := w.Store(t, line, models[1])
	w.Promote(t, real)
	w.Promote(t, made) // one more revision of the other line changes nothing
	refresh(t, c)
	if got := c.Now(); got.Version.ID != real.ID || got.Promotion.Line != line {
		t.Errorf("champion = %s of %s, want %s: real data's", got.Version.ID, got.Promotion.Line, real.ID)
	}
}

func TestPredictSpoolsBeforeItAnswers(t *testing.T) {
	t.Parallel()
	w, c := startServing(t)
	d, s := predictor(t, c, w)
	replies := predict(t, d, 7)
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, r := range replies {
		p, err := w.Prediction(t.Context(), r.ID)
		if err != nil || p.Attendance != r.Attendance || p.Version != r.Model.Version.ID {
			t.Errorf("logged prediction %s = %+v, %v, want %+v of %s", r.ID, p.Attendance, err, r.Attendance, r.Model.Version.ID)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Predict([]serve.Question{{Call: serve.NewCall(time.Now())}}); err == nil {
		t.Error("Predict with a closed spool = nil, want an error: an answer must be logged first")
	}
}

func TestPredictWidensWhereThereIsNoData(t *testing.T) {
	t.Parallel()
	w, c := startServing(t)
	d, _ := predictor(t, c, w)
	at := time.Date(2017, 2, 1, 12, 0, 0, 0, lfb.London)
	tests := []struct {
		name     string
		e, n     float64
		fallback bool
	}{
		{"in the middle of the data", 523050, 173050, false},
		{"two kilometres out", 518050, 173050, true},
		{"nowhere", serve.NewCall(at).Easting, serve.NewCall(at).Northing, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			call := serve.NewCall(at)
			call.Easting, call.Northing = tt.e, tt.n
			rs, err := d.Predict([]serve.Question{{Call: call}})
			if err != nil {
				t.Fatal(err)
			}
			r := rs[0]
			raw, err := r.Model.Bundle.Predict(nil, []lfb.Call{r.Call})
			if err != nil {
				t.Fatal(err)
			}
			wider := r.Attendance.P90 > raw[0].Attendance.P90 && r.Response.P90 > raw[0].Response.P90
			if r.Widened != tt.fallback || wider != tt.fallback || (len(r.Findings) > 0) != tt.fallback {
				t.Errorf("widened %v, P90 %v for %v, findings %+v, want widened %v", r.Widened, r.Attendance.P90,
					raw[0].Attendance.P90, r.Findings, tt.fallback)
			}
		})
	}
}

func TestPredictRefusesOtherPlaces(t *testing.T) {
	t.Parallel()
	w, c := startServing(t)
	d, _ := predictor(t, c, w)
	ask := func(change func(*serve.Question)) serve.Question {
		q := serve.Question{Call: serve.NewCall(time.Date(2017, 2, 1, 12, 0, 0, 0, lfb.London))}
		change(&q)
		return q
	}
	inside := func(q *serve.Question) { q.Call.Easting, q.Call.Northing = 523050, 173050 }
	tests := []struct {
		name string
		q    serve.Question
		want feature.FindingCode // empty: answered
	}{
		{
			"ten kilometres out", ask(func(q *serve.Question) { q.Call.Easting, q.Call.Northing = 510050, 160050 }),
			feature.FindingOutsideArea,
		},
		{
			"in Scotland", ask(func(q *serve.Question) { q.Call.Easting, q.Call.Northing = 330050, 670050 }),
			feature.FindingOutsideArea,
		},
		{"Brighton's postcode", ask(func(q *serve.Question) { q.Call.PostcodeDistrict = "BN1" }), feature.FindingOutsideArea},
		{
			"a postcode elsewhere", ask(func(q *serve.Question) { inside(q); q.Call.PostcodeDistrict = "SE4" }),
			feature.FindingContradiction,
		},
		{"the same where the point decides", ask(func(q *serve.Question) {
			inside(q)
			q.Call.PostcodeDistrict, q.PointDecides = "SE4", true
		}), ""},
		{"an unknown word", ask(func(q *serve.Question) { inside(q); q.Call.PropertyType = "Castle" }), ""},
		{
			"the same, strictly", ask(func(q *serve.Question) { inside(q); q.Call.PropertyType, q.Strict = "Castle", true }),
			feature.FindingUnknownValue,
		},
		{"strictly, and nothing to say", ask(func(q *serve.Question) {
			inside(q)
			q.Call.PropertyType, q.Strict = "house", true
		}), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			replies, err := d.Predict([]serve.Question{tt.q})
			var refused *serve.Refusal
			if (tt.want != "") != errors.As(err, &refused) || refused != nil && (refused.Findings[0].Code != tt.want ||
				!errors.Is(err, lfb.ErrInvalid)) {
				t.Fatalf("Predict = %v, want %q", err, tt.want)
			}
			both, err := d.PredictWith(c.Now(), []serve.Question{tt.q, ask(inside)})
			if err != nil || (both[0].Refused != nil) != (tt.want != "") || both[1].Refused != nil || both[1].ID == "" {
				t.Fatalf("PredictWith = %+v, %v: the other question is answered", both, err)
			}
			if tt.want != "" && (both[0].ID != "" || both[0].Attendance != ml.Answer{}) {
				t.Errorf("a refused question has an answer: %+v", both[0])
			}
			if tt.want == "" && replies[0].Quality != feature.QualityExact {
				t.Errorf("quality %q, want %q", replies[0].Quality, feature.QualityExact)
			}
		})
	}
}

// countedBlobs counts what is read.
type countedBlobs struct {
	*memblob.Store
	reads int
}

func (b *countedBlobs) ReadAll(ctx context.Context, ref lfb.Ref) ([]byte, error) {
	b.reads++
	return b.Store.ReadAll(ctx, ref)
}

// A bundle that cannot be right is not asked for four times a second, and is looked at
// again after a while.
func TestBadBundleIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := servetest.NewWorld()
	v := w.Store(t, line, pair(t)[0])
	v.Bundle.SHA256 = strings.Repeat("0", 64)
	if err := w.SaveVersion(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	w.Promote(t, v)
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		blobs := &countedBlobs{Store: w.Blobs}
		c := serve.NewChampion(w, blobs, dir, time.Second, zap.NewNop())
		if err := c.Refresh(t.Context()); err == nil {
			t.Fatal("a bundle of another hash was taken")
		}
		first := blobs.reads
		time.Sleep(29 * time.Second)
		if err := c.Refresh(t.Context()); err != nil || blobs.reads != first {
			t.Errorf("after 29 s = %v, read %d times more, want it left alone", err, blobs.reads-first)
		}
		time.Sleep(2 * time.Second)
		if err := c.Refresh(t.Context()); err == nil || blobs.reads == first {
			t.Errorf("after 31 s = %v, read %d times more, want it looked at again", err, blobs.reads-first)
		}
	})
}
