package places

import (
	"archive/zip"
	"encoding/csv"
	"fmt"
	"io"
	"path"
	"strings"

	"lfb/internal/lfb"
)

// The columns of OS Open Names, in the order of their documentation; those that are read.
const (
	colName      = 2
	colName2     = 4
	colType      = 6
	colLocalType = 7
	colX         = 8
	colWest      = 12
	colDistrict  = 16
	colSettled   = 18
	colBorough   = 21
	colCounty    = 24
	colRegion    = 27
	nameColumns  = 34
)

var nameHeader = strings.Fields(`ID NAMES_URI NAME1 NAME1_LANG NAME2 NAME2_LANG TYPE LOCAL_TYPE GEOMETRY_X GEOMETRY_Y
	MOST_DETAIL_VIEW_RES LEAST_DETAIL_VIEW_RES MBR_XMIN MBR_YMIN MBR_XMAX MBR_YMAX POSTCODE_DISTRICT POSTCODE_DISTRICT_URI
	POPULATED_PLACE POPULATED_PLACE_URI POPULATED_PLACE_TYPE DISTRICT_BOROUGH DISTRICT_BOROUGH_URI DISTRICT_BOROUGH_TYPE
	COUNTY_UNITARY COUNTY_UNITARY_URI COUNTY_UNITARY_TYPE REGION REGION_URI COUNTRY COUNTRY_URI RELATED_SPATIAL_OBJECT
	SAME_AS_DBPEDIA SAME_AS_GEONAMES`)

// AddOpenNames adds the places, roads, stations and landmarks of OS Open Names: a zip with a
// table per square of the National Grid, of 34 columns, and their header apart.
//
// Source: Ordnance Survey, OS Open Names technical specification.
func (b *Builder) AddOpenNames(file io.ReaderAt, size int64, from Source) error {
	z, err := zip.NewReader(file, size)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", from.Name, err, lfb.ErrInvalid)
	}
	for _, f := range z.File {
		if strings.EqualFold(path.Base(f.Name), "OS_Open_Names_Header.csv") {
			if err := checkHeader(f); err != nil {
				return fmt.Errorf("%s: %s: %w", from.Name, f.Name, err)
			}
		}
	}
	r := rowReader{source: &from, columns: nameColumns, readRow: b.readOpenName}
	if err := r.readZip(z); err != nil {
		return err
	}
	b.meta.Sources = append(b.meta.Sources, from)
	return nil
}

// checkHeader refuses a file whose columns are not those that are read.
func checkHeader(f *zip.File) error {
	src, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", err, lfb.ErrInvalid)
	}
	defer src.Close()
	row, err := csv.NewReader(src).Read()
	if err != nil {
		return fmt.Errorf("%w: %w", err, lfb.ErrInvalid)
	}
	row[0] = strings.TrimPrefix(row[0], "\ufeff")
	for i, want := range nameHeader {
		if i >= len(row) || !strings.EqualFold(strings.TrimSpace(row[i]), want) {
			return fmt.Errorf("column %d is not %s: %w", i+1, want, lfb.ErrInvalid)
		}
	}
	return nil
}

// localKinds are the kinds of what a LOCAL_TYPE names, and its rank among those; others of the same
// TYPE are landmarks. Section Of Named Road is a Named Road.
var localKinds = map[string]entry{
	"city": {Kind: Settlement, Rank: 9}, "town": {Kind: Settlement, Rank: 7}, "suburban area": {Kind: Settlement, Rank: 5},
	"village": {Kind: Settlement, Rank: 3}, "hamlet": {Kind: Settlement, Rank: 1}, "other settlement": {Kind: Settlement},
	"named road": {Kind: Road}, "numbered road": {Kind: NumberedRoad},
	"railway station": {Kind: Station}, "station": {Kind: Station},
	"hospital": {Kind: Landmark, Rank: 5}, "airport": {Kind: Landmark, Rank: 20},
}

func (b *Builder) readOpenName(row []string) (kept bool, err error) {
	e, n, err := readMetres(row[colX], row[colX+1])
	if err != nil {
		return false, err
	}
	if e == 0 && n == 0 {
		return false, errNoPlace
	}
	local := strings.TrimPrefix(strings.ToLower(row[colLocalType]), "section of ")
	inside := isInExtent(e, n, MarginM)
	if !inside && local != "city" && local != "town" {
		return false, nil
	}
	if strings.TrimSpace(row[colName]) == "" {
		return false, fmt.Errorf("NAME1 is empty: %w", lfb.ErrInvalid)
	}
	borough := boroughNamed(row[colBorough])
	if borough == 0 {
		borough = boroughNamed(row[colCounty])
	}
	if local == "postcode" {
		if inside {
			b.AddUnit(row[colName], boroughCode(borough), float64(e), float64(n))
		}
		return inside, nil
	}
	if row[colName] == "London" {
		return false, nil // all that is searched is in it
	}
	p, ok := localKinds[local]
	if !ok {
		p.Kind = Landmark
		if row[colType] == "other" {
			p.Rank = 2
		}
	}
	p.X, p.Y, p.Borough, p.Outside = e, n, borough, !inside || borough == 0 && !strings.Contains(row[colRegion], "London")
	if err := p.readExtent(row[colWest : colWest+4]); err != nil {
		return false, err
	}
	if inside {
		p.District = b.intern(row[colDistrict])
		if in := row[colSettled]; in != "London" {
			p.In = b.intern(in)
		}
	}
	p.Reach = measureReach(&p)
	for _, name := range []string{row[colName], row[colName2]} {
		if p.Kind == Station && name != "" && !strings.Contains(strings.ToLower(name), "station") {
			name += " Station" // as others have it
		}
		if name != "" {
			b.addEntry(name, p)
		}
	}
	return true, nil
}

// readExtent reads west, south, east, north; none of a point is empty.
func (e *entry) readExtent(cells []string) (err error) {
	e.West, e.South, e.East, e.North = e.X, e.Y, e.X, e.Y
	if cells[0] == "" {
		return nil
	}
	if e.West, e.South, err = readMetres(cells[0], cells[1]); err == nil {
		e.East, e.North, err = readMetres(cells[2], cells[3])
	}
	if err == nil && (e.East < e.West || e.North < e.South) {
		err = fmt.Errorf("extent %v is inside out: %w", cells, lfb.ErrInvalid)
	}
	return err
}
