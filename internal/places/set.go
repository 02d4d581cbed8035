package places

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Set is the places that are known: immutable, safe for concurrent use.
type Set struct {
	Meta    Meta
	text    []string // that entries name by number; the first is empty
	entries []entry  // by name and kind, so that those of one name stand together
	units   []unit   // ascending
	index   index
	byCode  map[string]int32     // entry of a borough's or ward's code, in small letters
	areas   map[string]int32     // entry of a postcode sector, district or area
	wards   []int32              // entries
	cells   map[[2]int32][]int32 // units, by the square that they are in
	settled bool                 // a file names London's settlements
	scratch sync.Pool            // *tally
}

// Meta says what a Set was made from.
type Meta struct {
	Sources []Source `json:"sources"`
	Names   int      `json:"names"` // places with a name
	Units   int      `json:"units"` // postcodes
}

// Source is a file or a table that a Set was made from.
type Source struct {
	Name     string   `json:"name"`
	Version  string   `json:"version,omitempty"` // as its publisher names it
	SHA256   string   `json:"sha256,omitempty"`
	Rows     int      `json:"rows"`
	Kept     int      `json:"kept"`     // of London and the margin
	NoPlace  int      `json:"no_place"` // rows that say that they have none
	Bad      int      `json:"bad"`      // rows that could not be read
	FirstBad []string `json:"first_bad,omitempty"`
}

// entry is a place with a name. Its numbers are metres of the National Grid.
type entry struct {
	Name, In, District, Code uint32 // in text
	X, Y                     int32
	West, South, East, North int32 // its extent; a point where it has none
	Reach                    int32 // precision, metres
	Kind                     Kind
	Borough                  uint8 // see boroughCode; 0 none
	Rank                     uint8 // higher is more prominent among those of its kind
	Outside                  bool
}

// unit is a postcode's place. Its key is its letters and digits, and in the last byte two bits that say how exactly
// it is known, by unitReaches, and the borough's number.
type unit struct {
	Key  uint64
	X, Y int32
}

func (u unit) borough() uint8 { return uint8(u.Key) & 0x3f }
func (u unit) reach() int32   { return unitReaches[u.Key>>6&3] }

// unitReaches is how exact a postcode's place can be, in metres. They have some 15 addresses: one of a file is known
// to the first. Of a single row it is the second: nine in ten calls of a later month were within (docs/MODELS.md).
var unitReaches = [4]int32{100, 200, 400, 800}

// unitKey packs a postcode of up to seven letters and digits; 0 where it is longer.
func unitKey(postcode string) uint64 {
	key, n := uint64(0), 0
	for i := range len(postcode) {
		if postcode[i] == ' ' {
			continue
		}
		if n++; n > 7 {
			return 0
		}
		key = key<<8 | uint64(postcode[i])
	}
	return key << (8 * (8 - n))
}

func (s *Set) findUnit(postcode string) (u unit, ok bool) {
	key := unitKey(postcode)
	i, found := slices.BinarySearchFunc(s.units, key, func(u unit, key uint64) int {
		return cmp.Compare(u.Key&^0xff, key)
	})
	if !found || key == 0 {
		return u, false
	}
	return s.units[i], true
}

// Count is how many places of a kind a Set has.
type Count struct {
	Kind   Kind `json:"kind"`
	Places int  `json:"places"`
}

// Counts lists the kinds that s has, in their order.
func (s *Set) Counts() []Count {
	var number [Coordinates + 1]int
	number[Unit] = len(s.units)
	for _, e := range s.entries {
		if code := s.text[e.Code]; e.Kind != Borough || BoroughName(code) == s.text[e.Name] { // H&F is there already
			number[e.Kind]++
		}
	}
	var counts []Count
	for k, n := range number {
		if n > 0 {
			counts = append(counts, Count{Kind(k), n})
		}
	}
	return counts
}

