package mysql

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// rewrites is a statement that changes or deletes rows of what is only ever added to.
var rewrites = regexp.MustCompile(
	"(?i)(UPDATE|DELETE\\s+FROM|REPLACE\\s+INTO|TRUNCATE(\\s+TABLE)?|DROP\\s+TABLE)\\s+`?(audit|promotion)\\b")

// upserts is an insert into one of them that would replace a row.
var upserts = regexp.MustCompile("(?is)INSERT\\s+INTO\\s+`?(audit|promotion)\\b[^`]*ON\\s+DUPLICATE")

// TestAuditAndLedgerAreOnlyAddedTo looks at every statement of the package.
func TestAuditAndLedgerAreOnlyAddedTo(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{"*.go", "load/*.go", "schema/*.sql"} {
		got, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, got...)
	}
	inserts := 0
	for _, file := range files {
		if file == "append_test.go" {
			continue
		}
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		inserts += len(regexp.MustCompile(`INSERT INTO (audit|promotion)\b`).FindAll(body, -1))
		for _, bad := range []*regexp.Regexp{rewrites, upserts} {
			if m := bad.Find(body); m != nil {
				t.Errorf("%s: %q", file, m)
			}
		}
	}
	if inserts != 2 {
		t.Errorf("%d inserts into the two tables were seen, want one into each", inserts)
	}
}
