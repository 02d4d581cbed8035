package places_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"lfb/internal/places"
)

// town is a settlement of testdata/towns.tsv.
type town struct {
	name, borough, district string
	x, y                    int
}

func readTSV(t testing.TB, path string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(strings.TrimRight(line, "\n"), "\t"))
		}
	}
	return rows
}

func readTowns(t testing.TB) (towns []town) {
	for _, r := range readTSV(t, "testdata/towns.tsv") {
		towns = append(towns, town{r[0], r[3], r[4], whole(r[1]), whole(r[2])})
	}
	return towns
}

func whole(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// nameRow is a row of OS Open Names.
func nameRow(id int, typ, local, name string, x, y, half int, in, borough, district string) []string {
	row := make([]string, 34)
	row[0], row[1], row[2] = fmt.Sprintf("osgb%019d", id), fmt.Sprintf("http://data.ordnancesurvey.co.uk/id/%019d", id),
		name
	row[6], row[7], row[8], row[9], row[10], row[11] = typ, local, strconv.Itoa(x), strconv.Itoa(y), "2000", "25000"
	if half > 60 {
		row[12], row[13], row[14], row[15] = strconv.Itoa(x-half), strconv.Itoa(y-half), strconv.Itoa(x+half),
			strconv.Itoa(y+half)
	}
	row[16], row[17] = district, "http://data.ordnancesurvey.co.uk/id/postcodedistrict/"+district
	row[18] = in
	if b := places.BoroughName(borough); b != "" {
		if b == "City of London" {
			b = "City and County of the City of London"
		}
		row[21], row[23] = b, "http://data.ordnancesurvey.co.uk/ontology/admingeo/LondonBorough"
		row[27] = "London"
	} else {
		row[24], row[27] = "Kent", "South East"
	}
	row[29] = "England"
	return row
}

// repeated are names that many towns have, with how many do and which of them must.
var repeated = []struct {
	name  string
	towns int
	must  string
}{
	{"High Street", 25, "Acton"},
	{"Church Road", 28, "Willesden"},
	{"Station Road", 30, "Harrow,Wood Green"},
	{"Victoria Road", 22, "Romford"},
	{"Church Lane", 15, ""},
	{"Park Road", 20, ""},
	{"Green Lane", 15, ""},
	{"London Road", 12, ""},
	{"Manor Road", 18, ""},
	{"Queen's Road", 16, ""},
	{"St John's Road", 8, ""},
	{"Station Approach", 20, ""},
	{"Grove Road", 14, ""},
	{"The Avenue", 12, ""},
	{"The Green", 12, ""},
	{"Mill Lane", 9, ""},
}

var roadWords = strings.Fields(`Albert Alexandra Alma Arundel Ashley Avon Beech Belmont Birch Blenheim Bramley Briar Buckingham Burton
	Cambridge Camden Carlton Cavendish Cedar Chestnut Chiltern Clarence Clarendon Clifton Clyde Cobham Compton Connaught Cranbourne Cromwell
	Dane Denmark Derby Devonshire Dorset Drayton Duke Durham Earl Eaton Edward Elm Essex Exeter Fairfield Farm Fern Fleet Forest Francis
	George Gladstone Glebe Gloucester Gordon Grange Granville Grosvenor Hamilton Harcourt Hartley Hawthorn Heath Henry Hertford Holly Holmes
	Howard Ivy James Jubilee Kendal Kent Kenilworth Kimberley Kingsley Lancaster Langley Lansdowne Laurel Lawrence Leicester Lime Lincoln
	Linden Lodge Lonsdale Lynton Malvern Maple Marlborough Meadow Melrose Milton Montague Mortimer Mulberry Napier Nelson Newton Norfolk
	Northumberland Oak Olive Orchard Osborne Oxford Palmerston Pembroke Percy Pine Poplar Portland Priory Regent Ridge Rosebery Rowan Russell
	Rutland Salisbury Sandringham Selborne Shaftesbury Somerset Spencer Stafford Stanley Suffolk Surrey Sussex Sycamore Tennyson Thornton
	Tudor Tyne Vale Vernon Walnut Warwick Waverley Wellington Westbury Whitehall Willow Wilton Windermere Windsor Woodland Wordsworth York`)

var roadKinds = []string{
	"Road", "Road", "Road", "Street", "Avenue", "Gardens", "Close", "Crescent", "Lane", "Place",
	"Grove", "Drive", "Mews", "Way", "Terrace",
}

// nameTables makes rows of OS Open Names by the name of their table: the special ones, the towns,
// the repeated roads, and made-up roads about each town.
func nameTables(t testing.TB, roadsPerTown int) map[string][][]string {
	r := rand.New(rand.NewPCG(1, 2))
	tables := map[string][][]string{}
	id := 4000000000000000
	add := func(typ, local, name string, x, y, half int, in, borough, district string) {
		id++
		square := fmt.Sprintf("TQ%d%d", x/10_000%10, y/10_000%10)
		tables[square] = append(tables[square], nameRow(id, typ, local, name, x, y, half, in, borough, district))
	}
	for _, s := range readTSV(t, "testdata/special.tsv") {
		add(s[0], s[1], s[2], whole(s[3]), whole(s[4]), whole(s[5]), s[6], s[7], s[8])
	}
	towns := readTowns(t)
	road := func(name string, w town) {
		half := 80 + r.IntN(250)
		add("transportNetwork", "Named Road", name, w.x-900+r.IntN(1800), w.y-900+r.IntN(1800), half, w.name, w.borough,
			w.district)
	}
	for _, w := range towns {
		add("populatedPlace", "Suburban Area", w.name, w.x, w.y, 900, "", w.borough, w.district)
	}
	for _, rep := range repeated {
		has := map[string]bool{}
		for _, m := range strings.Split(rep.must, ",") {
			has[m] = m != ""
		}
		n := 0
		boroughs := map[string]bool{}
		for _, w := range towns {
			if has[w.name] {
				road(rep.name, w)
				n, boroughs[w.borough] = n+1, true
			}
		}
		for _, k := range r.Perm(len(towns)) {
			if w := towns[k]; n < rep.towns && !has[w.name] && !boroughs[w.borough] {
				road(rep.name, w)
				n, boroughs[w.borough] = n+1, true
			}
		}
	}
	for _, w := range towns {
		for range roadsPerTown {
			road(roadWords[r.IntN(len(roadWords))]+" "+roadKinds[r.IntN(len(roadKinds))], w)
		}
		add("transportNetwork", "Bus Station", w.name+" Bus Station", w.x+50, w.y+90, 40, w.name, w.borough, w.district)
		add("other", "Primary Education", roadWords[r.IntN(len(roadWords))]+" Primary School", w.x-300, w.y+200, 40, w.name,
			w.borough, w.district)
	}
	return tables
}

// openNames packs tables as the Ordnance Survey does.
func openNames(t testing.TB, tables map[string][][]string) []byte {
	header := "\ufeffID,NAMES_URI,NAME1,NAME1_LANG,NAME2,NAME2_LANG,TYPE,LOCAL_TYPE,GEOMETRY_X,GEOMETRY_Y,MOST_DETAIL_VIEW_RES,LEAST_DETAIL_VIEW_RES," +
		"MBR_XMIN,MBR_YMIN,MBR_XMAX,MBR_YMAX,POSTCODE_DISTRICT,POSTCODE_DISTRICT_URI,POPULATED_PLACE,POPULATED_PLACE_URI,POPULATED_PLACE_TYPE," +
		"DISTRICT_BOROUGH,DISTRICT_BOROUGH_URI,DISTRICT_BOROUGH_TYPE,COUNTY_UNITARY,COUNTY_UNITARY_URI,COUNTY_UNITARY_TYPE,REGION,REGION_URI,COUNTRY," +
		"COUNTRY_URI,RELATED_SPATIAL_OBJECT,SAME_AS_DBPEDIA,SAME_AS_GEONAMES\r\n"
	files := map[string]string{"Doc/OS_Open_Names_Header.csv": header, "Doc/licence.txt": "Open Government Licence"}
	for square, rows := range tables {
		var out strings.Builder
		w := csv.NewWriter(&out)
		w.UseCRLF = true
		if err := w.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		files["Data/"+square+".csv"] = out.String()
	}
	return pack(t, files)
}

// codePoint makes Code-Point Open: the postcodes of each town, and those that phrases need.
func codePoint(t testing.TB) []byte {
	r := rand.New(rand.NewPCG(3, 4))
	areas := map[string]*strings.Builder{}
	add := func(postcode string, quality, x, y int, borough string) {
		area := strings.ToLower(strings.TrimRight(postcode[:2], "0123456789"))
		if areas[area] == nil {
			areas[area] = &strings.Builder{}
		}
		fmt.Fprintf(areas[area], "%q,%d,%d,%d,\"E92000001\",\"E19000003\",\"E18000007\",\"\",%q,\"E05000001\"\r\n", postcode,
			quality, x, y, borough)
	}
	const letters = "ABDEFGHJLNPQRSTUWXYZ"
	blank := func(district string) string { // always seven characters
		return district + strings.Repeat(" ", 4-len(district))
	}
	used := map[string]bool{"E1 6AN": true, "SE109NF": true, "CR0 2RD": true}
	for _, w := range readTowns(t) {
		for sector := range 10 {
			if sector == 9 && w.district == "SE10" {
				continue
			}
			for range 8 {
				code := fmt.Sprintf("%s%d%c%c", blank(w.district), sector, letters[r.IntN(20)], letters[r.IntN(20)])
				if !used[code] && code != "SE109ZZ" {
					used[code] = true
					add(code, 10, w.x-700+r.IntN(1400), w.y-700+r.IntN(1400), w.borough)
				}
			}
		}
	}
	for _, d := range []string{"EC1A", "EC1N", "EC1R", "WC2N", "WC2H", "WC1B", "SW1A", "EC4M"} {
		add(d+"1AA", 10, 530500+r.IntN(1500), 181000+r.IntN(800), "E09000033")
	}
	add("SE109NF", 10, 539100, 178300, "E09000011")
	add("SE109AA", 10, 539000, 178200, "E09000011")
	add("E1 6AN", 10, 533700, 182000, "E09000030")
	add("CR0 2RD", 10, 532300, 166800, "E09000008")
	add("SE108XJ", 10, 538000, 176800, "E09000011")
	add("SW9 8HQ", 10, 531200, 175400, "E09000022")
	add("WD171AA", 10, 511000, 196500, "E07000103")
	add("DA1 1AA", 10, 554200, 174000, "E07000107")
	add("BN1 1AA", 10, 531000, 104500, "E06000043")
	add("NW1 9ZZ", 90, 0, 0, "E09000007")
	files := map[string]string{
		"Doc/metadata.txt":                       "Code-Point Open",
		"Doc/Code-Point_Open_Column_Headers.csv": "PC,PQ,EA,NO,CY,RH,LH,CC,DC,WC\r\n",
	}
	for area, text := range areas {
		files["Data/CSV/"+area+".csv"] = text.String()
	}
	return pack(t, files)
}

func pack(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// madeSet is the places of files of more than 20,000 names.
func madeSet(t testing.TB) *places.Set {
	t.Helper()
	b := places.NewBuilder()
	b.AddLondon()
	codes, names := codePoint(t), openNames(t, nameTables(t, 160))
	if err := b.AddCodePoint(bytes.NewReader(codes), int64(len(codes)), places.Source{Name: "codepo_gb.zip"}); err != nil {
		t.Fatal(err)
	}
	if err := b.AddOpenNames(bytes.NewReader(names), int64(len(names)),
		places.Source{Name: "opname_csv_gb.zip"}); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}
