package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"html"
	"image"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"lfb/internal/feature"
	"lfb/internal/geo"
	"lfb/internal/geo/london"
	"lfb/internal/lfb"
	"lfb/internal/serve"
)

// mapFrame is a map on a page. What is drawn in it has addresses of its own, so that
// browsers keep it; without JavaScript it is a picture.
type mapFrame struct {
	Layer, Picture string // addresses of the colours and of the picture
	Ask            string // address of the question that a place is added to; empty: the form on the page
	Close          string // address of the map that a station to be closed is added to; empty: none can be
	Measure        measure
	Legend         []legendEntry
	Said           string   // what the colours are of
	Out            []string // stations that are
	Tiles, Credit  string   // of the street map below; empty: none
}

// newMapFrame frames the map that is asked for.
func (u *ui) newMapFrame(m *serve.Loaded, a mapAsked) *mapFrame {
	return u.frameLayer(a.layer(m.Version.ID), a.Measure, a.text())
}

func (u *ui) frameLayer(layer string, by measure, said string) *mapFrame {
	return &mapFrame{
		Layer: layer, Picture: strings.Replace(layer, "/layer", "/picture", 1), Measure: by, Legend: by.makeLegend(),
		Said: said, Tiles: u.Tiles, Credit: u.TilesCredit,
	}
}

// layer is the address of the map's colours by a version.
func (a mapAsked) layer(version string) string {
	q := a.query()
	q.Set("v", version)
	return "/map/layer?" + q.Encode()
}

// markPlace shows a place in the picture.
func (f *mapFrame) markPlace(e, n float64) {
	if e != 0 && n != 0 && !math.IsNaN(e+n) {
		f.Picture += fmt.Sprintf("&e=%.0f&n=%.0f", e, n)
	}
}

// mapLayer is what is drawn on the base map for one moment, in its units.
type mapLayer struct {
	Said     string         `json:"said"`
	Size     float64        `json:"size"` // from a hexagon's middle to a corner, metres
	Cells    []layerCell    `json:"cells"`
	Stations []layerStation `json:"stations"` // the busiest first
}

type layerCell struct {
	Q     int    `json:"q"` // of the hexagon
	R     int    `json:"r"`
	X     int    `json:"x"`
	Y     int    `json:"y"`
	Class int    `json:"c"`
	Miss  bool   `json:"m,omitempty"`
	Title string `json:"t"`
}

type layerStation struct {
	X    int    `json:"x"`
	Y    int    `json:"y"`
	Name string `json:"n"`
	Out  bool   `json:"o,omitempty"`
}

// drawLayer draws the answers by a measure.
func (s *coverageMap) drawLayer(by measure) *mapLayer {
	l := &mapLayer{Size: s.Size}
	for _, p := range s.Cells {
		x, y := toMap(p.E, p.N)
		l.Cells = append(l.Cells, layerCell{
			Q: p.Hex.Q, R: p.Hex.R, X: x, Y: y, Class: by.classOf(p.Answer), Miss: by.isMissed(p.Answer),
			Title: cmp.Or(p.Title, cellTitle(p)),
		})
	}
	busy := map[string]int{}
	for _, t := range london.Stations() {
		busy[t.Name] = t.Rows
	}
	byCalls := func(a, b feature.LearnedStation) int { return busy[b.Name] - busy[a.Name] }
	for _, t := range slices.SortedStableFunc(slices.Values(s.Station), byCalls) {
		if t.Open {
			x, y := toMap(t.Easting, t.Northing)
			l.Stations = append(l.Stations, layerStation{X: x, Y: y, Name: t.Name, Out: slices.Contains(s.Out, t.Name)})
		}
	}
	return l
}

func toMap(e, n float64) (x, y int) {
	fx, fy := london.ToMap(e, n)
	return int(math.Round(finiteOr(fx, 0))), int(math.Round(finiteOr(fy, 0)))
}

// layerReader draws the map that is asked for, and names the version that answered.
type layerReader func(r *http.Request) (l *mapLayer, version string, err error)

