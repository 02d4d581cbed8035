package london

import (
	_ "embed"

	"lfb/internal/geo"
)

// BaseMap is London without any answer as an SVG in the map's units: its land, borders,
// river and roads, and their names. It has classes and no colours; what is to lie below the
// roads goes into its group "cells".
//
//go:embed london.svg
var BaseMap []byte

// The map of London is drawn in Web Mercator, so that street maps of others fit below it.
// A unit is a pixel of a tile of 256 at zoom level 13, some 12 m; the origin is north-west of London.
const (
	MapZoom   = 21 // the world is 2 to this power wide, in units
	MapLeft   = 1045480
	MapTop    = 695520
	MapWidth  = 5170
	MapHeight = 4030
)

// ToMap is where a place of the National Grid is on the map, in units to the east and south.
func ToMap(e, n float64) (x, y float64) {
	x, y = geo.ToMercator(e, n)
	return x*(1<<MapZoom) - MapLeft, y*(1<<MapZoom) - MapTop
}
