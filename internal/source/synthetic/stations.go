package synthetic

import (
	"strings"

	"lfb/internal/geo/london"
)

// fireStation is a fire station of the made-up city: where the brigade has it.
type fireStation struct {
	name    string
	e, n    float64 // metres, British National Grid
	engines int     // 1 or 2
	code    string  // call sign of the station, e.g. F24
	away    float64 // mean share of calls at which one of its engines is not there
	closed  bool    // in a city that is lived again
}

// newStations returns the stations by name. A call sign that is not known is made up: none of
// the brigade's begins with X.
func newStations() []fireStation {
	known := london.Stations()
	out := make([]fireStation, len(known))
	for i, s := range known {
		away := 0.23 + 0.20*unitInterval(hashWords(0x57a7, uint64(i)))
		if s.Engines > 1 {
			away *= .62 // of two one is kept near more often
		}
		code := s.Code
		if code == "" {
			code = "X" + formatInt(21+i%79)
		}
		out[i] = fireStation{name: s.Name, e: s.Easting, n: s.Northing, engines: s.Engines, code: code, away: away}
	}
	return out
}

// borough is one of London's 33 boroughs.
type borough struct {
	code, name, proper string
	calls              float64 // share of all calls, to any scale
}

// newBoroughs returns the boroughs by code.
func newBoroughs() []borough {
	out := make([]borough, len(london.Boroughs()))
	for i, b := range london.Boroughs() {
		out[i] = borough{code: b.Code, name: b.Name, proper: spellProper(b.Name), calls: float64(b.Rows)}
	}
	return out
}

// spellProper writes a borough as the column ProperCase does: only the first two words, and
// the City's third, have a capital.
func spellProper(name string) string {
	words := strings.Fields(strings.ToLower(name))
	for i, w := range words {
		if i < 2 || words[0] == "city" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}
