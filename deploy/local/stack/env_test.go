package stack

import (
	"errors"
	"strings"
	"testing"

	"lfb/internal/lfb"
)

// TestSettings reads back what another process needs, whatever its characters.
func TestSettings(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"LFB_SCHEDULE_CRON": "0 6 5 * *", "LFB_SOURCE_DIR": "/rows/it's $HOME `here` = there",
		"LFB_SOURCE": "dir",
	}
	dir := t.TempDir()
	if _, err := Settings(dir); !errors.Is(err, lfb.ErrNotFound) || !strings.Contains(err.Error(), "-state.dir") {
		t.Errorf("Settings of an empty folder = %v, want %v and the flag", err, lfb.ErrNotFound)
	}
	s := &Stack{o: Options{Dir: dir, Settings: [][2]string{
		{"schedule.cron", want["LFB_SCHEDULE_CRON"]}, {"source.dir", want["LFB_SOURCE_DIR"]}, {"source", "dir"},
	}}}
	if err := s.writeEnv(); err != nil {
		t.Fatal(err)
	}
	got, err := Settings(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range want {
		if got[name] != v {
			t.Errorf("%s = %q, want %q", name, got[name], v)
		}
	}
}
