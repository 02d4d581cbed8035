package places

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"lfb/internal/geo"
)

// spoken are the words that are said for letters and figures, of radio and of callers.
var spoken = func() map[string]string {
	table := map[string]string{
		"whisky": "w", "juliet": "j", "alfa": "a",
		"ee": "e", "bee": "b", "dee": "d", "eff": "f", "gee": "g", "aitch": "h", "haitch": "h", "jay": "j", "kay": "k",
		"ell": "l",
		"em":  "m", "pee": "p", "cue": "q", "ess": "s", "tee": "t", "vee": "v", "zed": "z",
	}
	for w := range strings.FieldsSeq(`alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november
		oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu`) {
		table[w] = w[:1]
	}
	for w, v := range figures {
		if v <= 20 && w != "o" {
			table[w] = strconv.Itoa(v)
		}
	}
	return table
}()

// mostSpoken is how many words a postcode is spelt in.
const mostSpoken = 9

// wordApart is what stands between letters that are spelt.
const wordApart = `[\s,.;-]+`

var (
	// spelling is four letters and figures or more that stand apart, of which the first is a letter: of a postcode, or of
	// a name that is spelt, W R Y T H E.
	spelling   = regexp.MustCompile(`(?i)\b[a-z](?:` + wordApart + `[a-z\d]\b){3,}`)
	wordsApart = regexp.MustCompile(wordApart)
)

// ReadSpelling writes the postcodes of a text that are spelt in words, or letter by letter, as postcodes: "sierra
// whiskey nineteen five alpha echo" is SW19 5AE. Two words of a letter each and a figure are the least. Letters and
// figures that spell no postcode are put together, so that none of them says something else.
func ReadSpelling(text string) string {
	words := splitWords(text)
	for i := range words {
		if _, ok := spoken[words[i].text]; !ok && (len(words[i].text) > 4 || !unicode.IsLetter(rune(words[i].text[0]))) {
			continue
		}
		for k := min(mostSpoken, len(words)-i); k > 1; k-- {
			code, ok := joinSpelt(words[i:i+k], i > 0 && numbered[words[i-1].text])
			if ok && !goesOnSpelt(code, words[i+k:]) {
				return readNumbers(text[:words[i].from]) + code + ReadSpelling(text[words[i+k-1].to:])
			}
		}
	}
	return joinLetters(readNumbers(text))
}

// goesOnSpelt says whether the words behind a code show that it is cut elsewhere: a figure behind a whole postcode, as
// its beginning is said twice, or what the figure of a sector would count.
func goesOnSpelt(code string, behind []word) bool {
	if len(behind) == 0 {
		return false
	}
	next := behind[0]
	_, figure := figures[next.text]
	inward := code[strings.IndexByte(code+" ", ' '):]
	switch len(inward) {
	case 0:
		return false
	case len(" 9"):
		return !next.comma && !fillers[next.text]
	}
	return figure && !next.comma
}

// joinLetters puts letters and figures that stand apart together where they spell no postcode.
func joinLetters(text string) string {
	return spelling.ReplaceAllStringFunc(text, func(spelt string) string {
		if len(wordsApart.Split(spelt, -1)) < leastSpelt && !strings.ContainsAny(spelt, "0123456789") {
			return spelt
		}
		return wordsApart.ReplaceAllString(spelt, "")
	})
}

// leastSpelt is how many letters spell a name.
const leastSpelt = 5

// speltAlone is how many letters and figures that stand apart a postcode has that is spelt without a word.
const speltAlone = 3

// joinSpelt is the postcode that words spell, each of them a letter or a figure and one in words at least, or most of
// them apart. Behind the number of a flat, "flat B N1 7EH", it is London's.
func joinSpelt(words []word, isBehindFlat bool) (code string, ok bool) {
	said, apart, torn, isTwenty := 0, 0, false, false
	for i, w := range words {
		c, isSpoken := spoken[w.text]
		hasFigure := strings.ContainsAny(w.text, "0123456789")
		switch {
		case isSpoken:
			said++
		case len(w.text) == 1:
			apart++
		case len(w.text) > 4 || len(w.text) > 2 && !hasFigure || ordinal.MatchString(w.text):
			return "", false
		case !hasFigure: // an area, or the last two letters
			isArea := i == 0 && geo.IsLondonArea(strings.ToUpper(w.text))
			torn = torn || !isArea && (i < len(words)-1 || linkWords[w.text] || twoLetters[w.text])
		}
		if isTwenty && !w.comma && len(c) == 1 && c[0] >= '1' && c[0] <= '9' {
			code = strings.TrimSuffix(code, "0") // twenty two
		}
		isTwenty = w.text == "twenty"
		code += cmp.Or(c, w.text)
	}
	p, err := geo.ReadPostcode(code)
	if last := len(code) - 1; err == nil && p.Unit == "" && !geo.IsLondonDistrict(p.District) && last > 1 {
		p, err = geo.ReadPostcode(code[:last] + " " + code[last:]) // SW2 1, as there is no SW21
	}
	if err != nil || p.Rest != "" || p.Corrected || !strings.ContainsAny(code, "0123456789") {
		return "", false
	}
	if said == 0 {
		isHere := !isBehindFlat || geo.IsLondonArea(geo.PostcodeArea(p.District))
		return p.Unit, p.Unit != "" && apart >= speltAlone && !torn && isHere
	}
	isLetters := len(words) > 2 || !slices.Contains([]string{"november", "hotel"}, words[0].text) // November 5
	isWhole := p.Unit != "" && !torn
	return longestForm(p), isWhole || p.Unit == "" && geo.IsLondonDistrict(p.District) && isLetters
}

var (
	ordinal    = regexp.MustCompile(`^\d+(st|nd|rd|th)$`)
	twoLetters = setOf(`we he us up be as`)
)
