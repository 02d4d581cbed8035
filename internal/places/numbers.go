package places

import (
	"cmp"
	"strconv"
	"strings"
)

var smallNumbers = strings.Fields(`zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
	fifteen sixteen seventeen eighteen nineteen`)

// figures are the words of numbers below a hundred, with what they are.
var figures = func() map[string]int {
	table := map[string]int{"oh": 0, "o": 0, "nought": 0, "naught": 0, "niner": 9}
	for i, w := range smallNumbers {
		table[w] = i
	}
	for i, w := range strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety") {
		table[w] = 20 + 10*i
	}
	return table
}()

// timesSaid are the words that double what follows.
var timesSaid = map[string]int{"double": 2, "treble": 3, "triple": 3}

// number is a number that words say.
type number struct {
	digits   string
	words    int  // that say it
	figures  int  // of those that are figures: four oh six is three
	compound bool // forty one, two hundred: it counts, and is no part of a name
}

// readNumber reads the number that words begin with, as figures one by one or as a whole; words is 0 where there is
// none.
func readNumber(words []word) (n number) {
	tens := false
	for k := 0; k < len(words); k++ {
		w := words[k].text
		if k > 0 && words[k].comma && !n.isLong() {
			break
		}
		times, isTimes := timesSaid[w]
		if isTimes && k+1 < len(words) {
			k++
			w = words[k].text
		}
		v, isFigure := figures[w]
		isDigit := k > 0 && len(w) <= 2 && isDigits(w) // a four 0 six
		switch {
		case isFigure && isTimes && v < 10:
			n.digits += strings.Repeat(strconv.Itoa(v), times)
			n.figures += times - 1
		case isFigure && tens && v > 0 && v < 10:
			n.digits, n.compound = n.digits[:len(n.digits)-1]+strconv.Itoa(v), true
		case isFigure:
			n.digits += strconv.Itoa(v)
		case isDigit && !isTimes:
			n.digits += w
		case w == "hundred" && len(n.digits) <= 1: // of none: a hundred and ten
			return readHundreds(n, words, k)
		default:
			return n
		}
		tens = isFigure && v >= 20
		n.words, n.figures = k+1, n.figures+1
	}
	return n
}

// isLong says whether figures go on behind a comma, as those of a coordinate do.
func (n *number) isLong() bool { return n.figures >= 3 && n.figures < 6 && !n.compound }

// readHundreds reads what follows a number of hundreds, of which word k is "hundred".
func readHundreds(n number, words []word, k int) number {
	value, _ := strconv.Atoi(n.digits) // a digit, or none: a hundred
	value = max(value, 1) * 100
	n.words = k + 1
	rest := words[k+1:]
	skipped := 0
	if len(rest) > 0 && rest[0].text == "and" {
		rest, skipped = rest[1:], 1
	}
	if more := readNumber(rest); more.words > 0 && len(more.digits) <= 2 && !rest[0].comma {
		v, _ := strconv.Atoi(more.digits)
		value += v
		n.words += skipped + more.words
	}
	n.digits, n.compound, n.figures = strconv.Itoa(value), true, n.figures+1
	return n
}

// leastFigures is how many figures that are said one by one are a number: a reference, a telephone, an A four oh six.
const leastFigures = 3

// readNumbers writes the numbers of a text that are said in words as figures, where they cannot be of a name: Seven
// Sisters Road stays. "The a four oh six" is the A406, "m twenty five, junction twenty nine" the M25 junction 29,
// "fifty one point four six" 51.46 and "two hundred and forty one" 241.
func readNumbers(text string) string {
	words := splitWords(text)
	var out strings.Builder
	done := 0
	write := func(i, k int, said string) {
		out.WriteString(text[done:words[i].from] + said)
		done = words[i+k-1].to
	}
	for i := 0; i < len(words); i++ {
		if said, k := readRoadNumber(words, i); k > 0 {
			write(i, k, said)
			i += k - 1
			continue
		}
		n := readNumber(words[i:])
		if n.words == 0 {
			continue
		}
		sign, from := "", i
		if i > 0 && (words[i-1].text == "minus" || words[i-1].text == "negative") {
			sign, from = "-", i-1
		}
		if at := i + n.words; at < len(words) && words[at].text == "point" {
			if decimals := readNumber(words[at+1:]); decimals.figures > 1 {
				k := at + 1 + decimals.words - from
				write(from, k, sign+n.digits+"."+decimals.digits)
				i = from + k - 1
				continue
			}
		}
		if letters := gridLetters(words[:i]); letters != "" && len(n.digits) >= 4 {
			write(i-2, 2+n.words, letters+" "+n.digits)
			i += n.words - 1
			continue
		}
		isJunction := i > 0 && words[i-1].token == "junction"
		if n.compound || n.figures >= leastFigures || isJunction {
			write(i, n.words, n.digits)
			i += n.words - 1
		}
	}
	return out.String() + text[done:]
}

// gridLetters is the square of London's that words before a number end with: tango quebec.
func gridLetters(before []word) string {
	if len(before) < 2 {
		return ""
	}
	letters := ""
	for _, w := range before[len(before)-2:] {
		letters += strings.ToUpper(cmp.Or(spoken[w.text], w.text))
	}
	if letters == "TQ" || letters == "TL" {
		return letters
	}
	return ""
}

// readRoadNumber reads the number of a road whose letter is word i: m twenty five, the a ten. An A is mostly an
// article: it is a road's behind "the", or before three figures.
func readRoadNumber(words []word, i int) (said string, k int) {
	letter := words[i].text
	if letter != "m" && letter != "a" && letter != "b" || i+1 == len(words) || words[i+1].comma {
		return "", 0
	}
	if i > 0 && numbered[words[i-1].text] {
		return "", 0
	}
	n := readNumber(words[i+1:])
	if next := words[i+1].text; n.words == 0 && len(next) <= 4 && isDigits(next) {
		n = number{digits: next, words: 1, figures: len(next)}
	}
	isThe := i > 0 && (words[i-1].text == "the" || words[i-1].text == "junction")
	isRoad := isThe || letter == "m" && (i == 0 || words[i-1].text != "i") || n.figures >= leastFigures && letter == "a"
	if n.words == 0 || len(n.digits) > 4 || n.digits[0] == '0' || !isRoad {
		return "", 0
	}
	return strings.ToUpper(letter) + n.digits, 1 + n.words
}
