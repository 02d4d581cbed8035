package config

import (
	"flag"
	"fmt"
)

const alertmanager = "Alertmanager, whose rules are in deploy/prometheus (docs/MONITORING.md, Alarms)"

// removedSettings are flags of the past and what does their job now. One that is
// still set, as a flag or in the environment, is an error: what it asked for would
// silently not happen.
var removedSettings = []struct{ old, successor string }{
	{"alarm.smtp", alertmanager},
	{"alarm.smtp-user", alertmanager},
	{"alarm.smtp-password", alertmanager},
	{"alarm.smtp-tls", alertmanager},
	{"alarm.from", alertmanager},
	{"alarm.to", alertmanager},
	{"gc.look-days", "-gc.monitor-days (LFB_GC_MONITOR_DAYS)"},
}

func registerRemoved(fs *flag.FlagSet) {
	for _, r := range removedSettings {
		fs.Var(&removed{old: r.old, successor: r.successor}, r.old, "removed")
	}
}

// removed is the value of a setting that is no more.
type removed struct {
	old, successor string
	isSet          bool
}

// String is empty, as nothing is kept.
func (r *removed) String() string { return "" }

// Set notes that there is a value: a variable that is there and empty asks for
// nothing. It refuses nothing itself, as package flag would repeat what may be a secret.
func (r *removed) Set(v string) error {
	r.isSet = r.isSet || v != ""
	return nil
}

func (r *removed) err() error {
	if !r.isSet {
		return nil
	}
	return fmt.Errorf("-%s (%s) is removed; in its place is %s", r.old, Env(r.old), r.successor)
}
