package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"lfb/internal/bundle"
	"lfb/internal/dispatch"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Availability follows who is out or stands elsewhere, and answers calls accordingly. While the database is away what
// was read last, before a restart too (KeepIn), counts until it expires. A nil Availability is the usual one.
type Availability struct {
	settings registry.Settings
	refresh  time.Duration
	now      func() time.Time
	log      *zap.Logger
	set      atomic.Pointer[SetAvailability]
	read     atomic.Int64 // Unix nanoseconds of the last time the database answered

	disk sync.Mutex
	path string // where what was read is kept; empty: nowhere
	kept time.Time

	mu       sync.Mutex
	of       *bundle.Bundle // that the rest is of
	dispatch *dispatch.Dispatcher
	by       *SetAvailability
	arranged map[string]*arranged
}

// SetAvailability is who is out or elsewhere, as it was set.
type SetAvailability struct {
	registry.Availability
	Setting registry.Setting // its record
}

// NewAvailability follows who is out, looking each time that refresh is over.
func NewAvailability(s registry.Settings, refresh time.Duration, now func() time.Time, log *zap.Logger) *Availability {
	return &Availability{settings: s, refresh: refresh, now: now, log: log}
}

// Run follows the setting until ctx ends.
func (a *Availability) Run(ctx context.Context) error {
	return refreshEvery(ctx, a.refresh, a.Refresh, func(err error) {
		if err != nil {
			a.log.Debug("availability not read", zap.Error(err)) // what was read last stays
		}
	})
}

// Refresh reads it once.
func (a *Availability) Refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	s, err := registry.ReadSetting(ctx, a.settings, registry.SettingAvailability)
	if err != nil {
		return err
	}
	at, last := a.now(), a.set.Load()
	a.read.Store(at.UnixNano())
	other := s.Revision > 0
	if last != nil {
		was := &last.Setting
		other = was.Revision != s.Revision || was.Value != s.Value || !was.At.Equal(s.At)
	}
	if other {
		if err := a.applySetting(s); err != nil {
			return err
		}
	}
	a.saveToDisk(s, at, other)
	return nil
}

// applySetting has a setting count; of revision 0, which was never set, nothing.
func (a *Availability) applySetting(s registry.Setting) error {
	if s.Revision == 0 {
		a.set.Store(nil)
		return nil
	}
	next := &SetAvailability{Setting: s}
	if err := json.Unmarshal([]byte(s.Value), &next.Availability); err != nil {
		return fmt.Errorf("availability of revision %d: %w: %w", s.Revision, err, lfb.ErrInvalid)
	}
	a.set.Store(next)
	return nil
}

// ReadAt is when the database was last asked who is out and answered.
func (a *Availability) ReadAt() time.Time {
	return time.Unix(0, a.read.Load()).UTC().Truncate(time.Second)
}

// Now returns what was set last, nil where nothing ever was; some or all of it may have expired.
func (a *Availability) Now() *SetAvailability {
	if a == nil {
		return nil
	}
	return a.set.Load()
}

// staleAfter is how long the database may not have answered before answers say so.
const staleAfter = 15 * time.Second

// knownSince returns when it was last read, zero where that was just now.
func (a *Availability) knownSince() time.Time {
	at := a.ReadAt()
	if a.now().Sub(at) < staleAfter {
		return time.Time{}
	}
	return at
}

// pastCalls is how long ago a call may have come in for who is out now to be of matter to it.
const pastCalls = time.Hour

// arranged is a model made ready for what holds at some moments.
type arranged struct {
	held   registry.Availability
	until  time.Time
	exact  *dispatch.Arrangement // nil where the model does not take the station sent from
	rough  *bundle.Bundle        // then: with the stations that are out taken off its map
	closed []string              // these
}

