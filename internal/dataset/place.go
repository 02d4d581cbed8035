package dataset

import (
	"math"
	"strings"

	"lfb/internal/geo"
	"lfb/internal/lfb"
)

// Bounds of plausible coordinates, in metres of the British National Grid:
// Greater London with some 30 km around it, where the brigade helps out.
const (
	minEasting, maxEasting   = 475_000, 590_000
	minNorthing, maxNorthing = 125_000, 230_000
)

// place is where an incident was, as an operator would know it.
type place struct {
	easting, northing               int32
	borough, ward, district, ground string
}

func (p *place) isKnown() bool {
	return p.easting != missing || p.borough != "" || p.district != "" || p.ground != ""
}

// locateIncident reads the call-time place: always the centre of the 100 m cell, which is
// known for dwellings too. Over the border borough, ward and ground are unknown;
// the rows stay, as the engines did drive there.
func locateIncident(inc *lfb.Incident, t *tally) place {
	p := place{
		easting: cellCentre(inc.EastingRounded, inc.EastingM), northing: cellCentre(inc.NorthingRounded, inc.NorthingM),
		borough: inc.BoroughCode, ward: inc.WardCode, district: inc.PostcodeDistrict, ground: inc.IncidentStationGround,
	}
	if isOverBorder(p.ground) {
		p.ground = ""
	}
	if p.borough == "" || isOverBorder(inc.FRS) {
		t[overBorder]++
	}
	switch {
	case p.easting == missing || p.northing == missing:
		p.easting, p.northing = missing, missing
	case p.easting < minEasting || p.easting > maxEasting || p.northing < minNorthing || p.northing > maxNorthing:
		t[farAway]++
		p.easting, p.northing = missing, missing
	}
	return p
}

func isOverBorder(s string) bool {
	return strings.EqualFold(strings.ReplaceAll(s, " ", ""), "OverTheBorder")
}

// cellCentre is the centre of the 100 m cell, in metres.
func cellCentre(rounded, exact lfb.Opt[float64]) int32 {
	v := rounded.V
	if !rounded.OK {
		if !exact.OK {
			return missing
		}
		v, _ = geo.CellCentre100(exact.V, 0)
	}
	if math.IsNaN(v) || math.Abs(v) > 1e9 {
		return missing
	}
	return int32(math.Round(v))
}
