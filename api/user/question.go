package user

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"lfb/internal/clean"
	"lfb/internal/feature"
	"lfb/internal/geo"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/serve"
)

// Call is what a caller can say. A place is any one of postcode, postcode
// district, latitude and longitude, easting and northing, or borough and ward.
type Call struct {
	Postcode          string     `json:"postcode,omitempty" maxLength:"10" doc:"Full postcode; a sector like SE10 9 is answered for its middle" example:"SE10 9NF"`
	PostcodeDistrict  string     `json:"postcode_district,omitempty" maxLength:"10" doc:"First half of a postcode, like SE10; a sector like SE10 9, a short name of several like EC1, or an area like SE"`
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
	PrecisionM        *float64   `json:"precision_m,omitempty" minimum:"0" maximum:"100000" doc:"With latitude and longitude, or easting and northing: it is known to so many metres; default 100"`
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
	findings := c.readReport(&call)
	if c.RecentLoad != nil {
		load := fmt.Sprint(*c.RecentLoad)
		findings = append(findings, feature.Finding{Code: feature.FindingNotUsed, Fact: "recent_load", Value: load})
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
	findings = append(findings, c.readPostcodes(&call, wrong)...)
	findings = append(findings, c.readPoint(&call, wrong)...)
	if math.IsNaN(call.Easting) && call.PostcodeDistrict == "" && call.BoroughCode == "" && call.WardCode == "" &&
		call.StationGround == "" && len(bad) == 0 {
		wrong("", "a place is needed: a postcode, a postcode district, latitude and longitude, easting and northing, or a "+
			"borough, ward or station ground")
	}
	as := map[string]string{}
	if c.Postcode == "" {
		as["postcode"] = "postcode_district"
	}
	if c.Easting == nil {
		as["easting"] = "latitude"
	}
	q := serve.Question{
		Call: call, IncidentNumber: c.IncidentReference, Findings: findings, GivenAs: as,
		AsPostcode: c.Postcode != "",
	}
	switch {
	case c.PrecisionM == nil:
	case math.IsNaN(call.Easting):
		wrong("precision_m", "precision_m goes with latitude and longitude, or easting and northing")
	default:
		q.Named = &feature.Named{PrecisionM: *c.PrecisionM}
	}
	return q, bad
}

// otherServices are kinds of special service that the brigade knows and that no caller could
// tell apart.
var otherServices = []string{
	"advice only", "no action (not false alarm)", "stand by", "evacuation (no fire)", "water provision",
	clean.ReportedOther,
}

// readReport sets what is reported, and finds the words that say nothing.
func (c *Call) readReport(call *lfb.Call) (findings []feature.Finding) {
	find := func(code feature.FindingCode, fact, value, used string) {
		if value = strings.TrimSpace(value); value != "" {
			findings = append(findings, feature.Finding{Code: code, Fact: fact, Value: value, Used: used})
		}
	}
	if c.Reported != "" {
		call.Reported = c.Reported
		find(feature.FindingSuperseded, "incident_group", c.IncidentGroup, "reported")
		find(feature.FindingSuperseded, "special_service_type", c.SpecialService, "reported")
		return findings
	}
	call.Reported = clean.FromCaller(c.IncidentGroup, "", c.SpecialService)
	service := strings.ToLower(strings.TrimSpace(c.SpecialService))
	if service != "" && call.Reported == clean.ReportedOther && !slices.Contains(otherServices, service) {
		find(feature.FindingUnknownValue, "special_service_type", c.SpecialService, "")
		service, call.Reported = "", clean.FromCaller(c.IncidentGroup, "", "")
	}
	group := strings.TrimSpace(c.IncidentGroup)
	switch {
	case service != "" && !strings.EqualFold(group, "Special Service"):
		find(feature.FindingSuperseded, "incident_group", group, "special_service_type")
	case service == "" && call.Reported == "" && strings.EqualFold(group, "False Alarm"):
		find(feature.FindingNotUsed, "incident_group", c.IncidentGroup, "")
	case service == "" && call.Reported == "":
		find(feature.FindingUnknownValue, "incident_group", c.IncidentGroup, "")
	}
	return findings
}

// readPostcodes sets the postcode and its district, and finds slips and what disagrees.
func (c *Call) readPostcodes(call *lfb.Call, wrong func(field, format string, args ...any)) []feature.Finding {
	var findings []feature.Finding
	var err error
	if c.PostcodeDistrict != "" {
		if _, findings, err = feature.ReadPostcode(call, "postcode_district", c.PostcodeDistrict); err != nil {
			wrong("postcode_district", "%q is no postcode district like SE10", c.PostcodeDistrict)
		}
	}
	if c.Postcode == "" {
		return findings
	}
	said := call.PostcodeDistrict
	p, slips, err := feature.ReadPostcode(call, "postcode", c.Postcode)
	switch {
	case err != nil && geo.NamesNoArea(c.Postcode):
		wrong("postcode", "%q is no postcode like SE10 9NF: no postcode of Britain begins with these letters", c.Postcode)
		return findings
	case err != nil:
		wrong("postcode", "%q is no postcode like SE10 9NF", c.Postcode)
		return findings
	case p.Sector == "" && p.Rest == "":
		wrong("postcode", "%q is no postcode like SE10 9NF: half of one goes into postcode_district", c.Postcode)
		return findings
	}
	findings = append(findings, slips...)
	if said != "" && !geo.IsWithinDistrict(p.District, said) {
		findings = append(findings, feature.Finding{
			Code: feature.FindingContradiction, Fact: "postcode_district",
			Value: c.PostcodeDistrict, Used: cmp.Or(p.Unit, p.Sector, p.District),
		})
	}
	return findings
}

// samePointM is how far apart, in metres, two ways to write one point may be.
const samePointM = 200

// readPoint sets the point, and finds where its two forms disagree.
func (c *Call) readPoint(call *lfb.Call, wrong func(field, format string, args ...any)) (findings []feature.Finding) {
	switch {
	case (c.Latitude == nil) != (c.Longitude == nil):
		wrong("latitude", "latitude and longitude go together")
	case (c.Easting == nil) != (c.Northing == nil):
		wrong("easting", "easting and northing go together")
	case c.Latitude != nil:
		call.Easting, call.Northing = geo.ToGrid(*c.Latitude, *c.Longitude)
		if c.Easting == nil {
			break
		}
		if d := math.Hypot(call.Easting-*c.Easting, call.Northing-*c.Northing); d > samePointM {
			findings = append(findings, feature.Finding{
				Code: feature.FindingContradiction, Fact: "latitude",
				Value: fmt.Sprintf("%v, %v", *c.Latitude, *c.Longitude), Used: "easting", Metres: d,
			})
		}
		fallthrough
	case c.Easting != nil:
		call.Easting, call.Northing = *c.Easting, *c.Northing
	}
	// The model learned places to the hundred metres that the publication gives.
	call.Easting, call.Northing = geo.CellCentre100(call.Easting, call.Northing)
	return findings
}
