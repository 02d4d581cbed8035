package feature

import (
	"math"
	"slices"
	"strconv"
)

// KnowsStation reports whether a station's position was learned.
func (s *Spec) KnowsStation(name string) bool { return stationIndex(s.Stations, name) >= 0 }

// Text is the value v of column j in words, for people: a category's name, a
// number, or "unknown".
func (s *Spec) Text(j int, v float64) string {
	if math.IsNaN(v) {
		return "unknown"
	}
	c := s.schema.Columns[j]
	if !c.IsCategorical() {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	switch c.Name {
	case "sent_from", "nearest_station", "nearest2_station":
		if k := int(v); k >= 0 && k < len(s.Stations) {
			return s.Stations[k].Name
		}
		return "unknown"
	}
	return s.Vocab[columnFact(c.Name)].text(v)
}

// columnFact is the fact behind a categorical column.
func columnFact(name string) fact {
	return fact(max(slices.Index(factNames[:], name), 0))
}

// text is the word of a category; words too rare for a category of their own are
// "other".
func (v *Vocabulary) text(code float64) string {
	word, n := "unknown", 0
	for i, c := range v.code {
		if c == code {
			word = v.Words[i]
			n++
		}
	}
	if n > 1 || n == 1 && v.Rows[slices.Index(v.Words, word)] < v.Least {
		return "other"
	}
	return word
}
