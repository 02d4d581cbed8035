package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"lfb/internal/lfb"
)

func TestTableOrder(t *testing.T) {
	t.Parallel()
	in := city(2000, 3)
	m, table, blobs := build(t, in)
	if table.Len() != int(m.Rows) || table.Len() < 2000 {
		t.Fatalf("Len = %d, manifest %d", table.Len(), m.Rows)
	}
	for i := 1; i < table.Len(); i++ {
		a, b := table.Time(i-1), table.Time(i)
		x, y := table.IncidentNumber(i-1), table.IncidentNumber(i)
		ordered := a.Before(b) || a.Equal(b) && (x < y || x == y && table.PumpOrder(i-1) < table.PumpOrder(i))
		if !ordered {
			t.Fatalf("row %d: %v %s after %v %s", i, b, y, a, x)
		}
	}
	if !table.Time(0).Equal(m.FirstCall) || !table.Time(table.Len()-1).Equal(m.LastCall) {
		t.Errorf("first and last call %v, %v, want %v, %v", table.Time(0), table.Time(table.Len()-1), m.FirstCall, m.LastCall)
	}
	view := table.Slice(10, 20)
	if view.Len() != 10 || view.IncidentNumber(0) != table.IncidentNumber(10) {
		t.Errorf("Slice(10, 20) has %d rows from %s", view.Len(), view.IncidentNumber(0))
	}
	month, err := Load(t.Context(), blobs, m, LoadOptions{FromMonth: "2017-02", ToMonth: "2017-02"})
	if err != nil {
		t.Fatal(err)
	}
	lo, hi := table.FirstRowOn(17198), table.FirstRowOn(17226) // 1 February, 1 March 2017
	if month.Len() != hi-lo || month.IncidentNumber(0) != table.IncidentNumber(lo) {
		t.Errorf("February has %d rows from %s, want %d from %s", month.Len(), month.IncidentNumber(0), hi-lo,
			table.IncidentNumber(lo))
	}
}

func TestTableAllocates(t *testing.T) {
	_, table, _ := build(t, city(500, 4))
	var c lfb.Call
	var o lfb.Outcome
	var s string
	if n := testing.AllocsPerRun(100, func() {
		for i := range table.Len() {
			table.Call(i, &c)
			table.Outcome(i, &o)
			s = table.IncidentNumber(i)
		}
	}); n != 0 {
		t.Errorf("Call, Outcome and IncidentNumber (%q) allocate %v times, want 0", s, n)
	}
}

func TestBroken(t *testing.T) {
	t.Parallel()
	m, _, blobs := build(t, city(300, 5))
	part := m.Parts[0].Ref
	good := blobs.m[part.Key]
	_, months := Load(t.Context(), blobs, m, LoadOptions{FromMonth: "1999-01", ToMonth: "1999-12"})
	if !errors.Is(months, lfb.ErrNotFound) {
		t.Errorf("Load(1999) = %v, want %v", months, lfb.ErrNotFound)
	}
	if _, err := Load(t.Context(), blobs, m, LoadOptions{FromMonth: "January"}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Load(January) = %v, want %v", err, lfb.ErrInvalid)
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	blobs.m[part.Key] = flipped
	if _, err := Load(t.Context(), blobs, m, LoadOptions{}); !errors.Is(err, lfb.ErrInvalid) ||
		!strings.Contains(err.Error(), part.Key) {
		t.Errorf("Load(flipped bit) = %v, want %v naming the part", err, lfb.ErrInvalid)
	}
	blobs.m[part.Key] = good
	swapped := *m
	swapped.Parts = slices.Clone(m.Parts)
	swapped.Parts[0].Ref, swapped.Parts[1].Ref = m.Parts[1].Ref, m.Parts[0].Ref
	if _, err := Load(t.Context(), blobs, &swapped, LoadOptions{}); !errors.Is(err, lfb.ErrInvalid) ||
		!strings.Contains(err.Error(), "a call of 2017-0") {
		t.Errorf("Load(months swapped) = %v, want %v naming the month", err, lfb.ErrInvalid)
	}
	delete(blobs.m, part.Key)
	if _, err := Load(t.Context(), blobs, m, LoadOptions{}); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("Load(part gone) = %v, want %v", err, lfb.ErrNotFound)
	}
}

