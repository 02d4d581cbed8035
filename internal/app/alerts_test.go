package app

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.yaml.in/yaml/v3"

	"lfb/internal/registry"
)

// alarmRule is an alert rule on the gauge of open alarms; =~ matches whole values.
var alarmRule = regexp.MustCompile(`^lfb_alarm_open\{alarm=(~?)"([^"]*)"\} == 1$`)

// TestEveryKindOfAlarmHasARule opens one alarm of each kind, reads the gauges that a
// worker exposes then, and holds the shipped rules to them: each alarm is matched by
// one rule, and no rule waits for what is never exposed.
func TestEveryKindOfAlarmHasARule(t *testing.T) {
	t.Parallel()
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct{ Alert, Expr string }
		}
	}
	body, err := os.ReadFile("../../deploy/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(body, &file); err != nil {
		t.Fatal(err)
	}
	rules := map[string]*regexp.Regexp{} // by the alert's name
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			m := alarmRule.FindStringSubmatch(r.Expr)
			switch {
			case m == nil && strings.Contains(r.Expr, "lfb_alarm_open"):
				t.Errorf("%s: %s is no form that this test reads", r.Alert, r.Expr)
			case m != nil && m[1] == "":
				rules[r.Alert] = regexp.MustCompile("^" + regexp.QuoteMeta(m[2]) + "$")
			case m != nil:
				rules[r.Alert] = regexp.MustCompile("^(?:" + m[2] + ")$")
			}
		}
	}
	var alarms []string
	for kind := range registry.AlarmTitles {
		if strings.HasSuffix(kind, ":") {
			kind += "schedule monitor lfb-attendance"
		}
		alarms = append(alarms, kind)
	}
	used := map[string]bool{}
	for _, alarm := range exposedAlarms(t, alarms) {
		var matched []string
		for name, pattern := range rules {
			if pattern.MatchString(alarm) {
				matched, used[name] = append(matched, name), true
			}
		}
		if len(matched) != 1 {
			t.Errorf("alarm %s is matched by the rules %v, want one", alarm, matched)
		}
	}
	for name := range rules {
		if !used[name] {
			t.Errorf("rule %s is for no kind of alarm", name)
		}
	}
}

// exposedAlarms are the values of the label alarm that the gauges show.
func exposedAlarms(t *testing.T, open []string) []string {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(&gauges{store: shownStore{alarms: open}, log: zap.NewNop(), now: time.Now})
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if f.GetName() == "lfb_alarm_open" && l.GetName() == "alarm" {
					out = append(out, l.GetValue())
				}
			}
		}
	}
	if len(out) != len(open) {
		t.Errorf("exposed alarms = %q, want %q", out, open)
	}
	return out
}
