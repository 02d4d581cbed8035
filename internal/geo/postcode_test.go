package geo

import (
	"errors"
	"strings"
	"testing"

	"lfb/internal/lfb"
)

func TestParsePostcode(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ in, full, district string }{
		{"se109nf", "SE10 9NF", "SE10"},
		{" SE10  9NF ", "SE10 9NF", "SE10"},
		{"S E 1 0 9 N F", "SE10 9NF", "SE10"},
		{"n1 2tz", "N1 2TZ", "N1"},
		{"N22 5QH", "N22 5QH", "N22"},
		{"W1F9PN", "W1F 9PN", "W1F"},
		{"EC4R 3UE", "EC4R 3UE", "EC4R"},
		{"CR0 2EA", "CR0 2EA", "CR0"},
	} {
		full, district, err := ParsePostcode(tc.in)
		if full != tc.full || district != tc.district || err != nil {
			t.Errorf("ParsePostcode(%q) = %q, %q, %v, want %q, %q", tc.in, full, district, err, tc.full, tc.district)
		}
	}
	for _, in := range []string{
		"", " ", "SE10", "9NF", "SE109", "SE10 9N", "SE10 9NFF", "SE10 9CF", "SE10 9NK", "1E10 9NF",
		"SEE1 9NF", "SE1AA 9NF", "SE100 9NF", "SÉ10 9NF", "SE10-9NF", "NULL", strings.Repeat("A", 1<<16),
	} {
		if full, district, err := ParsePostcode(in); !errors.Is(err, lfb.ErrInvalid) || full+district != "" {
			t.Errorf("ParsePostcode(%.20q) = %q, %q, %v, want %v", in, full, district, err, lfb.ErrInvalid)
		}
	}
}

func TestParseDistrict(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"se10": "SE10", " e 1 ": "E1", "w1f": "W1F", "Ec1A": "EC1A", "CR0": "CR0"} {
		if got, err := ParseDistrict(in); got != want || err != nil {
			t.Errorf("ParseDistrict(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "S", "SE", "10", "SE10 9NF", "SE100", "S10AA", "SEA1"} {
		if got, err := ParseDistrict(in); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("ParseDistrict(%q) = %q, %v, want %v", in, got, err, lfb.ErrInvalid)
		}
	}
}

func FuzzParsePostcode(f *testing.F) {
	for _, s := range []string{"se109nf", "W1F 9PN", "N1", "", "ſe10 9nf", "\xff\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		full, district, err := ParsePostcode(s)
		if err != nil {
			return
		}
		again, d, err := ParsePostcode(full)
		if again != full || d != district || err != nil {
			t.Errorf("ParsePostcode(%q) = %q, %q, %v, want itself and %q", full, again, d, err, district)
		}
		if got, err := ParseDistrict(district); got != district || err != nil {
			t.Errorf("ParseDistrict(%q) = %q, %v", district, got, err)
		}
	})
}
