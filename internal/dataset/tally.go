package dataset

// Effect is what a reason did to a row.
type Effect string

// The effects.
const (
	Dropped  Effect = "dropped"  // left out of the data set
	Kept     Effect = "kept"     // in the data set as it is, but worth knowing
	Repaired Effect = "repaired" // in the data set, with a value put right or made missing
)

// Count is how many rows one reason touched while a data set was built.
type Count struct {
	Reason string `json:"reason"` // constant text
	Unit   string `json:"unit"`   // what was counted: incidents | engines | mobilisations
	Effect Effect `json:"effect"`
	Rows   int64  `json:"rows"`
}

// reason is a position in reasons.
type reason int

const (
	noCallTime reason = iota
	noPlace
	noFirstTime
	overLimit
	notPositive
	orphan
	duplicate
	overBorder
	secondAlone
	secondSooner
	severalReports
	noEngineRow
	disagree
	hourAssumed
	hourResolved
	farAway
	minutesOnly
	handlingNegative
	handlingNone
	handlingLong
	noMobilised
	reasonCount
)

// describeReasons says in words what is counted, in the order of the constants above.
func describeReasons() [reasonCount]Count {
	return [reasonCount]Count{
		noCallTime: {Reason: "no time of call", Unit: "incidents", Effect: Dropped},
		noPlace: {
			Reason: "no place: neither coordinates nor borough, ground or postcode district",
			Unit:   "incidents", Effect: Dropped,
		},
		noFirstTime:  {Reason: "no time for the first engine", Unit: "incidents", Effect: Dropped},
		overLimit:    {Reason: "attendance above 1200 seconds", Unit: "engines", Effect: Dropped},
		notPositive:  {Reason: "attendance below 1 second", Unit: "engines", Effect: Dropped},
		orphan:       {Reason: "mobilisation of an incident that is not there", Unit: "mobilisations", Effect: Dropped},
		duplicate:    {Reason: "copy of a mobilisation", Unit: "mobilisations", Effect: Dropped},
		overBorder:   {Reason: "no borough: over the border or not geo-coded", Unit: "incidents", Effect: Kept},
		secondAlone:  {Reason: "second engine without a first", Unit: "incidents", Effect: Kept},
		secondSooner: {Reason: "second engine quicker than the first", Unit: "incidents", Effect: Kept},
		severalReports: {
			Reason: "several mobilisations reported as the same engine: the earliest taken", Unit: "engines",
			Effect: Kept,
		},
		noEngineRow: {
			Reason: "engine not among the incident's mobilisations: taken from the incident", Unit: "engines",
			Effect: Kept,
		},
		disagree: {
			Reason: "incident and mobilisation differ by more than 5 seconds: mobilisation taken",
			Unit:   "engines", Effect: Kept,
		},
		hourAssumed: {
			Reason: "called in the hour that the clock repeats: first pass assumed", Unit: "incidents",
			Effect: Kept,
		},
		hourResolved: {
			Reason: "called in the hour that the clock repeats: pass known by mobilisation",
			Unit:   "incidents", Effect: Repaired,
		},
		farAway:          {Reason: "coordinates far from London: made unknown", Unit: "incidents", Effect: Repaired},
		minutesOnly:      {Reason: "call handling unknown: mobilised in whole minutes", Unit: "engines", Effect: Repaired},
		handlingNegative: {Reason: "call handling unknown: mobilised before the call", Unit: "engines", Effect: Repaired},
		handlingNone: {
			Reason: "call handling unknown: the call's time is the mobilisation's", Unit: "engines",
			Effect: Repaired,
		},
		handlingLong: {Reason: "call handling unknown: more than an hour", Unit: "engines", Effect: Repaired},
		noMobilised:  {Reason: "call handling unknown: no time of mobilisation", Unit: "engines", Effect: Repaired},
	}
}

// tally counts by reason.
type tally [reasonCount]int64

// listCounts gives the reasons that were met, in their fixed order.
func (t *tally) listCounts() []Count {
	var out []Count
	for i, c := range describeReasons() {
		if t[i] > 0 {
			c.Rows = t[i]
			out = append(out, c)
		}
	}
	return out
}
