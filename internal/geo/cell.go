package geo

import "math"

// CellCentre100 returns the centre of the 100 m cell that (easting, northing) is in,
// in metres: what Easting_rounded and Northing_rounded are in the published
// files. NaN stays NaN.
func CellCentre100(easting, northing float64) (e, n float64) {
	return math.Floor(easting/100)*100 + 50, math.Floor(northing/100)*100 + 50
}
