package config

import "time"

// Monitor is what asks for a retrain, and what raises an alarm.
type Monitor struct {
	// RMSE is that of the first engine.
	RMSE        float64 `flag:"monitor.rmse" default:"120" usage:"realised RMSE in seconds that asks for a retrain" above:"0"`
	CoverageLow float64 `flag:"monitor.coverage-low" default:"0.88" usage:"least realised P90 coverage"`
	CoverageTop float64 `flag:"monitor.coverage-top" default:"0.92" usage:"most realised P90 coverage"`
	PSI         float64 `flag:"monitor.psi" default:"0.25" usage:"population stability index of any feature that asks for a retrain" above:"0"`
	// Wasserstein is in standard deviations of training.
	Wasserstein float64 `flag:"monitor.wasserstein" default:"0.25" usage:"Wasserstein distance, in standard deviations, likewise" above:"0"`
	// DriftIgnore is separated by commas.
	DriftIgnore string        `flag:"monitor.drift-ignore" default:"month,day,bank_holiday,school_holiday" usage:"features whose drift is shown and not judged"`
	Months      int           `flag:"monitor.months" default:"1" usage:"newest months that are judged together" min:"1"`
	MinRows     int           `flag:"monitor.min-rows" default:"500" usage:"first engines; fewer judge nothing" min:"1"`
	History     int           `flag:"monitor.history" default:"24" usage:"months back that logged predictions are joined for" min:"1"`
	CoolDown    time.Duration `flag:"monitor.cool-down" default:"336h" usage:"between two retrains that a monitor starts" min:"0"`
	StaleData   time.Duration `flag:"monitor.stale-data" default:"1680h" usage:"age of the newest call that is an alarm; 0 never" min:"0"`
	StaleModel  time.Duration `flag:"monitor.stale-model" default:"4320h" usage:"age of what the champion learned from that is an alarm; 0 never" min:"0"`
	Force       bool          `flag:"monitor.force" usage:"measure again though nothing is new"`
}

// Alarm is where alarms are sent. Without any of it they are in the log and on
// /metrics only.
type Alarm struct {
	// Webhook takes {"text": …}, like Slack's; whoever has the address can post.
	Webhook Secret `flag:"alarm.webhook" usage:"address that alarms are posted to as Slack's JSON"`
}
