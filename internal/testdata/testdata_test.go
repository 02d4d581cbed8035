package testdata

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPath(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("LFB_TEST_DATA", dir)
	t.Setenv("CI", "")
	want := filepath.Join(dir, "raw", "a.csv")
	if err := os.MkdirAll(filepath.Dir(want), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(want, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Path(t, "raw", "a.csv"); got != want {
		t.Errorf("Path(raw, a.csv) = %q, want %q", got, want)
	}
	absent := t.Run("absent", func(t *testing.T) {
		defer func() {
			if !t.Skipped() {
				t.Error("Path of an absent file did not skip the test")
			}
		}()
		Path(t, "no-such-file")
	})
	if !absent {
		t.Error("an absent file failed the test without CI=true")
	}
}
