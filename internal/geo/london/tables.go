package london

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Area is a named part of London as the brigade's rows show it.
type Area struct {
	Code    string // E09000011 of a borough, E05014069 of a ward; empty where there is none
	Name    string // as published: GREENWICH, SE10; a ground has its station's name
	Borough string // code of the borough that most of its rows are in; a borough's own
	// The middle: the median of its rows, each to 100 m.
	Easting, Northing float64
	// The extent leaves out the outermost hundredth of the rows on each side, which may
	// be misplaced.
	West, South, East, North float64
	Rows                     int // that it was derived from
}

// Station is a fire station at the place where its arrivals show it: within 150 m for half
// of them.
type Station struct {
	Code              string // call sign, F24; empty where no row has it
	Name              string
	Borough           string // code
	Easting, Northing float64
	Engines           int // 1 or 2: whether two often came to one call
	Rows              int // arrivals that it was learned from
}

// Landmark is a place that callers name: a hospital, a stadium, a railway station, a park. General knowledge,
// to about 200 m. TestLandmarksAreInTheirBoroughs holds them against published rows.
type Landmark struct {
	Kind              string   // hospital, stadium, station, park, shopping, airport, university, sight
	Name              string   //
	Also              []string // what else it is called
	Borough           string   // code; empty outside London
	Easting, Northing float64
	Reach             float64 // of it about its middle, metres
}

//go:embed landmarks.csv
var landmarkRows string

// Landmarks lists them.
var Landmarks = sync.OnceValue(func() (list []Landmark) {
	for _, r := range readRows(landmarkRows) {
		list = append(list, Landmark{
			Kind: r[0], Name: r[1], Also: strings.FieldsFunc(r[2], func(c rune) bool { return c == '|' }), Borough: r[3],
			Easting: parseNumber(r[4]), Northing: parseNumber(r[5]), Reach: parseNumber(r[6]),
		})
	}
	return list
})

//go:embed areas.csv
var areaRows string

//go:embed stations.csv
var stationRows string

// tables holds the derived facts; nobody changes them.
type tables struct {
	boroughs, wards, districts, grounds []Area
	stations                            []Station
}

var loadTables = sync.OnceValue(func() *tables {
	t := &tables{}
	lists := map[string]*[]Area{"borough": &t.boroughs, "ward": &t.wards, "district": &t.districts, "ground": &t.grounds}
	for _, r := range readRows(areaRows) {
		list := lists[r[0]]
		*list = append(*list, Area{
			Code: r[1], Name: r[2], Borough: r[3], Easting: parseNumber(r[4]), Northing: parseNumber(r[5]),
			West: parseNumber(r[6]), South: parseNumber(r[7]), East: parseNumber(r[8]), North: parseNumber(r[9]),
			Rows: int(parseNumber(r[10])),
		})
	}
	for _, r := range readRows(stationRows) {
		t.stations = append(t.stations, Station{
			Code: r[0], Name: r[1], Borough: r[2], Easting: parseNumber(r[3]), Northing: parseNumber(r[4]),
			Engines: int(parseNumber(r[5])), Rows: int(parseNumber(r[6])),
		})
	}
	return t
})

// readRows returns the rows of a table below its header. The tables are part of the program,
// and its tests read them all: one that cannot be read is a fault of the build.
func readRows(text string) [][]string {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("london: %v", err))
	}
	return rows[1:]
}

func parseNumber(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(fmt.Sprintf("london: %v", err))
	}
	return v
}

// Boroughs lists the 33 boroughs by code. Like all lists here it is shared: do not change it.
func Boroughs() []Area { return loadTables().boroughs }

// Wards lists the wards of today by code, the City's among them.
func Wards() []Area { return loadTables().wards }

// Districts lists the postcode districts by name.
func Districts() []Area { return loadTables().districts }

// Grounds lists the station grounds by name.
func Grounds() []Area { return loadTables().grounds }

// Stations lists the fire stations by name.
func Stations() []Station { return loadTables().stations }
