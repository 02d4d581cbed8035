package testdata

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Path is the path of the file or folder elem under the test data's root. No
// elem is the root itself. A path that does not exist skips the test, or fails
// it where the environment has CI=true.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{root()}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		const hint = "set LFB_TEST_DATA to the folder of real rows"
		if os.Getenv("CI") == "true" {
			t.Fatalf("NO TEST DATA: %v: %s", err, hint)
		}
		t.Skipf("NO TEST DATA, NOTHING TESTED: %v: %s", err, hint)
	}
	return path
}

// root is found from this source file, as tests run in their package's folder.
func root() string {
	if dir := os.Getenv("LFB_TEST_DATA"); dir != "" {
		return dir
	}
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return filepath.Join("..", "..", "..", "shared", "data")
	}
	return filepath.Join(filepath.Dir(file), "..", "..", "..", "shared", "data")
}
