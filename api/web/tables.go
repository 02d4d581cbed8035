package web

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"lfb/internal/lfb"
)

// Every table of class rows can be sorted by a column and had as CSV, by the page's own
// address: ?sort=2.-rmse sorts the second table by its column RMSE, downwards, and
// ?format=csv&table=2 is that table alone. What is read is the page as it was made, so
// that no page does anything for it; a table whose pages are the database's to sort says
// data-paged.

var (
	tablePattern  = regexp.MustCompile(`(?s)<table class="rows[^>]*>.*?</table>(?:</div>)?`)
	headPattern   = regexp.MustCompile(`(?s)<thead><tr>(.*?)</tr></thead>`)
	bodyPattern   = regexp.MustCompile(`(?s)<tbody>(.*?)</tbody>`)
	rowPattern    = regexp.MustCompile(`(?s)<tr\b.*?</tr>\n?`)
	cellPattern   = regexp.MustCompile(`(?s)(<t[hd]\b[^>]*)>(.*?)(</t[hd]>)`)
	hiddenPattern = regexp.MustCompile(`(?s)<svg.*?</svg>|<(?:button|form)\b.*?</(?:button|form)>`)
	tagPattern    = regexp.MustCompile(`<[^>]*>`)
	slugPattern   = regexp.MustCompile(`[^a-z0-9]+`)
)

// cellContent is what a cell says, without its drawings and controls.
func cellContent(cell string) string {
	return strings.TrimSpace(html.UnescapeString(tagPattern.ReplaceAllString(hiddenPattern.ReplaceAllString(cell, ""),
		"")))
}

// readCells are the cells of a row.
func readCells(row []byte) []string {
	var out []string
	for _, m := range cellPattern.FindAllSubmatch(row, -1) {
		out = append(out, cellContent(string(m[2])))
	}
	return out
}

// shapeTables sorts the table that the query asks for, and gives every table the links by
// which it can be sorted and had.
func shapeTables(page []byte, query url.Values) []byte {
	at, column, _ := strings.Cut(query.Get("sort"), ".")
	n := 0
	return tablePattern.ReplaceAllFunc(page, func(table []byte) []byte {
		n++
		rows := rowPattern.FindAll(bodyPattern.Find(table), -1)
		if len(rows) < 2 {
			return table
		}
		measures := bytes.Contains(rows[0], []byte(`<th scope="row"`)) // each row is another thing: no order makes sense
		if !measures && !bytes.Contains(table[:bytes.IndexByte(table, '>')], []byte("data-paged")) {
			chosen := ""
			if at == strconv.Itoa(n) {
				chosen = column
			}
			table = sortTable(table, rows, query, n, chosen)
		}
		link := html.EscapeString(linkTo(query, "format", "csv", "table", strconv.Itoa(n)))
		return append(slices.Clip(table), fmt.Sprintf(`<p class="fine csv"><a href="%s" download>CSV</a></p>`, link)...)
	})
}

