package cover

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"lfb/internal/lfb"
)

// Span is from when to when something holds. An empty one is the scenario's hours.
type Span struct {
	From string `json:"from,omitempty" maxLength:"20" doc:"08:00: every day from then; 2026-07-01T08:00: from that day and time; London time. Without: the scenario's hours" example:"2026-07-01T08:00"`
	To   string `json:"to,omitempty" maxLength:"20" doc:"When it ends, written as from is; a time of day may be over midnight" example:"2026-07-02T20:00"`
}

// minutesADay is of a day in London as its clocks show it: that two days a year have an hour more or less is left out.
const minutesADay = hours * 60

// extent is a Span that was read: minutes of every day, perhaps over midnight, or of civil time since 1970.
type extent struct {
	dated    bool
	from, to int
}

func (x extent) contains(minute int) bool {
	if !x.dated {
		minute %= minutesADay
		if x.from >= x.to {
			return minute >= x.from || minute < x.to // of the same twice: always
		}
	}
	return x.from <= minute && minute < x.to
}

// readExtent is the extent of a span, usual where it is empty. What is wrong with it is a *lfb.PartError below the
// pointer.
func (s Span) readExtent(pointer string, usual extent) (x extent, err error) {
	if s == (Span{}) {
		return usual, nil
	}
	var dated bool
	if x.from, x.dated, err = readClock(s.From); err != nil {
		return x, &lfb.PartError{Pointer: pointer + "/from", Reason: err.Error()}
	}
	if x.to, dated, err = readClock(s.To); err != nil {
		return x, &lfb.PartError{Pointer: pointer + "/to", Reason: err.Error()}
	}
	switch {
	case dated != x.dated:
		const why = "from and to are both times of day, or both dates with times"
		return x, &lfb.PartError{Pointer: pointer + "/to", Reason: why}
	case dated && x.to <= x.from:
		return x, &lfb.PartError{Pointer: pointer + "/to", Reason: fmt.Sprintf("%s is not after %s", s.To, s.From)}
	}
	return x, nil
}

// readClock reads minutes of the day, or since 1970 where a day stands before them.
func readClock(text string) (minute int, dated bool, err error) {
	if text == "24:00" {
		return 0, false, nil
	}
	for _, layout := range []string{"15:04", "2006-01-02T15:04", "2006-01-02 15:04"} {
		t, err := time.Parse(layout, text)
		switch dated = len(layout) > len("15:04"); {
		case err != nil || dated && t.Year() < 2000:
		case dated:
			return int(t.Unix() / 60), true, nil
		default:
			return t.Hour()*60 + t.Minute(), false, nil
		}
	}
	return 0, false, fmt.Errorf("%.30q is neither a time of day as 08:00 nor a day and time as 2026-07-01T08:00", text)
}

// How many entries a scenario may have, how many days one with dates may be long, and in how many ways engines may
// stand in it.
const (
	mostEntries = 300
	mostDays    = 31
	mostPhases  = 48
)

// timeline is when a scenario's engines stand how: on any day, or on some days where it has dates.
type timeline struct {
	dated  bool
	first  int // its first day, since 1970
	days   int
	phases []phase
}

// day is one of a dated timeline's, as 2026-07-01.
func (l *timeline) day(k int) string {
	return time.Unix(int64(l.first+k)*minutesADay*60, 0).UTC().Format(time.DateOnly)
}

// phase is one way in which engines stand, and when.
type phase struct {
	out, elsewhere []int            // entries of the scenario that hold
	added          bool             // its new stations are there
	daily          [][hours]float64 // what share of each hour, by day
}

// meanDay is what share of each hour of the mean day a phase is.
func (f *phase) meanDay() (m [hours]float64) {
	for _, day := range f.daily {
		for h, share := range day {
			m[h] += share / float64(len(f.daily))
		}
	}
	return m
}

