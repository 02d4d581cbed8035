package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

func templateFuncs() template.FuncMap {
	return template.FuncMap{
		"whole":   func(n int64) string { return formatWhole(float64(n)) },
		"percent": formatPercent,
		"psi":     func(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) },
		"mean":    func(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) },
		"share":   func(n, of int64) string { return formatPercent(float64(n) / float64(max(of, 1))) },
	}
}

// formatWhole is a number with thin spaces between its thousands.
func formatWhole(v float64) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
	var b strings.Builder
	if v < 0 {
		b.WriteString("−")
	}
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteRune(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// formatMinutes is seconds as 5:18.
func formatMinutes(seconds float64) string {
	s := int(math.Round(seconds))
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func formatPercent(share float64) string {
	switch {
	case share > 0 && share < 0.001:
		return "< 0.1 %"
	case share < 1 && share > 0.999:
		return "> 99.9 %"
	}
	return strconv.FormatFloat(share*100, 'f', 1, 64) + " %"
}

// noChange is said of a difference that rounds to nothing.
const noChange = "no change"

func formatSigned(v float64, decimals int, unit string) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	if strings.Trim(s, "0.") == "" {
		return noChange
	}
	sign := "+"
	if v < 0 {
		sign = "−"
	}
	return sign + s + unit
}

func formatSignedWhole(v float64) string {
	if v == 0 {
		return noChange
	}
	if v > 0 {
		return "+" + formatWhole(v)
	}
	return formatWhole(v)
}

func formatSignedSeconds(v float64) string { return formatSigned(v, 1, " s") }
func formatSignedPoints(v float64) string  { return formatSigned(v*100, 1, " points") }
