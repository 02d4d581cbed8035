package ask

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"lfb/internal/lfb"
)

// FormatMinutes shows seconds as minutes:seconds.
func FormatMinutes(seconds float64) string {
	if math.IsNaN(seconds) {
		return "–"
	}
	s := int(math.Round(max(seconds, 0)))
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// FormatChance shows a probability: never certain, as no arrival is.
func FormatChance(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p >= 0.995:
		return "over 99\u00a0%"
	case p < 0.005:
		return "under 1\u00a0%"
	}
	return fmt.Sprintf("%.0f\u00a0%%", 100*p)
}

func formatDay(t time.Time) string { return t.In(lfb.London).Format("2 Jan 2006") }

// spellOut shows a code-like word for people: property_category, property category.
func spellOut(s string) string { return strings.ReplaceAll(s, "_", " ") }

// UpperFirst is a text with a capital at its beginning.
func UpperFirst(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return strings.ToUpper(string(r)) + text[n:]
}
