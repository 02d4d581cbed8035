package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
)

// daily is a table with rows on every day from first to last: one incident with
// two engines a minute before midnight in London, one a minute after.
func daily(t *testing.T, first, last string) *Table {
	t.Helper()
	_, table, _ := build(t, dailyRows(t, first, last))
	return table
}

func dailyRows(t *testing.T, first, last string) rows {
	t.Helper()
	day, err := time.ParseInLocation(time.DateOnly, first, lfb.London)
	if err != nil {
		t.Fatal(err)
	}
	end, err := time.ParseInLocation(time.DateOnly, last, lfb.London)
	if err != nil {
		t.Fatal(err)
	}
	var in rows
	for n := 0; !day.After(end); n++ {
		for k, clock := range []string{"00:01:00", "23:59:00"} {
			inc := incident(fmt.Sprintf("%06d-%d", n, k), day.Format(time.DateOnly)+" "+clock, 300)
			inc.SecondPumpArrivingAttendanceTime = lfb.Some(400)
			in.incidents = append(in.incidents, inc)
		}
		day = day.AddDate(0, 0, 1)
	}
	return in
}

// A few rows far from all others make no years of three months.
func TestSplitGoesByWhereTheRowsAre(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ stray, want string }{
		{"2015-05-06", "2015-05-06 2017-02-15 2017-02-22 2017-03-01 2017-03-31"},
		{"2019-05-06", "2017-01-01 2017-02-15 2017-02-22 2017-03-01 2019-05-06"},
	} {
		in := dailyRows(t, "2017-01-01", "2017-03-31")
		in.incidents = append(in.incidents, incident("999999-9", tt.stray+" 12:00:00", 300))
		_, table, _ := build(t, in)
		s, err := Split(table, SplitSpec{})
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join([]string{s.Train.First, s.Valid.First, s.Calib.First, s.Holdout.First, s.Holdout.Last}, " ")
		if got != tt.want {
			t.Errorf("Split with a row of %s = %s, want %s", tt.stray, got, tt.want)
		}
		if n := len(Origins(table, s, 9)); n != 5 {
			t.Errorf("Origins with a row of %s are %d, want 5: none learns from that row alone", tt.stray, n)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		first, last string
		spec        SplitSpec
		want        string // first days of train, valid, calib, hold-out, and the last day
	}{
		{"three months", "2017-01-01", "2017-03-31", SplitSpec{}, "2017-01-01 2017-02-15 2017-02-22 2017-03-01 2017-03-31"},
		{
			"three months, leap year", "2024-01-01", "2024-03-31",
			SplitSpec{},
			"2024-01-01 2024-02-16 2024-02-23 2024-03-01 2024-03-31",
		},
		{
			"half a year across summer time", "2017-01-01", "2017-06-30",
			SplitSpec{},
			"2017-01-01 2017-05-17 2017-05-25 2017-06-01 2017-06-30",
		},
		{"a year", "2017-01-01", "2017-12-31", SplitSpec{}, "2017-01-01 2017-10-01 2017-11-01 2017-12-01 2017-12-31"},
		{
			"last month nearly over", "2016-01-01", "2017-02-20",
			SplitSpec{},
			"2016-01-01 2016-12-01 2017-01-01 2017-02-01 2017-02-20",
		},
		{
			"last month just begun", "2016-01-01", "2017-03-05",
			SplitSpec{},
			"2016-01-01 2016-12-01 2017-01-01 2017-02-01 2017-03-05",
		},
		{"30 days", "2017-01-01", "2017-01-30", SplitSpec{}, "2017-01-01 2017-01-17 2017-01-19 2017-01-21 2017-01-30"},
		{"14 days", "2017-01-01", "2017-01-14", SplitSpec{}, "2017-01-01 2017-01-08 2017-01-09 2017-01-10 2017-01-14"},
		{
			"given", "2017-01-01", "2017-03-31",
			SplitSpec{ValidDays: 5, CalibDays: 6, HoldoutDays: 7},
			"2017-01-01 2017-03-14 2017-03-19 2017-03-25 2017-03-31",
		},
		{
			"hold-out given", "2017-01-01", "2017-03-31",
			SplitSpec{HoldoutDays: 10},
			"2017-01-01 2017-03-08 2017-03-15 2017-03-22 2017-03-31",
		},
		{
			"one month to train on", "2017-01-01", "2017-12-31",
			SplitSpec{MaxMonths: 1},
			"2017-09-01 2017-10-01 2017-11-01 2017-12-01 2017-12-31",
		},
		{
			"more months than there are", "2017-01-01", "2017-03-31",
			SplitSpec{MaxMonths: 99},
			"2017-01-01 2017-02-15 2017-02-22 2017-03-01 2017-03-31",
		},
		{
			"clock change inside", "2017-10-20", "2017-11-08",
			SplitSpec{ValidDays: 2, CalibDays: 3, HoldoutDays: 10},
			"2017-10-20 2017-10-25 2017-10-27 2017-10-30 2017-11-08",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			table := daily(t, tt.first, tt.last)
			s, err := Split(table, tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join([]string{s.Train.First, s.Valid.First, s.Calib.First, s.Holdout.First, s.Holdout.Last}, " ")
			if got != tt.want {
				t.Errorf("Split(%+v) = %s, want %s", tt.spec, got, tt.want)
			}
			if s.Train.Hi != s.Valid.Lo || s.Valid.Hi != s.Calib.Lo || s.Calib.Hi != s.Holdout.Lo ||
				s.Holdout.Hi != table.Len() {
				t.Errorf("Split(%+v) = %+v, want spans that touch and end at %d", tt.spec, s, table.Len())
			}
			for _, p := range []Span{s.Train, s.Valid, s.Calib, s.Holdout} {
				a, b := table.Time(p.Lo).Format(time.DateOnly), table.Time(p.Hi-1).Format(time.DateOnly)
				if a != p.First || b != p.Last || p.Rows()%4 != 0 || p.Slice(table).Len() != p.Rows() {
					t.Errorf("span %+v holds %s to %s", p, a, b)
				}
			}
		})
	}
}

