package places

import (
	"fmt"
	"slices"
	"strings"

	"lfb/internal/lfb"
)

// Attribution is what the licence of the files asks to be shown.
const Attribution = "Contains OS data © Crown copyright and database right 2026. " +
	"Contains Royal Mail data © Royal Mail copyright and database right 2026. " +
	"Contains National Statistics data © Crown copyright and database right 2026."

// Kind is the kind of a place.
type Kind uint8

// The kinds. Their order is part of the file's format: new ones come last.
const (
	Unit          Kind = iota + 1 // a whole postcode, SE10 9NF
	Sector                        // SE10 9
	District                      // SE10, or a short name of several like EC1
	Area                          // SE
	Ward                          //
	Borough                       //
	Ground                        // that a fire station answers for
	Settlement                    // a named place: a town, a suburb, a village
	Road                          // by name
	NumberedRoad                  // A406
	Junction                      // of two roads, or a motorway's by its number
	Station                       // railway and Underground
	Landmark                      // hospital, school, airport, park and the like
	GridReference                 // TQ 299 804
	Coordinates                   // latitude and longitude, or easting and northing
)

var kindNames = [...]string{
	"", "postcode", "postcode_sector", "postcode_district", "postcode_area", "ward", "borough", "station_ground",
	"settlement", "road", "numbered_road", "junction", "railway_station", "landmark", "grid_reference", "coordinates",
}

// String is the kind as programs name it.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// MarshalText writes the kind as String has it.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Place is a place in London, or one near it that is known to be outside.
type Place struct {
	Name       string  `json:"name"` // as people write it: High Road, SE10 9NF
	Kind       Kind    `json:"kind"`
	Code       string  `json:"code,omitempty"`     // of a borough or ward, E09000011
	In         string  `json:"in,omitempty"`       // the settlement that it is in or near
	Borough    string  `json:"borough,omitempty"`  // code; empty where not known
	District   string  `json:"district,omitempty"` // postcode district
	Easting    float64 `json:"easting"`            // British National Grid, metres
	Northing   float64 `json:"northing"`           //
	PrecisionM float64 `json:"precision_m"`        // the place lies within this many metres of the point, mostly
	Outside    bool    `json:"outside,omitempty"`  // known, and not in London
}

// Label is the name with what tells it from others of that name: "High Road, Tottenham, Haringey".
func (p *Place) Label() string {
	parts := []string{p.Name}
	for _, more := range []string{p.In, BoroughName(p.Borough)} {
		if more != "" && !slices.Contains(parts, more) {
			parts = append(parts, more)
		}
	}
	return strings.Join(parts, ", ")
}

// SetCall puts the place into a call, by the fact that says it most exactly.
func (p *Place) SetCall(c *lfb.Call) {
	switch p.Kind {
	case Borough:
		c.BoroughCode = p.Code
	case Ward:
		c.WardCode = p.Code
	case Ground:
		c.StationGround = p.Name
	case District, Area:
		c.PostcodeDistrict = p.Name
	default:
		c.Easting, c.Northing = p.Easting, p.Northing
	}
}

// Match is a place that a text may mean.
type Match struct {
	Place
	Score float64 `json:"score"` // higher fits better; comparable within one search only
}

// Found is what a text says about where.
type Found struct {
	Matches []Match  `json:"matches"`           // best first
	Clear   bool     `json:"clear"`             // the first match is the place that is meant; otherwise they are choices
	Refused Refusal  `json:"refused,omitempty"` // why there is no place
	Notes   []Note   `json:"notes,omitempty"`   // what was read otherwise than it was said
	Used    []string `json:"used,omitempty"`    // words that told the place, in small letters, as typed
	Unused  []string `json:"unused,omitempty"`  // words that told nothing
	More    int      `json:"-"`                 // choices beyond Matches
	areas   []string // words that told where its road is
}

// Refusal is why a text has no place, as a code.
type Refusal string

// The refusals.
const (
	RefusedUnknown Refusal = "unknown_place" // no such place is known
	RefusedOutside Refusal = "outside_area"  // known, and outside London; Matches has it
	RefusedWords   Refusal = "what3words"    // needs a service of its own
)

// Note says what was read otherwise than it was said.
type Note struct {
	Code NoteCode `json:"code"`
	Said string   `json:"said"`
	Used string   `json:"used,omitempty"`
}

// NoteCode is a kind of note.
type NoteCode string

// The notes.
const (
	NoteCorrected   NoteCode = "corrected"        // a slip in a postcode: O for 0
	NoteMalformed   NoteCode = "malformed"        // the end of a postcode that is none: SE10 99F
	NoteUnknownUnit NoteCode = "unknown_postcode" // the postcode is not known: its sector or district is used
	NoteSpelling    NoteCode = "spelling"         // a word of a name, by one letter
	NoteHouseNumber NoteCode = "house_number"     // is not used: the road is
	NoteSwapped     NoteCode = "swapped"          // longitude and latitude in this order
	NoteContradicts NoteCode = "contradicts"      // a place that is not where the others are
)
