package user_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve/servetest"
)

// swapRows is how many different calls are asked about.
const swapRows = 40

// promotions is how often the one champion follows the other.
const promotions = 20

// swapLoad is the load of TestPromotionsUnderLoad.
type swapLoad struct {
	url    string
	bodies []string
	head   string // of CSV
	lines  []string
	want   map[string][]times // by version: the answers to bodies
	asked  atomic.Int64

	mu sync.Mutex
	by map[string]int // answers of each version
}

// TestPromotionsUnderLoad promotes the one and the other of two models while eight
// connections ask in every way, each as soon as the one before has answered: no request
// fails, and no answer mixes two models.
func TestPromotionsUnderLoad(t *testing.T) {
	t.Parallel()
	models := []*bundle.Bundle{champion(t), servetest.Fit(t, servetest.Options{Shift: 60})}
	s := newSite(t, models[0])
	versions := []registry.Version{
		s.world.Store(t, lfb.Real.Line(), models[0]),
		s.world.Store(t, lfb.Real.Line(), models[1]),
	}
	l := &swapLoad{head: csvHead, want: map[string][]times{}, by: map[string]int{}}
	calls := make([]lfb.Call, swapRows)
	for i, r := range servetest.City(swapRows) {
		calls[i] = r.Call
		l.bodies, l.lines = append(l.bodies, body(&r.Call)), append(l.lines, csvCall(&r.Call))
	}
	for k, m := range models {
		got, err := m.Predict(nil, calls)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range got {
			a := g.Attendance
			l.want[versions[k].ID] = append(l.want[versions[k].ID], times{a.Mean, a.P50, a.P90, a.Within6, a.Within10})
		}
	}
	srv := httptest.NewServer(s.handler)
	defer srv.Close()
	l.url = srv.URL
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for k := g; ctx.Err() == nil; k++ {
				if err := l.ask(t.Context(), k); err != nil {
					t.Error(err)
					stop() // no use to go on
				}
			}
		})
	}
	for k := 1; k <= promotions && ctx.Err() == nil; k++ {
		v := versions[k%2]
		before := l.answersOf(v.ID)
		s.world.Promote(t, v)
		if err := s.champion.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		for l.answersOf(v.ID) == before && ctx.Err() == nil {
			runtime.Gosched()
		}
	}
	stop()
	wg.Wait()
	t.Logf("%d requests during %d promotions: %v answers by version, no failure, none mixed", l.asked.Load(), promotions,
		l.by)
}

func (l *swapLoad) answersOf(version string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.by[version]
}

// ask sends the kth request: one call, many, a table or tensors.
func (l *swapLoad) ask(ctx context.Context, k int) error {
	l.asked.Add(1)
	i := k % swapRows
	switch k % 5 {
	case 0: // many
		var got prediction
		if err := l.post(ctx, "/v1/predictions", "application/json", `{"calls":[`+strings.Join(l.bodies, ",")+`]}`, &got); err != nil {
			return err
		}
		for j, p := range got.Predictions {
			if p.Model.Version != got.Predictions[0].Model.Version {
				return fmt.Errorf("answers of %s and %s to one request", p.Model.Version, got.Predictions[0].Model.Version)
			}
			if err := l.check(p.Model.Version, j, p.Attendance); err != nil {
				return err
			}
		}
		return nil
	case 1: // a table of some thousand rows, which takes its time
		return l.table(ctx)
	}
	var p prediction
	if err := l.post(ctx, "/v1/predictions", "application/json", l.bodies[i], &p); err != nil {
		return err
	}
	return l.check(p.Model.Version, i, p.Attendance)
}

func (l *swapLoad) table(ctx context.Context) error {
	in := l.head + "\n" + strings.Repeat(strings.Join(l.lines, "\n")+"\n", 30)
	var text string
	if err := l.post(ctx, "/v1/predictions:batch", "text/csv", in, &text); err != nil {
		return err
	}
	rows := strings.Split(strings.TrimSpace(text), "\n")
	if len(rows) != 30*swapRows+1 {
		return fmt.Errorf("%d rows back of %d", len(rows)-1, 30*swapRows)
	}
	version := ""
	for id, want := range l.want {
		if strings.Contains(rows[1], ","+id+",") {
			version = id
			if !strings.Contains(rows[1], fmt.Sprintf(",%v,", want[0].P50)) {
				return fmt.Errorf("the first row is not version %s's: %s", id, rows[1])
			}
		}
	}
	for j, row := range rows[1:] {
		w := l.want[version]
		if version == "" || !strings.Contains(row, fmt.Sprintf(",%s,%v,%v,%v,", version, w[j%swapRows].Mean,
			w[j%swapRows].P50, w[j%swapRows].P90)) {
			return fmt.Errorf("row %d of a table that version %q answers: %s", j, version, row)
		}
	}
	return nil
}

func (l *swapLoad) check(version string, i int, got times) error {
	want, ok := l.want[version]
	if !ok || got != want[i] {
		return fmt.Errorf("an answer of version %q is not that version's: %+v", version, got)
	}
	l.mu.Lock()
	l.by[version]++
	l.mu.Unlock()
	return nil
}

func (l *swapLoad) post(ctx context.Context, path, media, body string, out any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", media)
	r.SetBasicAuth("ann", "secret")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("POST %s = %d %.300s: %w", path, res.StatusCode, text, err)
	}
	if s, ok := out.(*string); ok {
		*s = string(text)
		return nil
	}
	return json.Unmarshal(text, out)
}
