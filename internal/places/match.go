package places

import (
	"math/bits"
	"slices"
	"sort"
	"strconv"
	"strings"

	"lfb/internal/lfb"
)

// Costs of reading a word otherwise than as it stands, in words.
const (
	slipCost    = 0.35 // by one letter
	knownSlip   = 0.5  // likewise, of a word that is one of some name as it stands
	aheadCost   = 0.15 // a word that is still being typed
	absentWeak  = 0.1  // a word of the name that tells little and was not said
	absent      = 0.8  // any other
	shortCost   = 0.42 // by an abbreviation that no table has, of a name of which another word is said
	stationSlip = 0.45 // by its sound alone, of a station that is said to be one
	soundCost   = 0.4  // by its sound, or by two letters of a long word; of areas, stations and landmarks
	gapCost     = 0.2  // a word between that tells little: Heathrow Airport Terminal 5
	otherCost   = 0.5  // the name goes on otherwise: Brixton of Brixton Road
	orderCost   = 0.05
	kindWeight  = 0.3 // of a word that a kind adds to its names
)

// maxWords is how many words of a text are read.
const maxWords = 32

// reading is a token that a word of the text may stand for.
type reading struct {
	token uint32
	cost  float64
}

// hit is a name, or a place that needs none, that some words of the text say.
type hit struct {
	entries []entry
	mask    uint32  // words of the text that say it
	own     uint32  // those of them that are of its name, and not of its kind
	score   float64 // how much they tell
	full    bool    // every word of the name that matters was said
	partial bool    // words that tell little were not
	apart   bool    // a comma or another word stands between its words
	slips   []int   // words of the text that were read with another letter
	ahead   bool    // its last word is still being typed
	doubt   bool    // its words are in another order, or one is an abbreviation that may be something else
	loose   bool    // a kind of road or building that the name has not follows it

	made     string // its name, where it has no entry with one
	district string // likewise
}

func (h *hit) firstWord() int { return bits.TrailingZeros32(h.mask) }
func (h *hit) lastWord() int  { return 31 - bits.LeadingZeros32(h.mask) }

// tally counts words by name; a name that is not touched is zero.
type tally struct {
	asked   []uint32 // words of the text, by name
	named   []uint16 // words of the name, by name
	touched []uint32
}

// readWord lists the tokens that word i may be: itself, its slips, and what it may become.
func (x *index) readWord(words []word, i int, ahead, exact bool) []reading {
	var out []reading
	add := func(t int, cost float64) {
		if !slices.ContainsFunc(out, func(r reading) bool { return r.token == uint32(t) }) {
			out = append(out, reading{uint32(t), cost})
		}
	}
	w := words[i]
	x.readAsItStands(words, i, add)
	if exact {
		return out
	}
	isPlaced := i > 0 && locatives[words[i-1].text] // near green: perhaps Greenwich, still being typed
	if ahead && (isPlaced || len(words) < 3 || !isOrdinary(w.text)) {
		for t := sort.SearchStrings(x.tokens, w.text); t < len(x.tokens) && strings.HasPrefix(x.tokens[t], w.text); t++ {
			add(t, aheadCost)
		}
		for long, short := range shortForms {
			if strings.HasPrefix(long, w.text) && len(w.text) > 1 {
				if t, ok := slices.BinarySearch(x.tokens, short); ok {
					add(t, aheadCost)
				}
			}
		}
	}
	if len(out) == 0 && len(w.text) >= 4 {
		for long, short := range shortForms {
			if t, ok := slices.BinarySearch(x.tokens, short); ok && isOneEdit(long, w.text) {
				add(t, slipCost)
			}
		}
	}
	cost := slipCost
	if len(out) > 0 && out[0].cost == 0 {
		cost = knownSlip
	}
	if len(w.token) >= 4 && !linkWords[w.token] && !weakWords[w.token] {
		for t, token := range x.tokens {
			if d := len(token) - len(w.token); d >= -1 && d <= 1 && isOneEdit(token, w.token) {
				add(t, cost)
			}
		}
	}
	if len(out) == 0 || out[0].cost > 0 {
		x.readShortened(&w, add)
	}
	bySound, isStation := len(out) == 0, len(w.token) >= leastStation && saysStation(words[i+1:])
	if bySound || isStation {
		x.readSound(w.token, bySound, isStation, add)
	}
	return out
}

