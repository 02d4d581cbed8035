package feature

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"lfb/internal/lfb"
)

// wordFact is a word of a Call that a Spec has a vocabulary for.
type wordFact int

const (
	borough wordFact = iota
	ward
	district
	ground
	reported
	category
	propertyType
	factCount
)

// Positions in Spec.Vocab and, for the places, in its Gazetteer.
const (
	VocabBorough  = int(borough)
	VocabWard     = int(ward)
	VocabDistrict = int(district)
	VocabGround   = int(ground)
	VocabReported = int(reported)
	VocabCategory = int(category)
)

// factNames are the facts in the words of the API, which are the columns' too.
var factNames = [factCount]string{
	"borough", "ward", "postcode_district", "station_ground", "reported", "property_category", "property_type",
}

// wordOf returns the fact's text in c, to be read or written.
func (f wordFact) wordOf(c *lfb.Call) *string {
	switch f {
	case borough:
		return &c.BoroughCode
	case ward:
		return &c.WardCode
	case district:
		return &c.PostcodeDistrict
	case ground:
		return &c.StationGround
	case reported:
		return &c.Reported
	case category:
		return &c.PropertyCategory
	}
	return &c.PropertyType
}

// Vocabulary is the words that training rows have for one fact.
type Vocabulary struct {
	Words []string `json:"words"` // ascending
	Rows  []int    `json:"rows"`  // training rows with the word
	Least int      `json:"least"` // words with fewer rows share one category

	index  map[string]int32
	folded map[string]int32 // by the word as foldName has it
	code   []float64        // category of each word
	number int              // of categories
}

// indexWords builds the lookups; it refuses words that are out of order.
func (v *Vocabulary) indexWords() error {
	if len(v.Rows) != len(v.Words) {
		return fmt.Errorf("%d counts for %d words: %w", len(v.Rows), len(v.Words), lfb.ErrInvalid)
	}
	v.index, v.folded = make(map[string]int32, len(v.Words)), make(map[string]int32, len(v.Words))
	v.code = make([]float64, len(v.Words))
	v.number = 0
	for i, w := range v.Words {
		if w == "" || i > 0 && w <= v.Words[i-1] {
			return fmt.Errorf("word %d %q out of order: %w", i, w, lfb.ErrInvalid)
		}
		v.index[w] = int32(i)
		if k, ok := v.folded[foldName(w)]; !ok || v.Rows[i] > v.Rows[k] {
			v.folded[foldName(w)] = int32(i)
		}
		v.code[i] = -1
		if v.Rows[i] >= v.Least {
			v.code[i] = float64(v.number)
			v.number++
		}
	}
	few := float64(v.number)
	for i, c := range v.code {
		if c < 0 {
			v.code[i] = few
			v.number = int(few) + 1
		}
	}
	v.number = max(v.number, 1) // a column without categories would be numeric
	return nil
}

// indexOf returns the position of w, -1 where no training row has it.
func (v *Vocabulary) indexOf(w string) int32 {
	if i, ok := v.index[w]; ok {
		return i
	}
	return -1
}

// spellAsLearned puts a word as training rows have it; false where none has it, however
// it is spelt.
func (v *Vocabulary) spellAsLearned(w *string) bool {
	if v.indexOf(*w) >= 0 {
		return true
	}
	k, ok := v.folded[foldName(*w)]
	if ok {
		*w = v.Words[k]
	}
	return ok
}

// listWords names words by their positions, the first few of many.
func (v *Vocabulary) listWords(words []int32) string {
	const most = 8
	var names []string
	for _, k := range words[:min(len(words), most)] {
		names = append(names, v.Words[k])
	}
	if len(words) > most {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// nameMarks are what people leave out of a name, or write otherwise.
var nameMarks = strings.NewReplacer(".", "", "'", "", "’", "", "‘", "", "`", "", "&", " and ")

// foldName is a name as people type it: case, blanks, marks, and Saint for St do not
// matter.
func foldName(name string) string {
	between := func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }
	words := strings.FieldsFunc(nameMarks.Replace(strings.ToLower(name)), between)
	for i, w := range words {
		if w == "saint" {
			words[i] = "st"
		}
	}
	return strings.Join(words, " ")
}

// categoryOf returns the category of the word at i, NaN for -1.
func (v *Vocabulary) categoryOf(i int32) float64 {
	if i < 0 {
		return nan
	}
	return v.code[i]
}

// wordCounter counts the words of a fact and numbers them by first appearance.
type wordCounter struct {
	index map[string]int32
	words []string
	rows  []int
}

func newCounter() *wordCounter { return &wordCounter{index: map[string]int32{}} }

// countWord counts w and returns its provisional number, -1 for the empty word.
func (c *wordCounter) countWord(w string) int32 {
	if w == "" {
		return -1
	}
	i, ok := c.index[w]
	if !ok {
		i = int32(len(c.words))
		c.index[w] = i
		c.words = append(c.words, w)
		c.rows = append(c.rows, 0)
	}
	c.rows[i]++
	return i
}

// buildVocabulary sorts the words; order maps provisional numbers to final ones.
func (c *wordCounter) buildVocabulary(least int) (v Vocabulary, order []int32) {
	v = Vocabulary{Words: slices.Clone(c.words), Rows: make([]int, len(c.rows)), Least: least}
	slices.Sort(v.Words)
	order = make([]int32, len(c.words))
	for i, w := range v.Words {
		k := c.index[w]
		order[k] = int32(i)
		v.Rows[i] = c.rows[k]
	}
	return v, order
}
