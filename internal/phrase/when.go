package phrase

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"lfb/internal/lfb"
)

// aWhile is how long: 5 minutes, an hour.
const aWhile = `(?:(\d{1,3})|(an?)|(half\s+an)|(a\s+quarter\s+of\s+an))\s*(minutes?|mins?|hours?|hrs?|h|m)`

// What people say for a time. A number is a time only with what makes it one: 10 Downing Street is none.
var (
	ago    = regexp.MustCompile(`(?i)\b` + aWhile + `\s+ago\b`)
	spoken = regexp.MustCompile(`(?i)\b(?:(?:at|by|around|about)\s+)*(?:half(?:\s+past)?|quarter\s+(past|to))\s+` +
		`(1[0-2]|[1-9]|` + strings.Join(spokenHours, "|") + `)\b(?:\s*([ap]m)\b)?`)
	inAWhile = regexp.MustCompile(`(?i)\bin\s+` + aWhile + `\b`)
	clock    = regexp.MustCompile(`(?i)\b(?:(?:at|by|around|about)\s+)?(?:([01]?\d|2[0-3]):([0-5]\d)\s*(am|pm|a\.m\.|p\.m\.)?|` +
		`([01]?\d|2[0-3])([0-5]\d)\s*(?:hrs|hours)|(1[0-2]|0?[1-9])(?:\.([0-5]\d))?\s*(am|pm|a\.m\.|p\.m\.|o'?clock))(?:\W|$)|` +
		`\bat\s+([01]?\d|2[0-3])\.([0-5]\d)(?:\s|,|$)`)
	bareHour = regexp.MustCompile(`(?i)\bat\s+(1[0-2]|[1-9])\s+` +
		`(?:(tonight|tomorrow|yesterday|last night)|in the (morning|afternoon|evening))\b`)
	noonOr  = regexp.MustCompile(`(?i)\bat\s+(noon|midday|midnight)\b`)
	dayPart = regexp.MustCompile(`(?i)\b(?:(tonight)|` +
		`(?:(this|tomorrow|yesterday|last|in the)\s+(morning|afternoon|evening|night)))\b`)
	otherDay = regexp.MustCompile(`(?i)\b(today|tomorrow|yesterday|` +
		`(?:on|next|this|last)\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b`)
	dayOfMonth = regexp.MustCompile(`(?i)\bon\s+(?:the\s+)?(\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?` +
		`(` + strings.Join(months, "|") + `)[a-z]*(?:\s+(20\d\d))?\b`)
	atOnce = regexp.MustCompile(`(?i)\b(?:right\s+|just\s+)?now\b`)
)

// hourOf is the hour that is meant by a part of the day alone.
var hourOf = map[string]int{"morning": 9, "afternoon": 15, "evening": 19, "night": 22, "tonight": 22}

// earlyHour ends the night: five in the night is of the day that has begun.
const earlyHour = 6

// moment collects what is said of a time.
type moment struct {
	text   string
	now    time.Time
	day    time.Time // midnight of the day that is said; zero
	hour   int       // -1 not said
	minute int
	part   string // of the day

	isEither bool // the hour is of either half of the day
	found    bool
}

// readTime finds a time in a text, in London's clock, and gives the text without it. What is said
// without a day is the next such time; a time of the clock that a spring night skips is an hour later.
func readTime(text string, now time.Time) (at time.Time, rest string, ok bool) {
	now = now.In(lfb.London)
	m := moment{text: text, now: now, hour: -1}
	if s := m.cutPattern(inAWhile); s != nil {
		return now.Add(readWhile(s)), m.text, true
	}
	if s := m.cutPattern(ago); s != nil {
		return now.Add(-readWhile(s)), m.text, true
	}
	m.readClock()
	if s := m.cutPattern(dayPart); s != nil {
		m.part = strings.ToLower(s[1] + s[3])
		m.setDay(strings.ToLower(s[2]))
	}
	if s := m.cutPattern(otherDay); s != nil {
		m.setDay(strings.ToLower(s[1]))
	}
	if s := m.cutPattern(dayOfMonth); s != nil {
		m.setDate(s[1], s[2], s[3])
	}
	if !m.found {
		m.cutPattern(atOnce)
		return time.Time{}, m.text, false
	}
	return m.resolveTime(), m.text, true
}

// cutPattern takes what matches out of the text; nil where nothing does.
func (m *moment) cutPattern(pattern *regexp.Regexp) []string {
	at := pattern.FindStringSubmatchIndex(m.text)
	if at == nil {
		return nil
	}
	s := pattern.FindStringSubmatch(m.text)
	m.text = cutOut(m.text, at[0], at[1])
	m.found = true
	return s
}

func readWhile(s []string) time.Duration {
	n, _ := strconv.Atoi(s[1]) // digits, or empty
	unit := time.Minute
	if strings.HasPrefix(strings.ToLower(s[5]), "h") {
		unit = time.Hour
	}
	switch {
	case s[3] != "":
		return unit / 2
	case s[4] != "":
		return unit / 4
	case s[2] != "":
		return unit
	}
	return time.Duration(n) * unit
}

