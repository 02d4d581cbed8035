package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"lfb/internal/testdata"
)

// The tables beside the program are what it makes of the rows, byte for byte.
func TestTablesAreDerived(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := deriveTables(t.Context(), testdata.Path(t), folder); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"areas.csv", "stations.csv", "london.svg"} {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what its rows give: run go generate ./internal/geo/london", name)
		}
	}
}
