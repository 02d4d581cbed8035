package feature

import "strings"

// Label is what people call a feature, with one sentence on what it says.
type Label struct{ Name, About string }

// LabelOf is a column's label; of one that this release does not know it is the name.
func LabelOf(column string) Label {
	if l, ok := labels[column]; ok {
		return l
	}
	return Label{Name: strings.ReplaceAll(column, "_", " ")}
}

// labels are in the order of allColumns. A time is what a drive takes by learned speeds; a
// mean "beyond the expected" is by how much arrivals were later than those.
var labels = map[string]Label{
	"pump":                 {"Which engine", "First or second engine."},
	"station_ground":       {"Station ground", "The station whose ground the place is in."},
	"reported":             {"What is reported", "Fire, alarm, flooding and so on, as the caller says it."},
	"hour":                 {"Hour of the day", "0 to 23, London time."},
	"easting":              {"Easting", "How far east the place is, in metres."},
	"northing":             {"Northing", "How far north the place is, in metres."},
	"southeast":            {"Towards the south-east", "How far along the diagonal to the south-east, in metres."},
	"northeast":            {"Towards the north-east", "How far along the diagonal to the north-east, in metres."},
	"centre_m":             {"Distance from the centre", "To the middle of all places in the training rows, in metres."},
	"nearest_m":            {"Distance to the nearest station", "In a straight line, metres."},
	"nearest2_m":           {"Distance to the second nearest station", "In a straight line, metres."},
	"nearest3_m":           {"Distance to the third nearest station", "In a straight line, metres."},
	"nearest4_m":           {"Distance to the fourth nearest station", "In a straight line, metres."},
	"own_m":                {"Distance to the ground's own station", "In a straight line, metres."},
	"quickest_seconds":     {"Drive from the quickest station", "Expected seconds, by learned speeds."},
	"quickest2_seconds":    {"Drive from the second quickest station", "Expected seconds, by learned speeds."},
	"quickest3_seconds":    {"Drive from the third quickest station", "Expected seconds, by learned speeds."},
	"quickest4_seconds":    {"Drive from the fourth quickest station", "Expected seconds, by learned speeds."},
	"own_seconds":          {"Drive from the ground's own station", "Expected seconds, by learned speeds."},
	"quickest_gap_seconds": {"Lead of the quickest station", "Seconds by which the second quickest station is further."},
	"own_behind_m":         {"Own station further than the nearest", "By how many metres."},
	"own_behind_seconds":   {"Own station slower than the quickest", "By how many seconds."},
	"own_rank":             {"Rank of the own station", "Which in the order of drives it is: 0 is the quickest."},
	"within_2km":           {"Stations within 2 km", "How many."},
	"within_4km":           {"Stations within 4 km", "How many."},
	"nearest_east_m":       {"East of the nearest station", "Metres; negative to the west."},
	"nearest_north_m":      {"North of the nearest station", "Metres; negative to the south."},
	"expected_seconds":     {"Expected drive", "Drives from the nearest stations, weighed by how often each comes first."},
	"soft_seconds": {
		"Drive, all near stations",
		"Mean of the drives from the stations near, each weighing less the slower it is.",
	},
	"field_250m": {"Street's lateness", "Mean seconds beyond the expected drive, within some 300 m."},
	"field_500m": {"Neighbourhood's lateness", "Mean seconds beyond the expected drive, within some 800 m."},
	"field_1km":  {"Area's lateness", "Mean seconds beyond the expected drive, within some 2 km."},
	"away_map": {
		"Engines from elsewhere, by place",
		"How often the first engine is not the own ground's, around the place.",
	},
	"excess_ward":          {"Ward's lateness", "Mean seconds beyond the expected drive in the ward."},
	"excess_district":      {"Postcode district's lateness", "Mean seconds beyond the expected drive in the district."},
	"excess_property_type": {"Property type's lateness", "Mean seconds beyond the expected drive at such properties."},
	"excess_reported":      {"Lateness of what is reported", "Mean seconds beyond the expected drive for such calls."},
	"excess_hour_of_week":  {"Hour's lateness", "Mean seconds beyond the expected drive in this hour of the week."},
	"away_ground":          {"Engines from elsewhere, by ground", "How often the first engine is not the ground's own."},
	"away_ground_band":     {"Engines from elsewhere, by ground and time", "The same, in this quarter of the day."},
	"second_own_ground":    {"Second engine from the own ground", "How often the second engine is the ground's own."},
	"time_of_day":          {"Time of day", "Hours since midnight, London time."},
	"hour_sin":             {"Time of day, morning or evening", "The hour as a point on a circle: its height."},
	"hour_cos":             {"Time of day, night or day", "The hour as a point on a circle: its side."},
	"weekday":              {"Day of the week", "0 is Monday."},
	"hour_of_week":         {"Hour of the week", "Hours since Monday's midnight."},
	"month":                {"Month", "1 to 12."},
	"bank_holiday":         {"Bank holiday", "1 on one, else 0."},
	"school_holiday":       {"School holiday", "1 in one, else 0."},
	"property_category":    {"Property category", "Dwelling, road vehicle, outdoors and so on."},
	"property_type":        {"Property type", "What kind of building or vehicle exactly."},
	"sent_from":            {"Station sent from", "The station that an engine was sent from, where it is known."},
	"sent_m":               {"Distance from the station sent from", "In a straight line, metres."},
	"sent_seconds":         {"Drive from the station sent from", "Expected seconds, by learned speeds."},
	"sent_behind_seconds":  {"Sent station slower than the quickest", "By how many seconds."},
	"sent_own_ground":      {"Sent by the own ground", "1 where the station sent from is the ground's own, else 0."},
}
