package feature

import (
	"math"
	"slices"
	"strconv"
)

// KnowsStation reports whether a station's position was learned.
func (s *Spec) KnowsStation(name string) bool { return stationIndex(s.Stations, name) >= 0 }

// spellStation puts a station's name as it was learned; false where it was not.
func (s *Spec) spellStation(name *string) bool {
	if s.KnowsStation(*name) {
		return true
	}
	folded := foldName(*name)
	for _, t := range s.Stations {
		if foldName(t.Name) == folded {
			*name = t.Name
			return true
		}
	}
	return false
}

// FormatValue returns the value v of column j as people read it: a category's name, a
// number, or "unknown".
func (s *Spec) FormatValue(j int, v float64) string {
	if math.IsNaN(v) {
		return "unknown"
	}
	switch c := &s.columns[j]; c.kind {
	case wordColumn:
		return s.Vocab[c.fact].categoryText(v)
	case stationColumn:
		if k := int(v); k >= 0 && k < len(s.Stations) {
			return s.Stations[k].Name
		}
		return "unknown"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// CategoryWords returns the texts behind the categories of column j, by code: every word that
// has the code, so several where rare words share one. It is nil for a number.
func (s *Spec) CategoryWords(j int) [][]string {
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

// categoryText returns the word of a category; words too rare for a category of their own are
// "other".
func (v *Vocabulary) categoryText(code float64) string {
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
