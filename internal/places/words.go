package places

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go/frequency"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// word is a word of a text or a name.
type word struct {
	text  string // small letters without marks
	token string // as the index has it: street and saint are st
	comma bool   // a comma, a slash or the like stands before it
	from  int    // first byte in the text that was split
	to    int    // past its last byte
}

// splitWords splits a text at whatever is no letter or digit. Apostrophes and dots inside a word
// are left out: King's is kings, St. is st.
func splitWords(text string) []word {
	var words []word
	comma := false
	for from := 0; from < len(text); {
		to := from
		for i, c := range text[from:] {
			if !isWordRune(c) {
				break
			}
			to = from + i + len(string(c))
		}
		if to == from {
			c, size := utf8.DecodeRuneInString(text[from:])
			comma = comma || strings.ContainsRune(",;/|()\n", c)
			if c == '&' {
				words = append(words, word{text: "and", token: "and", comma: comma, from: from, to: from + 1})
				comma = false
			}
			from += size
			continue
		}
		if folded := foldWord(text[from:to]); folded != "" {
			words = append(words, word{text: folded, token: shortenWord(folded), comma: comma, from: from, to: to})
			comma = false
		}
		from = to
	}
	return words
}

func isWordRune(c rune) bool {
	return unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.Is(unicode.Mn, c) || strings.ContainsRune("'’‘`", c)
}

// foldWord is a word in small letters without apostrophes and accents.
func foldWord(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < 0x80
	}
	s = strings.ToLower(s)
	if !ascii {
		if t, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC),
			s); err == nil {
			s = t
		}
	}
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune("'’‘`", c) {
			return -1
		}
		return c
	}, s)
}

// shortForms are the words that people write in several ways, by the one that the index has.
// Street and Saint are one word there, as St is either.
var shortForms = invertForms(`st: street saint | rd: road | ave: avenue av aven | ln: lane la | sq: square | pl: place | stn: station sta tube
	underground railway rail overground dlr | gdns: gardens gdn garden gds | cres: crescent cr crsnt | terr: terrace ter |
	ct: court crt | cl: close clo | dr: drive drv | gr: grove grv gro | pk: park | hosp: hospital | bldgs: buildings building bldg |
	est: estate | sch: school | mkt: market | br: bridge brdg | rbt: roundabout rdbt | mt: mount | hse: house | wlk: walk |
	sth: south | nth: north | upr: upper | lwr: lower | mws: mews | way: wy | airport: aerodrome | uni: university univ |
	ch: church | cross: x | par: parade pde | gt: great | terminal: terminals | junction: junct jct junc jn | high: hi |
	corner: cnr crnr | green: gn grn | town: tn twn | heath: hth | common: cmn comn | tower: twr | centre: ctr cntr center cent |
	broadway: bdwy bway brdwy bwy | little: lt ltl | wood: wd | hill: hl | college: coll | academy: acad | central: cntrl |
	wharf: whf | village: vill vlg | shopping: shpg | forest: frst | cemetery: cem | church: chch`)

func invertForms(table string) map[string]string {
	forms := map[string]string{}
	for line := range strings.SplitSeq(table, "|") {
		short, long, _ := strings.Cut(strings.TrimSpace(line), ":")
		for w := range strings.FieldsSeq(long) {
			forms[w] = short
		}
	}
	return forms
}

func shortenWord(w string) string {
	if short, ok := shortForms[w]; ok {
		return short
	}
	return w
}

// roadKinds are the words of roads alone.
const roadKinds = `st rd ave ln sq pl gdns cres terr ct cl dr gr bldgs est mws way wlk par`

var roadWords = setOf(roadKinds)

// saysRoad says whether a word is of roads, or a slip of one: treet.
func (w *word) saysRoad() bool {
	if roadWords[w.token] {
		return true
	}
	if len(w.text) < 4 || isOrdinary(w.text) {
		return false
	}
	for long, short := range shortForms {
		if roadWords[short] && isOneEdit(long, w.text) {
			return true
		}
	}
	return false
}

// weakWords tell little by themselves: the kind of road or building.
var weakWords = setOf(roadKinds + ` stn hosp sch mkt rbt airport`)

// besideWords are of what stands at a place and is called after it, or after nothing.
var besideWords = setOf(`mkt rbt gyratory shops shop lights flyover underpass`)

// siteWords end the names of places that are no roads: Gallows Corner.
var siteWords = setOf(`corner circus rbt gyratory interchange flyover br sch college academy hosp est mkt stn church junction`)

// linkWords stand between the words that matter; a name may have them, or miss them.
var linkWords = setOf(`the of and at in on by near nr nearby behind opposite opp outside inside off next to beside between a an from
	front corner junction jct junct j btwn betw adj abv above blw below xroads with towards along above our my there is its please where it just round around
	northbound southbound eastbound westbound clockwise anticlockwise inbound outbound`)

