package web

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const twoTables = `<p>before</p>
<div class="scroll"><table class="rows"><thead><tr><th>name</th><th class="n">RMSE hold-out</th><th><span class="vh">bar</span></th><th>made</th></tr></thead><tbody>
<tr><td><a href="/x">b &amp; c</a></td><td class="n">1 000.5</td><td><svg><title>x</title></svg></td><td>5 Nov 2026, 14:05</td></tr>
<tr><td>=a</td><td class="n">–</td><td></td><td>–</td></tr>
<tr><td>v14 gbdt</td><td class="n">−2.5 s</td><td></td><td>4 Nov 2026, 23:00</td></tr>
</tbody></table></div>
<table class="rows" data-paged><thead><tr><th>took</th></tr></thead><tbody>
<tr><td>1 h 02 min</td></tr>
<tr><td>7 min 24 s</td></tr>
</tbody></table>
<table class="why"><tbody><tr><td>not one of them</td></tr></tbody></table>`

func TestShapeTables(t *testing.T) {
	t.Parallel()
	names := func(page string) (out []string) {
		for _, m := range regexp.MustCompile(`<tr><td>(?:<a[^>]*>)?([^<]*)`).FindAllStringSubmatch(page, 3) {
			out = append(out, m[1])
		}
		return out
	}
	for _, tt := range []struct {
		sort string
		want []string
	}{
		{"", []string{"b &amp; c", "=a", "v14 gbdt"}},
		{"1.name", []string{"=a", "b &amp; c", "v14 gbdt"}},
		{"1.rmse-hold-out", []string{"v14 gbdt", "b &amp; c", "=a"}},
		{"1.-rmse-hold-out", []string{"b &amp; c", "v14 gbdt", "=a"}},
		{"1.made", []string{"v14 gbdt", "b &amp; c", "=a"}},
		{"2.name", []string{"b &amp; c", "=a", "v14 gbdt"}},
		{"1.nothing", []string{"b &amp; c", "=a", "v14 gbdt"}},
	} {
		page := string(shapeTables([]byte(twoTables), url.Values{"sort": {tt.sort}, "line": {"a&b"}}))
		if got := names(page); !slices.Equal(got, tt.want) {
			t.Errorf("sorted by %q: %q, want %q", tt.sort, got, tt.want)
		}
		if n := strings.Count(page, `download>CSV</a>`); n != 2 {
			t.Errorf("%d links to CSV, want one a table of rows", n)
		}
		if strings.Contains(page, "took</a>") || !strings.Contains(page, "not one of them</td></tr></tbody></table>") {
			t.Errorf("a table was changed that is not to be: %s", page)
		}
	}
	page := string(shapeTables([]byte(twoTables), url.Values{
		"sort": {"1.rmse-hold-out"}, "line": {"a&b"},
		"changed": {"promoted"},
	}))
	if want := `<th class="n" aria-sort="ascending"><a href="?line=a%26b&amp;sort=1.-rmse-hold-out#table-1">RMSE hold-out</a></th>`; !strings.Contains(page, want) {
		t.Errorf("the heading that sorts is not %s: %s", want, page)
	}
}

func TestExtractTable(t *testing.T) {
	t.Parallel()
	for n, want := range map[string]string{
		"":  "name,RMSE hold-out,bar,made\nb & c,1000.5,,2026-11-05 14:05:00\n'=a,,,\nv14 gbdt,-2.5 s,,2026-11-04 23:00:00\n",
		"2": "took\n1 h 02 min\n7 min 24 s\n",
	} {
		got, err := extractTable([]byte(twoTables), n)
		if err != nil || string(got) != want {
			t.Errorf("table %q = %q, %v; want %q", n, got, err, want)
		}
	}
	for _, n := range []string{"0", "3", "x"} {
		if _, err := extractTable([]byte(twoTables), n); err == nil {
			t.Errorf("table %q is one, want none", n)
		}
	}
}

func TestParseCell(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"1 h 02 min": 3720, "7 min 24 s": 444, "29 s": 29, "4:26": 266,
		"−0.3": -0.3, "98 %": 98, "12\u202f345": 12345, "v14 gbdt": 14,
	} {
		if got, ok := parseCell(text); !ok || got != want {
			t.Errorf("parseCell(%q) = %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "–", "gbdt", "over 99 %"} {
		if got, ok := parseCell(text); ok {
			t.Errorf("parseCell(%q) = %v, want none", text, got)
		}
	}
}
