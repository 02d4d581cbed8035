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
	switch c := &s.columns[j]; c.kind {
	case wordColumn:
		return s.Vocab[c.fact].text(v)
	case stationColumn:
		if k := int(v); k >= 0 && k < len(s.Stations) {
			return s.Stations[k].Name
		}
		return "unknown"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// Words are the texts behind the categories of column j, by code: every word that
// has the code, so several where rare words share one. It is nil for a number.
func (s *Spec) Words(j int) [][]string {
	c := &s.columns[j]
	if c.kind == numberColumn {
		return nil
	}
	texts := make([][]string, s.schema.Columns[j].Categories)
	if c.kind == stationColumn {
		for k := range s.Stations {
			texts[k] = []string{s.Stations[k].Name}
		}
		return texts
	}
	v := &s.Vocab[c.fact]
	for i, code := range v.code {
		texts[int(code)] = append(texts[int(code)], v.Words[i])
	}
	return texts
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
