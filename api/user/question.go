package user

import (
	"fmt"
	"math"
	"time"

	"lfb/internal/clean"
	"lfb/internal/geo"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/serve"
)

// Call is what a caller can say. A place is any one of postcode, postcode
// district, latitude and longitude, easting and northing, or borough and ward.
type Call struct {
	Postcode          string     `json:"postcode,omitempty" maxLength:"10" doc:"Full postcode" example:"SE10 9NF"`
	PostcodeDistrict  string     `json:"postcode_district,omitempty" maxLength:"5" doc:"First half of a postcode, like SE10"`
	Latitude          *float64   `json:"latitude,omitempty" minimum:"49" maximum:"61" doc:"WGS84 degrees"`
	Longitude         *float64   `json:"longitude,omitempty" minimum:"-9" maximum:"3" doc:"WGS84 degrees"`
	Easting           *float64   `json:"easting,omitempty" minimum:"0" maximum:"700000" doc:"British National Grid, metres"`
	Northing          *float64   `json:"northing,omitempty" minimum:"0" maximum:"1300000" doc:"British National Grid, metres"`
	BoroughCode       string     `json:"borough_code,omitempty" maxLength:"12" doc:"GSS code, like E09000011"`
	WardCode          string     `json:"ward_code,omitempty" maxLength:"12" doc:"GSS code, like E05000214"`
	StationGround     string     `json:"station_ground,omitempty" maxLength:"60" doc:"Station whose ground the place is in"`
	Time              *time.Time `json:"time,omitempty" doc:"When the call came; default now"`
	Reported          string     `json:"reported,omitempty" maxLength:"60" doc:"What is reported, in the words of GET /v1/model"`
	IncidentGroup     string     `json:"incident_group,omitempty" maxLength:"40" doc:"Fire, False Alarm or Special Service, where reported is not given"`
	SpecialService    string     `json:"special_service_type,omitempty" maxLength:"60" doc:"Kind of special service, where reported is not given"`
	PropertyCategory  string     `json:"property_category,omitempty" maxLength:"60" doc:"Like Dwelling or Road Vehicle"`
	PropertyType      string     `json:"property_type,omitempty" maxLength:"120" doc:"As the brigade names them"`
	Pump              Whole      `json:"pump,omitempty" minimum:"0" maximum:"2" doc:"Which engine: 1 (default) or 2"`
	SentFrom          string     `json:"sent_from,omitempty" maxLength:"60" doc:"Station that the engine was ordered from, where known"`
	RecentLoad        *float64   `json:"recent_load,omitempty" minimum:"0" maximum:"1000" doc:"Calls in the station ground in the last three hours: no model uses it"`
	IncidentReference string     `json:"incident_reference,omitempty" maxLength:"40" doc:"Your number of the incident, to join the outcome by later"`
}

// The years that a call may be in: the publication's first, and as far as the
// clocks of the stores behind go. What they refuse would hold up the log.
const firstYear, lastYear = 2009, 2099

// question turns what was said into a Question. Wrong fields are named.
func (c *Call) question(now time.Time) (serve.Question, []httpx.Field) {
	call := serve.NewCall(now)
	var bad []httpx.Field
	wrong := func(field, format string, args ...any) {
		if field != "" { // else it is the call as a whole
			field = "/" + field
		}
		bad = append(bad, httpx.Field{Pointer: field, Detail: fmt.Sprintf(format, args...)})
	}
	call.BoroughCode, call.WardCode, call.StationGround = c.BoroughCode, c.WardCode, c.StationGround
	call.PropertyCategory, call.PropertyType, call.SentFrom = c.PropertyCategory, c.PropertyType, c.SentFrom
	call.Reported = c.Reported
	if call.Reported == "" && (c.IncidentGroup != "" || c.SpecialService != "") {
		call.Reported = clean.FromCaller(c.IncidentGroup, "", c.SpecialService)
	}
	if c.Pump != 0 {
		call.PumpOrder = int(c.Pump)
	}
	if c.Time != nil {
		call.At = c.Time.In(lfb.London)
		if y := call.At.Year(); y < firstYear || y > lastYear {
			wrong("time", "the year %d is not one of %d to %d", y, firstYear, lastYear)
		}
	}
	if c.PostcodeDistrict != "" {
		district, err := geo.ParseDistrict(c.PostcodeDistrict)
		if err != nil {
			wrong("postcode_district", "%q is no postcode district like SE10", c.PostcodeDistrict)
		}
		call.PostcodeDistrict = district
	}
	if c.Postcode != "" {
		full, district, err := geo.ParsePostcode(c.Postcode)
		if err != nil {
			wrong("postcode", "%q is no postcode like SE10 9NF", c.Postcode)
		}
		call.Postcode, call.PostcodeDistrict = full, district
	}
	c.coordinates(&call, wrong)
	if math.IsNaN(call.Easting) && call.PostcodeDistrict == "" && call.BoroughCode == "" && call.WardCode == "" && call.StationGround == "" && len(bad) == 0 {
		wrong("", "a place is needed: a postcode, a postcode district, latitude and longitude, easting and northing, or a borough, ward or station ground")
	}
	return serve.Question{Call: call, IncidentNumber: c.IncidentReference}, bad
}

func (c *Call) coordinates(call *lfb.Call, wrong func(field, format string, args ...any)) {
	if (c.Latitude == nil) != (c.Longitude == nil) {
		wrong("latitude", "latitude and longitude go together")
		return
	}
	if (c.Easting == nil) != (c.Northing == nil) {
		wrong("easting", "easting and northing go together")
		return
	}
	switch {
	case c.Easting != nil:
		call.Easting, call.Northing = *c.Easting, *c.Northing
	case c.Latitude != nil:
		call.Easting, call.Northing = geo.ToGrid(*c.Latitude, *c.Longitude)
	default:
		return
	}
	// The model learned places to the hundred metres that the publication gives.
	call.Easting, call.Northing = geo.CellCentre100(call.Easting, call.Northing)
}
