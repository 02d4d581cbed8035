package config

import (
	"flag"
	"net/url"
	"time"
)

// Monitor is what asks for a retrain, and what raises an alarm.
type Monitor struct {
	RMSE        float64       // realised RMSE of the first engine in seconds that asks for a retrain; default 120
	CoverageLow float64       // bounds of the realised P90 coverage; default 0.88
	CoverageTop float64       // default 0.92
	PSI         float64       // drift of any feature; default 0.25
	Wasserstein float64       // likewise, standard deviations of training; default 0.25
	DriftIgnore string        // comma-separated features whose drift is shown, not judged
	Months      int           // newest months that are judged together; default 1
	MinRows     int           // first engines; fewer judge nothing; default 500
	History     int           // months back that logged predictions are joined for; default 24
	CoolDown    time.Duration // between two retrains that a monitor starts; default 336 h
	StaleData   time.Duration // age of the newest call that is an alarm; 0 never; default 1680 h
	StaleModel  time.Duration // age of what the champion learned from; 0 never; default 4320 h
	Force       bool          // measure again though nothing is new
}

// Alarm is where alarms are sent. Without any of it they are in the log and on
// /metrics only.
type Alarm struct {
	Webhook Secret // address that takes {"text": …}, like Slack's; whoever has it can post
}

func (c *Config) registerMonitor(fs *flag.FlagSet) {
	m := &c.Monitor
	fs.Float64Var(&m.RMSE, "monitor.rmse", 120, "realised RMSE in seconds that asks for a retrain")
	fs.Float64Var(&m.CoverageLow, "monitor.coverage-low", 0.88, "least realised P90 coverage")
	fs.Float64Var(&m.CoverageTop, "monitor.coverage-top", 0.92, "most realised P90 coverage")
	fs.Float64Var(&m.PSI, "monitor.psi", 0.25, "population stability index of any feature that asks for a retrain")
	fs.Float64Var(&m.Wasserstein, "monitor.wasserstein", 0.25, "Wasserstein distance, in standard deviations, likewise")
	fs.StringVar(&m.DriftIgnore, "monitor.drift-ignore", "month,day,bank_holiday,school_holiday", "features whose drift is shown and not judged")
	fs.IntVar(&m.Months, "monitor.months", 1, "newest months that are judged together")
	fs.IntVar(&m.MinRows, "monitor.min-rows", 500, "first engines; fewer judge nothing")
	fs.IntVar(&m.History, "monitor.history", 24, "months back that logged predictions are joined for")
	fs.DurationVar(&m.CoolDown, "monitor.cool-down", 14*24*time.Hour, "between two retrains that a monitor starts")
	fs.DurationVar(&m.StaleData, "monitor.stale-data", 70*24*time.Hour, "age of the newest call that is an alarm; 0 never")
	fs.DurationVar(&m.StaleModel, "monitor.stale-model", 180*24*time.Hour, "age of what the champion learned from that is an alarm; 0 never")
	fs.BoolVar(&m.Force, "monitor.force", false, "measure again though nothing is new")
	fs.Var(&c.Alarm.Webhook, "alarm.webhook", "address that alarms are posted to as Slack's JSON")
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
