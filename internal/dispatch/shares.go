package dispatch

import (
	"cmp"
	"math"
	"slices"

	"lfb/internal/lfb"
)

// Share is how likely a call's engine comes from a source.
type Share struct {
	From   int // position in Sources
	Weight float64
}

const (
	runners     = 12    // posts looked at, quickest first: beyond them none was ever needed
	spread      = 60.0  // seconds by which a station's line may mislead about its place in the order
	stride      = 20.0  // seconds
	leastWeight = 0.005 // shares below are left out
	mostAway    = 0.95
	never       = 1 - 1e-9
)

// runner is a post on its way to a call.
type runner struct {
	from    int
	seconds float64
	absent  float64 // chance that one engine is not there
	engines int
}

// Shares writes how likely the call's engine, first or second, comes from each source into dst, which it returns:
// heaviest first, summing to 1. It is empty for a call without a place, and where no such engine is left.
//
// Engines that are there set out, and the k-th to arrive is the k-th engine: a time's uncertainty is that of a
// line against roads, the same for all engines of a post, a bell of ± spread about the line's seconds.
func (a *Arrangement) Shares(dst []Share, c *lfb.Call) []Share {
	dst = dst[:0]
	var field [runners]runner
	race := a.lineUp(field[:0], c)
	if len(race) == 0 {
		return dst
	}
	second := c.PumpOrder >= 2
	var weights [runners]float64
	var before, after [runners]float64 // how much of each runner's bell has passed
	begun, over := 0, 0                // runners whose bell has begun, and is over
	noneOver, oneOver := 1.0, 0.0      // none and one, of those whose bell is over
	last := race[len(race)-1].seconds + spread
	for t := race[0].seconds - spread; t < last; t += stride {
		// The chance that none has arrived by the middle of the stride, the odds that exactly one has.
		none, one := noneOver, oneOver
		for begun < len(race) && race[begun].seconds-spread < t+stride {
			begun++
		}
		for j := over; j < begun; j++ {
			r := &race[j]
			after[j] = bellBelow((t + stride - r.seconds) / spread)
			passed := min((before[j]+after[j])/2*(1-r.absent), never)
			none *= power(1-passed, r.engines)
			one += float64(r.engines) * passed / (1 - passed)
		}
		for j := over; j < begun; j++ {
			r := &race[j]
			passed := min((before[j]+after[j])/2*(1-r.absent), never)
			others := none / (1 - passed)
			if second {
				others *= one - passed/(1-passed)
			}
			weights[j] += float64(r.engines) * (after[j] - before[j]) * (1 - r.absent) * others
			before[j] = after[j]
		}
		for over < begun && after[over] == 1 {
			passed := min(1-race[over].absent, never)
			noneOver *= power(1-passed, race[over].engines)
			oneOver += float64(race[over].engines) * passed / (1 - passed)
			over++
		}
		if noneOver < leastWeight/5 && (!second || noneOver*(1+oneOver) < leastWeight/5) {
			break
		}
	}
	for j := range race {
		dst = append(dst, Share{race[j].from, weights[j]})
	}
	return normaliseShares(dst)
}

// lineUp finds the posts that are quickest to the call, ascending.
func (a *Arrangement) lineUp(race []runner, c *lfb.Call) []runner {
	if !(math.Abs(c.Easting) < 1e7 && math.Abs(c.Northing) < 1e7) {
		return race
	}
	quarter := -1
	if !c.At.IsZero() {
		quarter = c.At.In(lfb.London).Hour() / 6
	}
	for k := range a.posts {
		p := &a.posts[k]
		if p.engines == 0 {
			continue
		}
		t := p.line.SecondsTo(c.Easting, c.Northing)
		if len(race) == runners {
			if t >= race[runners-1].seconds {
				continue
			}
			race = race[:runners-1]
		}
		j := len(race)
		race = race[:j+1]
		for ; j > 0 && race[j-1].seconds > t; j-- {
			race[j] = race[j-1]
		}
		race[j] = runner{from: k, seconds: t, engines: p.engines}
	}
	if a.complete {
		return race
	}
	often := a.d.often[min(max(c.PumpOrder, 1), 2)-1]
	for j := range race {
		away := a.posts[race[j].from].away
		if quarter >= 0 {
			race[j].absent = away[quarter]
		} else {
			race[j].absent = (away[0] + away[1] + away[2] + away[3]) / quarters
		}
		race[j].absent = min(often*race[j].absent, mostAway)
	}
	return race
}

// compareRanks returns by how much engines come from farther by their shares than by the learned ranks of stations: for
// the first engine how much more often not from the quickest, for the second, which may be that station's other one, by
// how many seconds.
func (a *Arrangement) compareRanks(c *lfb.Call) (later float64) {
	var field [runners]runner
	var shares [runners]Share
	race := a.lineUp(field[:0], c)
	engine := min(c.PumpOrder, 2) - 1
	for _, s := range a.Shares(shares[:0], c) {
		k := slices.IndexFunc(race, func(r runner) bool { return r.from == s.From })
		later += s.Weight * race[k].behind(race, engine)
	}
	ranks := &a.d.bundle.Spec.Ranks[engine]
	for k := range race[:min(len(race), len(ranks))] {
		later -= ranks[k] * race[k].behind(race, engine)
	}
	return later
}

// behind is 1 for others than the quickest where engine is 0, else the seconds.
func (r *runner) behind(race []runner, engine int) float64 {
	if engine == 1 {
		return r.seconds
	}
	if r.from == race[0].from {
		return 0
	}
	return 1
}

// bellBelow is the share of a bell on [-1, 1] that lies below z: the integral of ¾(1 - z²).
func bellBelow(z float64) float64 {
	z = min(max(z, -1), 1)
	return 0.5 + z*(0.75-0.25*z*z)
}

func power(x float64, n int) float64 {
	p := x
	for ; n > 1; n-- {
		p *= x
	}
	return p
}

// normaliseShares leaves out small shares and makes the rest sum to 1, heaviest first.
func normaliseShares(s []Share) []Share {
	slices.SortFunc(s, func(x, y Share) int { return cmp.Or(cmp.Compare(y.Weight, x.Weight), x.From-y.From) })
	var all, sum float64
	for _, x := range s {
		all += x.Weight
	}
	if all == 0 { // fewer engines than that are left
		return s[:0]
	}
	n := 0
	for n < len(s) && (n == 0 || s[n].Weight >= leastWeight*all) {
		sum += s[n].Weight
		n++
	}
	s = s[:n]
	for k := range s {
		s[k].Weight /= sum
	}
	return s
}
