package ask

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"lfb/internal/bundle"
	"lfb/internal/serve"
)

// Reasons are why an attendance time is what it is: what each fact adds to the mean over
// all calls. They split the model's raw mean, before it is calibrated, and are whole seconds
// that add up.
type Reasons struct {
	Base float64  `json:"base_seconds"`
	Mean float64  `json:"mean_seconds"`
	List []Reason `json:"list"`
}

// Reason is what one fact adds.
type Reason struct {
	Text    string  `json:"text"`
	Value   string  `json:"value,omitempty"`
	Seconds float64 `json:"seconds"`
}

// Signed shows the seconds with their sign.
func (r Reason) Signed() string { return fmt.Sprintf("%+.0f s", r.Seconds) }

// barUnit is how wide the bar of a second is, in per cent of the width: the longest bar is half.
func (r *Reasons) barUnit() float64 {
	most := 1.0
	for _, x := range r.List {
		most = max(most, math.Abs(x.Seconds))
	}
	return 50 / most
}

// BarWidth is how wide a reason's bar is, in per cent.
func (r *Reasons) BarWidth(x Reason) string {
	return fmt.Sprintf("%.1f", math.Abs(x.Seconds)*r.barUnit())
}

// BarStart is where it begins: what makes a time shorter lies before the middle.
func (r *Reasons) BarStart(x Reason) string {
	return fmt.Sprintf("%.1f", 50+min(x.Seconds, 0)*r.barUnit())
}

// topReasons is how many reasons are said by themselves.
const topReasons = 5

// explainReply is nil where the model cannot say why: it still answers.
func explainReply(r *serve.Reply) *Reasons {
	e, err := r.Explain()
	if err != nil {
		return nil
	}
	return newReasons(e)
}

func newReasons(e *bundle.Explanation) *Reasons {
	out := &Reasons{Base: math.Round(e.Base), Mean: math.Round(e.Mean)}
	rest := out.Mean - out.Base
	for _, c := range e.Contributions[:min(topReasons, len(e.Contributions))] {
		text, value := describeColumn(c.Column, c.Value)
		out.List = append(out.List, Reason{Text: text, Value: value, Seconds: math.Round(c.Seconds)})
		rest -= math.Round(c.Seconds)
	}
	if n := len(e.Contributions) - len(out.List); n > 0 {
		out.List = append(out.List, Reason{Text: fmt.Sprintf("%d others", n), Seconds: rest})
	} else if rest != 0 {
		out.List = append(out.List, Reason{Text: "rounding", Seconds: rest})
	}
	return out
}

// columnWords are what a person calls a column. What is about a station is in the order of
// how soon it is there.
var columnWords = map[string]string{
	"pump": "which engine", "reported": "what is reported", "property_category": "property",
	"property_type": "kind of property",
	"hour":          "hour of the day", "time_of_day": "time of day", "hour_sin": "time of day", "hour_cos": "time of day",
	"hour_of_week": "hour of the week", "weekday": "day of the week", "month": "month", "bank_holiday": "bank holiday",
	"school_holiday": "school holiday",
	"easting":        "how far east", "northing": "how far north", "southeast": "how far south-east",
	"northeast": "how far north-east", "centre_m": "distance from the centre",
	"nearest_m": "nearest station", "nearest2_m": "second nearest station", "nearest3_m": "third nearest station",
	"nearest4_m":     "fourth nearest station",
	"nearest_east_m": "nearest station to the east or west", "nearest_north_m": "nearest station to the north or south",
	"quickest_seconds": "drive from the quickest station", "quickest2_seconds": "drive from the second quickest station",
	"quickest3_seconds":    "drive from the third quickest station",
	"quickest4_seconds":    "drive from the fourth quickest station",
	"quickest_gap_seconds": "how much slower the second quickest station is",
	"own_m":                "the ground’s own station", "own_seconds": "drive from the ground’s own station",
	"own_rank":           "stations quicker than the ground’s own",
	"own_behind_m":       "how much farther the ground’s own station is",
	"own_behind_seconds": "how much slower the ground’s own station is",
	"within_2km":         "stations within 2 km", "within_4km": "stations within 4 km",
	"expected_seconds": "expected drive", "soft_seconds": "drive from the stations around",
	"field_250m": "arrivals within 250 m so far", "field_500m": "arrivals within 500 m so far",
	"field_1km": "arrivals within 1 km so far",
	"away_map":  "how often engines around are away", "away_ground": "how often the station’s engine is away",
	"away_ground_band": "how often the station’s engine is away at this time",
	"excess_ward":      "the ward’s arrivals so far", "excess_district": "the postcode district’s arrivals so far",
	"excess_property_type": "arrivals at such property so far", "excess_reported": "arrivals at such calls so far",
	"excess_hour_of_week": "arrivals at this hour so far",
	"second_own_ground":   "second engines of this ground so far", "station_ground": "station ground",
	"sent_from": "sent from", "sent_m": "distance from where it was sent", "sent_seconds": "drive from where it was sent",
	"sent_behind_seconds": "how much slower the station is that it was sent from",
	"sent_own_ground":     "sent within its own ground",
}

// describeColumn is a column and the call's value there in words.
func describeColumn(column, value string) (text, shown string) {
	if text = columnWords[column]; text == "" {
		text = spellOut(column)
	}
	v, err := strconv.ParseFloat(value, 64)
	switch {
	case err != nil:
		return text, value
	case strings.HasPrefix(column, "field_") || strings.HasPrefix(column, "excess_") || strings.HasPrefix(column, "away_"),
		strings.HasPrefix(column, "hour_") || column == "time_of_day" || strings.HasSuffix(column, "east") ||
			strings.HasSuffix(column, "ing"),
		strings.HasSuffix(column, "_holiday") && v == 0, column == "weekday", column == "second_own_ground",
		column == "sent_own_ground":
		return text, ""
	case strings.HasSuffix(column, "_holiday"):
		return text, "yes"
	case strings.HasSuffix(column, "_seconds"):
		return text, FormatMinutes(v)
	case strings.HasSuffix(column, "_m"):
		return text, fmt.Sprintf("%.1f km", math.Abs(v)/1000)
	}
	return text, strconv.FormatFloat(math.Round(v), 'f', -1, 64)
}
