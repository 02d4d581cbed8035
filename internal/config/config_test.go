package config

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func env(kv ...string) func(string) (string, bool) {
	return func(k string) (string, bool) {
		for i := 0; i < len(kv); i += 2 {
			if kv[i] == k {
				return kv[i+1], true
			}
		}
		return "", false
	}
}

func TestLoadStrength(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		env  []string
		want string
	}{
		{"default", nil, nil, "127.0.0.1:9000"},
		{"environment", nil, []string{"LFB_S3_ENDPOINT", "b:2"}, "b:2"},
		{"flag beats environment", []string{"-s3.endpoint", "a:1"}, []string{"LFB_S3_ENDPOINT", "b:2"}, "a:1"},
		{"flag after a word", []string{"retrain", "--s3.endpoint=a:1"}, nil, "a:1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := Load("x", tt.args, env(tt.env...))
			if err != nil {
				t.Fatal(err)
			}
			if c.S3.Endpoint != tt.want {
				t.Errorf("Load(%v, %v).S3.Endpoint = %q, want %q", tt.args, tt.env, c.S3.Endpoint, tt.want)
			}
		})
	}
}

func TestLoadKeepsWords(t *testing.T) {
	t.Parallel()
	c, err := Load("starter", []string{"-limit", "5", "schedule", "-json", "pause", "-why", "holiday"}, env())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(c.Args, " "), "schedule pause"; got != want {
		t.Errorf("Args = %q, want %q", got, want)
	}
	if !c.Starter.JSON || c.Starter.Why != "holiday" || c.Starter.Limit != 5 {
		t.Errorf("Starter = %+v, want json, holiday, 5", c.Starter)
	}
	c, err = Load("starter", []string{"ask", "-0.12, 51.5", "-json"}, env())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(c.Args, "|"), "ask|-0.12, 51.5"; got != want || !c.Starter.JSON {
		t.Errorf("Args = %q, json %v; want %q, json", got, c.Starter.JSON, want)
	}
}

func TestLoadReportsEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := Load("x", []string{
		"-log.level", "loud", "-source", "dir", "-train.relevance-cycles", "20",
		"-train.candidates", "gbdt",
	},
		env("LFB_SOURCE_INCIDENTS", "many", "LFB_SCHEDULE_TIME_ZONE", "Mars/Olympus"))
	for _, want := range []string{
		"-log.level", "-source.dir", "-train.relevance-cycles", "LFB_SOURCE_INCIDENTS",
		"-schedule.time-zone",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load error = %v, want it to name %s", err, want)
		}
	}
	if _, err := Load("x", []string{"-h"}, env()); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("Load(-h) = %v, want flag.ErrHelp", err)
	}
}

func TestSecretHides(t *testing.T) {
	t.Parallel()
	c, err := Load("x", []string{"-s3.secret", "hunter2", "-mysql.password", "hunter2"}, env())
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(c.S3), fmt.Sprintf("%+v %#v %s", c, c, c.MySQL.Password), string(asJSON)} {
		if strings.Contains(shown, "hunter2") {
			t.Errorf("shown: %s", shown)
		}
	}
	if c.S3.Secret.Reveal() != "hunter2" {
		t.Errorf("Reveal() = %q, want the secret", c.S3.Secret.Reveal())
	}
}

func TestUsageListsEveryFlag(t *testing.T) {
	t.Parallel()
	var w strings.Builder
	Usage("api", &w)
	for _, want := range []string{"-api.user", "LFB_API_USER", "-source.dir", "LFB_TRAIN_CANDIDATES"} {
		if !strings.Contains(w.String(), want) {
			t.Errorf("Usage lacks %s", want)
		}
	}
}

func TestLoadWithExtraFlags(t *testing.T) {
	t.Parallel()
	var port int
	extra := func(fs *flag.FlagSet) { fs.IntVar(&port, "local.s3-port", 9000, "port of the S3 store") }
	if _, err := LoadWith("local", nil, env("LFB_LOCAL_S3_PORT", "9100"), extra); err != nil || port != 9100 {
		t.Errorf("LoadWith: port = %d, %v, want 9100, nil", port, err)
	}
	if _, err := Load("worker", []string{"-local.s3-port", "1"}, env()); err == nil {
		t.Error("Load accepts a flag of another command, want an error")
	}
	var w strings.Builder
	UsageWith("local", &w, extra)
	if !strings.Contains(w.String(), "LFB_LOCAL_S3_PORT") {
		t.Error("UsageWith lacks LFB_LOCAL_S3_PORT")
	}
}

