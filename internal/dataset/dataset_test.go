package dataset

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lfb/internal/lfb"
)

// memory is a Blobs in a map.
type memory struct {
	mu sync.Mutex
	m  map[string][]byte
}

func newMemory() *memory { return &memory{m: map[string][]byte{}} }

func (s *memory) PutBytes(_ context.Context, key string, body []byte) (lfb.Ref, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.m[key] = slices.Clone(body)
	return lfb.RefTo(key, body), nil
}

func (s *memory) ReadAll(_ context.Context, ref lfb.Ref) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, ok := s.m[ref.Key]
	if !ok {
		return nil, fmt.Errorf("%s: %w", ref.Key, lfb.ErrNotFound)
	}
	return slices.Clone(body), nil
}

func (s *memory) keys() []string { return slices.Sorted(maps.Keys(s.m)) }

// rows is an Input of slices. It hands out one pointer again and again, as the
// contract allows.
type rows struct {
	incidents []lfb.Incident
	mobs      []lfb.Mobilisation
	err       error // after the last incident
}

func (r rows) Incidents(context.Context, lfb.Origin) iter.Seq2[*lfb.Incident, error] {
	return func(yield func(*lfb.Incident, error) bool) {
		var one lfb.Incident
		for _, one = range r.incidents {
			if !yield(&one, nil) {
				return
			}
		}
		if r.err != nil {
			yield(nil, r.err)
		}
	}
}

func (r rows) Mobilisations(context.Context, lfb.Origin) iter.Seq2[*lfb.Mobilisation, error] {
	return func(yield func(*lfb.Mobilisation, error) bool) {
		var one lfb.Mobilisation
		for _, one = range r.mobs {
			if !yield(&one, nil) {
				return
			}
		}
	}
}

// sorted puts both tables into key order.
func (r rows) sorted() rows {
	slices.SortFunc(r.incidents, func(a, b lfb.Incident) int { return cmp.Compare(a.IncidentNumber, b.IncidentNumber) })
	slices.SortStableFunc(r.mobs, func(a, b lfb.Mobilisation) int {
		return cmp.Compare(a.IncidentNumber, b.IncidentNumber)
	})
	return r
}

// london is a wall clock in London.
func london(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", s, lfb.London)
	if err != nil {
		panic(err)
	}
	return t
}

// gmt is an instant.
func gmt(s string) lfb.Opt[time.Time] {
	t, err := time.Parse("2006-01-02 15:04:05", s)
	if err != nil {
		panic(err)
	}
	return lfb.Some(t)
}

// incident is an ordinary one; change what the test is about.
func incident(number, called string, first int) lfb.Incident {
	return lfb.Incident{
		IncidentNumber: number, CalledAt: london(called),
		IncidentGroup: "Fire", StopCodeDescription: "Primary Fire", SpecialServiceType: "",
		PropertyCategory: "Dwelling", PropertyType: "House - single occupancy",
		PostcodeDistrict: "SE10", BoroughCode: "E09000011", WardCode: "E05000214",
		EastingRounded: lfb.Some(538450.0), NorthingRounded: lfb.Some(177650.0),
		FRS: "London", IncidentStationGround: "Greenwich",
		FirstPumpArrivingAttendanceTime: lfb.Some(first), FirstPumpArrivingDeployedFromStation: "Greenwich",
		NumStationsWithPumpsAttending: lfb.Some(1), NumPumpsAttending: lfb.Some(2),
	}
}

// mobilisation is an ordinary one.
func mobilisation(number string, id int64, report, mobilised string, seconds int) lfb.Mobilisation {
	at := gmt(mobilised)
	return lfb.Mobilisation{
		IncidentNumber: number, ResourceMobilisationID: id, PerformanceReporting: report,
		MobilisedAt: at, ArrivedAt: lfb.Some(at.V.Add(time.Duration(seconds) * time.Second)), MobilisedHasSeconds: true,
		AttendanceTimeSeconds: lfb.Some(seconds), DeployedFromStationName: "Lewisham", DelayCodeID: lfb.Some(9),
	}
}

func options() Options {
	return Options{
		Origin:   lfb.Real,
		Sources:  []lfb.SourceFile{{Kind: lfb.IncidentFile, SHA256: strings.Repeat("ab", 32)}},
		Reported: func(inc *lfb.Incident) string { return cmp.Or(inc.SpecialServiceType, "fire") },
	}
}

// build makes a data set of in and loads all of it.
func build(t *testing.T, in Input) (*Manifest, *Table, *memory) {
	t.Helper()
	blobs := newMemory()
	m, err := Build(t.Context(), in, blobs, options())
	if err != nil {
		t.Fatalf("Build() = %v", err)
	}
	table, err := Load(t.Context(), blobs, m, LoadOptions{})
	if err != nil {
		t.Fatalf("Load() = %v", err)
	}
	return m, table, blobs
}

// count is the number of a reason that starts with prefix.
func (m *Manifest) count(prefix string) int64 {
	for _, c := range m.Counts {
		if strings.HasPrefix(c.Reason, prefix) {
			return c.Rows
		}
	}
	return 0
}
