package dataset

import (
	"runtime"
	"testing"
	"time"

	"lfb/internal/lfb"
)

// history is a stretched city that is made once for all benchmarks' rounds.
func history(n int) rows { return stretched(n, 1, 17*365*24*time.Hour) }

func BenchmarkBuild(b *testing.B) {
	in := history(200_000)
	var rows int64
	b.ResetTimer()
	for b.Loop() {
		m, err := Build(b.Context(), in, newMemory(), options())
		if err != nil {
			b.Fatal(err)
		}
		rows += m.Rows
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkLoad(b *testing.B) {
	blobs := newMemory()
	m, err := Build(b.Context(), history(200_000), blobs, options())
	if err != nil {
		b.Fatal(err)
	}
	stored := int64(0)
	for _, p := range m.Parts {
		stored += p.Ref.Bytes
	}
	var rows int64
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC() // the second empties the pools
	runtime.ReadMemStats(&before)
	var table *Table
	b.ResetTimer()
	for b.Loop() {
		if table, err = Load(b.Context(), blobs, m, LoadOptions{}); err != nil {
			b.Fatal(err)
		}
		rows += m.Rows
	}
	b.StopTimer()
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(m.Rows), "bytes/row")
	b.ReportMetric(float64(stored)/float64(m.Rows), "stored-bytes/row")
	runtime.KeepAlive(table)
	runtime.KeepAlive(blobs)
}

func BenchmarkCall(b *testing.B) {
	blobs := newMemory()
	m, err := Build(b.Context(), history(20_000), blobs, options())
	if err != nil {
		b.Fatal(err)
	}
	table, err := Load(b.Context(), blobs, m, LoadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var c lfb.Call
	i := 0
	for b.Loop() {
		table.Call(i%table.Len(), &c)
		i++
	}
}
