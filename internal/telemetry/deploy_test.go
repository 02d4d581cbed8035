package telemetry

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "rewrite deploy/metrics.txt")

// list is the names that the dashboard and the alerts use. deploy/local's test
// holds it to what running processes expose.
var list = filepath.Join("..", "..", "deploy", "metrics.txt")

// expressions are all PromQL of the dashboard and the alert rules, by where it is.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	body, err := os.ReadFile("../../deploy/grafana/dashboards/lfb.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		for i, target := range p.Targets {
			out[p.Title+" "+string(rune('A'+i))] = target.Expr
		}
	}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Annotations map[string]string
			}
		}
	}
	if body, err = os.ReadFile("../../deploy/prometheus/alerts.yml"); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(body, &rules); err != nil {
		t.Fatal(err)
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" || r.Annotations["summary"] == "" {
				t.Errorf("alert %q has no name or no summary", r.Alert)
			}
			out["alert "+r.Alert] = r.Expr
		}
	}
	return out
}

var (
	texts    = regexp.MustCompile(`"[^"]*"`)
	grouping = regexp.MustCompile(`\b(by|without|on|ignoring)\s*\([^)]*\)`)
	matchers = regexp.MustCompile(`\{[^}]*\}`)
	words    = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*(\s*\()?`)
	ranges   = regexp.MustCompile(`\[[^]]*\]`)
)

// metricsOf are the names in an expression that are no functions and no labels.
func metricsOf(expr string) []string {
	for _, r := range []*regexp.Regexp{texts, ranges, grouping, matchers} {
		expr = r.ReplaceAllString(expr, " ")
	}
	var out []string
	for _, w := range words.FindAllString(expr, -1) {
		if !strings.HasSuffix(w, "(") && !slices.Contains([]string{
			"sum", "count", "max", "min", "avg", "and", "or",
			"unless", "bool", "offset",
		}, w) {
			out = append(out, w)
		}
	}
	return out
}

// balanced says whether the brackets of an expression close as they open.
func balanced(expr string) bool {
	var open []rune
	for _, r := range texts.ReplaceAllString(expr, "") {
		switch r {
		case '(', '[', '{':
			open = append(open, r)
		case ')', ']', '}':
			if len(open) == 0 || open[len(open)-1] != map[rune]rune{')': '(', ']': '[', '}': '{'}[r] {
				return false
			}
			open = open[:len(open)-1]
		}
	}
	return len(open) == 0
}

func TestMetricsOf(t *testing.T) {
	t.Parallel()
	got := metricsOf(`histogram_quantile(0.99, sum by (le, x) (rate(a_bucket{stage="sum(b)"}[5m]))) / count(c) > 0.2 and d`)
	if want := []string{"a_bucket", "c", "d"}; !slices.Equal(got, want) {
		t.Errorf("metricsOf = %v, want %v", got, want)
	}
}

// The dashboard and the alerts use the names of deploy/metrics.txt and no others.
func TestDashboardAndAlertsUseWhatIsExposed(t *testing.T) {
	t.Parallel()
	var used []string
	for where, expr := range expressions(t) {
		if !balanced(expr) {
			t.Errorf("%s: %s: its brackets do not close", where, expr)
		}
		names := metricsOf(expr)
		if len(names) == 0 {
			t.Errorf("%s: %s names no metric", where, expr)
		}
		used = append(used, names...)
	}
	slices.Sort(used)
	used = slices.DeleteFunc(slices.Compact(used), func(s string) bool { return s == "up" }) // Prometheus' own
	text := strings.Join(used, "\n") + "\n"
	if *update {
		if err := os.WriteFile(list, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	body, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if string(body) != text {
		t.Errorf("deploy/metrics.txt is not what is used (-update rewrites it):\n%s", text)
	}
}
