package search

import (
	"encoding/json"
	"time"
)

// Record is the record of a search, kept as an object that the candidate names.
type Record struct {
	Candidate string          `json:"candidate"` // whose recipe was searched
	Space     Space           `json:"space"`
	Seed      uint64          `json:"seed"`
	Origins   []Origin        `json:"origins"`
	Trials    []Trial         `json:"trials"` // by number
	Best      int             `json:"best"`   // number of the winner; 0 is the default recipe, -1 none
	Stopped   string          `json:"stopped,omitempty"`
	Default   json.RawMessage `json:"default"` // what overrides override
}

// Origin is one rolling origin, as days.
type Origin struct {
	Train Span `json:"train"`
	Valid Span `json:"valid"`
}

// Span is consecutive rows of a data set, and the days that they are of.
type Span struct {
	Lo    int    `json:"lo"`    // first row
	Hi    int    `json:"hi"`    // row after the last
	First string `json:"first"` // first day, 2017-01-01
	Last  string `json:"last"`  // last day, inclusive
}

// Trial is one recipe of a search.
type Trial struct {
	Number   int             `json:"number"`
	Override json.RawMessage `json:"override"`
	RMSE     []float64       `json:"rmse"` // by origin that it was judged on, first engines, seconds
	FitTime  time.Duration   `json:"fit_time"`
	Error    string          `json:"error,omitempty"`
}
