package table

import (
	"math"
	"strconv"
	"strings"
)

// Text is a cell without the blanks around it, and empty where it is a hole: nothing,
// blanks, or what the publication and the tools write for a missing value.
func Text(cell string) string {
	s := strings.TrimSpace(cell)
	switch s {
	case "NULL", "null", "Null", "NaN", "nan", "NAN", "None", "none", "NaT", "<NA>", "NA", "#N/A", "N/A", "n/a", `\N`:
		return ""
	}
	return s
}

// FoldName is a column's name without what editions and tools change: case, blanks,
// dots, underscores, byte-order marks and the pound sign.
func FoldName(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		}
		return -1
	}, name)
}

// ParseNumber reads a finite number, with a pound sign, blanks or commas if need be. A
// comma that three digits follow sets thousands apart, any other is a decimal comma.
func ParseNumber(s string) (float64, bool) {
	if !isNumeric(s) { // also keeps ParseFloat from reading Inf, NaN and hexadecimals
		if s = toDecimalPoint(strings.NewReplacer("£", "", " ", "", "\u00a0", "").Replace(s)); !isNumeric(s) {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// ParseNumber is the function of that name, but that the comma is a decimal one where
// semicolons separate the fields: who writes these has no other.
func (r *Reader) ParseNumber(s string) (float64, bool) {
	if r.csv.Comma == ';' && strings.Count(s, ",") == 1 && !strings.Contains(s, ".") {
		s = strings.Replace(s, ",", ".", 1)
	}
	return ParseNumber(s)
}

// toDecimalPoint is a number with commas as ParseFloat has it.
func toDecimalPoint(s string) string {
	comma := strings.LastIndexByte(s, ',')
	point := strings.LastIndexByte(s, '.')
	lone := point < 0 && strings.Count(s, ",") == 1 && len(s)-comma != len(",000")
	switch {
	case lone, point >= 0 && point < comma: // 51,48 and 1.388,50
		return strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	}
	return strings.ReplaceAll(s, ",", "")
}

func isNumeric(s string) bool {
	return s != "" && strings.Trim(s, "0123456789.-+eE") == ""
}

// ParseWhole reads an integer in any form that tools give it: 416, 416.0, 4.16E2,
// 1,234. A fraction is none.
func ParseWhole(s string) (int64, bool) {
	if v, err := strconv.ParseInt(s, 10, 64); err == nil {
		return v, true
	}
	f, ok := ParseNumber(s)
	if !ok || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return 0, false
	}
	return int64(f), true
}
