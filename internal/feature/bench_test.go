package feature_test

import (
	"testing"

	"lfb/internal/feature"
)

func BenchmarkEncode(b *testing.B) {
	rows := realRows(b)
	s := mustFit(b, rows.between("2017-01-01", "2017-02-15"), feature.Options{})
	row := make([]float64, s.Schema().Width())
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s.Encode(row, &rows[i%len(rows)].Call)
		i++
	}
}

func BenchmarkComplete(b *testing.B) {
	rows := realRows(b)
	s := mustFit(b, rows.between("2017-01-01", "2017-02-15"), feature.Options{})
	i := 0
	for b.Loop() {
		c := rows[i%len(rows)].Call
		c.WardCode, c.StationGround = "", ""
		s.Complete(&c)
		i++
	}
}

func BenchmarkFit(b *testing.B) {
	rows := realRows(b)
	train := rows.between("2017-01-01", "2017-02-15")
	for b.Loop() {
		mustFit(b, train, feature.Options{})
	}
}
