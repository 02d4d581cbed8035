// Command derive makes the tables of package london and its map from the brigade's rows in LFB_TEST_DATA:
// the first months of 2017 and two samples of 2023. It writes them into the current folder,
// and says what it had to leave out.
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"lfb/internal/clean"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/source"
)

// leastRows is how many rows an area needs: one alone may be misplaced.
const leastRows = 2

func main() {
	if err := deriveTables(context.Background(), os.Getenv("LFB_TEST_DATA"), "."); err != nil {
		fmt.Fprintln(os.Stderr, "derive:", err)
		os.Exit(1)
	}
}

func deriveTables(ctx context.Context, data, folder string) error {
	d := derivation{incidents: map[string]lfb.Incident{}, codes: map[string]string{}}
	for _, name := range []string{
		"lfb_incidents_2017_jan_mar.csv", "raw/incidents_2023_sample_iso.csv", "raw/incidents_2023_sample_dd-Mon-yy.csv",
		"mobilisation_rows_2009_2025.csv",
	} {
		if err := d.readFile(filepath.Join(data, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	stations, err := d.stationTable(ctx)
	if err != nil {
		return err
	}
	return errors.Join(
		writeTable(filepath.Join(folder, "areas.csv"), d.areaTable()),
		writeTable(filepath.Join(folder, "stations.csv"), stations),
		drawBaseMap(filepath.Join(folder, "london.svg"), d.incidents),
	)
}

// derivation is what was read.
type derivation struct {
	incidents map[string]lfb.Incident // by number: the samples share rows
	codes     map[string]string       // call signs by station
}

func (d *derivation) readFile(path string) error {
	r, err := source.OpenFile(path, filepath.Base(path))
	if err != nil {
		return err
	}
	defer r.Close()
	kind, err := clean.KindOf(r.Header())
	if err != nil {
		return err
	}
	if kind == lfb.MobilisationFile {
		p, err := clean.NewMobilisations(r.Header())
		if err != nil {
			return err
		}
		var m lfb.Mobilisation
		return eachRow(r, func(line int64, fields []string) {
			if p.Parse(line, fields, &m) == nil && m.DeployedFromStationCode != "" {
				d.codes[m.DeployedFromStationName] = m.DeployedFromStationCode
			}
		})
	}
	p, err := clean.NewIncidents(r.Header())
	if err != nil {
		return err
	}
	var in lfb.Incident
	return eachRow(r, func(line int64, fields []string) {
		if p.Parse(line, fields, &in) == nil && in.EastingRounded.OK && in.FRS == "London" {
			d.incidents[in.IncidentNumber] = in
		}
	})
}

func eachRow(r *source.Reader, see func(line int64, fields []string)) error {
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		see(row.Line, row.Fields)
	}
}

// area gathers the rows of one area.
type area struct {
	kind, code, name    string
	eastings, northings []float64
	boroughs            map[string]int
}

// areaTable groups the rows by borough, ward, district and ground. Wards are those of 2023,
// as London's were drawn anew in 2018 and 2022.
func (d *derivation) areaTable() [][]string {
	areas := map[string]*area{}
	for _, number := range slices.Sorted(maps.Keys(d.incidents)) {
		in := d.incidents[number]
		if !strings.HasPrefix(in.BoroughCode, "E09") {
			continue
		}
		ward := in.WardCode
		if in.CalYear < 2023 {
			ward = ""
		}
		for _, a := range []area{
			{kind: "1borough", code: in.BoroughCode, name: in.BoroughName},
			{kind: "2ward", code: ward, name: in.WardName},
			{kind: "3district", code: in.PostcodeDistrict, name: in.PostcodeDistrict},
			{kind: "4ground", code: in.IncidentStationGround, name: in.IncidentStationGround},
		} {
			if a.code == "" {
				continue
			}
			key := a.kind + " " + a.code
			if areas[key] == nil {
				areas[key] = &area{kind: a.kind[1:], code: a.code, name: a.name, boroughs: map[string]int{}}
			}
			areas[key].addRow(&in)
		}
	}
	out := [][]string{strings.Split("kind,code,name,borough,easting,northing,west,south,east,north,rows", ",")}
	left := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(areas)) {
		a := areas[key]
		if len(a.eastings) < leastRows {
			left[a.kind] = append(left[a.kind], a.name)
			continue
		}
		out = append(out, a.formatRow())
	}
	for _, kind := range slices.Sorted(maps.Keys(left)) {
		fmt.Printf("%s: %d have fewer than %d rows and are left out: %s\n", kind, len(left[kind]), leastRows,
			strings.Join(left[kind], ", "))
	}
	return out
}

func (a *area) addRow(in *lfb.Incident) {
	a.eastings = append(a.eastings, in.EastingRounded.V)
	a.northings = append(a.northings, in.NorthingRounded.V)
	a.boroughs[in.BoroughCode]++
}

func (a *area) formatRow() []string {
	code := a.code
	if a.kind == "district" || a.kind == "ground" {
		code = ""
	}
	slices.Sort(a.eastings)
	slices.Sort(a.northings)
	return []string{
		a.kind, code, a.name, mostCommon(a.boroughs), formatQuantile(a.eastings, .5), formatQuantile(a.northings, .5),
		formatQuantile(a.eastings, .01), formatQuantile(a.northings, .01),
		formatQuantile(a.eastings, .99), formatQuantile(a.northings, .99), strconv.Itoa(len(a.eastings)),
	}
}

// formatQuantile returns the quantile q of sorted values, in whole metres.
func formatQuantile(sorted []float64, q float64) string {
	return formatMetres(sorted[int(math.Round(q*float64(len(sorted)-1)))])
}

func formatMetres(v float64) string { return strconv.FormatFloat(math.Round(v), 'f', 0, 64) }

// mostCommon returns the word that occurs most often; of equals, the first in the alphabet.
func mostCommon(count map[string]int) string {
	best := ""
	for _, word := range slices.Sorted(maps.Keys(count)) {
		if count[word] > count[best] {
			best = word
		}
	}
	return best
}

// stationTable learns the stations' places as a model does. A station has two engines where
// at least a quarter of the second engines that came after its first were its own.
func (d *derivation) stationTable(ctx context.Context) ([][]string, error) {
	var rows arrivals
	second, own := map[string]int{}, map[string]int{}
	boroughs := map[string]map[string]int{}
	for _, in := range slices.SortedFunc(maps.Values(d.incidents), func(a, b lfb.Incident) int {
		return strings.Compare(a.CalledAt.Format("20060102150405")+a.IncidentNumber, b.CalledAt.Format("20060102150405")+
			b.IncidentNumber)
	}) {
		first, then := in.FirstPumpArrivingDeployedFromStation, in.SecondPumpArrivingDeployedFromStation
		rows.addArrival(&in, 1, in.FirstPumpArrivingAttendanceTime, first)
		rows.addArrival(&in, 2, in.SecondPumpArrivingAttendanceTime, then)
		if first != "" && then != "" {
			second[first]++
			if first == then {
				own[first]++
			}
		}
		if boroughs[in.IncidentStationGround] == nil {
			boroughs[in.IncidentStationGround] = map[string]int{}
		}
		boroughs[in.IncidentStationGround][in.BoroughCode]++
	}
	spec, err := feature.Fit(ctx, rows, feature.Options{})
	if err != nil {
		return nil, err
	}
	out := [][]string{strings.Split("code,name,borough,easting,northing,engines,rows", ",")}
	for _, s := range spec.Stations {
		engines := "1"
		if 4*own[s.Name] >= second[s.Name] {
			engines = "2"
		}
		out = append(out, []string{
			d.codes[s.Name], s.Name, mostCommon(boroughs[s.Name]), formatMetres(s.Easting), formatMetres(s.Northing),
			engines, strconv.Itoa(s.Rows),
		})
	}
	return out, nil
}

// arrivals are the rows that stations are learned from.
type arrivals []lfb.Attendance

func (a arrivals) Len() int                        { return len(a) }
func (a arrivals) Call(i int, dst *lfb.Call)       { *dst = a[i].Call }
func (a arrivals) Outcome(i int, dst *lfb.Outcome) { *dst = a[i].Outcome }
func (a *arrivals) addArrival(in *lfb.Incident, order int, seconds lfb.Opt[int], from string) {
	if !seconds.OK || from == "" {
		return
	}
	*a = append(*a, lfb.Attendance{
		IncidentNumber: in.IncidentNumber,
		Call: lfb.Call{
			At: in.CalledAt, Easting: in.EastingRounded.V, Northing: in.NorthingRounded.V, BoroughCode: in.BoroughCode,
			WardCode: in.WardCode, PostcodeDistrict: in.PostcodeDistrict, StationGround: in.IncidentStationGround,
			PumpOrder: order,
		},
		Outcome: lfb.Outcome{AttendanceSeconds: float64(seconds.V), ArrivedFrom: from},
	})
}

func writeTable(path string, rows [][]string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(csv.NewWriter(f).WriteAll(rows), f.Close())
}
