package places_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/places"
)

func addCodePoint(b *places.Builder, zip []byte) error {
	return b.AddCodePoint(bytes.NewReader(zip), int64(len(zip)), places.Source{Name: "codepo_gb.zip"})
}

func addOpenNames(b *places.Builder, zip []byte) error {
	return b.AddOpenNames(bytes.NewReader(zip), int64(len(zip)), places.Source{Name: "opname_csv_gb.zip"})
}

// codePointRow is a row as documented, with its postcode and what follows it.
func codePointRow(postcode, rest string) string {
	return `"` + postcode + `",` + rest + `,"E92000001","E19000003","E18000007","","E09000011","E05000220"` + "\r\n"
}

func TestReadCodePoint(t *testing.T) {
	t.Parallel()
	zip := pack(t, map[string]string{
		"Doc/licence.csv": "not,a,table\r\n",
		"Data/CSV/se.csv": codePointRow("SE10 9NF", "10,539100,178300") + codePointRow("SE1 0AA", "10,532000,179500") +
			codePointRow("SE1  8AA", "20,531500,179600") + codePointRow("SE109NG", "10,539101,178301") +
			codePointRow("SE10 9NH", "90,0,0") +
			codePointRow("BN1 1AA", "10,531000,104500"),
		"Data/CSV/w.csv": strings.Repeat(codePointRow("W1A 1AA", "10,529000,181000"), 100) + codePointRow("W99",
			"10,529000,181000") +
			codePointRow("W1A 1AB", "10,east,181000") + "torn\r\n",
	})
	b := places.NewBuilder()
	if err := addCodePoint(b, zip); err != nil {
		t.Fatal(err)
	}
	s := b.Build()
	for _, postcode := range []string{"SE10 9NF", "SE1 0AA", "SE1 8AA", "se109ng", "W1A 1AA"} {
		if p, ok := s.FindPostcode(postcode); !ok || p.Kind != places.Unit || p.PrecisionM != 100 ||
			p.Borough != "E09000011" {
			t.Errorf("FindPostcode(%q) = %+v, %v", postcode, p, ok)
		}
	}
	if p, ok := s.FindPostcode("SE10 9NH"); !ok || p.Name != "SE10 9" {
		t.Errorf("FindPostcode of one without a place = %+v, %v, want its sector", p, ok)
	}
	if p, ok := s.FindPostcode("BN1 1AA"); ok {
		t.Errorf("FindPostcode of Brighton = %+v", p)
	}
	got := s.Meta.Sources[0]
	if got.Rows != 109 || got.NoPlace != 1 || got.Bad != 3 || got.Kept != 104 || s.Meta.Units != 5 {
		t.Errorf("source = %+v, %d units", got, s.Meta.Units)
	}
	want := []string{`Data/CSV/w.csv:101: postcode "W99"`, `Data/CSV/w.csv:102: coordinates "east", "181000"`, "Data/CSV/w.csv:103: wrong number of fields"}
	if strings.Join(got.FirstBad, "|") != strings.Join(want, "|") {
		t.Errorf("FirstBad = %q, want %q", got.FirstBad, want)
	}
}

func TestReadOpenNames(t *testing.T) {
	t.Parallel()
	tables := map[string][][]string{"TQ28": {
		nameRow(1, "transportNetwork", "Section Of Named Road", "High Road", 533900, 190300, 500, "Tottenham", "E09000014",
			"N17"),
		nameRow(2, "other", "Postcode", "N17 0AA", 533900, 190300, 0, "", "E09000014", "N17"),
		nameRow(3, "populatedPlace", "City", "Brighton", 531000, 104500, 3000, "", "", "BN1"),
		nameRow(4, "transportNetwork", "Named Road", "Queen's Road", 531000, 104500, 200, "Brighton", "", "BN1"),
		nameRow(5, "populatedPlace", "Suburban Area", "Tottenham", 533700, 189800, 900, "", "E09000014", "N17"),
	}}
	b := places.NewBuilder()
	if err := addOpenNames(b, openNames(t, tables)); err != nil {
		t.Fatal(err)
	}
	s := b.Build()
	p := s.Search("High Road, Tottenham", 1).Matches[0].Place
	if p.Kind != places.Road || p.In != "Tottenham" || p.Borough != "E09000014" || p.District != "N17" ||
		p.Easting != 533900 || p.PrecisionM != 707 {
		t.Errorf("High Road = %+v", p)
	}
	if p, ok := s.FindPostcode("N17 0AA"); !ok || p.Kind != places.Unit {
		t.Errorf("postcode of Open Names = %+v, %v", p, ok)
	}
	if f := s.Search("Brighton", 1); f.Refused != places.RefusedOutside {
		t.Errorf("Search(Brighton) = %+v", f)
	}
	if f := s.Search("Queen's Road", 1); f.Refused != places.RefusedUnknown {
		t.Errorf("a road far outside was kept: %+v", f)
	}
	if got := s.Meta.Sources[0]; got.Rows != 5 || got.Kept != 4 || got.Bad != 0 {
		t.Errorf("source = %+v", got)
	}
}

