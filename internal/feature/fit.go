package feature

import (
	"context"
	"fmt"
	"runtime"
	"slices"
)

// Options are what Fit is told besides the rows.
type Options struct {
	Variant Variant // Sent: rows are to be wrapped in AssumeSent
	Least   int     // rows below which words share one category; 0 = 30
	Threads int     // 0 = all
}

// Fit learns a Spec from training rows, the only ones whose outcomes it may be
// given. The same rows give the same Spec whatever Threads is. No rows, or one
// without an attendance time, is lfb.ErrInvalid; a cancelled ctx gives its error.
func Fit(ctx context.Context, rows Rows, opts Options) (*Spec, error) {
	if opts.Least == 0 {
		opts.Least = 30
	}
	s, err := collectSample(ctx, rows, opts.Least)
	if err != nil {
		return nil, err
	}
	sp := &Spec{
		Version: SpecVersion, Families: families(), Variant: opts.Variant, Rows: s.n,
		FromDay: s.from0, ToDay: s.to, Vocab: s.vocab, Calendar: newCalendar(),
	}
	threads := threadsOf(opts.Threads)
	if sp.Stations, err = fitStations(ctx, s, threads); err != nil {
		return nil, fmt.Errorf("fit stations: %w", err)
	}
	for f := range sp.Vocab {
		if err := sp.Vocab[f].indexWords(); err != nil {
			return nil, fmt.Errorf("%s: %w", factNames[f], err)
		}
	}
	sp.geo = newGeometry(sp.Stations, &sp.Vocab[ground])
	sp.CentreE, sp.CentreN = medianPlace(s)
	if err := sp.fitRanks(ctx, s, threads); err != nil {
		return nil, err
	}
	if err := fitTables(ctx, sp, s, threads); err != nil {
		return nil, fmt.Errorf("fit averages: %w", err)
	}
	sp.Places = newGazetteer(s)
	return sp, sp.compileLookups()
}

func threadsOf(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// medianPlace returns the median easting and northing of the sample.
func medianPlace(s *trainingSample) (e, n float64) {
	var xs, ys []float64
	for i := range s.n {
		if !isNaN32(s.e[i]) {
			xs, ys = append(xs, float64(s.e[i])), append(ys, float64(s.north[i]))
		}
	}
	if len(xs) == 0 {
		return 0, 0
	}
	return median(xs), median(ys)
}

// fitRanks counts, for each engine, how often it came from the quickest station,
// the next one, and so on.
func (s *Spec) fitRanks(ctx context.Context, rows *trainingSample, threads int) error {
	lineOf := s.linesOf(rows.stations)
	rank := make([]int8, rows.n) // -1 beyond the ranks, or unknown
	err := eachBlock(ctx, rows.n, threads, func(lo, hi int) {
		var look stationPlacement
		for i := lo; i < hi; i++ {
			rank[i] = -1
			if from := rows.from[i]; from >= 0 && !isNaN32(rows.e[i]) && lineOf[from] >= 0 {
				s.geo.rankStations(&look, float64(rows.e[i]), float64(rows.north[i]), -1)
				rank[i] = int8(slices.Index(look.quick.who[:look.quick.n], lineOf[from]))
			}
		}
	})
	if err != nil {
		return err
	}
	for p := range s.Ranks {
		for k := range s.Ranks[p] {
			s.Ranks[p][k] = 1 / float64(k+1) // no rank is impossible
		}
	}
	for i, k := range rank {
		if k >= 0 {
			s.Ranks[rows.pump[i]][k]++
		}
	}
	for p := range s.Ranks {
		s.Ranks[p].normaliseShares()
	}
	return nil
}

// linesOf is the position of each station among the open ones, -1 for the rest.
func (s *Spec) linesOf(names []string) []int32 {
	out := make([]int32, len(names))
	for k, name := range names {
		out[k] = -1
		if at := stationIndex(s.Stations, name); at >= 0 {
			out[k] = int32(slices.Index(s.geo.open, int32(at)))
		}
	}
	return out
}