func TestSplitRefuses(t *testing.T) {
	t.Parallel()
	table := daily(t, "2017-01-01", "2017-03-31")
	tests := []struct {
		name  string
		table *Table
		spec  SplitSpec
		text  string
	}{
		{"no rows", table.Slice(0, 0), SplitSpec{}, "at least 14 days are needed"},
		{"13 days", table.Slice(0, 13*4), SplitSpec{}, "13 days of data, at least 14"},
		{"too long", table, SplitSpec{HoldoutDays: 90}, "need 105"},
		{"negative", table, SplitSpec{ValidDays: -1}, "negative"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Split(tt.table, tt.spec)
			if !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Split(%+v) = %v, want %v with %q", tt.spec, err, lfb.ErrInvalid, tt.text)
			}
		})
	}
}

func TestSpansJSON(t *testing.T) {
	t.Parallel()
	s, err := Split(daily(t, "2017-01-01", "2017-03-31"), SplitSpec{})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back Spans
	if err := json.Unmarshal(body, &back); err != nil || back != s {
		t.Errorf("JSON round trip = %+v, %v, want %+v", back, err, s)
	}
	if want := `"calib":{"lo":208,"hi":236,"first":"2017-02-22","last":"2017-02-28"}`; !strings.Contains(string(body), want) {
		t.Errorf("JSON = %s, want %s in it", body, want)
	}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	table := daily(t, "2017-01-01", "2017-03-31")
	s, err := Split(table, SplitSpec{})
	if err != nil {
		t.Fatal(err)
	}
	got := Origins(table, s, 3)
	if len(got) != 3 || got[2] != s {
		t.Fatalf("Origins = %+v, want two and the split itself", got)
	}
	for k, want := range []string{
		"2017-01-01 2017-01-31 2017-02-01 2017-02-07",
		"2017-01-01 2017-02-07 2017-02-08 2017-02-14",
	} {
		o := got[k]
		if days := strings.Join([]string{o.Train.First, o.Train.Last, o.Valid.First, o.Valid.Last}, " "); days != want {
			t.Errorf("origin %d = %s, want %s", k, days, want)
		}
		if o.Train.Hi != o.Valid.Lo || o.Valid.Hi > s.Valid.Lo || o.Calib.Rows()+o.Holdout.Rows() != 0 {
			t.Errorf("origin %d = %+v, want validation next to training, before %d, and nothing else", k, o, s.Valid.Lo)
		}
	}
	short := daily(t, "2017-01-01", "2017-01-14")
	if s, err = Split(short, SplitSpec{}); err != nil {
		t.Fatal(err)
	}
	if got := Origins(short, s, 3); len(got) != 1 {
		t.Errorf("Origins of 14 days = %d, want the split alone", len(got))
	}
}
