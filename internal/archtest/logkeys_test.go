package archtest

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// TestLogKeysAreAContract holds the keys of log lines: people search and alert by
// them. One key has one meaning everywhere.
func TestLogKeysAreAContract(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(rel, d.Name()) && rel != filepath.Join("deploy", "local") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") || isTest(filepath.ToSlash(rel)) {
			return nil
		}
		return addLogKeys(path, keys)
	})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(slices.Sorted(maps.Keys(keys)), "\n") + "\n"
	golden := filepath.Join("testdata", "log_keys.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the keys of log lines are not those of %s (-update rewrites it):\n%s", golden, got)
	}
}

// addLogKeys adds the keys of zap's fields, and of the pairs that the SDK's logger takes.
func addLogKeys(path string, keys map[string]bool) error {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return err
	}
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "zap" && len(call.Args) == 2 {
			addText(call.Args[0], keys)
		}
		if inner, ok := sel.X.(*ast.CallExpr); ok && isGetLogger(inner) {
			for i := 1; i < len(call.Args); i += 2 {
				addText(call.Args[i], keys)
			}
		}
		return true
	})
	return nil
}

func isGetLogger(c *ast.CallExpr) bool {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "GetLogger"
}

func addText(e ast.Expr, keys map[string]bool) {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if s, err := strconv.Unquote(lit.Value); err == nil {
			keys[s] = true
		}
	}
}
