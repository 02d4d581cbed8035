package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"path"
	"reflect"
	"strconv"
	"strings"
	"time"

	"lfb/internal/ask"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

//go:embed templates/*.html
var templateFiles embed.FS

// pages are the parsed templates: each page with the layout and the parts.
type pages struct{ set map[string]*template.Template }

// shared templates are parsed into every page.
var shared = []string{"templates/layout.html", "templates/parts.html", "templates/answerparts.html"}

func newPages(a *assets, now func() time.Time, nameOf func(line, version string) string) *pages {
	p := &pages{set: map[string]*template.Template{}}
	base := template.Must(template.New("layout").Funcs(templateFuncs(a, now)).Funcs(template.FuncMap{
		"vname": nameOf,
		"reason": func(r registry.Run) string {
			return nameVersionsIn(cutOutcome(r), func(id string) string { return nameOf(r.Line, id) })
		},
		"vnames": func(line, text string) string {
			return nameVersionsIn(text, func(id string) string { return nameOf(line, id) })
		},
	}).ParseFS(templateFiles, shared...))
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, file := range names {
		name := strings.TrimSuffix(path.Base(file), ".html")
		p.set[name] = template.Must(template.Must(base.Clone()).ParseFS(templateFiles, file))
	}
	return p
}

// writePage executes into memory first: a template that fails leaves no half page.
func (p *pages) writePage(w http.ResponseWriter, v *view) error {
	t, ok := p.set[v.Template]
	if !ok {
		http.Error(w, "no such page", http.StatusInternalServerError)
		return fmt.Errorf("template %q: %w", v.Template, lfb.ErrNotFound)
	}
	root := "layout"
	if t.Lookup("fragment") != nil {
		root = "fragment"
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, root, v); err != nil {
		http.Error(w, "something went wrong here; the log has it", http.StatusInternalServerError)
		return err
	}
	if v.Query.Get("format") == "csv" && v.Status == 0 {
		body, err := extractTable(b.Bytes(), v.Query.Get("table"))
		if err != nil {
			http.Error(w, plainText(err), http.StatusNotFound)
			return nil
		}
		newDownload(body, csvType, v.Template+".csv").Write(w)
		return nil
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if v.Status != 0 {
		w.WriteHeader(v.Status)
	}
	body := shapeTables(b.Bytes(), v.Query)
	if v.form != nil {
		body = v.form.fillForm(body)
	}
	_, _ = w.Write(body) // the reader may be gone
	return nil
}

// renderPart is one template of a page.
func (p *pages) renderPart(page, name string, data any) ([]byte, error) {
	var b bytes.Buffer
	err := p.set[page].ExecuteTemplate(&b, name, data)
	return b.Bytes(), err
}

func templateFuncs(a *assets, now func() time.Time) template.FuncMap {
	return template.FuncMap{
		"asset": a.addressOf, "mmss": formatMinutes, "pct": formatShare, "f1": formatTenths, "f2": formatHundredths,
		"f3": func(v float64) string { return formatFigure(v, 3) }, "scored": scoredOrUnknown, "date": formatDate,
		"clock": formatClock,
		"count": formatCount, "took": formatTook, "size": formatSize, "inline": spellOut, "span": formatSpan,
		"bar":   func(share float64) string { return fmt.Sprintf("%.1f", 100*min(max(finiteOr(share, 0), 0), 1)) },
		"ratio": shareOf,
		"cell":  cellText, "sum": func(a, b int64) int64 { return a + b },
		"borough": boroughName, "more": formatMore, "km": func(metres float64) string { return formatTenths(metres / 1000) },
		"ward": ask.WardName, "lower": strings.ToLower, "seg": url.PathEscape,
		"slicename": sliceName, "month": monthName, "seconds": func(s float64) string {
			return formatSpan(time.Duration(s * 1e9))
		},
		"exact": func(t time.Time) string { return t.In(lfb.London).Format("2 Jan 2006, 15:04:05") }, "chance": formatChance,
		"measured": formatMeasured, "minus": func(s string) string { return strings.ReplaceAll(s, "-", "−") },
		"signed": formatChange, "now": now, "checkname": func(name string) string { return checkNames[name] },
		"plain": nameFeatures,
		"millis": func(d time.Duration) string {
			return strconv.FormatFloat(float64(d.Microseconds())/1000, 'g', 3, 64)
		},
		"featurename": func(column string) string { return feature.LabelOf(column).Name },
		"short":       func(v float64) string { return strings.ReplaceAll(strconv.FormatFloat(v, 'g', 5, 64), "-", "−") },
		"bywhom":      byWhom, "sentence": toSentence,
		"elapsed": func(from time.Time) string { return formatSpan(now().Sub(from)) },
	}
}

// What answers and maps show alike.
var (
	formatMinutes = ask.FormatMinutes
	formatChance  = ask.FormatChance
	boroughName   = ask.BoroughName
)

func formatShare(share float64) string {
	if math.IsNaN(share) {
		return "–"
	}
	if share > 0 && share < 0.005 {
		return "<\u00a01\u00a0%"
	}
	return fmt.Sprintf("%.0f\u00a0%%", 100*share)
}

// formatMeasured is an error in seconds; 0 is one that was not measured.
func formatMeasured(v float64) string {
	if v == 0 || math.IsNaN(v) {
		return "–"
	}
	return formatTenths(v)
}

// scoredOrUnknown are the figures; of no rows they are not known, not 0.
func scoredOrUnknown(m ml.Metrics) ml.Metrics {
	if m.Rows > 0 {
		return m
	}
	no := math.NaN()
	return ml.Metrics{
		MAE: no, RMSE: no, R2: no, Bias: no, PinballP50: no, PinballP90: no, CoverageP50: no, CoverageP90: no,
		Within6: no, Within6Pred: no, Brier6: no, Within10: no, Within10Pred: no, Brier10: no,
	}
}

func formatFigure(v float64, decimals int) string {
	if math.IsNaN(v) {
		return "–"
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

func formatTenths(v float64) string     { return formatFigure(v, 1) }
func formatHundredths(v float64) string { return formatFigure(v, 2) }

func formatDate(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(lfb.London).Format("2 Jan 2006")
}

func formatClock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(lfb.London).Format("2 Jan 2006, 15:04")
}

// shareOf is a number of any type as a share of another; 0 of nothing.
func shareOf(part, whole any) float64 {
	w := toFloat(whole)
	if w == 0 {
		return 0
	}
	return toFloat(part) / w
}

func toFloat(n any) float64 { return reflect.ValueOf(n).Convert(reflect.TypeFor[float64]()).Float() }

// formatCount shows an integer of any type with thin spaces between thousands.
func formatCount(n any) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

func formatSpan(d time.Duration) string {
	switch {
	case d < 0:
		return "–"
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}

func formatTook(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return "–"
	}
	return formatSpan(to.Sub(from))
}

func formatSize(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}

// cutOutcome is a run's reason without the outcome or the state that stands before it.
func cutOutcome(r registry.Run) string {
	for _, said := range []string{r.Outcome + ": ", string(r.State) + " "} {
		if rest, ok := strings.CutPrefix(r.Reason, said); ok {
			return rest
		}
	}
	return r.Reason
}

// byWhom says who did something: a person, or what started it.
func byWhom(who string) string {
	switch who {
	case "first start":
		return "at the first start"
	case "schedule", "monitor", "backfill":
		return "by the " + who
	}
	return "by " + who
}

// spellOut shows a code-like word for people: property_category, property category.
func spellOut(s string) string { return strings.ReplaceAll(s, "_", " ") }

// sliceName is a slice's value for people.
func sliceName(l ml.Slice) string {
	if l.By == "borough" {
		return boroughName(l.Value)
	}
	return l.Value
}
