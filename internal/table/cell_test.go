package table

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, hole := range []string{"", " ", "\u00a0", "NULL", "nan", "NaN ", "None", "NaT", "<NA>", "#N/A", "NA", `\N`} {
		if got := Text(hole); got != "" {
			t.Errorf("Text(%q) = %q, want a hole", hole, got)
		}
	}
	for s, want := range map[string]string{" a b\u00a0": "a b", "Nan": "Nan", "0": "0", "-": "-"} {
		if got := Text(s); got != want {
			t.Errorf("Text(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestParseNumber(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]float64{
		"416": 416, "416.0": 416, "-0.1234567891": -0.1234567891, ".5": 0.5, "1.5162037037037036E-3": 1.5162037037037036e-3,
		"1,388": 1388, "£1,388.50": 1388.5, "1,234,567": 1234567, "51,48": 51.48, "0,0": 0, "-0,12345": -0.12345,
		"1.388,50": 1388.5, "1 388": 1388,
	} {
		if got, ok := ParseNumber(s); !ok || got != want {
			t.Errorf("ParseNumber(%q) = %v, %v, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "Inf", "NaN", "0x1p-2", "1e400", "five", "1_000", "-", "1.2.3", "12/3"} {
		if got, ok := ParseNumber(s); ok {
			t.Errorf("ParseNumber(%q) = %v, want none", s, got)
		}
	}
	r, err := NewReader(strings.NewReader("latitude;longitude\n51,480;0,0\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := r.ParseNumber("51,480"); !ok || got != 51.48 {
		t.Errorf("ParseNumber of a table with semicolons = %v, %v, want 51.48", got, ok)
	}
	if got, ok := r.ParseNumber("1,388.50"); !ok || got != 1388.5 {
		t.Errorf("ParseNumber of a table with semicolons = %v, %v, want 1388.5", got, ok)
	}
}

func TestParseWhole(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int64{
		"416": 416, "416.0": 416, "4.16E2": 416, "1,234": 1234, "-5": -5, "007": 7,
		"9007199254740993": 9007199254740993,
	} {
		if got, ok := ParseWhole(s); !ok || got != want {
			t.Errorf("ParseWhole(%q) = %v, %v, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "1.5", "99999999999999999999", "nine"} {
		if got, ok := ParseWhole(s); ok {
			t.Errorf("ParseWhole(%q) = %v, want none", s, got)
		}
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	tests := []struct{ cell, want string }{ // want in UTC; the clock is London's in summer
		{"2017-07-08T14:25:00Z", "2017-07-08T14:25:00Z"},
		{"2017-07-08 14:25:00.250", "2017-07-08T13:25:00.25Z"},
		{"2017-07-08 14:25:00+00:00", "2017-07-08T14:25:00Z"},
		{"2017-07-08T14:25:00+05:30", "2017-07-08T08:55:00Z"},
		{"2017-07-08T14:25:00.123456789-0100", "2017-07-08T15:25:00.123456789Z"},
		{"2017-07-08 14:25 UTC", "2017-07-08T14:25:00Z"},
		{"2017-07-08 14:25:00 BST", "2017-07-08T13:25:00Z"},
		{"2017-07-08T14:25Z", "2017-07-08T14:25:00Z"},
		{"2017-07-08t14:25z", "2017-07-08T14:25:00Z"},
		{"2017-10-29 01:30", "2017-10-29T00:30:00Z"}, // comes twice: the first
		{"2017-10-29 01:30+00:00", "2017-10-29T01:30:00Z"},
		{"2017-07-08 14:25", "2017-07-08T13:25:00Z"},
		{"08/07/2017 14:25", "2017-07-08T13:25:00Z"},
		{"8/7/17 2:25 PM", "2017-07-08T13:25:00Z"},
		{"08 Jul 2017 14:25:01", "2017-07-08T13:25:01Z"},
		{"8-July-17", "2017-07-07T23:00:00Z"},
		{"2017-07-08", "2017-07-07T23:00:00Z"},
		{"01.12.2021 00:06", "2021-12-01T00:06:00Z"},
		{"42924.600694444445", "2017-07-08T13:25:00Z"},
		{"1066-10-14 09:00:00Z", "1066-10-14T09:00:00Z"},
	}
	for _, tt := range tests {
		got, err := ParseTime(tt.cell, lfb.London)
		if err != nil || got.UTC().Format(time.RFC3339Nano) != tt.want {
			t.Errorf("ParseTime(%q) = %v, %v, want %s", tt.cell, got, err, tt.want)
		}
	}
	for _, cell := range []string{
		"", "soon", "14:25", "2017-02-29", "2017-07-08 25:00", "2017-07-08 14:", "2017-07-08x", "13/13/2017",
		"2017-07-0814:25", "20170708", "1499520300", "2017-07-08 14:25 PST", "2017-07", "2017-07-08T14:25:60Z",
		"2017-07-08 00:05 PM",
	} {
		if got, err := ParseTime(cell, lfb.London); !errors.Is(err, errNotTime) {
			t.Errorf("ParseTime(%q) = %v, %v, want %v", cell, got, err, errNotTime)
		}
	}
	if got, err := ParseTime("2026-03-29 01:30", lfb.London); !errors.Is(err, errSkipped) {
		t.Errorf("ParseTime of an hour that does not come = %v, %v, want %v", got, err, errSkipped)
	}
	for cell, want := range map[string]bool{
		"2026-10-25 00:59:59": false, "2026-10-25 01:00": true,
		"2026-10-25 01:59:59": true, "2026-10-25 02:00": false,
	} {
		if at, err := ParseTime(cell, lfb.London); err != nil || IsRepeated(at) != want {
			t.Errorf("IsRepeated(%s) = %v (%v), want %v", cell, !want, err, want)
		}
	}
}
