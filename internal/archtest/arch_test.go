package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "lfb"

// TestImports fails on any import that the table lacks, and on any row that no
// package needs.
func TestImports(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	used := map[string]bool{}
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(rel, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(rel, ".go") {
			files++
			checkFile(t, path, filepath.ToSlash(rel), used)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Fatalf("%d Go files seen: the walk went astray", files)
	}
	for _, r := range table {
		if !used[r.pkg] {
			t.Errorf("row %s matches no package: delete it", r.pkg)
		}
	}
}

// skipped are folders that are modules of their own, or hold no packages.
func skipped(rel, name string) bool {
	return rel == filepath.Join("deploy", "local") || rel == filepath.Join("deploy", "check") || rel == "tools" ||
		rel == "bench" || name == "testdata" && rel != filepath.Join("internal", "testdata") ||
		strings.HasPrefix(name, ".") && name != "." && name != ".."
}

func checkFile(t *testing.T, path, rel string, used map[string]bool) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Errorf("%s: %v", rel, err)
		return
	}
	pkg := filepath.ToSlash(filepath.Dir(rel))
	r, ok := find(pkg)
	if !ok {
		t.Errorf("%s: package %s has no row in the table", rel, pkg)
		return
	}
	used[r.pkg] = true
	test := isTest(rel)
	for _, spec := range f.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !allowed(r, pkg, imp, test) {
			t.Errorf("%s imports %s, which its row does not allow", rel, imp)
		}
	}
}

// isTest says whether a file is a test or belongs to a package of test helpers.
func isTest(rel string) bool {
	pkg := filepath.Base(filepath.Dir(rel))
	return strings.HasSuffix(rel, "_test.go") || strings.HasSuffix(pkg, "test") || pkg == "testdata" || pkg == "memblob"
}

func find(pkg string) (row, bool) {
	var best row
	ok := false
	for _, r := range table {
		if r.pkg == pkg {
			return r, true
		}
		if matches(r.pkg, pkg) && len(r.pkg) > len(best.pkg) {
			best, ok = r, true
		}
	}
	return best, ok
}

// matches says whether a path is under a pattern, which ends in /... or is exact.
func matches(pattern, path string) bool {
	prefix, wild := strings.CutSuffix(pattern, "/...")
	return path == prefix || wild && strings.HasPrefix(path, prefix+"/")
}

func allowed(r row, pkg, imp string, test bool) bool {
	if own, ok := strings.CutPrefix(imp, module+"/"); ok {
		if test && (strings.HasPrefix(own, "internal/") || strings.HasPrefix(own, pkg+"/") || own == "api/apitest") {
			return true // tests may use any part's helpers
		}
		return own == pkg || anyMatches(r.project, own)
	}
	if !strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") {
		return test || !r.core || !closedToCore[imp]
	}
	for _, m := range r.external {
		if imp == m || strings.HasPrefix(imp, m+"/") {
			return true
		}
	}
	if !test {
		return false
	}
	for _, m := range testOnly {
		if imp == m || strings.HasPrefix(imp, m+"/") {
			return true
		}
	}
	return false
}

func anyMatches(patterns []string, path string) bool {
	for _, p := range patterns {
		if matches(p, path) {
			return true
		}
	}
	return false
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	core := row{
		pkg: "internal/clean", core: true, project: []string{"internal/lfb"},
		external: []string{"gonum.org/v1/gonum"},
	}
	tests := []struct {
		name, imp string
		test      bool
		want      bool
	}{
		{"standard library", "strings", false, true},
		{"closed to the core", "net/http", false, false},
		{"closed, but a test", "net/http", true, true},
		{"named project package", "lfb/internal/lfb", false, true},
		{"other project package", "lfb/internal/mysql", false, false},
		{"module's package", "gonum.org/v1/gonum/mat", false, true},
		{"other module with the same beginning", "gonum.org/v1/gonumx", false, false},
		{"unknown module", "go.uber.org/zap", false, false},
		{"unknown module in a test", "github.com/unknown/x", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := allowed(core, core.pkg, tt.imp, tt.test); got != tt.want {
				t.Errorf("allowed(%q, test=%v) = %v, want %v", tt.imp, tt.test, got, tt.want)
			}
		})
	}
}