// TestDecodeBroken goes behind the hash: whatever the bytes, no panic.
func TestDecodeBroken(t *testing.T) {
	t.Parallel()
	m, _, blobs := build(t, city(300, 5))
	good := blobs.m[m.Parts[0].Ref.Key]
	n := int(m.Parts[0].Ref.Rows)
	rng := rand.New(rand.NewPCG(1, 1))
	for k := range 1500 { // the library panics on some of them
		bad := bytes.Clone(good)
		switch k % 3 {
		case 0:
			bad = bad[:rng.IntN(len(bad))]
		case 1:
			bad[rng.IntN(len(bad))] ^= byte(1 + rng.IntN(255))
		case 2: // the footer, where the library reads lengths
			bad[len(bad)-1-rng.IntN(400)] ^= byte(1 + rng.IntN(255))
		}
		if _, err := decodePart(bad, make([]record, n)); err != nil && !errors.Is(err, lfb.ErrInvalid) {
			t.Fatalf("decodePart(damage %d) = %v, want %v", k, err, lfb.ErrInvalid)
		}
	}
	if _, err := decodePart(good, make([]record, n+1)); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("decodePart(another length) = %v, want %v", err, lfb.ErrInvalid)
	}
	d, err := decodePart(good, make([]record, n))
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(){
		"not in order":       func() { d.rows[3], d.rows[4] = d.rows[4], d.rows[3] },
		"engine 3 after":     func() { d.rows[5].pump = 3 },
		"after 1201 seconds": func() { d.rows[6].num[numAttendance] = 1201 },
	} {
		was := slices.Clone(d.rows)
		spoil()
		body, err := encodePart(d, newCodec())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodePart(body, make([]record, n)); !errors.Is(err, lfb.ErrInvalid) ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("decodePart(%s) = %v, want %v", name, err, lfb.ErrInvalid)
		}
		d.rows = was
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	m, _, blobs := build(t, city(300, 6))
	got, err := Open(t.Context(), blobs, m.Ref())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(m, got, cmp.AllowUnexported(Manifest{}), cmpopts.IgnoreUnexported(Column{})); d != "" {
		t.Errorf("Open (-built +opened):\n%s", d)
	}
	text := string(blobs.m[m.Ref().Key])
	for name, body := range map[string]string{
		"not JSON":      "PAR1",
		"cut":           text[:len(text)/2],
		"other version": strings.Replace(text, fmt.Sprintf(`"version": %d`, Version), `"version": 99`, 1),
		"no version":    strings.Replace(text, fmt.Sprintf(`"version": %d`, Version), `"version": 0`, 1),
		"wrong rows":    strings.Replace(text, `"rows": `, `"rows": 1`, 1),
		"wrong month":   strings.Replace(text, `"2017-01"`, `"2017-13"`, 1),
		"empty":         "{}",
	} {
		if body == text {
			t.Fatalf("%s: nothing was changed", name)
		}
		ref, _ := blobs.PutBytes(t.Context(), "dataset/manifest/bad.json", []byte(body))
		if _, err := Open(t.Context(), blobs, ref); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Open(%s) = %v, want %v", name, err, lfb.ErrInvalid)
		}
	}
	if _, err := Open(t.Context(), blobs, lfb.Ref{Key: "dataset/manifest/none.json"}); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("Open(none) = %v, want %v", err, lfb.ErrNotFound)
	}
}

// testdata/v1 is city(300, 6) as version 1 of the builder made it.
func TestOlderVersion(t *testing.T) {
	t.Parallel()
	_, want, _ := build(t, city(300, 6))
	blobs := newMemory()
	var manifest lfb.Ref
	root := filepath.Join("testdata", "v1")
	if err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		key, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		ref, err := blobs.PutBytes(t.Context(), filepath.ToSlash(key), body)
		if strings.HasSuffix(key, ".json") {
			manifest = ref
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	m, err := Open(t.Context(), blobs, manifest)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Load(t.Context(), blobs, m, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if m.Version != 1 || got.Len() != want.Len() {
		t.Fatalf("%d rows of version %d, want %d of 1", got.Len(), m.Version, want.Len())
	}
	for i := range want.Len() {
		var a, b lfb.Call
		var x, y lfb.Outcome
		got.Call(i, &a)
		want.Call(i, &b)
		got.Outcome(i, &x)
		want.Outcome(i, &y)
		if d := cmp.Diff(b, a, cmpopts.EquateNaNs()) + cmp.Diff(y, x, cmpopts.EquateNaNs()); d != "" ||
			got.IncidentNumber(i) != want.IncidentNumber(i) {
			t.Fatalf("row %d, %s (-now +version 1):\n%s", i, got.IncidentNumber(i), d)
		}
	}
}