// describeEntry is an entry as callers see it.
func (s *Set) describeEntry(e *entry) Place {
	name := s.text[e.Name]
	if e.Kind == Borough {
		name = cmp.Or(BoroughName(s.text[e.Code]), name)
	}
	return Place{
		Name: name, Kind: e.Kind, Code: s.text[e.Code], In: s.text[e.In], Borough: boroughCode(e.Borough),
		District: s.text[e.District], Easting: float64(e.X), Northing: float64(e.Y), PrecisionM: float64(e.Reach),
		Outside: e.Outside,
	}
}

// fillBorough gives a place that is not outside and has no borough the one that its neighbours agree on: the wards that
// it may lie in, and of several the nearest postcodes. By a border it stays without, as a wrong one is worse.
func (s *Set) fillBorough(p *Place) {
	if p.Borough != "" || p.Outside {
		return
	}
	mayBe := uint64(0) // boroughs, by number
	for _, k := range s.wards {
		e := &s.entries[k]
		dx := max(float64(e.West)-p.Easting, p.Easting-float64(e.East))
		dy := max(float64(e.South)-p.Northing, p.Northing-float64(e.North))
		if max(dx, dy) <= wardEdgeM {
			mayBe |= 1 << e.Borough
		}
	}
	if near := s.nearestUnits(p.Easting, p.Northing); len(near) == agreeing {
		for _, u := range near {
			mayBe &= 1 << u.borough()
		}
	}
	if bits.OnesCount64(mayBe) == 1 {
		p.Borough = boroughCode(uint8(bits.TrailingZeros64(mayBe)))
	}
}

const (
	agreeing  = 3   // how many postcodes agree on a borough
	cellM     = 250 // within which they are looked for
	wardEdgeM = 100 // by which a ward is larger than the extent of its rows
)

// cellAt is the square of cellM that a place is in.
func cellAt(easting, northing float64) [2]int32 {
	return [2]int32{int32(math.Floor(easting / cellM)), int32(math.Floor(northing / cellM))}
}

// nearestUnits are the nearest postcodes within cellM, nearest first, at most agreeing of them.
func (s *Set) nearestUnits(easting, northing float64) (near []unit) {
	away := func(u unit) float64 { return math.Hypot(float64(u.X)-easting, float64(u.Y)-northing) }
	at := cellAt(easting, northing)
	for i := range int32(9) {
		for _, k := range s.cells[[2]int32{at[0] + i%3 - 1, at[1] + i/3 - 1}] {
			if u := s.units[k]; away(u) <= cellM {
				near = append(near, u)
			}
		}
	}
	slices.SortStableFunc(near, func(u, v unit) int { return cmp.Compare(away(u), away(v)) })
	return near[:min(len(near), agreeing)]
}

// distanceTo is how far two entries' extents are apart, in metres; 0 where they touch.
func (e *entry) distanceTo(f *entry) float64 {
	dx := max(e.West-f.East, f.West-e.East, 0)
	dy := max(e.South-f.North, f.South-e.North, 0)
	return math.Hypot(float64(dx), float64(dy))
}

// awayFrom is how far two entries' middles are apart, in metres.
func (e *entry) awayFrom(f *entry) float64 { return math.Hypot(float64(e.X-f.X), float64(e.Y-f.Y)) }

// index finds names by their words.
type index struct {
	tokens   []string // ascending
	sounds   []string // of each token, see soundOf
	starts   []uint32 // of each token's postings, and the end
	postings []uint32 // number of a name, and which of its words it is in the last four bits
	names    []name
}

// maxNameWords is how many words of a name count.
const maxNameWords = 12

// name is what one or several entries of one kind are called.
type name struct {
	tokens   []uint32 // of the words, then of the words that its kind adds
	words    int      // without those
	strong   uint16   // which words must be said
	weak     bool     // all of them, as none tells much: Station Road
	from, to int32    // entries
}

// kindWords are what people may add to a name of a kind.
var kindWords = map[Kind]string{
	Ward: "ward", Borough: "borough royal city", Ground: fireStation + " stn ground", Station: "stn",
}