// readAsItStands adds the tokens that word i is: itself, a fire station, a quarter by its letter, a figure in words.
func (x *index) readAsItStands(words []word, i int, add func(t int, cost float64)) {
	w := words[i]
	hasNext := i+1 < len(words) && !words[i+1].comma
	tokens := []string{w.token}
	if w.text == "fire" && hasNext && words[i+1].token == "stn" {
		tokens = append(tokens, fireStation)
	}
	if far := compass[w.text]; far != "" && hasNext {
		tokens = append(tokens, far)
	}
	if v, err := strconv.Atoi(w.text); err == nil && v >= 0 && v < len(smallNumbers) { // 7 Sisters Road
		tokens = append(tokens, smallNumbers[v])
	}
	for _, token := range tokens {
		if t, ok := slices.BinarySearch(x.tokens, token); ok {
			add(t, 0)
		}
	}
}

// readShortened adds the tokens that a word may be an abbreviation of.
func (x *index) readShortened(w *word, add func(t int, cost float64)) {
	if fillers[w.text] || linkWords[w.token] || strings.Trim(w.text, "0123456789") != w.text {
		return
	}
	for t := sort.SearchStrings(x.tokens, w.text[:1]); t < len(x.tokens) && x.tokens[t][0] == w.text[0]; t++ {
		if isAbbreviation(w.text, x.tokens[t]) {
			add(t, shortCost)
		}
	}
}

// readSound adds the tokens that sound as a word does: those of any name by sound, of a station's by a lesser likeness.
func (x *index) readSound(said string, bySound, isStation bool, add func(t int, cost float64)) {
	sound := soundOf(said)
	for t, token := range x.tokens {
		d := len(token) - len(said)
		isNear, isLong := d >= -2 && d <= 2, len(said) >= longWord && said[0] == token[0]
		switch {
		case bySound && (isNear && soundsAlike(x.sounds[t], sound) || isLong && lfb.IsWithinEdits(token, said, 2)):
			add(t, soundCost)
		case isStation && isNear && x.sounds[t] == sound:
			add(t, stationSlip)
		}
	}
}

// leastStation is how long a word of a station's name is that its sound alone tells.
const leastStation = 6

// saysStation says whether the words behind one say that it is of a station's name: leister sq tube.
func saysStation(behind []word) bool {
	for _, w := range behind[:min(len(behind), 2)] {
		if w.comma || w.token == "stn" {
			return !w.comma
		}
	}
	return false
}

// findNames lists the names that the words say. Words that say something else are read
// as they stand.
func (s *Set) findNames(words []word, ahead bool, said map[string]bool) []hit {
	x := &s.index
	readings := make([][]reading, len(words))
	t := s.scratch.Get().(*tally)
	for i := range words {
		readings[i] = x.readWord(words, i, ahead && i == len(words)-1, said[words[i].text])
		for _, r := range readings[i] {
			for _, p := range x.postings[x.starts[r.token]:x.starts[r.token+1]] {
				k := p >> 4
				if t.asked[k] == 0 && len(words[i].text) == 1 && r.cost > 0 {
					continue // a letter finds nothing by itself
				}
				first := &s.entries[x.names[k].from]
				if r.cost == soundCost && first.isRoad() || r.cost == stationSlip && first.Kind != Station {
					continue
				}
				if t.asked[k] == 0 {
					t.touched = append(t.touched, k)
				}
				t.asked[k] |= 1 << i
				t.named[k] |= 1 << (p & 15)
			}
		}
	}
	slices.Sort(t.touched)
	var hits []hit
	for _, k := range t.touched {
		n := &x.names[k]
		missing := bits.OnesCount16(n.strong &^ t.named[k])
		isShortened := missing == 1 && n.words > 2 && t.named[k]&1 == 1 && s.entries[n.from].Kind.isSite() &&
			t.named[k]>>(n.words-1)&1 == 1 // Kingsdale School, of Kingsdale Foundation School
		if missing == 0 || isShortened || ahead && missing <= 2 && t.named[k]&1 == 1 && t.asked[k]>>(len(words)-1) == 1 {
			if h, ok := s.alignName(n, words, readings, t.asked[k]); ok && !s.isStray(&h, n, words, said) {
				hits = append(hits, h)
			}
		}
		t.asked[k], t.named[k] = 0, 0
	}
	t.touched = t.touched[:0]
	s.scratch.Put(t)
	return hits
}

