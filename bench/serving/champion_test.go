package main

import (
	"os"
	"strconv"
	"testing"

	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/serve/servetest"
)

// BenchmarkChampion is one answer of the champion that serving.sh keeps, with
// so many asked at once.
func BenchmarkChampion(b *testing.B) {
	data, err := os.ReadFile("../out/champion-500-63-10000-false.lfb")
	if err != nil {
		b.Skip("run bench/serving.sh first: it trains the champion")
	}
	m, err := bundle.Decode(data)
	if err != nil {
		b.Fatal(err)
	}
	city := servetest.City(rows)
	for _, n := range []int{1, 2, 4, 8, 16} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			calls := make([]lfb.Call, n)
			dst := make([]bundle.Prediction, 0, n)
			b.ReportAllocs()
			for k := 0; k < b.N; k += n {
				for i := range calls {
					calls[i] = city[(k+i)%len(city)].Call
				}
				if dst, err = m.Predict(dst, calls); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
