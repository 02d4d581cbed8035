package cover

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"lfb/internal/bundle"
	"lfb/internal/dataset"
	"lfb/internal/dispatch"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
)

// aims are seconds within which the first and the second engine are to be there.
var aims = [2]float64{ml.Aim, 480}

// stretched is by how much more often engines are late than the model says where they come for others that are out. It
// learned from those that came first: where a nearer engine was at home, these were quick. Measured on scenarios of the
// synthetic city other than those that docs/COVER.md reports.
const stretched = 1.16

// Planner answers what a change of the stations does. It keeps what the model said, so it is for one goroutine.
type Planner struct {
	dispatcher *dispatch.Dispatcher
	demand     demand
	calls      [2][]lfb.Call // of the first and the second engine, by place, then slot
	answers    [2]*dispatch.Answers
	bases      map[bool][2]*standing             // with nothing out: as usual and, true, with every engine at home
	stations   map[string]feature.LearnedStation // open ones
	points     int                               // that answers are kept of
	closures   []Closure                         // once ranked
	missed     map[string]float64                // what one engine less costs, by station; with closures
}

// standing is how late engines are as they stand.
type standing struct {
	state dispatch.State
	late  []float64                 // P(later than the aim) of each call that was asked about
	reach map[dispatch.Source][]int // calls to which engines of a source may come
}

// Progress is told how far a ranking has come. It may be nil.
type Progress func(done, total int)

func (p Progress) report(done, total int) {
	if p != nil {
		p(done, total)
	}
}

// NewPlanner learns demand and asks the model about every place: seconds of work. A bundle that cannot say who comes is
// lfb.ErrUnavailable, a summary without calls lfb.ErrInvalid.
func NewPlanner(ctx context.Context, b *bundle.Bundle, s *dataset.Summary) (*Planner, error) {
	d, err := dispatch.NewDispatcher(b)
	if err != nil {
		return nil, err
	}
	p := &Planner{dispatcher: d, stations: map[string]feature.LearnedStation{}}
	for _, s := range b.Spec.Stations {
		if s.Open {
			p.stations[s.Name] = s
		}
	}
	if p.demand, err = learnDemand(s, b.Spec); err != nil {
		return nil, err
	}
	var g errgroup.Group
	all := p.demand.slotWeights(wholeDay())
	for engine := range aims {
		p.calls[engine] = p.demand.typicalCalls(b.Spec, b.Manifest.TrainedTo, engine+1)
		p.answers[engine] = d.NewAnswers(p.calls[engine])
	}
	var bases [2][2]*standing
	for engine := range aims {
		g.Go(func() (err error) {
			if bases[0][engine], err = p.stand(ctx, dispatch.State{}, engine, all); err == nil {
				bases[1][engine], err = p.stand(ctx, dispatch.State{Complete: true}, engine, all)
			}
			return err
		})
	}
	err = g.Wait()
	p.bases = map[bool][2]*standing{false: bases[0], true: bases[1]}
	return p, err
}

// Stations are the open stations by name.
func (p *Planner) Stations() []string { return slices.Sorted(maps.Keys(p.stations)) }

// Check refuses a scenario as Evaluate does, without asking the model.
func (p *Planner) Check(s Scenario) error {
	l, err := s.timeline()
	for k := 0; err == nil && k < len(l.phases); k++ {
		_, err = p.dispatcher.Arrange(s.stateIn(&l.phases[k]))
		err = l.phases[k].locateError(err)
	}
	return err
}

// stand asks about every call of an engine in the slots that count, as engines stand.
func (p *Planner) stand(
	ctx context.Context, s dispatch.State, engine int, weights [slots]float64,
) (*standing, error) {
	if base := p.bases[s.Complete][engine]; base != nil && len(s.Out)+len(s.Elsewhere)+len(s.New) == 0 {
		return base, nil
	}
	a, err := p.dispatcher.Arrange(s)
	if err != nil {
		return nil, err
	}
	out := &standing{state: s, late: make([]float64, len(p.calls[engine])), reach: map[dispatch.Source][]int{}}
	sources := a.Sources()
	var asked []int
	var shares []dispatch.Share
	for i := range p.calls[engine] {
		if weights[i%slots] == 0 {
			continue
		}
		asked = append(asked, i)
		shares = a.Shares(shares, &p.calls[engine][i])
		for _, s := range shares {
			out.reach[sources[s.From]] = append(out.reach[sources[s.From]], i)
		}
	}
	late, err := p.askLate(ctx, a, p.bases[s.Complete][engine], engine, asked)
	for k, v := range late {
		out.late[asked[k]] = v
	}
	return out, err
}

// askLate is how likely engines are later than their aim at the calls at the positions; from is how they stand with
// nothing out, nil where that is what is asked.
func (p *Planner) askLate(
	ctx context.Context, a *dispatch.Arrangement, from *standing, engine int, only []int,
) ([]float64, error) {
	var out, within []float64
	for part := range slices.Chunk(only, 1024) {
		err := ctx.Err()
		if err == nil {
			within, err = p.answers[engine].Within(within, a, aims[engine], part)
		}
		if err != nil {
			return nil, fmt.Errorf("cover: %w", err)
		}
		for k, share := range within {
			late := 1 - share
			if math.IsNaN(share) { // there is no engine to come
				late = 1
			}
			if from != nil {
				was := from.late[part[k]]
				late = max(late, min(1, was+stretched*(late-was)))
			}
			out = append(out, late)
		}
	}
	return out, nil
}

// Unknown is what no answer of a planner knows, in sentences.
func Unknown() []string {
	return []string{
		"When crews change, eat or train: an engine is as often away as the first engine to its ground was another " +
			"station's.",
		"What kind of appliance an engine is. A station has two where the second engine to its ground is often its own.",
		"How quick engines are from where none has stood: new stations save more than is said, often half as much " +
			"again, in that order.",
		"That other engines are busier, and farther out, while some are missing.",
		"Arrivals later than 20 minutes, which are not published, and calls to which no engine's time was published.",
	}
}
