package geo

import "math"

// ToMercator is where a place of the National Grid is on a map of the world in Web
// Mercator, as tile servers draw it: a square with sides of 1, x to the east and y to the
// south.
//
// Source: EPSG 3857.
func ToMercator(e, n float64) (x, y float64) {
	lat, lon := FromGrid(e, n)
	return (lon + 180) / 360, (1 - math.Asinh(math.Tan(degreesToRadians(lat)))/math.Pi) / 2
}
