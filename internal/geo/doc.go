// Package geo holds the geometry of places: WGS84 degrees to and from the
// British National Grid, postcodes, the 100 m cells that published dwellings
// are rounded to, and hexagonal bins for maps.
//
//	latitude, longitude ──ToGrid──▶ easting, northing ──HexAt──▶ Hex ──Corners──▶ map
//	        ◀──────────FromGrid──────────┘   └──CellCentre100──▶ centre of the published cell
//
// It looks nothing up: a postcode is checked for shape, not for being in use.
// Start reading at ToGrid.
package geo
