// Package london holds facts of London's geography: where its boroughs, wards, postcode
// districts, station grounds and fire stations are, and what is drawn on a map.
//
//	the brigade's rows ──derive──▶ areas.csv, stations.csv ──▶ Boroughs, Wards, Districts, Grounds, Stations
//	drawn by hand, from general knowledge ──▶ drawn.csv ──▶ Drawn: the Thames, its crossings, main roads
//	both ──derive──▶ london.svg, BaseMap: borders along cells of 100 m, the river, the roads, names
//
// The tables are figures that were derived from published rows by the program in derive, run
// by go generate with the rows in LFB_TEST_DATA: the same rows give the same tables. No row
// is in them. One ward (Hacton) and eight postcode districts (BF1, EC1P, EC2P, EN6, KT19, SL0,
// WD23, WD3) have fewer than two located rows and are left out. Everything is in metres of the British National Grid.
//
// Contains public sector information licensed under the Open Government Licence. Source:
// London Fire Brigade / London Datastore.
//
// Start reading at Boroughs.
package london

//go:generate go run ./derive
