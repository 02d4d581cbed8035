package servetest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"lfb/internal/dataset"
	"lfb/internal/geo"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Summarise is what a data set of the rows says of where and when calls happen.
func (r Rows) Summarise() *dataset.Summary {
	s := &dataset.Summary{
		Version: dataset.SummaryVersion, DataSet: "abc", FirstCall: r[0].Call.At, LastCall: r[len(r)-1].Call.At,
		Hours: make([]dataset.HourSummary, 24),
	}
	hexes := map[geo.Hex]int64{}
	for _, a := range r {
		s.Engines[a.Call.PumpOrder-1].Rows++
		if a.Call.PumpOrder == 1 {
			s.Hours[a.Call.At.Hour()].Rows++
			hexes[geo.HexAt(a.Call.Easting, a.Call.Northing, dataset.HexSize)]++
		}
	}
	for h, n := range hexes {
		s.Hexes = append(s.Hexes, dataset.HexSummary{Q: h.Q, R: h.R, Rows: n})
	}
	slices.SortFunc(s.Hexes, func(a, b dataset.HexSummary) int { return cmp.Or(a.Q-b.Q, a.R-b.R) })
	s.Months = []dataset.MonthSummary{{Month: s.FirstCall.Format("2006-01"), First: s.Engines[0].Rows}}
	return s
}

// Scenarios keeps scenarios in memory.
type Scenarios struct {
	mu   sync.Mutex
	kept map[string]registry.CoverScenario
}

// SaveCoverScenario keeps one, in place of the revision before it; lfb.ErrConflict where that is not the one.
func (s *Scenarios) SaveCoverScenario(_ context.Context, c registry.CoverScenario) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]registry.CoverScenario{}
	}
	if s.kept[c.Name].Revision != c.Revision-1 {
		return fmt.Errorf("scenario %s: %w", c.Name, lfb.ErrConflict)
	}
	s.kept[c.Name] = c
	return nil
}

// DeleteCoverScenario removes one; lfb.ErrNotFound.
func (s *Scenarios) DeleteCoverScenario(_ context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.kept[name]; !ok {
		return fmt.Errorf("scenario %s: %w", name, lfb.ErrNotFound)
	}
	delete(s.kept, name)
	return nil
}

// CoverScenarios returns all by name.
func (s *Scenarios) CoverScenarios(context.Context) ([]registry.CoverScenario, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.kept), func(a, b registry.CoverScenario) int {
		return cmp.Compare(a.Name, b.Name)
	}), nil
}
