package clean

import (
	"math"
	"strconv"
	"strings"
)

// present trims s, and returns nothing for what the files and the tools that
// wrote them mean by missing.
func present(s string) string {
	if n := len(s); n == 0 || (s[0] > ' ' && s[0] < 0x80 && s[n-1] > ' ' && s[n-1] < 0x80) {
		if n > 4 || n == 0 || (s[0] >= '0' && s[0] <= '9') {
			return s // nearly all
		}
	} else {
		s = strings.TrimSpace(strings.ReplaceAll(s, "\u00a0", " "))
	}
	switch s {
	case "NULL", "null", "Null", "NaN", "nan", "NAN", "None", "none", "NaT", "<NA>", "#N/A", "N/A":
		return ""
	}
	return s
}

// whole reads an integer in any form that tools give it: 416, 416.0, 4.16E2,
// 1,234. A fraction is not one.
func whole(s string) (int64, bool) {
	v, i := int64(0), 0
	for i < len(s) && i < 18 && s[i] >= '0' && s[i] <= '9' {
		v = v*10 + int64(s[i]-'0')
		i++
	}
	if i > 0 && (i == len(s) || (s[i] == '.' && zeros(s[i+1:]))) {
		return v, true
	}
	f, ok := decimal(s)
	if !ok || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// plainWhole reads some digits, or some and ".0", as nearly all whole numbers are.
func plainWhole(s string) (int64, bool) {
	n := len(s)
	if n > 2 && s[n-1] == '0' && s[n-2] == '.' {
		n -= 2
	}
	if n == 0 || n > 18 {
		return 0, false
	}
	v := int64(0)
	for i := range n {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		v = 10*v + int64(c)
	}
	return v, true
}

func zeros(s string) bool { return strings.Trim(s, "0") == "" }

// decimal reads a finite number, with a pound sign or thousands' commas if need be.
func decimal(s string) (float64, bool) {
	if v, ok := plainDecimal(s); ok {
		return v, true
	}
	if !numeric(s) { // also keeps ParseFloat from reading Inf, NaN and hexadecimals
		s = strings.NewReplacer("£", "", ",", "", " ", "").Replace(s)
		if !numeric(s) {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// exactDigits is how many digits a float64 holds whatever they are.
const exactDigits = 15

// tens are powers of ten, which are exact.
var tens = [exactDigits + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// plainDecimal reads digits with at most one point among them, and a sign, as
// nearly all numbers are. Both parts of the quotient are exact, so that the
// quotient is the nearest number to what is written, as ParseFloat's is.
func plainDecimal(s string) (float64, bool) {
	i, negative := 0, len(s) > 0 && s[0] == '-'
	if negative {
		i = 1
	}
	if len(s)-i > exactDigits+1 {
		return 0, false
	}
	v, point, digits := uint64(0), -1, 0
	for ; i < len(s); i++ {
		switch c := s[i] - '0'; {
		case c <= 9:
			v = 10*v + uint64(c)
			digits++
		case s[i] == '.' && point < 0:
			point = digits
		default:
			return 0, false
		}
	}
	if digits == 0 || digits > exactDigits {
		return 0, false
	}
	f := float64(v)
	if point >= 0 {
		f /= tens[digits-point]
	}
	if negative {
		f = -f
	}
	return f, true
}

// numeric reports whether s is made of the letters of a decimal number.
func numeric(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return false
		}
	}
	return true
}
