package geo

import (
	"errors"
	"strings"
	"testing"

	"lfb/internal/lfb"
)

func TestReadPostcode(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		in   string
		want Postcode
	}{
		{"se109nf", Postcode{District: "SE10", Sector: "SE10 9", Unit: "SE10 9NF"}},
		{" SE10  9NF ", Postcode{District: "SE10", Sector: "SE10 9", Unit: "SE10 9NF"}},
		{"S E 1 0 9 N F", Postcode{District: "SE10", Sector: "SE10 9", Unit: "SE10 9NF"}},
		{"W1F9PN", Postcode{District: "W1F", Sector: "W1F 9", Unit: "W1F 9PN"}},
		{"CR0 2EA", Postcode{District: "CR0", Sector: "CR0 2", Unit: "CR0 2EA"}},
		{"E1", Postcode{District: "E1"}},
		{"E16", Postcode{District: "E16"}},
		{"e 1", Postcode{District: "E1"}},
		{"E1 6", Postcode{District: "E1", Sector: "E1 6"}},
		{"E 1 6", Postcode{District: "E1", Sector: "E1 6"}},
		{"N1 7", Postcode{District: "N1", Sector: "N1 7"}},
		{"SE1 0", Postcode{District: "SE1", Sector: "SE1 0"}},
		{"NW1 0", Postcode{District: "NW1", Sector: "NW1 0"}},
		{"SE10 9", Postcode{District: "SE10", Sector: "SE10 9"}},
		{"SE109", Postcode{District: "SE10", Sector: "SE10 9"}},
		{"SE100", Postcode{District: "SE10", Sector: "SE10 0"}},
		{"E161", Postcode{District: "E16", Sector: "E16 1"}},
		{"EC1", Postcode{District: "EC1"}},
		{"ec1a 1bb", Postcode{District: "EC1A", Sector: "EC1A 1", Unit: "EC1A 1BB"}},
		{"NW", Postcode{District: "NW"}},
		{"SE1O 9NF", Postcode{District: "SE10", Sector: "SE10 9", Unit: "SE10 9NF", Corrected: true}},
		{"SE1O9NF", Postcode{District: "SE10", Sector: "SE10 9", Unit: "SE10 9NF", Corrected: true}},
		{"EC1A IBB", Postcode{District: "EC1A", Sector: "EC1A 1", Unit: "EC1A 1BB", Corrected: true}},
		{"El", Postcode{District: "E1", Corrected: true}},
		{"WI", Postcode{District: "W1", Corrected: true}},
		{"NWl OAA", Postcode{District: "NW1", Sector: "NW1 0", Unit: "NW1 0AA", Corrected: true}},
		{"1G1 1AA", Postcode{District: "IG1", Sector: "IG1 1", Unit: "IG1 1AA", Corrected: true}},
		{"SL1", Postcode{District: "SL1"}},
		{"SO1", Postcode{District: "SO1"}},
		{"SE10 99F", Postcode{District: "SE10", Rest: "99F"}},
		{"SE1099F", Postcode{District: "SE10", Rest: "99F"}},
		{"SE109N", Postcode{District: "SE10", Rest: "9N"}},
		{"E19N", Postcode{District: "E1", Rest: "9N"}},
		{"SE10 9NFF", Postcode{District: "SE10", Rest: "9NFF"}},
		{"SE10 9CF", Postcode{District: "SE10", Rest: "9CF"}},
		{"SE1 0 9NF", Postcode{District: "SE10", Sector: "SE10 9", Unit: "SE10 9NF", Corrected: true}},
		{"SE1 09NF", Postcode{District: "SE10", Sector: "SE10 9", Unit: "SE10 9NF", Corrected: true}},
		{"E16 AN", Postcode{District: "E1", Sector: "E1 6", Unit: "E1 6AN", Corrected: true}},
		{"E 16 AN", Postcode{District: "E1", Sector: "E1 6", Unit: "E1 6AN", Corrected: true}},
		{"W1 T1AA", Postcode{District: "W1T", Sector: "W1T 1", Unit: "W1T 1AA", Corrected: true}},
		{"E16 ANX", Postcode{District: "E16", Rest: "ANX"}},
		{"E1 by the market", Postcode{District: "E1", Rest: "BYTHEMARKET"}},
		{"GIR 0AA", Postcode{District: "GIR", Sector: "GIR 0", Unit: "GIR 0AA"}},
		{"gir0aa", Postcode{District: "GIR", Sector: "GIR 0", Unit: "GIR 0AA"}},
		{"SW1 1AA", Postcode{District: "SW1", Rest: "1AA"}},
		{"W1 4", Postcode{District: "W1", Rest: "4"}},
		{"EC1 A1BB", Postcode{District: "EC1A", Sector: "EC1A 1", Unit: "EC1A 1BB", Corrected: true}},
		{"BN1 1AA", Postcode{District: "BN1", Sector: "BN1 1", Unit: "BN1 1AA"}},
	} {
		if got, err := ReadPostcode(tc.in); got != tc.want || err != nil {
			t.Errorf("ReadPostcode(%q) = %+v, %v, want %+v", tc.in, got, err, tc.want)
		}
	}
	for _, in := range []string{
		"", " ", "9NF", "north", "SEE1 9NF", "SÉ10 9NF", "SE10-9NF", "NULL", "ZZ99 9ZZ", "Greenwich", "?",
		strings.Repeat("A", 1<<16),
	} {
		if got, err := ReadPostcode(in); !errors.Is(err, lfb.ErrInvalid) || got != (Postcode{}) {
			t.Errorf("ReadPostcode(%.20q) = %+v, %v, want %v", in, got, err, lfb.ErrInvalid)
		}
	}
}

