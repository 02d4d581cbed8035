package web_test

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"lfb/api/web"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// unjoined is a store in which no logged answer was joined to what happened.
type unjoined struct{ web.Store }

func (s unjoined) Realised(ctx context.Context, line, version, from string) ([]registry.Realised, error) {
	all, err := s.Store.Realised(ctx, line, version, from)
	for i := range all {
		if all[i].Basis == registry.Logged {
			all[i].Report, all[i].Join = ml.Report{}, &registry.Join{Predictions: 25, NoOutcome: 25}
		}
	}
	return all, err
}

// TestMonthWithoutCallsIsNotMeasured: the month is drawn by its other basis.
func TestMonthWithoutCallsIsNotMeasured(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	o.Store = unjoined{o.Store}
	h := web.New(o)
	for _, kind := range []string{"errors", "coverage", "brier", "calls"} {
		plot := get(h, "/monitoring/lfb-attendance-synthetic/plots/"+kind).Body.String()
		if strings.Contains(plot, " 0 calls") || !strings.Contains(plot, "Mar 2017") || !strings.Contains(plot, ", v") {
			t.Errorf("%s: draws a month of 0 calls, or leaves the month out", kind)
		}
	}
	page := get(h, "/monitoring").Body.String()
	if !strings.Contains(page, `<select name="slice">`) {
		t.Error("no slices are offered because the newest row has no calls")
	}
	unknown := strings.Repeat(`<td class="n">–</td>`, 8)
	if want := `<td>logged</td><td class="n">0</td>` + unknown + `<td class="fine">0 of 25</td>`; !strings.Contains(page, want) {
		t.Errorf("figures of no calls are shown: the page lacks %s", want)
	}
}

// judgedByHoldout is a store whose looks judged no month after the hold-out.
type judgedByHoldout struct{ web.Store }

func (s judgedByHoldout) Monitorings(ctx context.Context, line, before string,
	limit int,
) ([]registry.Monitoring, error) {
	all, err := s.Store.Monitorings(ctx, line, before, limit)
	for _, l := range all {
		if l.Verdict != nil {
			l.Verdict.From, l.Verdict.To = "2017-03", "2017-03"
		}
	}
	return all, err
}

// TestHoldoutIsNoNews: the month that the gate went by does not say whether it gets worse.
func TestHoldoutIsNoNews(t *testing.T) {
	t.Parallel()
	o := newOptions(t, "")
	o.Store = judgedByHoldout{o.Store}
	page := get(web.New(o), "/admin").Body.String()
	if !strings.Contains(page, "Not known yet: no month after its hold-out has been published.") ||
		strings.Contains(page, "Not yet, but the calls have changed.") {
		t.Errorf("home judges the champion by its hold-out: %s", mainOf(page))
	}
}

// TestLegendCoversNothing: its names stand above all that is drawn.
func TestLegendCoversNothing(t *testing.T) {
	t.Parallel()
	h, _ := handlers(t, "")
	plot := get(h, "/monitoring/lfb-attendance-synthetic/plots/errors").Body.String()
	float := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	height := regexp.MustCompile(`viewBox="0 0 [\d.]+ ([\d.]+)"`).FindStringSubmatch(plot)
	points := regexp.MustCompile(`class="value" cx="[\d.]+" cy="([\d.]+)"`).FindAllStringSubmatch(plot, -1)
	names := regexp.MustCompile(`<text x="[\d.]+" y="-([\d.]+)"[^>]*>(?:RMSE|MAE|data came)<`).FindAllStringSubmatch(plot, -1)
	if height == nil || len(points) == 0 || len(names) != 3 {
		t.Fatalf("the drawing has %d points and %d names", len(points), len(names))
	}
	for _, name := range names {
		for _, p := range points {
			if below := float(height[1]) - float(name[1]); below >= float(p[1]) {
				t.Errorf("a name at %.0f from the top, a point at %s", below, p[1])
			}
		}
	}
}