// showLayer is a layer as JSON. Of a named version it stays as it is.
func showLayer(read layerReader) page {
	return func(r *http.Request) (*view, error) {
		l, version, err := read(r)
		if err != nil {
			return nil, err
		}
		body, err := json.Marshal(l)
		return newMapFile(r, version, body, "application/json"), err
	}
}

// showPicture is the whole map as a picture, for who has no JavaScript.
func showPicture(read layerReader) page {
	return func(r *http.Request) (*view, error) {
		l, version, err := read(r)
		if err != nil {
			return nil, err
		}
		q := r.URL.Query()
		var at [2]int
		for i, name := range []string{"e", "n"} {
			if err := readNumber(q, name, &at[i], 0, 1_300_000); err != nil {
				return nil, err
			}
		}
		return newMapFile(r, version, drawPicture(l, at, q.Has("dark")), "image/svg+xml"), nil
	}
}

// readCoverageLayer draws how soon engines come, all over London.
func (u *ui) readCoverageLayer(r *http.Request) (l *mapLayer, version string, err error) {
	m := u.Champion.Now()
	if m == nil {
		return nil, "", fmt.Errorf("map: no model serves yet: %w", lfb.ErrNotFound)
	}
	a, err := u.readMapAsked(r.URL.Query())
	if err != nil {
		return nil, "", err
	}
	s, err := u.mapAt(m, a.When)
	if err != nil {
		return nil, "", err
	}
	l = s.drawLayer(a.Measure)
	l.Said = a.text()
	return l, m.Version.ID, nil
}

// newMapFile is a part of a map, which browsers keep: for a day where its address names the
// version that answered, and else as long as it has not changed.
func newMapFile(r *http.Request, version string, body []byte, mediaType string) *view {
	keep := "private, no-cache"
	if r.URL.Query().Get("v") == version {
		keep = "private, max-age=86400"
	}
	return &view{Write: func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Cache-Control", keep)
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(body)))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	}}
}

// Colours of the picture, light and dark, as map.css has them: an image takes no part in the
// page's styles.
var pictureColours = [2]map[string]string{
	{
		"land": "#f1efe9", "river": "#a9cbe4", "roads": "#b9a878", "motorways": "#8a7ab0", "borders": "#6b7280",
		"outline": "#4b5563", "text": "#1f2328", "halo": "#fff",
		"station": "#1f2328", "mark": "#a3262a", "0": "#e3f1ec", "1": "#bfe0d6", "2": "#93c8c4", "3": "#62a8b4",
		"4": "#3d81a0", "5": "#2f5a85", "6": "#2b2f63",
	},
	{
		"land": "#22272d", "river": "#27506e", "roads": "#7a6c45", "motorways": "#7d6fa6", "borders": "#8b95a1",
		"outline": "#a2a9b3", "text": "#e7e6e2", "halo": "#15181c",
		"station": "#fff", "mark": "#f08a84", "0": "#233b3d", "1": "#2a5557", "2": "#35727a", "3": "#4a91a0", "4": "#7aabc4",
		"5": "#b3c3e6", "6": "#ece6ff",
	},
}

