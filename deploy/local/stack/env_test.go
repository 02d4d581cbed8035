package stack

import (
	"os/exec"
	"strings"
	"testing"
)

// TestEnvFileIsReadByAShell sources settings that mean something to a shell.
func TestEnvFileIsReadByAShell(t *testing.T) {
	t.Parallel()
	want := map[string]string{"LFB_SCHEDULE_CRON": "0 6 5 * *", "LFB_SOURCE_DIR": "/rows/it's $HOME `here`", "LFB_SOURCE": "dir"}
	s := &Stack{o: Options{Dir: t.TempDir(), Settings: [][2]string{
		{"schedule.cron", want["LFB_SCHEDULE_CRON"]}, {"source.dir", want["LFB_SOURCE_DIR"]}, {"source", "dir"},
	}}}
	if err := s.writeEnv(); err != nil {
		t.Fatal(err)
	}
	for name, v := range want {
		got, err := exec.Command("sh", "-c", `set -a; . "$1"; printenv "$2"`, "sh", EnvFile(s.o.Dir), name).Output()
		if err != nil || strings.TrimSuffix(string(got), "\n") != v {
			t.Errorf("%s = %q, %v; want %q", name, got, err, v)
		}
	}
}
