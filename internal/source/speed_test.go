package source

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkReadBig reads the two kinds of file that make bench-peers leaves behind.
func BenchmarkReadBig(b *testing.B) {
	for _, kind := range []string{"Incident", "Mobilisation"} {
		b.Run(kind, func(b *testing.B) {
			paths, err := filepath.Glob("../../bench/out/peers/csv/*" + kind + "*.csv")
			if err != nil || len(paths) == 0 {
				b.Skip("no files of make bench-peers")
			}
			f, err := os.Open(paths[0])
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			info, err := f.Stat()
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(info.Size())
			for b.Loop() {
				r, err := NewReader(f, info.Size(), "x")
				if err != nil {
					b.Fatal(err)
				}
				r.Reuse()
				for err == nil {
					_, err = r.Next()
				}
				if !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
			}
		})
	}
}
