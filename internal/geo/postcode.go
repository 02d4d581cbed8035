package geo

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"lfb/internal/lfb"
)

// Postcode is what a text says of a postcode, as much as it holds.
type Postcode struct {
	District string // SE10, a short name of several districts like EC1, or an area alone like SE
	Sector   string // SE10 9; empty where the text does not go so far
	Unit     string // SE10 9NF, the whole postcode; likewise
	// Corrected says that a letter stood for a digit, or a digit for a letter: O and 0, I, l and 1;
	// or that a blank stood in the wrong place, as in SE1 09NF.
	Corrected bool
	// Rest is what follows the district and is no part of a postcode, like 99F of SE10 99F.
	Rest string
}

// ReadPostcode reads what people type: letter case does not matter, and a blank decides,
// so that E1 6 is a sector of E1 and never E16. Blanks anywhere else do not matter, and
// where one leaves no postcode and there is one without it, that is Corrected. The
// area is one of Britain's; the rest is checked by its shape. What says no district is
// lfb.ErrInvalid.
//
// Source: the Post Office's postcode formats (A9, A99, AA9, AA99, A9A, AA9A
// followed by 9AA), BS 7666.
func ReadPostcode(s string) (Postcode, error) {
	if len(s) <= 32 {
		words := strings.Fields(strings.ToUpper(s))
		if strings.Join(words, "") == "GIR0AA" { // Girobank's, the only one of its shape
			return Postcode{District: "GIR", Sector: "GIR 0", Unit: "GIR 0AA"}, nil
		}
		if p, ok := readWords(words); ok {
			return p, nil
		}
		if p, ok := readCompact(strings.Join(words, "")); ok {
			return p, nil
		}
	}
	return Postcode{}, fmt.Errorf("postcode %.20q: %w", s, lfb.ErrInvalid)
}

// ParsePostcode reads a full postcode without a slip: "se109nf" gives "SE10 9NF" and its
// district "SE10". Anything else, a district alone included, is lfb.ErrInvalid.
func ParsePostcode(s string) (full, district string, err error) {
	p, err := ReadPostcode(s)
	if err == nil && (p.Unit == "" || p.Corrected) {
		err = fmt.Errorf("postcode %.20q: %w", s, lfb.ErrInvalid)
	}
	if err != nil {
		return "", "", err
	}
	return p.Unit, p.District, nil
}

// PostcodeArea is the letters that a district begins with, SE of SE10.
func PostcodeArea(district string) string {
	return strings.TrimRight(district[:min(2, len(district))], "0123456789")
}

// IsWithinDistrict says whether a district is other, or one of those that other is short
// for: EC1A is within EC1 and EC.
func IsWithinDistrict(district, other string) bool {
	rest, ok := strings.CutPrefix(district, other)
	return ok && (rest == "" || PostcodeArea(district) == other || len(rest) == 1 && isLetter(rest[0]))
}

// readWords reads a text whose first words are a district: a blank ends it.
func readWords(words []string) (Postcode, bool) {
	for k := 1; k < len(words); k++ {
		district, corrected, ok := readDistrict(strings.Join(words[:k], ""))
		if !ok {
			continue
		}
		p := Postcode{District: district, Corrected: corrected}
		p.readInward(strings.Join(words[k:], ""))
		if p.Rest != "" || k > 1 && p.Unit == "" { // SE1 0 9NF and S E 1 0 9 N F say more when read as one
			if whole, ok := readCompact(strings.Join(words, "")); ok && whole.Unit != "" {
				isSpelt := !slices.ContainsFunc(words, func(w string) bool { return len(w) > 1 })
				whole.Corrected = whole.Corrected || !isSpelt
				return whole, true
			}
		}
		return p, true
	}
	return Postcode{}, false
}

// readCompact reads a text without blanks.
func readCompact(text string) (Postcode, bool) {
	if isArea(text) {
		return Postcode{District: text}, true
	}
	for _, inward := range []int{0, 3, 1} { // a district, a whole postcode, a sector; then a district and a torn rest
		if p, ok := splitCompact(text, inward); ok && p.Rest == "" {
			return p, true
		}
	}
	for _, torn := range []int{2, 3} { // SE109N is the begun SE10 9NF, not SE1 and 09N
		p, ok := splitCompact(text, torn)
		if ok && isDigit(asDigit(p.Rest[0])) && (torn == 3 || isUnitLetter(p.Rest[1])) {
			return p, true
		}
	}
	return Postcode{}, false
}

func splitCompact(text string, inward int) (p Postcode, ok bool) {
	at := len(text) - inward
	if at < 2 {
		return p, false
	}
	if p.District, p.Corrected, ok = readDistrict(text[:at]); ok {
		p.readInward(text[at:])
	}
	return p, ok
}

