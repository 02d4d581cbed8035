package browser

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"lfb/api/web"
	"lfb/internal/geo"
	"lfb/internal/geo/london"
)

// drawTile is a tile of 256 pixels: its border, and the Thames as a red line, by where that is in Web Mercator.
func drawTile(z, x, y int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 256, 256))
	for i := range 256 * 256 {
		c := color.RGBA{225, 232, 214, 255}
		if i%256 == 0 || i/256 == 0 {
			c = color.RGBA{120, 120, 120, 255}
		}
		img.SetRGBA(i%256, i/256, c)
	}
	river := london.Drawn().Thames
	for i := range len(river) - 1 {
		for step := range 400 {
			f := float64(step) / 400
			e, n := river[i].Easting*(1-f)+river[i+1].Easting*f, river[i].Northing*(1-f)+river[i+1].Northing*f
			mx, my := geo.ToMercator(e, n)
			px, py := int((mx*math.Exp2(float64(z))-float64(x))*256), int((my*math.Exp2(float64(z))-float64(y))*256)
			for d := range 9 {
				img.SetRGBA(px+d%3-1, py+d/3-1, color.RGBA{220, 0, 0, 255})
			}
		}
	}
	return img
}

// TestTiles has a street map below the map: its tiles are asked for where they lie, are seen through the colours, and
// say who made them.
func TestTiles(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var z, x, y int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d/%d/%d.png", &z, &x, &y); err != nil {
			http.NotFound(w, r)
			return
		}
		mu.Lock()
		asked[r.URL.Path] = true
		mu.Unlock()
		w.Header().Set("Content-Type", "image/png")
		_ = png.Encode(w, drawTile(z, x, y)) // a browser that went away
	}))
	defer server.Close()
	v := visit(t, "operator", 1366, 900, func(o *web.Options) {
		o.Tiles, o.TilesCredit = server.URL+"/{z}/{x}/{y}.png", "Tiles by the test"
	})
	v.open("/?where=kitchen+fire+in+a+flat,+SE10+9NF&when=2017-04-04T08:30")
	v.until(`document.querySelectorAll('.map .tiles image').length > 3 && document.querySelector('.map .mark:not(.off)')`)
	v.until(`(() => { // the map has flown, and its tiles are there
		const box = document.querySelector('.map-view > svg').getAttribute('viewBox'), still = box === window.lastBox;
		window.lastBox = box;
		const come = new Set(performance.getEntriesByType('resource').filter((e) => e.responseEnd).map((e) => e.name));
		return still && [...document.querySelectorAll('.map .tiles image')].every((i) => come.has(i.href.baseVal));
	})()`)
	v.has(".map figcaption", "Tiles by the test")
	shot, err := png.Decode(bytes.NewReader(ask(v, chromedp.CaptureScreenshot())))
	if err != nil {
		t.Fatal(err)
	}
	red := 0 // through the map's own river and the colours of the answers
	for y := range shot.Bounds().Dy() {
		for x := range shot.Bounds().Dx() {
			if r, g, b, _ := shot.At(x, y).RGBA(); r > g+g/2 && r > b+b/3 {
				red++
			}
		}
	}
	if red < 1500 { // 900 of the mark and the brand without it
		t.Errorf("%d pixels of the tiles' river are seen", red)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(asked) < 4 {
		t.Errorf("tiles asked for: %v", asked)
	}
}

// TestTouch moves the map by one finger, zooms it by two, and asks by a tap.
func TestTouch(t *testing.T) {
	v := visit(t, "operator", 390, 1600)
	v.do(call(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{
		Enabled:        true,
		MaxTouchPoints: 2,
	}))
	v.until(`document.querySelectorAll('.map .cells path').length > 20`)
	v.js(`document.querySelector('.map-view').scrollIntoView({block: 'center'})`)
	const box = `(({viewBox: {baseVal: b}}) => [b.x, b.y, b.width])(document.querySelector('.map-view > svg'))`
	at := eval[[]float64](v, `(({left: x, top: y, width: w, height: h}) => [x + w / 2, y + h / 2])(document.querySelector('.map-view').getBoundingClientRect())`)
	touch := func(kind input.DispatchTouchEventType, points ...[2]float64) {
		p := input.DispatchTouchEventParams{Type: kind, TouchPoints: []*input.TouchPoint{}}
		for i, d := range points {
			p.TouchPoints = append(p.TouchPoints, &input.TouchPoint{X: at[0] + d[0], Y: at[1] + d[1], ID: new(float64(i))})
		}
		v.do(call(input.DispatchTouchEvent, p))
	}
	before := eval[[]float64](v, box)
	touch(input.DispatchTouchEventTypeTouchStart, [2]float64{-30, 0}, [2]float64{30, 0})
	for d := 30.0; d <= 120; d += 15 {
		touch(input.DispatchTouchEventTypeTouchMove, [2]float64{-d, 0}, [2]float64{d, 0})
	}
	touch(input.DispatchTouchEventTypeTouchEnd)
	near := eval[[]float64](v, box)
	if near[2] > 0.5*before[2] {
		t.Errorf("two fingers apart: the map is %v wide, of %v", near[2], before[2])
	}
	touch(input.DispatchTouchEventTypeTouchStart, [2]float64{})
	for d := 10.0; d <= 80; d += 10 {
		touch(input.DispatchTouchEventTypeTouchMove, [2]float64{-d, -d / 2})
	}
	touch(input.DispatchTouchEventTypeTouchEnd)
	if moved := eval[[]float64](v, box); moved[0] <= near[0] || moved[1] <= near[1] || moved[2] != near[2] {
		t.Errorf("one finger to the left and up: the map was at %v, is at %v", near, moved)
	}
	if where := eval[string](v, "document.getElementById('where').value"); where != "" {
		t.Errorf("a drag has asked about %q", where)
	}
	touch(input.DispatchTouchEventTypeTouchStart, [2]float64{})
	touch(input.DispatchTouchEventTypeTouchEnd)
	v.do(chromedp.WaitVisible(css("#answer .answer")))
}

// TestMapFollowsTheForm asks about another engine before there is a place: the colours are those.
func TestMapFollowsTheForm(t *testing.T) {
	v := visit(t, "operator", 1200, 1500)
	v.until(`document.querySelectorAll('.map .cells path').length > 20`)
	v.js(`document.querySelector('#ask [name=pump][value="2"]').click()`)
	v.until(`document.querySelector('.map-said').innerText.includes('second engine') && !document.querySelector('.map.stale')`)
}

// TestMapOutOfSight: a map that had no size for a while is all of London again, and so is the next page's.
func TestMapOutOfSight(t *testing.T) {
	v := visit(t, "operator", 1366, 900)
	view := `document.querySelector('.map-view > svg')?.getAttribute('viewBox')`
	v.open("/coverage")
	v.until(view)
	whole := eval[string](v, view)
	v.js(`document.getElementById('map').style.display = 'none'; requestAnimationFrame(() => requestAnimationFrame(() => { window.wasHidden = true; }))`)
	v.until("window.wasHidden")
	v.js(`document.getElementById('map').style.display = ''`)
	v.until(view + ` === "` + whole + `"`)
	v.open("/coverage?hour=8")
	v.until(view + ` === "` + whole + `"`)
}
