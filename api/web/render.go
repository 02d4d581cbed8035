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
	"strings"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml"
)

//go:embed templates/*.html
var templateFiles embed.FS

// pages are the parsed templates: each page with the layout and the parts.
type pages struct{ set map[string]*template.Template }

// shared templates are parsed into every page.
var shared = []string{"templates/layout.html", "templates/parts.html"}

func newPages(a *assets, now func() time.Time) *pages {
	p := &pages{set: map[string]*template.Template{}}
	base := template.Must(template.New("layout").Funcs(helpers(a, now)).ParseFS(templateFiles, shared...))
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

// write executes into memory first: a template that fails leaves no half page.
func (p *pages) write(w http.ResponseWriter, v *view) error {
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
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if v.Status != 0 {
		w.WriteHeader(v.Status)
	}
	_, _ = w.Write(b.Bytes()) // the reader may be gone
	return nil
}

// fragment is a template without the layout.
func (p *pages) fragment(name string, v *view) ([]byte, error) {
	var b bytes.Buffer
	if err := p.set[name].ExecuteTemplate(&b, "fragment", v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func helpers(a *assets, now func() time.Time) template.FuncMap {
	return template.FuncMap{
		"asset": a.addressOf, "mmss": mmss, "pct": pct, "f1": f1, "f2": f2, "date": date, "clock": clock,
		"count": count, "verdict": readEvidence, "took": took, "size": size, "inline": inline, "span": span,
		"bar": func(share float64) string { return fmt.Sprintf("%.1f", 100*min(max(finite(share, 0), 0), 1)) }, "ratio": ratio, "sum": func(a, b int64) int64 { return a + b },
		"borough": boroughName, "lower": strings.ToLower, "seg": url.PathEscape,
		"slicename": sliceName, "month": monthName, "seconds": func(s float64) string { return span(time.Duration(s * 1e9)) },
		"chance": chance, "measured": measured,
		"elapsed": func(from time.Time) string { return span(now().Sub(from)) },
	}
}

// mmss shows seconds as minutes:seconds.
func mmss(seconds float64) string {
	if math.IsNaN(seconds) {
		return "–"
	}
	s := int(math.Round(max(seconds, 0)))
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func pct(share float64) string {
	if math.IsNaN(share) {
		return "–"
	}
	return fmt.Sprintf("%.0f\u00a0%%", 100*share)
}

// chance is a probability: never certain, as no arrival is.
func chance(p float64) string {
	switch {
	case p >= 0.995:
		return "over 99\u00a0%"
	case p < 0.005:
		return "under 1\u00a0%"
	}
	return pct(p)
}

// measured is an error in seconds; 0 is one that was not measured.
func measured(v float64) string {
	if v == 0 || math.IsNaN(v) {
		return "–"
	}
	return f1(v)
}

func f1(v float64) string { return fmt.Sprintf("%.1f", v) }
func f2(v float64) string { return fmt.Sprintf("%.2f", v) }

func date(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(lfb.London).Format("2 Jan 2006")
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(lfb.London).Format("2 Jan 2006 15:04")
}

// ratio is a number of any type as a share of another; 0 of nothing.
func ratio(part, whole any) float64 {
	var p, w float64
	_, err := fmt.Sscan(fmt.Sprint(part, " ", whole), &p, &w)
	if err != nil || w == 0 {
		return 0
	}
	return p / w
}

// count shows an integer of any type with thin spaces between thousands.
func count(n any) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

func span(d time.Duration) string {
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

func took(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return "–"
	}
	return span(to.Sub(from))
}

func size(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}

// inline shows a code-like word for people: property_category, property category.
func inline(s string) string { return strings.ReplaceAll(s, "_", " ") }

// sliceName is a slice's value for people.
func sliceName(l ml.Slice) string {
	if l.By == "borough" {
		return boroughName(l.Value)
	}
	return l.Value
}