func TestParsePostcode(t *testing.T) {
	t.Parallel()
	if full, district, err := ParsePostcode("se109nf"); full != "SE10 9NF" || district != "SE10" || err != nil {
		t.Errorf("ParsePostcode = %q, %q, %v", full, district, err)
	}
	for _, in := range []string{"SE10", "SE10 9", "SE1O 9NF", "SE10 99F", "NULL"} {
		if full, district, err := ParsePostcode(in); !errors.Is(err, lfb.ErrInvalid) || full+district != "" {
			t.Errorf("ParsePostcode(%q) = %q, %q, %v, want %v", in, full, district, err, lfb.ErrInvalid)
		}
	}
}

func TestReadDistrict(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"se10": "SE10", " e 1 ": "E1", "w1f": "W1F", "Ec1A": "EC1A", "CR0": "CR0"} {
		if got, ok := districtAlone(in); got != want || !ok {
			t.Errorf("%q is the district %q, %v, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "S", "SE", "10", "SE10 9NF", "SE100", "S10AA", "SEA1", "E1 6", "E1O"} {
		if got, ok := districtAlone(in); ok {
			t.Errorf("%q is the district %q, want none alone", in, got)
		}
	}
}

// districtAlone is the district that a text is, without a slip, and no more or less than one.
func districtAlone(s string) (district string, ok bool) {
	p, err := ReadPostcode(s)
	return p.District, err == nil && p == Postcode{District: p.District} && p.District != PostcodeArea(p.District)
}

// Whatever is read, the district is a beginning of what was typed, or it is said that it
// was corrected; what is whole reads as itself again.
func FuzzReadPostcode(f *testing.F) {
	for _, s := range []string{
		"SE10 9NF", "w1f9pn", " E1 ", "E1 6", "SE1O 9NF", "EC1A IBB", "El", "SE10 99F", "NW",
		"N 1 7", "CR0", "\x80", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ReadPostcode(s)
		if err != nil {
			return
		}
		typed := strings.ToUpper(strings.Join(strings.Fields(s), ""))
		if !p.Corrected && !strings.HasPrefix(typed, p.District) {
			t.Errorf("ReadPostcode(%q) = %+v: another place, without a word", s, p)
		}
		// A blank in what was typed is the end of the district, or within it or its sector's unit.
		if first, rest, ok := strings.Cut(strings.Join(strings.Fields(s), " "), " "); ok && rest != "" && !p.Corrected {
			if d, ok := districtAlone(first); ok && p.District != d {
				t.Errorf("ReadPostcode(%q) = %+v, want the district %s", s, p, d)
			}
		}
		for _, text := range []string{p.District, p.Sector, p.Unit} {
			again, err := ReadPostcode(text)
			if text != "" && (err != nil || again.District != p.District || again.Corrected || again.Rest != "") {
				t.Errorf("ReadPostcode(%q) = %+v, %v, of %+v", text, again, err, p)
			}
		}
	})
}

func TestIsLondonDistrict(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"W1A", "N1C", "SE28", "E1", "E20", "CR0", "DA14", "EC4", "WC2H"} {
		if !IsLondonDistrict(in) {
			t.Errorf("IsLondonDistrict(%s) = false, want true", in)
		}
	}
	for _, in := range []string{"", "W", "SE99", "E0", "EH1", "BN1", "TN30", "DA2", "WC3"} {
		if IsLondonDistrict(in) {
			t.Errorf("IsLondonDistrict(%s) = true, want false", in)
		}
	}
}