// TestChanged gives what is not at its default, from flags and variables, by part.
func TestChanged(t *testing.T) {
	t.Parallel()
	c, err := Load("test", []string{"-source.dir", "/rows", "-s3.secret", "hidden", "-source", "dir"},
		env("LFB_SCHEDULE_CRON", "0 7 * * *", "LFB_TRAIN_SEED", "1"))
	if err != nil {
		t.Fatal(err)
	}
	want := [][2]string{{"schedule.cron", "0 7 * * *"}, {"source", "dir"}, {"source.dir", "/rows"}}
	if got := c.Changed("source", "schedule", "train"); !slices.Equal(got, want) {
		t.Errorf("Changed = %q, want %q: the seed is at its default, the secret of another part", got, want)
	}
}

// TestRemovedSettings: what is gone and still set is refused, whichever way it is
// set, and the error names what does its job now; usage lists none of it.
func TestRemovedSettings(t *testing.T) {
	t.Parallel()
	var usage strings.Builder
	Usage("worker", &usage)
	for _, r := range removedSettings {
		_, byFlag := Load("worker", []string{"-" + r.old, "hunter2"}, env())
		_, byEnv := Load("worker", nil, env(Env(r.old), "hunter2"))
		for how, err := range map[string]error{"flag": byFlag, "environment": byEnv} {
			if err == nil || !strings.Contains(err.Error(), Env(r.old)) || !strings.Contains(err.Error(), r.successor) {
				t.Errorf("%s set by %s: %v, want an error that names %s", r.old, how, err, r.successor)
			}
		}
		if _, err := Load("worker", nil, env(Env(r.old), "")); err != nil {
			t.Errorf("%s empty in the environment: %v, want nil", r.old, err)
		}
		if strings.Contains(usage.String(), "-"+r.old+" ") {
			t.Errorf("usage lists %s", r.old)
		}
	}
	if _, err := Load("worker", nil, env("LFB_ALARM_SMTP", "mail:25")); err == nil ||
		!strings.Contains(err.Error(), "Alertmanager") {
		t.Errorf("LFB_ALARM_SMTP: %v, want an error that names Alertmanager", err)
	}
}

// TestRemovedSecretIsNotRepeated: an error of package flag would quote the value.
func TestRemovedSecretIsNotRepeated(t *testing.T) {
	t.Parallel()
	_, err := Load("worker", []string{"-alarm.smtp-password", "hunter2"}, env())
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Load = %v, want an error without the password", err)
	}
}

// TestBounds refuses what a field's tags refuse, and names the flag; every tag reads
// as a bound, which the defaults keep.
func TestBounds(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-gc.grace", "47h"},
		{"-api.rate", "-1"},
		{"-api.rate", "NaN"},
		{"-api.session-max", "0s"},
		{"-gate.confidence", "1"},
		{"-source.max-rejects", "1.5"},
		{"-worker.fits", "0"},
		{"-promote.after", "never"},
		{"-worker.queues", "control,oi"},
		{"-gate.coverage-low", "0.95"},
		{"-mlflow.uri", "http://me:hunter2@host"},
		{"-source.datastore", ""},
		{"-alarm.webhook", "ftp://host"},
		{"-api.tls-cert", "x"},
		{"-web.tiles", "https://tiles.example.org/{z}/{x}.png", "-web.tiles-attribution", "them"},
		{"-web.tiles-attribution", "them"},
		{"-api.trusted-proxies", "10.0.0.0/8,proxy"},
	} {
		_, err := Load("x", args, env())
		if err == nil || !strings.Contains(err.Error(), args[0]+": ") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Load(%v) = %v, want an error that begins with %s", args, err, args[0])
		}
	}
	if _, err := Load("x", []string{"-gc.grace", "48h", "-api.rate", "0", "-worker.threads", "0"}, env()); err != nil {
		t.Errorf("Load of values at their bounds: %v", err)
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	c, err := Load("x", nil, env("LFB_API_TRUSTED_PROXIES", "10.1.2.3/8, 192.0.2.7,fd00::/8"))
	if err != nil || c.API.TrustedProxies.String() != "10.0.0.0/8,192.0.2.7/32,fd00::/8" {
		t.Errorf("trusted proxies = %v, %v", c.API.TrustedProxies, err)
	}
}