// readDistrict reads an outward code: one or two letters, a digit, then nothing, a digit
// or a letter. Of several readings it is the one with the fewest corrections.
func readDistrict(text string) (district string, corrected, ok bool) {
	fewest := len(text)
	for letters := 1; letters <= 2; letters++ {
		if len(text) <= letters || len(text) > letters+2 {
			continue
		}
		b := []byte(text)
		for i := range b {
			switch {
			case i < letters:
				b[i] = asLetter(b[i])
			case i == letters || !isLetter(b[i]) || strings.IndexByte("OIL", b[i]) >= 0:
				b[i] = asDigit(b[i])
			}
		}
		rest := b[letters:]
		shaped := isDigit(rest[0]) && (len(rest) == 1 || isLetter(rest[1]) || isDigit(rest[1]) && rest[0] != '0')
		changes := 0
		for i := range b {
			if b[i] != text[i] {
				changes++
			}
		}
		if shaped && isArea(string(b[:letters])) && changes < fewest {
			district, corrected, ok, fewest = string(b), changes > 0, true, changes
		}
	}
	return district, corrected, ok
}

// readInward reads what follows the district: a sector's digit, or that and two letters.
// C, I, K, M, O and V are not used there, as they are misread in handwriting.
func (p *Postcode) readInward(text string) {
	if text == "" {
		return
	}
	digit := asDigit(text[0])
	isUnit := len(text) == 3 && isUnitLetter(text[1]) && isUnitLetter(text[len(text)-1])
	isShort := slices.Contains(shortDistricts, p.District)
	if !isDigit(digit) || len(text) != 1 && !isUnit || isShort {
		p.Rest = text
		return
	}
	p.Corrected = p.Corrected || digit != text[0]
	p.Sector = p.District + " " + string(digit)
	if isUnit {
		p.Unit = p.Sector + text[1:]
	}
}

// shortDistricts are names of several districts, like W1 of W1A to W1W: no postcode goes on after them.
var shortDistricts = []string{"EC1", "EC2", "EC3", "EC4", "SW1", "W1", "WC1", "WC2"}

func asDigit(c byte) byte {
	switch c {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	return c
}

func asLetter(c byte) byte {
	switch c {
	case '0':
		return 'O'
	case '1':
		return 'I'
	}
	return c
}

func isUnitLetter(c byte) bool { return isLetter(c) && strings.IndexByte("CIKMOV", c) < 0 }
func isLetter(c byte) bool     { return 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool      { return '0' <= c && c <= '9' }

// areas are the postcode areas of Britain and the Crown dependencies, in order.
var areas = strings.Fields(`AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY
	E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML
	N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR
	TS TW UB W WA WC WD WF WN WR WS WV YO ZE`)

func isArea(text string) bool {
	_, ok := slices.BinarySearch(areas, text)
	return ok
}

// londonDistricts are the numbers of London's districts by area, first and last of each run. Of
// TN and WD a few places are London's, and no whole district.
var londonDistricts = map[string][]int{
	"E": {1, 20}, "EC": {1, 4}, "N": {1, 22}, "NW": {1, 11}, "SE": {1, 28}, "SW": {1, 20}, "W": {1, 14}, "WC": {1, 2},
	"BR": {1, 8}, "CR": {0, 9}, "DA": {1, 1, 5, 8, 14, 18}, "EN": {1, 5}, "HA": {0, 9}, "IG": {1, 9, 11, 11},
	"KT": {1, 6, 9, 9}, "RM": {1, 14}, "SM": {1, 7}, "TW": {1, 14}, "UB": {1, 11},
	"TN": nil, "WD": nil,
}

// IsLondonDistrict says whether a district is London's by its name: SE10 and W1A, and no SE99.
func IsLondonDistrict(district string) bool {
	area := PostcodeArea(district)
	number, err := strconv.Atoi(strings.TrimRightFunc(district[len(area):], unicode.IsLetter))
	for runs := londonDistricts[area]; err == nil && len(runs) > 0; runs = runs[2:] {
		if runs[0] <= number && number <= runs[1] {
			return true
		}
	}
	return false
}

// NamesNoArea says whether a text begins as a postcode does, and not with the letters of one of Britain's.
func NamesNoArea(text string) bool {
	text = strings.ToUpper(strings.TrimSpace(text))
	letters := strings.TrimLeftFunc(text, unicode.IsLetter)
	area := text[:len(text)-len(letters)]
	return area != "" && len(area) <= 2 && letters != "" && isDigit(letters[0]) && !isArea(area)
}

// IsLondonArea says whether a postcode area is London's, as a whole or in part.
func IsLondonArea(area string) bool {
	_, ok := londonDistricts[area]
	return ok
}
