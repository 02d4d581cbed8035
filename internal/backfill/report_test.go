package backfill

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// replay is n months: two promotions, one month skipped, one hostile reason.
func replay(n int) []registry.BackfillMonth {
	var out []registry.BackfillMonth
	for i := range n {
		m := registry.BackfillMonth{
			Month: fmt.Sprintf("%d-%02d", 2016+i/12, i%12+1), State: registry.MonthDecided,
			Champion: "a", Since: "2016-02", ChampBy: "gbdt",
		}
		if i == 0 {
			m = registry.BackfillMonth{Month: m.Month, State: registry.MonthSkipped, Reason: "too <script>short</script>"}
			out = append(out, m)
			continue
		}
		if i >= 5 {
			m.Champion, m.Since = "b", "2016-06"
		}
		for k, role := range []string{registry.RoleChampion, registry.RoleFirst, registry.RoleNewest, registry.RoleBaseline} {
			m.Realised = append(m.Realised, registry.RealisedScore{
				Role: role, Version: "v",
				Metrics: ml.Metrics{Rows: 100 * i, RMSE: 100 + float64(k), MAE: 50, CoverageP90: 0.9},
			})
		}
		out = append(out, m)
	}
	return out
}

func TestReport(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 7, 40} {
		for _, origin := range lfb.Origins() {
			page, svg, err := Report(registry.Backfill{ID: "x", Origin: origin, From: "2016-01", To: "2019-04", LagDays: 14},
				replay(n))
			if err != nil {
				t.Fatalf("Report of %d months = %v", n, err)
			}
			text := string(page)
			if strings.Contains(text, "<script") || !strings.Contains(text, "2016-01") || !strings.Contains(text, "corrected") {
				t.Errorf("%d months: the page is not safe, or lacks the month or its caveat", n)
			}
			if marked := strings.Contains(text, "made up") && strings.Contains(string(svg),
				"synthetic"); marked != (origin == lfb.Synthetic) {
				t.Errorf("%d months of %s: labelled as synthetic: %v", n, origin, marked)
			}
			wellFormed(t, svg)
		}
	}
}

func wellFormed(t *testing.T, svg []byte) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		if _, err := d.Token(); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Errorf("the drawing is no XML: %v", err)
			}
			return
		}
	}
}

func TestTotals(t *testing.T) {
	t.Parallel()
	months := replay(7)
	months[6].Realised = months[6].Realised[:2] // no winner that month: it counts for nobody
	got := Totals(months)
	if len(got) != 4 || got[0].Role != registry.RoleChampion || got[3].Role != registry.RoleBaseline {
		t.Fatalf("Totals = %+v, want the champion first of four", got)
	}
	for k, x := range map[int]float64{0: 100, 3: 103} {
		if got[k].Months != 5 || got[k].Rows != 1500 || math.Abs(got[k].RMSE-x) > 1e-9 {
			t.Errorf("Totals of %s = %+v, want 5 months, 1500 calls, RMSE %v", got[k].Role, got[k], x)
		}
	}
	if s := Summary(months); !strings.HasPrefix(s,
		"7 months, 6 decisions, 2 promotions; realised RMSE: champion 100.0 s, newest") {
		t.Errorf("Summary = %q", s)
	}
}
