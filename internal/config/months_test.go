package config

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestSettleMonths: a city ends with the month before the one in which its folder is first used,
// and stays so; a setting rules, and who has another source has no such file.
func TestSettleMonths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	settle := func(dir, day string, args ...string) string {
		t.Helper()
		c, err := Load("test", append([]string{"-state.dir", dir}, args...), env())
		if err != nil {
			t.Fatal(err)
		}
		now, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SettleMonths(now); err != nil {
			t.Fatal(err)
		}
		if got := c.Changed("source"); c.Source.From != "" && !slices.Contains(got, [2]string{"source.from", c.Source.From}) {
			t.Errorf("Changed = %q lacks the month", got)
		}
		return c.Source.From
	}
	synthetic := []string{"-source", "synthetic"}
	if got := settle(filepath.Join(dir, "real"), "2026-11-30"); got != "" {
		t.Errorf("a real source has a first month %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "real")); err == nil {
		t.Error("a real source has a folder")
	}
	for _, tt := range []struct {
		name, folder, day, want string
		args                    []string
	}{
		{"a year to October", "a", "2026-11-30", "2025-11", synthetic},
		{"the same later", "a", "2027-03-01", "2025-11", synthetic},
		{"longer in the same folder", "a", "2027-03-01", "2025-11", append(synthetic, "-source.months", "18")},
		{"as the setting says", "a", "2026-11-30", "2009-01", append(synthetic, "-source.from", "2009-01")},
		{"the last day of a long month", "b", "2026-03-31", "2025-09", append(synthetic, "-source.months", "6")},
		{"the first of January", "c", "2026-01-01", "2025-12", append(synthetic, "-source.months", "1")},
	} {
		if got := settle(filepath.Join(dir, tt.folder), tt.day, tt.args...); got != tt.want {
			t.Errorf("%s: first month %q, want %q", tt.name, got, tt.want)
		}
	}
	c, err := Load("test", append(synthetic, "-state.dir", dir), env())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "synthetic-from"), []byte("soon\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.SettleMonths(time.Now()); err == nil {
		t.Error("a folder that says \"soon\" is taken")
	}
}
