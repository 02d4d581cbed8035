package web

import "lfb/internal/ml"

// measure is what a map's colours stand for.
type measure struct {
	Key, Name string
	Steps     []float64 // upper bounds of the classes but the last, in the order of severity
	value     func(ml.Answer) float64
	falling   bool // the less, the worse
	aim       float64
	unit      func(float64) string // shows a value
}

func allMeasures() []measure {
	return []measure{
		{
			Key: "p50", Name: "Typical time (P50)", Steps: []float64{240, 270, 300, 330, 360, 420}, aim: 360,
			unit:  formatMinutes,
			value: func(a ml.Answer) float64 { return a.P50 },
		},
		{
			Key: "p90", Name: "Nine in ten within (P90)", Steps: []float64{360, 420, 480, 540, 600, 720}, aim: 600,
			unit:  formatMinutes,
			value: func(a ml.Answer) float64 { return a.P90 },
		},
		{
			Key: "p6", Name: "Chance of 6 minutes or less", Steps: []float64{0.9, 0.8, 0.7, 0.6, 0.5, 0.4}, aim: 0.5,
			falling: true, unit: formatShare,
			value: func(a ml.Answer) float64 { return a.Within6 },
		},
	}
}

// measureByKey is the measure with the key, the first for an unknown one.
func measureByKey(key string) measure {
	for _, m := range allMeasures() {
		if m.Key == key {
			return m
		}
	}
	return allMeasures()[0]
}

// severityOf grows with how bad an answer is.
func (m measure) severityOf(a ml.Answer) float64 {
	return m.asSeverity(finiteOr(m.value(a), 0))
}

// asSeverity is a value of the measure such that more is worse.
func (m measure) asSeverity(v float64) float64 {
	if m.falling {
		return -v
	}
	return v
}

// classOf is the colour of an answer: 0 best, len(Steps) worst.
func (m measure) classOf(a ml.Answer) int {
	v := m.severityOf(a)
	for i, s := range m.Steps {
		if v <= m.asSeverity(s) {
			return i
		}
	}
	return len(m.Steps)
}

// isMissed says that the answer misses the aim.
func (m measure) isMissed(a ml.Answer) bool {
	return m.severityOf(a) > m.asSeverity(m.aim)
}

// Text shows a value in the measure's unit.
func (m measure) Text(a ml.Answer) string { return m.unit(m.value(a)) }

// AimText says what misses the aim.
func (m measure) AimText() string {
	if m.falling {
		return "less than " + m.unit(m.aim)
	}
	return "more than " + m.unit(m.aim)
}

type legendEntry struct {
	Class int
	Text  string
}

func (m measure) makeLegend() []legendEntry {
	var out []legendEntry
	for i := range len(m.Steps) + 1 {
		var text string
		switch {
		case i == len(m.Steps) && m.falling:
			text = "below " + m.unit(m.Steps[i-1])
		case i == len(m.Steps):
			text = "over " + m.unit(m.Steps[i-1])
		case m.falling:
			text = m.unit(m.Steps[i]) + " or more"
		default:
			text = "to " + m.unit(m.Steps[i])
		}
		out = append(out, legendEntry{i, text})
	}
	return out
}
