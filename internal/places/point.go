package places

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"lfb/internal/geo"
	"lfb/internal/geo/london"
)

var (
	threeWords  = regexp.MustCompile(`(?i)(?:^|[\s/])/*[a-z]{3,}\.[a-z]{3,}\.[a-z]{3,}(?:$|[\s,])`)
	degreesPair = regexp.MustCompile(`(-?\d{1,2}\.\d+)°?\s*[Nn]?\s*[,;\s]\s*(?i:and\s+)?(?i:lon(?:g|gitude)?[\s:=]*)?(-?\d{1,2}\.\d+)°?\s*([EeWw]?)`)
	metresPair  = regexp.MustCompile(`(?i)\b(\d{6}(?:\.\d+)?)\s*[,;\s]\s*(?:and\s+)?(?:northings?[\s:]+)?(\d{6}(?:\.\d+)?)\b`)
	gridKm      = regexp.MustCompile(`(?i)\b(T[LQ])\s?(\d{2})\s?(\d{2})\b`) // London's: NW 10 12 and SE 10 99 are said of districts
	gridSquare  = regexp.MustCompile(`(?i)\b([HJNOST][A-HJ-Z])\s?(\d{3,5})\s?(\d{3,5})\b`)
)

// pointWithin is the place that a text gives by numbers, and where in the text.
func pointWithin(text string) (p Place, at []int, ok bool) {
	if m := degreesPair.FindStringSubmatchIndex(text); m != nil {
		first, second := text[m[2]:m[3]], text[m[4]:m[5]]
		latitude, longitude := parseDigits(first), parseDigits(second)
		if strings.EqualFold(text[m[6]:m[7]], "w") {
			longitude = -longitude
		}
		if latitude >= -9 && latitude <= 3 && longitude >= 49 && longitude <= 61 { // the other way round
			first, second, latitude, longitude = second, first, longitude, latitude
		}
		if latitude >= 49 && latitude <= 61 && longitude >= -9 && longitude <= 3 {
			e, n := geo.ToGrid(latitude, longitude)
			return pointPlace(Coordinates, first+", "+second, e, n, 100), m[:2], true
		}
		if m[0] == 0 && m[1] == len(text) && math.Abs(latitude) <= 90 { // alone: of another country
			return Place{Name: first + ", " + second, Kind: Coordinates, PrecisionM: 100, Outside: true}, m[:2], true
		}
	}
	if m := metresPair.FindStringSubmatchIndex(text); m != nil {
		first, second := text[m[2]:m[3]], text[m[4]:m[5]]
		return pointPlace(Coordinates, first+", "+second, parseDigits(first), parseDigits(second), 100), m[:2], true
	}
	m := gridSquare.FindStringSubmatchIndex(text)
	if m == nil {
		m = gridKm.FindStringSubmatchIndex(text)
	}
	if m != nil {
		letters := strings.ToUpper(text[m[2]:m[3]])
		digits := text[m[4]:m[5]] + text[m[6]:m[7]]
		if len(digits)%2 != 0 || len(digits) > 10 {
			return p, nil, false
		}
		half := len(digits) / 2
		e, n := gridOrigin(letters)
		side := math.Pow10(5 - half)
		e, n = e+parseDigits(digits[:half])*side, n+parseDigits(digits[half:])*side
		name := fmt.Sprintf("%s %s %s", letters, digits[:half], digits[half:])
		precision := max(side/2, 10)
		if half == 2 { // its corners are farther than half of it
			precision = side
		}
		return pointPlace(GridReference, name, e+side/2, n+side/2, precision), m[:2], true
	}
	return p, nil, false
}

func pointPlace(kind Kind, name string, e, n, precision float64) Place {
	p := Place{Name: name, Kind: kind, Easting: e, Northing: n, PrecisionM: precision}
	p.Outside = !isInExtent(int32(e), int32(n), 0)
	return p
}

// gridOrigin is the south-west corner of a square of 100 km, in metres: two letters, of five by
// five squares of 500 km and of 100 km, without I.
//
// Source: Ordnance Survey, A guide to coordinate systems in Great Britain, section 7.3.
func gridOrigin(letters string) (e, n float64) {
	number := func(c byte) int {
		k := int(c - 'A')
		if c > 'I' {
			k--
		}
		return k
	}
	l, r := number(letters[0]), number(letters[1])
	east := (l%5-2)*5 + r%5
	north := (3-l/5)*5 + 4 - r/5
	return float64(east) * 100_000, float64(north) * 100_000
}

func parseDigits(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0 // cannot happen: the text was found as digits
	}
	return v
}

// wardMarginM is how far outside of every ward's extent a point is none of London's: those are of where engines came.
const wardMarginM = 1500

// OutsideBy is how far a point is outside of the extents of London's wards, in metres; 0 within one.
func OutsideBy(easting, northing float64) float64 {
	least := math.Inf(1)
	for _, a := range london.Wards() {
		dx := max(a.West-easting, 0, easting-a.East)
		dy := max(a.South-northing, 0, northing-a.North)
		least = min(least, math.Hypot(dx, dy))
	}
	return least
}

// The extent of London's boroughs, metres.
const (
	londonWest, londonSouth = 503_500, 155_800
	londonEast, londonNorth = 562_000, 201_000
)

// MarginM is how far around the boroughs' extent places are kept.
const MarginM = 5000

func isInExtent(e, n int32, margin int32) bool {
	return e >= londonWest-margin && e <= londonEast+margin && n >= londonSouth-margin && n <= londonNorth+margin
}