// fireStation is the token of a station that is said to be one for fire engines.
const fireStation = "fire+stn"

// indexNames makes the lookups of s from its entries.
func (s *Set) indexNames() {
	s.byCode, s.areas = map[string]int32{}, map[string]int32{}
	numbers := map[string]uint32{}
	number := func(token string) uint32 {
		n, ok := numbers[token]
		if !ok {
			n = uint32(len(numbers))
			numbers[token] = n
		}
		return n
	}
	var names []name
	for from := 0; from < len(s.entries); {
		first, to := &s.entries[from], from+1
		for to < len(s.entries) && s.entries[to].Name == first.Name && s.entries[to].Kind == first.Kind {
			to++
		}
		switch first.Kind {
		case Sector, District, Area:
			s.areas[s.text[first.Name]] = int32(from)
		default:
			names = append(names, s.newName(from, to, number))
		}
		from = to
	}
	for k := range s.entries {
		s.settled = s.settled || s.entries[k].Kind == Settlement && !s.entries[k].Outside
		if code := s.text[s.entries[k].Code]; code != "" {
			s.byCode[strings.ToLower(code)] = int32(k)
		}
		if s.entries[k].Kind == Ward {
			s.wards = append(s.wards, int32(k))
		}
	}
	s.cells = map[[2]int32][]int32{}
	for k, u := range s.units {
		at := cellAt(float64(u.X), float64(u.Y))
		s.cells[at] = append(s.cells[at], int32(k))
	}
	s.index = newIndex(names, numbers)
	s.scratch.New = func() any { return &tally{asked: make([]uint32, len(names)), named: make([]uint16, len(names))} }
}

func (s *Set) newName(from, to int, number func(string) uint32) name {
	// of which every word is said
	n, isWard := name{from: int32(from), to: int32(to), weak: true}, s.entries[from].Kind == Ward
	words := splitWords(s.text[s.entries[from].Name])
	words = words[:min(len(words), maxNameWords)]
	for i, w := range words {
		n.tokens = append(n.tokens, number(w.token))
		n.weak = n.weak && weighToken(w.token) < 1
		last := words[len(words)-1].token
		isOfStation := roadWords[w.token] && (last == "stn" || last == "rbt")   // Old Street station is not Old station
		isLetters := len(words[0].text) == 1 && s.entries[from].Kind == Borough // H&F, and not an H and an F
		if weighToken(w.token) == 1 || isWard && !nameLinks[w.token] || isOfStation || isLetters {
			n.strong |= 1 << i
		}
	}
	n.words = len(n.tokens)
	if n.weak {
		n.strong = 1<<n.words - 1
	}
	for w := range strings.FieldsSeq(kindWords[s.entries[from].Kind]) {
		if !slices.ContainsFunc(words, func(have word) bool { return have.token == w }) {
			n.tokens = append(n.tokens, number(w))
		}
	}
	return n
}

// newIndex numbers the tokens in their order and lists the names that have each.
func newIndex(names []name, numbers map[string]uint32) index {
	x := index{tokens: make([]string, 0, len(numbers)), names: names}
	for t := range numbers {
		x.tokens = append(x.tokens, t)
	}
	sort.Strings(x.tokens)
	order := make([]uint32, len(x.tokens))
	for i, t := range x.tokens {
		order[numbers[t]] = uint32(i)
		x.sounds = append(x.sounds, soundOf(t))
	}
	x.starts = make([]uint32, len(x.tokens)+1)
	for _, n := range names {
		for i, t := range n.tokens {
			n.tokens[i] = order[t]
			x.starts[order[t]+1]++
		}
	}
	for i := range x.tokens {
		x.starts[i+1] += x.starts[i]
	}
	x.postings = make([]uint32, x.starts[len(x.tokens)])
	next := slices.Clone(x.starts)
	for k, n := range names {
		for i, t := range n.tokens {
			x.postings[next[t]] = uint32(k)<<4 | uint32(i)
			next[t]++
		}
	}
	return x
}
