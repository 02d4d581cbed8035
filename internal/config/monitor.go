package config

import (
	"net/url"
	"time"
)

// Monitor is what asks for a retrain, and what raises an alarm.
type Monitor struct {
	// RMSE is that of the first engine.
	RMSE        float64 `flag:"monitor.rmse" default:"120" usage:"realised RMSE in seconds that asks for a retrain"`
	CoverageLow float64 `flag:"monitor.coverage-low" default:"0.88" usage:"least realised P90 coverage"`
	CoverageTop float64 `flag:"monitor.coverage-top" default:"0.92" usage:"most realised P90 coverage"`
	PSI         float64 `flag:"monitor.psi" default:"0.25" usage:"population stability index of any feature that asks for a retrain"`
	// Wasserstein is in standard deviations of training.
	Wasserstein float64 `flag:"monitor.wasserstein" default:"0.25" usage:"Wasserstein distance, in standard deviations, likewise"`
	// DriftIgnore is separated by commas.
	DriftIgnore string        `flag:"monitor.drift-ignore" default:"month,day,bank_holiday,school_holiday" usage:"features whose drift is shown and not judged"`
	Months      int           `flag:"monitor.months" default:"1" usage:"newest months that are judged together"`
	MinRows     int           `flag:"monitor.min-rows" default:"500" usage:"first engines; fewer judge nothing"`
	History     int           `flag:"monitor.history" default:"24" usage:"months back that logged predictions are joined for"`
	CoolDown    time.Duration `flag:"monitor.cool-down" default:"336h" usage:"between two retrains that a monitor starts"`
	StaleData   time.Duration `flag:"monitor.stale-data" default:"1680h" usage:"age of the newest call that is an alarm; 0 never"`
	StaleModel  time.Duration `flag:"monitor.stale-model" default:"4320h" usage:"age of what the champion learned from that is an alarm; 0 never"`
	Force       bool          `flag:"monitor.force" usage:"measure again though nothing is new"`
}

// Alarm is where alarms are sent. Without any of it they are in the log and on
// /metrics only.
type Alarm struct {
	// Webhook takes {"text": …}, like Slack's; whoever has the address can post.
	Webhook Secret `flag:"alarm.webhook" usage:"address that alarms are posted to as Slack's JSON"`
}

func (c *Config) validateMonitor(bad func(ok bool, name, format string, args ...any)) {
	m := &c.Monitor
	for name, v := range map[string]float64{"monitor.rmse": m.RMSE, "monitor.psi": m.PSI, "monitor.wasserstein": m.Wasserstein} {
		bad(v > 0, name, "%v is not positive", v)
	}
	for name, n := range map[string]int{"monitor.months": m.Months, "monitor.min-rows": m.MinRows, "monitor.history": m.History} {
		bad(n > 0, name, "%d is not positive", n)
	}
	for name, d := range map[string]time.Duration{"monitor.cool-down": m.CoolDown, "monitor.stale-data": m.StaleData, "monitor.stale-model": m.StaleModel} {
		bad(d >= 0, name, "%v is negative", d)
	}
	bad(m.CoverageLow < m.CoverageTop, "monitor.coverage-low", "%v is not below -monitor.coverage-top", m.CoverageLow)
	address := c.Alarm.Webhook.Reveal()
	u, err := url.Parse(address)
	bad(address == "" || err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https"), "alarm.webhook", "that is no http or https address")
}
