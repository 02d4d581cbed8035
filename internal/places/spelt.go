package places

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"lfb/internal/geo"
)

// spoken are the words that are said for letters and figures, of radio and of callers.
var spoken = func() map[string]string {
	table := map[string]string{"whisky": "w", "juliet": "j", "alfa": "a", "niner": "9", "oh": "0", "nought": "0"}
	for w := range strings.FieldsSeq(`alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november
		oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu`) {
		table[w] = w[:1]
	}
	for i, w := range strings.Fields(`zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
		sixteen seventeen eighteen nineteen twenty`) {
		table[w] = strconv.Itoa(i)
	}
	return table
}()

// mostSpoken is how many words a postcode is spelt in.
const mostSpoken = 9

// ReadSpelling writes the postcodes of a text that are spelt in words as postcodes: "sierra whiskey nineteen five
// alpha echo" is SW19 5AE. Two words of a letter each and a figure are the least.
func ReadSpelling(text string) string {
	words := splitWords(text)
	for i := range words {
		if _, ok := spoken[words[i].text]; !ok && !geo.IsLondonArea(strings.ToUpper(words[i].text)) {
			continue
		}
		for k := min(mostSpoken, len(words)-i); k > 1; k-- {
			if code, ok := joinSpelt(words[i : i+k]); ok {
				return text[:words[i].from] + code + ReadSpelling(text[words[i+k-1].to:])
			}
		}
	}
	return text
}

// joinSpelt is the postcode that words spell, each of them a letter or a figure and one in words at least.
func joinSpelt(words []word) (code string, ok bool) {
	said := 0
	for _, w := range words {
		c, isSpoken := spoken[w.text]
		if !isSpoken && len(w.text) > 2 {
			return "", false
		}
		if isSpoken {
			said++
		}
		code += cmp.Or(c, w.text)
	}
	p, err := geo.ReadPostcode(code)
	if err != nil || said == 0 || p.Rest != "" || p.Corrected || !strings.ContainsAny(code, "0123456789") {
		return "", false
	}
	isLetters := len(words) > 2 || !slices.Contains([]string{"november", "hotel"}, words[0].text) // November 5
	return longestForm(p), p.Unit != "" || geo.IsLondonDistrict(p.District) && p.Sector == "" && isLetters
}
