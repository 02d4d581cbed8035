package geo

import "math"

// The two ellipsoids, semi-axes in metres.
const (
	wgsA, wgsB   = 6378137.0, 6356752.314245 // WGS84 (as GRS80 within 0.1 mm)
	airyA, airyB = 6377563.396, 6356256.909  // Airy 1830, of OSGB36
)

// The National Grid: a transverse Mercator projection of the Airy ellipsoid.
const (
	scale0    = 0.9996012717
	lat0      = 49 * math.Pi / 180
	lon0      = -2 * math.Pi / 180
	easting0  = 400000.0
	northing0 = -100000.0
)

// ToGrid turns WGS84 degrees (latitude north, longitude east) into metres of
// the British National Grid. It is within 5 m over Great Britain, as OSGB36's
// own distortions are not modelled, and means nothing elsewhere. NaN and
// infinities come out as NaN.
//
// Source: Ordnance Survey, A guide to coordinate systems in Great Britain,
// sections 6.6 and annexes B and C.
func ToGrid(latitude, longitude float64) (easting, northing float64) {
	x, y, z := toCartesian(degreesToRadians(latitude), degreesToRadians(longitude), wgsA, wgsB)
	x, y, z = toOSGB36(x, y, z)
	return projectToGrid(fromCartesian(x, y, z, airyA, airyB))
}

// FromGrid turns metres of the British National Grid into WGS84 degrees: the
// inverse of ToGrid, and within 5 m like it.
func FromGrid(easting, northing float64) (latitude, longitude float64) {
	lat, lon := unprojectFromGrid(easting, northing)
	x, y, z := toWGS84(toCartesian(lat, lon, airyA, airyB))
	lat, lon = fromCartesian(x, y, z, wgsA, wgsB)
	return radiansToDegrees(lat), radiansToDegrees(lon)
}

func degreesToRadians(d float64) float64 { return d * math.Pi / 180 }
func radiansToDegrees(r float64) float64 { return r * 180 / math.Pi }

// helmertTransform is a seven-parameter similarity: metres, radians, parts of one.
type helmertTransform struct{ tx, ty, tz, rx, ry, rz, s float64 }

const arcSecond = math.Pi / 180 / 3600

// wgs84ToOSGB36 takes WGS84 to OSGB36: the guide's table for Great Britain, whose
// signs are for OSGB36 to WGS84 in some printings.
func wgs84ToOSGB36() helmertTransform {
	return helmertTransform{
		tx: -446.448, ty: 125.157, tz: -542.060,
		rx: -0.1502 * arcSecond, ry: -0.2470 * arcSecond, rz: -0.8421 * arcSecond,
		s: 20.4894e-6,
	}
}

func toOSGB36(x, y, z float64) (float64, float64, float64) {
	h := wgs84ToOSGB36()
	k := 1 + h.s
	return h.tx + k*x - h.rz*y + h.ry*z,
		h.ty + h.rz*x + k*y - h.rx*z,
		h.tz - h.ry*x + h.rx*y + k*z
}

// toWGS84 solves toOSGB36 for its argument by two fixed-point steps: the
// reversed signs alone would leave some millimetres.
func toWGS84(x, y, z float64) (float64, float64, float64) {
	u, v, w := x, y, z
	for range 3 {
		a, b, c := toOSGB36(u, v, w)
		u, v, w = u+x-a, v+y-b, w+z-c
	}
	return u, v, w
}

// toCartesian is annex B.1 of the guide at height 0: radians to metres.
func toCartesian(lat, lon, a, b float64) (x, y, z float64) {
	e2 := 1 - b*b/(a*a)
	sinLat, cosLat := math.Sincos(lat)
	sinLon, cosLon := math.Sincos(lon)
	nu := a / math.Sqrt(1-e2*sinLat*sinLat)
	return nu * cosLat * cosLon, nu * cosLat * sinLon, (1 - e2) * nu * sinLat
}

