package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var updateSettings = flag.Bool("update", false, "rewrite the golden file")

// TestSettingsAreAContract holds the names of the settings: installations set them in
// flags, environments, compose files and manifests. One that is renamed or removed
// belongs into the table of removed settings, which names its successor.
func TestSettingsAreAContract(t *testing.T) {
	t.Parallel()
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	registerFlags(fs, &Config{})
	var got strings.Builder
	fs.VisitAll(func(f *flag.Flag) {
		if _, gone := f.Value.(*removed); !gone {
			got.WriteString(f.Name + " " + Env(f.Name) + "\n")
		}
	})
	golden := filepath.Join("testdata", "settings.golden")
	if *updateSettings {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the settings are not those of %s (-update rewrites it):\n%s", golden, got.String())
	}
}
