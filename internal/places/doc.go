// Package places finds the place that a caller names: a postcode or as much of one as is known,
// a road, a station, a borough, a junction of two roads, a grid reference, coordinates.
//
//	Code-Point Open, OS Open Names ──Builder──▶ Set ──WriteTo──▶ file ──Open──▶ Set ──Search──▶ Found
//	the brigade's own areas        ──┘
//
// A Set holds London and 5 km around it, and the names of towns beyond, so that those are
// refused and never taken for a road of London that is called after them. A name that several
// places have gives choices: nothing is picked silently. It reads words about the place only;
// what is reported, when and which engine is package phrase's.
//
// Start reading at Set.Search.
//
// The files are Ordnance Survey's, under the Open Government Licence v3: Attribution is to be
// shown wherever places are.
package places
