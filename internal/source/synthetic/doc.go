// Package synthetic makes up a plausible London: 102 stations, 33 boroughs and
// any number of incidents over any span of months, written in the London
// Datastore's own CSV format, quirks included. A machine without internet, a
// benchmark and a scale test so use the very path that real files use.
//
//	seed, month, rate ─▶ day ─▶ calls: when, what, where, how many engines
//	                             │        (as many engine rows as the ratio says, exactly)
//	fixed geography ─────────────┴─▶ engines: free or not, turnout, travel
//	 speeds, river, stations          │
//	                                  ├─▶ incident file, 39 columns, London wall clock
//	                                  └─▶ mobilisation file, 24 columns, GMT
//
// Everything is a function of the options: the same options give the same
// bytes, on any number of cores. A day depends on nothing but seed, month, day
// and the rate of incidents a month, so a longer span at the same rate is the
// earlier publication plus new months. Every month has the same number of
// incidents: only so can the total be exact for every span and earlier months
// stay as they were. The seasons show in what happens, not in how much.
//
// The geography is London's, from package geo/london, and the same for all seeds: stations
// stand where the brigade's arrivals show them, boroughs, wards and postcode districts lie
// around the middles of the brigade's rows (nine in ten published places are in the
// same borough, eight in ten in the same ward and district), and roads cross the Thames at
// its crossings only. Calls fall on boroughs and wards as the published ones do. Made up
// are every call, address, street, property number and the unit of a postcode, and which ways
// are quick. Nothing here was copied from published rows; the proportions follow them.
//
// Relive lives months again with stations closed or moved.
//
// It does not model a busy brigade over time: whether an engine is free is
// drawn afresh for every call, so recent load tells a model nothing.
//
// Start reading at City.
package synthetic