// alignName is the best run of words that say a name. Between them may be link words, and one that
// tells little; where all words of the name tell little, they stand side by side.
func (s *Set) alignName(n *name, words []word, readings [][]reading, asked uint32) (best hit, ok bool) {
	for from := range words {
		if asked>>from&1 == 0 {
			continue
		}
		to, gaps := from, 0
		for k := from + 1; k < len(words) && k-to <= 2; k++ {
			if asked>>k&1 == 1 {
				to = k
				continue
			}
			if isGap(words[k]) {
				gaps++
			}
			if n.weak || gaps > 1 || !nameLinks[words[k].token] && !isGap(words[k]) {
				break
			}
		}
		h, good := s.scoreRun(n, words, readings, asked&(1<<(to+1)-1)&^(1<<from-1))
		if !good {
			continue
		}
		s.weighGaps(&h, n, words)
		if h.score > 0 && (!ok || h.score > best.score) {
			best, ok = h, true
		}
	}
	return best, ok
}

var (
	articles  = setOf("the a an my our this")
	locatives = setOf("at in on near by nr off opposite opp behind outside inside from of to past")
)

// isStray says whether one ordinary word of a sentence is no street's name, whose sort is not said: "please hurry".
func (s *Set) isStray(h *hit, n *name, words []word, said map[string]bool) bool {
	first, last := h.firstWord(), h.lastWord()
	w := words[first]
	if first == last && first > 0 && articles[words[first-1].text] && isOrdinary(w.text) && last+1 < len(words) &&
		!words[last+1].comma && (first < 2 || !locatives[words[first-2].text]) && !weakWords[words[last+1].token] {
		return true // the angel on the tree
	}
	isColour := first+1 == last && articles[w.text] && words[last].text == "green" && n.words == 2
	if isColour && last+1 < len(words) && !words[last+1].comma && said[words[last+1].text] &&
		(first == 0 || !locatives[words[first-1].text]) {
		return true // the green car
	}
	if !h.partial || first != last || s.roadKind(n) == "" || !isOrdinary(w.text) {
		return false
	}
	isBefore, isAfter := first == 0 || w.comma, last == len(words)-1 || words[last+1].comma
	isAt := !isBefore && locatives[words[first-1].text]
	return !(isBefore && isAfter) && (said[w.text] || !isAt)
}

// isGap is a word that may stand within a name without being of it: Heathrow Airport Terminal 5.
func isGap(w word) bool { return weakWords[w.token] && !w.comma && !isRegion(w.text) }

// weighGaps looks at what stands between the words of a name, and after them.
func (s *Set) weighGaps(h *hit, n *name, words []word) {
	for k := h.firstWord() + 1; k <= h.lastWord(); k++ {
		isOwn := h.mask>>k&1 == 1
		isSort := words[k-1].token == "hosp" || words[k-1].token == "stn" // hospital, Lewisham
		if isOwn && words[k].comma && !isSort || !isOwn && isGap(words[k]) {
			h.score -= gapCost
			h.apart = true
		}
	}
	isWeakRoad := n.weak && s.entries[n.from].isRoad() // Edgware, Station Road
	if first := h.firstWord(); first > 0 && h.mask != 1<<first && isGap(words[first]) && !isWeakRoad &&
		!linkWords[words[first-1].token] {
		h.score -= otherCost // Southall bus station, Southall: the word is of what stands before
	}
	next := h.lastWord() + 1
	kind := s.roadKind(n)
	if kind != "" && s.entries[n.from].Kind == Ward && h.mask == h.own { // any High Street is more likely meant
		h.loose = true
		h.score -= otherCost
	}
	if next < len(words) && h.partial && kind != "" && isGap(words[next]) && roadWords[words[next].token] &&
		words[next].token != kind {
		h.score = 0 // a High Road is no High Street
		return
	}
	goesOn := next < len(words) && isGap(words[next]) && !besideWords[words[next].token] &&
		!(words[next].token == "stn" && next+1 < len(words) && isGap(words[next+1]) && roadWords[words[next+1].token])
	isSite := next < len(words) && roadWords[words[next].token] && !s.entries[n.from].isRoad() // Tower Bridge Road
	if goesOn && (h.partial || s.entries[n.from].isArea() || isSite) {
		h.loose = !s.entries[n.from].Outside || roadWords[words[next].token]
		h.score -= otherCost
	}
}