// fillers are words of talk, which are of no name beside one: "its brixton hill innit".
var fillers = setOf(`thats isnt innit isit yeah yep yes no nah not hello hi um er erm uh oh well so right ok okay like only i im you he
	she hes shes we they theyre it me us them your his her hers their this these those what whats which who whos when why how and or
	but if because cos coz then than also too very really quite about over under up down out back bit sort kind of thing
	something somewhere someone anywhere everywhere here hang saying says said say think thinks reckon know dont doesnt didnt cant
	couldnt wont can could would should will did does do done got get getting gets go goes going gone come comes coming look looks
	looking see saw all some any every each one ones another other both now just still already ago before after later soon quick
	please love mate sir madam guv sorry wait sec actually anyway basically literally believe guess maybe perhaps called named
	name names spelt spelled spell stuff lot lots load loads more most much many few end side part half way`)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// nameLinks are those that a name may have without being told by them.
var nameLinks = setOf(`the of and at in on by to`)

// weighToken is how much a word of a name tells.
func weighToken(token string) float64 {
	switch {
	case nameLinks[token]:
		return 0.1
	case weakWords[token]:
		return 0.4
	}
	return 1
}

// isOneEdit says whether two different words are one slip apart: a letter more, less or other, or
// two that changed places; or an s at the end of a shorter word.
func isOneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || len(a) < 3 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		plural := i == len(a) && b[i] == 's'
		return (plural || len(b) >= 5) && a[i:] == b[i+1:]
	}
	if len(a) < 4 || i == len(a) {
		return false
	}
	return len(a) >= 5 && a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// compass are the letters of a quarter that a name may begin with: s norwood.
var compass = map[string]string{"n": "nth", "s": "sth", "e": "east", "w": "west"}

// leastAbbreviated is how long an abbreviation is that no table has.
const leastAbbreviated = 3

// isAbbreviation says whether a word shortens another: its beginning, "tott" of Tottenham, or some of its letters with
// the first and the last, "thos" of Thomas.
func isAbbreviation(short, long string) bool {
	if len(short) < leastAbbreviated || len(long) < len(short)+2 || short[0] != long[0] {
		return false
	}
	if strings.HasPrefix(long, short) {
		return true
	}
	if short[len(short)-1] != long[len(long)-1] || 4*len(short) > 3*len(long) { // that is a slip
		return false
	}
	i := 0
	for k := 0; k < len(long) && i < len(short); k++ {
		if long[k] == short[i] {
			i++
		}
	}
	return i == len(short)
}

// isRegion says whether a word names all that is searched.
func isRegion(w string) bool { return w == "london" || w == "uk" || w == "england" }

// isNumber says whether a word is a house number: 10, 23a.
func isNumber(w string) bool {
	digits := strings.TrimRight(w, "abcdefgh")
	if digits == "" || len(w)-len(digits) > 1 || len(digits) > 4 {
		return false
	}
	return isDigits(digits)
}

// isDigits says whether a word has nothing but digits.
func isDigits(w string) bool { return strings.Trim(w, "0123456789") == "" }

// longWord is how long a word is that two slips leave recognisable.
const longWord = 8

// leastSound is how many consonants tell a word by its sound.
const leastSound = 4

func soundsAlike(a, b string) bool { return a == b && len(strings.TrimPrefix(a, "a")) >= leastSound }

// isOrdinary says whether a word is one of English: parking is no slip of Barking, though white heart lane is one of
// White Hart Lane.
func isOrdinary(w string) bool { return englishWords()[w] }

var englishWords = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for _, list := range frequency.Lists { // a word is in one of them: sharp is a surname
		for _, w := range list.List {
			set[w] = true
		}
	}
	return set
})

// sounds are letters that are spoken as others are: Soufwark, Brickston, Tussords.
var sounds = strings.NewReplacer("ck", "k", "x", "ks", "q", "k", "ph", "f", "th", "f", "wh", "w", "gh", "",
	"ce", "s", "ci", "s", "cy", "s", "c", "k", "z", "s", "dge", "j", "kn", "n", "y", "i")

// soundOf is the consonants of a word as Londoners speak them: no r but before a vowel, no h but at the beginning,
// none twice.
func soundOf(token string) string {
	var out []byte
	spelt := sounds.Replace(token)
	for i := range len(spelt) {
		c, isVowel := spelt[i], strings.IndexByte("aeiou", spelt[i]) >= 0
		switch {
		case isVowel && i > 0, c == 'h' && i > 0:
			continue
		case isVowel:
			c = 'a'
		case c == 'r' && (i+1 == len(spelt) || strings.IndexByte("aeiou", spelt[i+1]) < 0):
			continue
		}
		if len(out) == 0 || out[len(out)-1] != c {
			out = append(out, c)
		}
	}
	return string(out)
}