func (m *moment) readClock() {
	number := func(s string) int {
		n, _ := strconv.Atoi(s) // digits, or empty
		return n
	}
	if s := m.cutPattern(spoken); s != nil {
		m.readSpoken(s)
		return
	}
	if s := m.cutPattern(clock); s != nil {
		m.hour, m.minute = number(s[1]+s[4]+s[6]+s[9]), number(s[2]+s[5]+s[7]+s[10])
		half := strings.ToLower(strings.ReplaceAll(s[3]+s[8], ".", ""))
		switch {
		case half == "pm" && m.hour < 12:
			m.hour += 12
		case half == "am" && m.hour == 12:
			m.hour = 0
		}
		return
	}
	if s := m.cutPattern(noonOr); s != nil {
		m.hour = 12
		if strings.EqualFold(s[1], "midnight") {
			m.hour = 24
		}
		return
	}
	if at := bareHour.FindStringSubmatchIndex(m.text); at != nil { // the day is read after it
		s := bareHour.FindStringSubmatch(m.text)
		m.hour, m.found = number(s[1]), true
		if part := strings.ToLower(s[3]); part == "afternoon" || part == "evening" || strings.EqualFold(s[2], "tonight") {
			m.hour = m.hour%12 + 12
		}
		m.text = cutOut(m.text, at[0], at[3])
	}
}

// readSpoken reads half ten, half past ten and quarter to ten: where no half of the day is said, the next of both.
func (m *moment) readSpoken(s []string) {
	m.hour = slices.Index(spokenHours, strings.ToLower(s[2])) + 1
	if n, err := strconv.Atoi(s[2]); err == nil {
		m.hour = n
	}
	m.hour, m.minute = m.hour%12, 30
	switch strings.ToLower(s[1]) {
	case "past":
		m.minute = 15
	case "to":
		m.hour, m.minute = (m.hour+11)%12, 45
	}
	m.isEither = s[3] == ""
	if strings.EqualFold(s[3], "pm") {
		m.hour += 12
	}
}

var spokenHours = strings.Fields("one two three four five six seven eight nine ten eleven twelve")

// startOfToday is the midnight that now comes after.
func (m *moment) startOfToday() time.Time {
	return time.Date(m.now.Year(), m.now.Month(), m.now.Day(), 0, 0, 0, 0, lfb.London)
}

func (m *moment) setDay(said string) {
	today := m.startOfToday()
	switch said {
	case "", "in the":
	case "today", "this":
		m.day = today
	case "tomorrow":
		m.day = today.AddDate(0, 0, 1)
	case "yesterday", "last":
		m.day = today.AddDate(0, 0, -1)
	default: // on monday
		name := said[strings.LastIndexByte(said, ' ')+1:]
		if strings.HasPrefix(said, "last") {
			today = today.AddDate(0, 0, -8)
		}
		for ahead := 1; ahead <= 7; ahead++ {
			if day := today.AddDate(0, 0, ahead); strings.EqualFold(day.Weekday().String(), name) {
				m.day = day
				return
			}
		}
	}
}

var months = strings.Fields("jan feb mar apr may jun jul aug sep oct nov dec")

// setDate sets the day that is said; without a year it is the next of that date.
func (m *moment) setDate(day, month, said string) {
	n, _ := strconv.Atoi(day) // two digits
	number := time.Month(slices.Index(months, strings.ToLower(month)) + 1)
	from, to, earliest := m.now.Year(), m.now.Year()+1, m.now.AddDate(0, 0, -1)
	if year, err := strconv.Atoi(said); err == nil {
		from, to, earliest = year, year, time.Time{}
	}
	for year := from; year <= to; year++ {
		date := time.Date(year, number, n, 0, 0, 0, 0, lfb.London)
		if date.Month() == number && date.After(earliest) {
			m.day = date
			return
		}
	}
}

// resolveTime puts a day and an hour together.
func (m *moment) resolveTime() time.Time {
	hour, minute, isHour := m.hour, m.minute, m.hour >= 0
	if !isHour && m.part != "" {
		hour, isHour = hourOf[m.part], true
	}
	isNight := m.part == "tonight" || m.part == "night"
	isLate := m.part == "evening" || m.part == "afternoon" || m.part == "tonight" || isNight && m.hour >= earlyHour
	if isLate && m.hour > 0 && m.hour < 12 || isNight && m.hour == 12 { // twelve in the night is midnight
		hour += 12
	}
	day := m.day
	if day.IsZero() {
		day = m.startOfToday()
	}
	if m.part == "night" && !m.day.IsZero() && hour < earlyHour { // last night at two was today
		day = day.AddDate(0, 0, 1)
	}
	if !isHour { // tomorrow: at this time
		hour, minute = m.now.Hour(), m.now.Minute()
	}
	at := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, lfb.London)
	switch {
	case m.isEither && m.part == "" && m.day.IsZero() && hour < 12:
		for at.Before(m.now) {
			at = at.Add(12 * time.Hour)
		}
		return at
	case !m.day.IsZero() || !at.Before(m.now):
		return at
	case m.hour < 0: // tonight, and it is night
		return m.now
	}
	return time.Date(day.Year(), day.Month(), day.Day()+1, hour, minute, 0, 0, lfb.London)
}