// predict answers calls as the engines stand at their times, and says of each what of that mattered; nil where
// nothing holds.
func (a *Availability) predict(b *bundle.Bundle, calls []lfb.Call) (
	[]bundle.Prediction, []*registry.AvailabilityUse, error,
) {
	set := a.Now()
	groups := map[*arranged][]int{}
	if set != nil {
		for i := range calls {
			g := a.arrangeAt(b, set, calls[i].At)
			groups[g] = append(groups[g], i)
		}
	}
	if len(groups[nil]) == len(calls) || set == nil { // as usual
		out, err := b.Predict(nil, calls)
		return out, nil, err
	}
	out, uses := make([]bundle.Prediction, len(calls)), make([]*registry.AvailabilityUse, len(calls))
	for g, index := range groups {
		some := make([]lfb.Call, len(index))
		for k, i := range index {
			some[k] = calls[i]
		}
		answers, err := g.predict(b, some)
		if err != nil {
			return nil, nil, err
		}
		for k, i := range index {
			x := &answers[k]
			if out[i] = x.Prediction; x.Matters {
				uses[i] = &registry.AvailabilityUse{
					Revision: set.Setting.Revision, Engines: g.matterTo(x), Until: g.until,
					Complete: !g.held.CompleteUntil.IsZero(), Known: a.knownSince(), Roughly: g.exact == nil,
					FarM: x.FarM, Usual: x.Usual.Attendance,
				}
			}
		}
	}
	return out, uses, nil
}

// PredictAt answers calls, none of which names who was sent, as the engines stand at a moment, whatever their own
// times.
func (a *Availability) PredictAt(b *bundle.Bundle, at time.Time, calls []lfb.Call) ([]bundle.Prediction, error) {
	var g *arranged
	if set := a.Now(); set != nil {
		g = a.arrangeAt(b, set, at)
	}
	answers, err := g.predict(b, calls)
	out := make([]bundle.Prediction, len(answers))
	for i := range answers {
		out[i] = answers[i].Prediction
	}
	return out, err
}

// arrangeAt makes a model ready for a moment, nil where nothing holds then.
func (a *Availability) arrangeAt(b *bundle.Bundle, set *SetAvailability, at time.Time) *arranged {
	if at.Before(a.now().Add(-pastCalls)) {
		return nil
	}
	held, until := set.HoldsAt(at)
	if until.IsZero() {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of != b {
		a.of, a.arranged = b, nil
		a.dispatch, _ = dispatch.NewDispatcher(b) // nil: roughly
	}
	if a.arranged == nil || a.by != set {
		a.arranged, a.by = map[string]*arranged{}, set
	}
	key := fmt.Sprint(until, len(held.Engines), held.CompleteUntil.IsZero())
	g := a.arranged[key]
	if g == nil {
		g = newArranged(b, a.dispatch, held, until)
		a.arranged[key] = g
	}
	return g
}

// newArranged leaves out what the model does not know, as another one served when it was set: a station that it has
// none of, a place far from those that it has, more engines than it learned of.
func newArranged(b *bundle.Bundle, d *dispatch.Dispatcher, held registry.Availability, until time.Time) *arranged {
	g := &arranged{held: held, until: until}
	if d == nil {
		spec := b.Spec
		for _, e := range held.Engines {
			if closed, err := spec.WithoutStations(e.Station); err == nil && e.Engines == 0 {
				spec, g.closed = closed, append(g.closed, e.Station)
			}
		}
		g.rough = &bundle.Bundle{Manifest: b.Manifest, Spec: spec, Heads: b.Heads}
		return g
	}
	roster := dispatch.NewRoster(b.Spec)
	s := dispatch.State{Complete: !held.CompleteUntil.IsZero()}
	for _, e := range held.Engines {
		n, err := roster.TakeEngines("", e.Station, e.Engines)
		if err != nil && e.Engines > 0 {
			n, err = roster.TakeEngines("", e.Station, 0) // all that are left
		}
		switch {
		case err != nil || e.StandsElsewhere() && roster.CheckPlace("", e.At, e.Easting, e.Northing) != nil:
		case !e.StandsElsewhere():
			s.Out = append(s.Out, dispatch.Absence{Station: e.Station, Engines: n})
		default:
			for range n {
				s.Elsewhere = append(s.Elsewhere, dispatch.Standby{
					Station: e.Station, At: e.At, Easting: e.Easting, Northing: e.Northing,
				})
			}
		}
	}
	g.exact, _ = d.Arrange(s) // all that it refuses is left out above
	return g
}

// predict answers as g has the engines stand; a nil g has them as usual.
func (g *arranged) predict(b *bundle.Bundle, calls []lfb.Call) ([]dispatch.Answer, error) {
	if g != nil && g.exact != nil {
		return g.exact.Predict(calls)
	}
	usual, err := b.Predict(nil, calls)
	if err != nil {
		return nil, err
	}
	out := make([]dispatch.Answer, len(calls))
	for i := range out {
		out[i] = dispatch.Answer{Prediction: usual[i], Usual: usual[i]}
	}
	if g == nil {
		return out, nil
	}
	for i := range calls {
		if slices.Contains(g.closed, calls[i].StationGround) {
			out[i].Matters = true // even where the model cannot tell
			calls[i].StationGround = g.rough.Spec.GroundAt(calls[i].Easting, calls[i].Northing)
		}
	}
	roughly, err := g.rough.Predict(nil, calls)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Prediction = roughly[i]
		out[i].Matters = out[i].Matters || roughly[i].Attendance != usual[i].Attendance
	}
	return out, nil
}

