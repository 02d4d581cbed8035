package web

import (
	"fmt"
	"math"
	"strings"

	"lfb/internal/ml"
)

// whisker is a difference with its interval, as a dot on a line, on a scale that it shares
// with others: left of nought is better. Places are per cent of the width.
type whisker struct {
	Low, High, Mid, Zero string
	Verdict              string // better | worse | same: nought is within the interval
	Text                 string
}

// drawWhiskers places intervals on one scale; nil where there is none.
func drawWhiskers(intervals []*ml.Interval) []*whisker {
	low, high := 0.0, 0.0
	for _, i := range intervals {
		if i != nil {
			low, high = min(low, finiteOr(i.Low, 0)), max(high, finiteOr(i.High, 0))
		}
	}
	room := max(0.06*(high-low), 1e-9)
	low, high = low-room, high+room
	place := func(v float64) string { return formatTenths(100 * (finiteOr(v, 0) - low) / (high - low)) }
	out := make([]*whisker, len(intervals))
	for k, i := range intervals {
		if i != nil {
			out[k] = &whisker{
				Low: place(i.Low), High: place(i.High), Mid: place(i.Diff), Zero: place(0),
				Verdict: judgeInterval(i), Text: formatInterval(i),
			}
		}
	}
	return out
}

// judgeInterval says what a difference in error comes to.
func judgeInterval(i *ml.Interval) string {
	switch {
	case i.High < 0:
		return "better"
	case i.Low > 0:
		return "worse"
	}
	return "same"
}

// formatInterval is a difference in seconds with its interval: +0.04 s, 95 % −0.07 to +0.15.
func formatInterval(i *ml.Interval) string {
	if i == nil {
		return "–"
	}
	return strings.ReplaceAll(fmt.Sprintf("%+.2f\u00a0s, %.0f\u00a0%% %+.2f to %+.2f", i.Diff, 100*i.Confidence, i.Low,
		i.High), "-", "−")
}

// describeInterval is the same in words, against what is named: 0.31 s better than the
// champion (95 % −0.40 to −0.22), or not better than the champion (+0.04 s, 95 % …).
func describeInterval(i *ml.Interval, than string) string {
	figures := formatInterval(i)
	if verdict := judgeInterval(i); verdict != "same" {
		_, bounds, _ := strings.Cut(figures, ", ")
		return fmt.Sprintf("%.2f\u00a0s %s than %s (%s)", math.Abs(i.Diff), verdict, than, bounds)
	}
	return "not better than " + than + " (" + figures + ")"
}