// linkTo is this page with some of its query changed, in pairs; an empty value takes one out.
func linkTo(query url.Values, pairs ...string) string {
	q := url.Values{}
	for k, v := range query {
		if k != "changed" {
			q[k] = v
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		if q.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	return "?" + q.Encode()
}

// sortTable sorts by the chosen column, and makes links of the headings.
func sortTable(table []byte, rows [][]byte, query url.Values, n int, chosen string) []byte {
	by, down := strings.CutPrefix(chosen, "-")
	sorted, k := -1, -1
	head := headPattern.Find(table)
	linked := cellPattern.ReplaceAllFunc(head, func(cell []byte) []byte {
		k++
		m := cellPattern.FindSubmatch(cell)
		name := slugPattern.ReplaceAllString(strings.ToLower(cellContent(string(m[2]))), "-")
		if name = strings.Trim(name, "-"); name == "" || bytes.Contains(cell, []byte("<a ")) || bytes.Contains(cell, []byte(`class="vh"`)) {
			return cell
		}
		next, state := name, ""
		if name == by {
			sorted, state = k, ` aria-sort="ascending"`
			if next = "-" + name; down {
				next, state = name, ` aria-sort="descending"`
			}
		}
		return fmt.Appendf(nil, `%s%s><a href="%s">%s</a>%s`, m[1], state, html.EscapeString(linkTo(query, "sort", fmt.Sprintf("%d.%s", n, next))+fmt.Sprintf("#table-%d", n)), m[2], m[3])
	})
	if sorted >= 0 {
		keys := make(map[*byte]sortKey, len(rows))
		for _, r := range rows {
			if cells := readCells(r); sorted < len(cells) {
				keys[&r[0]] = newSortKey(cells[sorted])
			}
		}
		body := bytes.Join(rows, nil)
		slices.SortStableFunc(rows, func(a, b []byte) int { return keys[&a[0]].compare(keys[&b[0]], down) })
		table = bytes.Replace(table, body, bytes.Join(rows, nil), 1)
	}
	table = bytes.Replace(table, head, linked, 1)
	return bytes.Replace(table, []byte("<table "), fmt.Appendf(nil, `<table id="table-%d" `, n), 1) // the page comes back to it
}

// sortKey is a cell as a number where it is one, however it is written, else as words.
// What is missing comes last either way.
type sortKey struct {
	number  float64
	isWords bool
	words   string
}

func newSortKey(text string) sortKey {
	v, ok := parseCell(text)
	return sortKey{number: v, isWords: !ok, words: strings.ToLower(strings.Trim(text, "–"))}
}

func (k sortKey) compare(other sortKey, down bool) int {
	missing := func(k sortKey) int {
		if k.isWords && k.words == "" {
			return 1
		}
		return 0
	}
	by := cmp.Or(cmp.Compare(k.number, other.number), strings.Compare(k.words, other.words))
	if down {
		by = -by
	}
	return cmp.Or(missing(k)-missing(other), by)
}

var (
	clockPattern  = regexp.MustCompile(`^(\d+):(\d\d)$`)
	spanPattern   = regexp.MustCompile(`^(?:(\d+) h )?(?:(\d+) min)?(?: (\d+) s)?$`)
	numberPattern = regexp.MustCompile(`^[+-]?\d+(?:\.\d+)?`)
	namePattern   = regexp.MustCompile(`^v\d`) // of a version: v14 gbdt
)

// plainNumbers writes numbers as programs do: thousands together, a hyphen for minus.
var plainNumbers = strings.NewReplacer("\u202f", "", "\u00a0", " ", "−", "-")

// parseCell reads a date, minutes:seconds, a span of time, or a number with whatever follows it.
func parseCell(text string) (float64, bool) {
	text = plainNumbers.Replace(text)
	if t, ok := readDate(text); ok {
		return float64(t.Unix()), true
	}
	for _, p := range []*regexp.Regexp{clockPattern, spanPattern} {
		if m := p.FindStringSubmatch(text); m != nil && text != "" {
			seconds := 0.0
			for _, part := range m[1:] {
				v, _ := strconv.ParseFloat(cmp.Or(part, "0"), 64) // digits
				seconds = 60*seconds + v
			}
			return seconds, true
		}
	}
	if namePattern.MatchString(text) {
		text = text[1:]
	}
	v, err := strconv.ParseFloat(numberPattern.FindString(text), 64)
	return v, err == nil
}

// readDate reads what formatClock and formatDate write.
func readDate(text string) (time.Time, bool) {
	for _, layout := range []string{"2 Jan 2006, 15:04:05", "2 Jan 2006, 15:04", "2 Jan 2006", "Jan 2006"} {
		if t, err := time.ParseInLocation(layout, text, lfb.London); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// extractTable is the n-th table of a page as CSV; lfb.ErrNotFound.
func extractTable(page []byte, n string) ([]byte, error) {
	tables := tablePattern.FindAll(page, -1)
	k, err := strconv.Atoi(cmp.Or(n, "1"))
	if err != nil || k < 1 || k > len(tables) {
		return nil, fmt.Errorf("table %.10q of this page: %w", n, lfb.ErrNotFound)
	}
	var rows [][]string
	for _, row := range rowPattern.FindAll(tables[k-1], -1) {
		cells := readCells(row)
		for i, c := range cells {
			cells[i] = plainCell(c)
		}
		rows = append(rows, cells)
	}
	return encodeCSV(rows), nil
}

const csvType = "text/csv; charset=utf-8"

// encodeCSV writes rows, and keeps spreadsheets from running their cells.
func encodeCSV(rows [][]string) []byte {
	for _, cells := range rows {
		for i, text := range cells {
			first := text[:min(1, len(text))]
			if strings.ContainsAny(first, "=@\t\r") || strings.ContainsAny(first, "+-") && numberPattern.FindString(text) == "" {
				cells[i] = "'" + text
			}
		}
	}
	var b bytes.Buffer
	_ = csv.NewWriter(&b).WriteAll(rows) // memory takes all
	return b.Bytes()
}

// plainCell writes a cell as programs read it.
func plainCell(text string) string {
	text = plainNumbers.Replace(text)
	if t, ok := readDate(text); ok {
		if strings.Contains(text, ":") {
			return t.Format("2006-01-02 15:04:05")
		}
		return t.Format(time.DateOnly)
	}
	if text == "–" {
		return ""
	}
	return text
}