// drawPicture puts a layer into the base map and colours it in; at is a place to mark, in
// metres.
func drawPicture(l *mapLayer, at [2]int, dark bool) []byte {
	c := pictureColours[0]
	if dark {
		c = pictureColours[1]
	}
	var cells, over strings.Builder
	fmt.Fprintf(&cells, `<defs><path id="h" d="%s"/></defs><g fill-opacity=".8">`, hexagonPath(l.Size))
	for _, p := range l.Cells {
		fmt.Fprintf(&cells, `<use href="#h" x="%d" y="%d" fill="%s"/>`, p.X, p.Y, c[strconv.Itoa(p.Class)])
	}
	cells.WriteString("</g>")
	for _, t := range l.Stations {
		fill := c["station"]
		if t.Out {
			fill = c["mark"]
		}
		fmt.Fprintf(&over, `<rect x="%d" y="%d" width="36" height="36" fill="%s" stroke="%s" stroke-width="6"/>`, t.X-18, t.Y-18, fill, c["halo"])
	}
	if at[0] > 0 && at[1] > 0 {
		x, y := toMap(float64(at[0]), float64(at[1]))
		fmt.Fprintf(&over, `<circle cx="%d" cy="%d" r="90" fill="none" stroke="%s" stroke-width="24"/>`, x, y, c["mark"])
	}
	line := func(class string, width int) (old, new string) {
		return fmt.Sprintf(`class="%s"`, class), fmt.Sprintf(`fill="none" stroke="%s" stroke-width="%d"`, c[class], width)
	}
	r := []string{
		`<g class="cells"/>`, cells.String(), `class="land"`, fmt.Sprintf(`fill="%s"`, c["land"]), `class="river"`, fmt.Sprintf(`fill="%[1]s" stroke="%[1]s" stroke-width="16"`, c["river"]),
		`<g class="names">`, over.String() + fmt.Sprintf(`<g font-family="sans-serif" text-anchor="middle" fill="%s" stroke="%s" paint-order="stroke" stroke-width="14" stroke-linejoin="round">`, c["text"], c["halo"]) + nameStations(l.Stations),
		`class="borough"`, `font-size="86" font-weight="600"`, `class="road"`, `display="none"`, `class="crossing"`, `display="none"`,
	}
	for class, width := range map[string]int{"roads": 8, "motorways": 14, "borders": 7, "outline": 12} {
		old, new := line(class, width)
		r = append(r, old, new)
	}
	return []byte(strings.NewReplacer(r...).Replace(string(london.BaseMap)))
}

// boroughLabels are where the base map has the boroughs' names, in its units.
var boroughLabels = regexp.MustCompile(`class="borough" x="(\d+)" y="(\d+)">([^<]+)`)

// nameStations names the busiest stations of the picture, as many as stand clear of each other and of the boroughs'
// names.
func nameStations(stations []layerStation) string {
	const size, above = 78, 32
	var out strings.Builder
	var taken []image.Rectangle
	for _, m := range boroughLabels.FindAllSubmatch(london.BaseMap, -1) {
		x, _ := strconv.Atoi(string(m[1])) // digits
		y, _ := strconv.Atoi(string(m[2]))
		taken = append(taken, image.Rect(x-25*len(m[3]), y-80, x+25*len(m[3]), y+100))
	}
	for _, t := range stations {
		box := image.Rect(t.X-23*len(t.Name), t.Y-above-size, t.X+23*len(t.Name), t.Y-above)
		if !slices.ContainsFunc(taken, box.Overlaps) {
			taken = append(taken, box)
			fmt.Fprintf(&out, `<text x="%d" y="%d" font-size="%d">%s</text>`, t.X, t.Y-above, size, html.EscapeString(t.Name))
		}
	}
	return out.String()
}

func cellTitle(p mapPlace) string {
	return fmt.Sprintf("%s: %s, nine in ten within %s, %s within 6 minutes", placeName(p), formatMinutes(p.Answer.P50),
		formatMinutes(p.Answer.P90), formatChance(p.Answer.Within6))
}

func placeName(p mapPlace) string {
	return strings.Trim(p.Call.PostcodeDistrict+", "+boroughName(p.Call.BoroughCode), ", ")
}

// hexagonPath is a hexagon a little smaller than its place, for a gap, in the map's units.
func hexagonPath(size float64) string {
	const e, n = 530_000, 180_000 // the map leans by no more than a third of a degree elsewhere
	x, y := london.ToMap(e, n)
	var b strings.Builder
	for i, c := range (geo.Hex{}).Corners(size * 0.97) {
		cx, cy := london.ToMap(e+c[0], n+c[1])
		verb := "L"
		if i == 0 {
			verb = "M"
		}
		fmt.Fprintf(&b, "%s%.0f %.0f", verb, cx-x, cy-y)
	}
	return b.String() + "Z"
}