// roadKind is the kind of road that a name ends with; empty where it is called otherwise.
func (s *Set) roadKind(n *name) string {
	if n.words > 1 {
		if last := s.index.tokens[n.tokens[n.words-1]]; roadWords[last] {
			return last
		}
	}
	return ""
}

// isBegun says whether the last word may be the beginning of a name though it is one of English: "near green", not
// "at all" or "Brixton hill".
func isBegun(words []word) bool {
	last := len(words) - 1
	return last == 0 || linkWords[words[last-1].token] && len(words[last].text) > 3
}

// scoreRun weighs the words of a name that a run of the text says.
func (s *Set) scoreRun(n *name, words []word, readings [][]reading, run uint32) (h hit, ok bool) {
	var said uint16
	before, own := -1, false
	exact, short := false, 0
	isGuess, isPlain := true, true // all words that tell are slips of ordinary words; are ordinary words
	typed := len(readings) - 1
	for m := run; m != 0; m &= m - 1 {
		i := bits.TrailingZeros32(m)
		at, cost := n.findReading(readings[i], said)
		if at < 0 {
			continue // a word that was said twice
		}
		said |= 1 << at
		h.mask |= 1 << i
		weight := kindWeight
		if at < n.words {
			h.own |= 1 << i
			token := s.index.tokens[n.tokens[at]]
			weight = weighToken(token)
			own = own || !linkWords[token] && !isRegion(token)
			exact = exact || cost == 0 && !nameLinks[token]
			isSlip := cost > 0 && cost != stationSlip && isOrdinary(words[i].text)
			isGuess = isGuess && (weight < 1 && !s.entries[n.from].isRoad() || isSlip)
			isPlain = isPlain && (weight < 1 || isOrdinary(words[i].text))
		} else if n.words == 1 {
			own = true // Junction ward
		}
		h.score += weight * (1 - cost)
		if at < before {
			h.score -= orderCost
			if at < n.words && roadWords[s.index.tokens[n.tokens[at]]] { // Edgware, Station Road
				h.score, h.apart, h.doubt = h.score-otherCost, true, true
			}
			if n.weak {
				return h, false
			}
		}
		before = at
		switch cost {
		case shortCost:
			h.slips, short = append(h.slips, i), short+1
			h.doubt = h.doubt || isOrdinary(words[i].text)
		case slipCost, knownSlip, soundCost, stationSlip:
			h.slips = append(h.slips, i)
		case aheadCost:
			h.ahead = i == typed
			h.doubt = h.doubt || len(words) > 2 && isOrdinary(words[i].text)
		}
	}
	s.weighAbsent(&h, n, said)
	if short > 0 && !(exact && h.full) {
		return h, false
	}
	h.entries = s.entries[n.from:n.to]
	isPart := !n.weak && (h.ahead || said&1 == 1 && !isPlain)
	isGuess = isGuess && (len(h.slips) > 0 || h.ahead && !isBegun(words))
	return h, own && !isGuess && h.score > 0 && (h.full || isPart)
}

// weighAbsent takes off what the words of a name that are not said would tell.
func (s *Set) weighAbsent(h *hit, n *name, said uint16) {
	h.full = n.strong&^said == 0
	for k := range n.words {
		if said>>k&1 == 1 {
			continue
		}
		switch weight := weighToken(s.index.tokens[n.tokens[k]]); {
		case n.strong>>k&1 == 1:
			h.score -= absent * weight
		case weight > 0.1:
			h.score -= absentWeak
			h.partial = true
		}
	}
}

// findReading is which word of a name, of those that are not said yet, a word of the text says, and at what cost: the
// least. It is -1 where none is said.
func (n *name) findReading(readings []reading, said uint16) (at int, cost float64) {
	at = -1
	for k, t := range n.tokens {
		if said>>k&1 == 1 {
			continue
		}
		j := slices.IndexFunc(readings, func(r reading) bool { return r.token == t })
		if j >= 0 && (at < 0 || readings[j].cost < cost) {
			at, cost = k, readings[j].cost
		}
	}
	return at, cost
}