// matterTo returns who of those that are out or elsewhere might have come, or may come now.
func (g *arranged) matterTo(x *dispatch.Answer) []registry.AwayEngines {
	near := map[string]bool{}
	for _, shares := range [][]dispatch.Share{x.Shares, x.AsUsual} {
		for _, s := range shares {
			near[g.exact.Sources()[s.From].Station] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(g.held.Engines), func(e registry.AwayEngines) bool {
		if g.exact == nil {
			return !slices.Contains(g.closed, e.Station)
		}
		return !near[e.Station] && !near[e.At] && (e.Easting == 0 && e.Northing == 0)
	})
}

// findSender says where all engines of the station that a call names as the one sent from are out; nothing else
// counts for it.
func (a *Availability) findSender(b *bundle.Bundle, c *lfb.Call) []feature.Finding {
	set := a.Now()
	if set == nil || !b.Spec.KnowsStation(c.SentFrom) {
		return nil
	}
	g := a.arrangeAt(b, set, c.At)
	if g == nil || g.exact == nil || g.exact.EnginesAt(c.SentFrom) > 0 {
		return nil
	}
	var back time.Time // when the first of them is
	for _, e := range g.held.Engines {
		if e.Station == c.SentFrom && (back.IsZero() || e.Until.Before(back)) {
			back = e.Until
		}
	}
	return []feature.Finding{{
		Code: feature.FindingSenderOut, Fact: "sent_from", Value: c.SentFrom, Used: back.UTC().Format(time.RFC3339),
	}}
}

// findAvailability says what an answer assumed of who is out.
func findAvailability(u *registry.AvailabilityUse) []feature.Finding {
	out := []feature.Finding{{
		Code: feature.FindingAvailability, Fact: "availability", Value: listStations(u),
		Used: u.Until.UTC().Format(time.RFC3339),
	}}
	if u.Roughly {
		out = append(out, feature.Finding{Code: feature.FindingAvailabilityRough, Fact: "availability"})
	}
	if !u.Known.IsZero() {
		out = append(out, feature.Finding{
			Code: feature.FindingAvailabilityOld, Fact: "availability", Used: u.Known.Format(time.RFC3339),
		})
	}
	if u.FarM > 0 {
		out = append(out, feature.Finding{Code: feature.FindingAvailabilityFar, Fact: "availability", Metres: u.FarM})
	}
	return out
}

// listStations names the stations whose engines are out or elsewhere, once each.
func listStations(u *registry.AvailabilityUse) string {
	names := make([]string, len(u.Engines))
	for i, e := range u.Engines {
		names[i] = e.Station
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// leastEngines are those without which London has no first and second engine: nothing could be answered.
const leastEngines = 2

// CheckStations refuses, by a *lfb.PartError, engines that the model's open stations do not have, places that are none
// of London's, and London without engines. Without a model it is ErrNoModel, but where nobody is away.
func (l *Loaded) CheckStations(a registry.Availability) error {
	if len(a.Engines) == 0 {
		return nil
	}
	if l == nil {
		return ErrNoModel
	}
	roster := dispatch.NewRoster(l.Bundle.Spec)
	left := roster.CountAll()
	for i, e := range a.Engines {
		pointer := fmt.Sprintf("/engines/%d", i)
		n, err := roster.TakeEngines(pointer, e.Station, e.Engines)
		if err == nil && e.StandsElsewhere() {
			n, err = 0, roster.CheckPlace(pointer, e.At, e.Easting, e.Northing)
		}
		if err != nil {
			return err
		}
		if left -= n; left < leastEngines {
			return &lfb.PartError{Pointer: pointer, Reason: "London would be left without two engines"}
		}
	}
	return nil
}