// fromCartesian is annex B.2 of the guide: metres to radians; the height is
// dropped. Four rounds settle it below a nanometre near the surface.
func fromCartesian(x, y, z, a, b float64) (lat, lon float64) {
	e2 := 1 - b*b/(a*a)
	p := math.Hypot(x, y)
	lat = math.Atan2(z, p*(1-e2))
	for range 4 {
		s := math.Sin(lat)
		nu := a / math.Sqrt(1-e2*s*s)
		lat = math.Atan2(z+e2*nu*s, p)
	}
	return lat, math.Atan2(y, x)
}

// meridianArc returns the length of the meridian from lat0 to lat, in metres on the
// projection (the guide's M, formula C3).
func meridianArc(lat float64) float64 {
	const n = (airyA - airyB) / (airyA + airyB)
	const n2, n3 = n * n, n * n * n
	d, s := lat-lat0, lat+lat0
	return airyB * scale0 * ((1+n+1.25*n2+1.25*n3)*d -
		(3*n+3*n2+2.625*n3)*math.Sin(d)*math.Cos(s) +
		(1.875*n2+1.875*n3)*math.Sin(2*d)*math.Cos(2*s) -
		35.0/24*n3*math.Sin(3*d)*math.Cos(3*s))
}

const airyE2 = 1 - airyB*airyB/(airyA*airyA)

// curvatureRadii returns the transverse and meridional radii of curvature at a latitude of
// sine s, in metres on the projection.
func curvatureRadii(s float64) (nu, rho float64) {
	t := 1 - airyE2*s*s
	nu = airyA * scale0 / math.Sqrt(t)
	return nu, nu * (1 - airyE2) / t
}

// projectToGrid is annex C.1 of the guide: OSGB36 radians to grid metres.
func projectToGrid(lat, lon float64) (easting, northing float64) {
	s, c := math.Sincos(lat)
	nu, rho := curvatureRadii(s)
	eta2 := nu/rho - 1
	t2 := s * s / (c * c)
	t4 := t2 * t2
	c3 := c * c * c
	c5 := c3 * c * c
	l := lon - lon0
	l2 := l * l
	northing = meridianArc(lat) + northing0 + l2*(nu/2*s*c+
		l2*(nu/24*s*c3*(5-t2+9*eta2)+
			l2*nu/720*s*c5*(61-58*t2+t4)))
	easting = easting0 + l*(nu*c+
		l2*(nu/6*c3*(nu/rho-t2)+
			l2*nu/120*c5*(5-18*t2+t4+14*eta2-58*t2*eta2)))
	return easting, northing
}

// unprojectFromGrid is annex C.2 of the guide: grid metres to OSGB36 radians.
func unprojectFromGrid(easting, northing float64) (lat, lon float64) {
	lat = lat0 + (northing-northing0)/(airyA*scale0)
	// Each round gains about three digits; the bound stops a NaN from spinning.
	for range 8 {
		d := northing - northing0 - meridianArc(lat)
		lat += d / (airyA * scale0)
		if math.Abs(d) < 1e-5 {
			break
		}
	}
	s, c := math.Sincos(lat)
	nu, rho := curvatureRadii(s)
	eta2 := nu/rho - 1
	t := s / c
	t2 := t * t
	t4 := t2 * t2
	d := easting - easting0
	d2 := d * d
	nu2 := nu * nu
	lat -= d2 * t / (2 * rho * nu) * (1 - d2/(12*nu2)*(5+3*t2+eta2-9*t2*eta2-
		d2/(30*nu2)*(61+90*t2+45*t4)))
	lon = lon0 + d/(c*nu)*(1-d2/(6*nu2)*(nu/rho+2*t2-
		d2/(20*nu2)*(5+28*t2+24*t4-
			d2/(42*nu2)*(61+662*t2+1320*t4+720*t4*t2))))
	return lat, lon
}