// TestReadRefuses has what is no such file: each is invalid, and says where.
func TestReadRefuses(t *testing.T) {
	t.Parallel()
	whole := codePoint(t)
	for _, test := range []struct {
		name string
		add  func(*places.Builder, []byte) error
		zip  []byte
		says string
	}{
		{"no zip", addCodePoint, []byte("<html>"), "codepo_gb.zip"},
		{"a torn zip", addCodePoint, whole[:len(whole)/2], "codepo_gb.zip"},
		{"no table", addCodePoint, pack(t, map[string]string{"Doc/a.csv": "1"}), "no table"},
		{"another table", addCodePoint, pack(t, map[string]string{"Data/a.csv": "a,b\n1,2\n"}), "Data/a.csv:1"},
		{"code points as names", addOpenNames, whole, "not as documented"},
		{
			"a header with another order", addOpenNames,
			pack(t, map[string]string{"Doc/OS_Open_Names_Header.csv": "\ufeffNAMES_URI,ID\r\n"}), "column 1 is not ID",
		},
	} {
		err := test.add(places.NewBuilder(), test.zip)
		if !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want one that says %q", test.name, err, test.says)
		}
	}
}

// TestFileStays writes the same places, read in another order, and reads them again.
func TestFileStays(t *testing.T) {
	t.Parallel()
	write := func(adds ...func(b *places.Builder) error) []byte {
		b := places.NewBuilder()
		for _, add := range adds {
			if err := add(b); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		s := b.Build()
		s.Meta.Sources = nil // in the order of reading
		if n, err := s.WriteTo(&out); err != nil || n != int64(out.Len()) {
			t.Fatalf("WriteTo = %d, %v; %d bytes", n, err, out.Len())
		}
		return out.Bytes()
	}
	london := func(b *places.Builder) error { b.AddLondon(); return nil }
	codes := func(b *places.Builder) error { return addCodePoint(b, codePoint(t)) }
	names := func(b *places.Builder) error { return addOpenNames(b, openNames(t, nameTables(t, 20))) }
	first, second := write(london, codes, names), write(codes, names, london)
	if !bytes.Equal(first, second) {
		t.Error("the same places in another order give other bytes")
	}
	path := filepath.Join(t.TempDir(), "a.places")
	if err := os.WriteFile(path, first, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := places.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if f := s.Search("acacia rd walthamstow", 3); !f.Clear || f.Matches[0].In != "Walthamstow" {
		t.Errorf("after Open: %+v", f)
	}
	var again bytes.Buffer
	if _, err := s.WriteTo(&again); err != nil || !bytes.Equal(again.Bytes(), first) {
		t.Errorf("written again: %v, other bytes", err)
	}
	open := func(data []byte) error {
		path := filepath.Join(t.TempDir(), "b.places")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := places.Open(path)
		return err
	}
	for _, at := range []int{0, 20, len(first) / 2, len(first) - 1} {
		torn := bytes.Clone(first)
		torn[at] ^= 1
		if err := open(torn); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("byte %d changed: %v", at, err)
		}
		if err := open(first[:at]); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("cut at %d: %v", at, err)
		}
	}
}

func FuzzSearch(f *testing.F) {
	b := places.NewBuilder()
	b.AddLondon()
	s := b.Build()
	for _, text := range []string{
		"E1 6AN", "A406/A40", "M25 J28", "///a.b.c", "King's Park ward", "TQ 299 804",
		"\xff\xfe", "51.5, -0.1", strings.Repeat("road ", 40),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found := s.Search(text, 5)
		if found.Clear && (len(found.Matches) == 0 || found.Refused != "" || found.Matches[0].Outside) || !found.Clear &&
			found.Refused == "" && len(found.Matches) == 0 {
			t.Errorf("Search(%q) = %+v", text, found)
		}
	})
}