// extents are when each entry of a scenario holds; usual is for those, and new stations, that do not say.
func (s *Scenario) extents() (out, elsewhere []extent, usual extent, err error) {
	if s.From < 0 || s.From >= hours || s.To < 0 || s.To > hours {
		err = fmt.Errorf("from %d to %d are not hours of the day: %w", s.From, s.To, lfb.ErrInvalid)
		return nil, nil, usual, err
	}
	usual = extent{from: s.From % hours * 60, to: s.To % hours * 60}
	out, elsewhere = make([]extent, len(s.Out)), make([]extent, len(s.Elsewhere))
	for i := range s.Out {
		if out[i], err = s.Out[i].readExtent(fmt.Sprintf("/out/%d", i), usual); err != nil {
			return nil, nil, usual, err
		}
	}
	for i := range s.Elsewhere {
		if elsewhere[i], err = s.Elsewhere[i].readExtent(fmt.Sprintf("/elsewhere/%d", i), usual); err != nil {
			return nil, nil, usual, err
		}
	}
	return out, elsewhere, usual, nil
}

// timeline says when a scenario's engines stand how. The days are those that its dates touch.
func (s *Scenario) timeline() (*timeline, error) {
	if points := s.countPoints(); points > mostPoints {
		return nil, fmt.Errorf("%d new places for engines, %d at most: %w", points, mostPoints, lfb.ErrInvalid)
	}
	if n := len(s.Out) + len(s.Elsewhere); n > mostEntries {
		return nil, fmt.Errorf("%d entries, %d at most: %w", n, mostEntries, lfb.ErrInvalid)
	}
	out, elsewhere, usual, err := s.extents()
	if err != nil {
		return nil, err
	}
	l := &timeline{days: 1}
	all := append(slices.Concat(out, elsewhere), usual)
	var last int
	for _, x := range all {
		switch {
		case !x.dated:
		case !l.dated:
			l.dated, l.first, last = true, x.from/minutesADay, x.to
		default:
			l.first, last = min(l.first, x.from/minutesADay), max(last, x.to)
		}
	}
	if l.dated {
		l.days = (last+minutesADay-1)/minutesADay - l.first
	}
	if l.days > mostDays {
		const why = "its dates are %d days apart, %d at most; what lasts longer is planned as every day: %w"
		return nil, fmt.Errorf(why, l.days, mostDays, lfb.ErrInvalid)
	}
	return l, l.addPhases(cutsOf(all, l), out, elsewhere, usual)
}

// addPhases adds what holds between cuts, each way in which engines stand once.
func (l *timeline) addPhases(cuts []int, out, elsewhere []extent, usual extent) error {
	known := map[string]int{}
	for k, from := range cuts[:len(cuts)-1] {
		f := phaseAt(from, out, elsewhere, usual)
		key := fmt.Sprint(f.out, f.elsewhere, f.added)
		at, ok := known[key]
		if !ok {
			if at = len(l.phases); at == mostPhases {
				const why = "engines stand in more than %d ways at different times: %w"
				return fmt.Errorf(why, mostPhases, lfb.ErrInvalid)
			}
			known[key] = at
			f.daily = make([][hours]float64, l.days)
			l.phases = append(l.phases, f)
		}
		day, hour := from/minutesADay-l.first, from%minutesADay/60
		l.phases[at].daily[day][hour] += float64(cuts[k+1]-from) / 60
	}
	return nil
}

// cutsOf are the minutes at which an hour or anything of a timeline begins or ends, ascending, its own end last.
func cutsOf(all []extent, l *timeline) []int {
	first, end := l.first*minutesADay, (l.first+l.days)*minutesADay
	var cuts []int
	for m := first; m <= end; m += 60 {
		cuts = append(cuts, m)
	}
	for _, x := range slices.CompactFunc(slices.SortedFunc(slices.Values(all), func(a, b extent) int {
		return cmp.Or(a.from-b.from, a.to-b.to)
	}), func(a, b extent) bool { return a == b }) {
		if x.dated {
			cuts = append(cuts, x.from, x.to)
			continue
		}
		for m := first; m < end; m += minutesADay {
			cuts = append(cuts, m+x.from, m+x.to)
		}
	}
	slices.Sort(cuts)
	return slices.Compact(cuts)
}

// phaseAt is what holds at a minute.
func phaseAt(minute int, out, elsewhere []extent, usual extent) (f phase) {
	for i, x := range out {
		if x.contains(minute) {
			f.out = append(f.out, i)
		}
	}
	for i, x := range elsewhere {
		if x.contains(minute) {
			f.elsewhere = append(f.elsewhere, i)
		}
	}
	f.added = usual.contains(minute)
	return f
}
