package user

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"lfb/internal/table"
)

// TestFieldsAreThoseOfCall holds the columns of tables against the document's Call:
// the same names in the same order, and the same bounds.
func TestFieldsAreThoseOfCall(t *testing.T) {
	t.Parallel()
	call, fields := reflect.TypeFor[Call](), callFields()
	// which is an output's name in tables
	if call.NumField() != len(fields)+1 || call.Field(len(fields)).Name != "PrecisionM" {
		t.Fatalf("%d fields for a Call of %d", len(fields), call.NumField())
	}
	for i, f := range fields {
		c := call.Field(i)
		name, _, _ := strings.Cut(c.Tag.Get("json"), ",")
		want := map[reflect.Type]string{
			reflect.TypeFor[string](): "BYTES", reflect.TypeFor[*time.Time](): "BYTES", reflect.TypeFor[*float64](): "FP64",
			reflect.TypeFor[Whole](): "INT64",
		}[c.Type]
		if f.name != name || f.datatype != want {
			t.Errorf("field %d = %s %s, want %s %s", i, f.name, f.datatype, name, want)
		}
		set := func(cell string) (reflect.Value, string) {
			var r row
			wrong := f.set(&r, cell, table.ParseNumber)
			return reflect.ValueOf(r.Call).Field(i), wrong
		}
		if longest, err := strconv.Atoi(c.Tag.Get("maxLength")); err == nil {
			if v, wrong := set(strings.Repeat("é", longest)); wrong != "" || v.IsZero() {
				t.Errorf("%s of %d characters = %v, %q, want it taken", name, longest, v, wrong)
			}
			if _, wrong := set(strings.Repeat("é", longest+1)); wrong == "" {
				t.Errorf("%s of %d characters was taken", name, longest+1)
			}
		}
		for bound, beyond := range map[string]float64{"minimum": -1, "maximum": 1} {
			v, err := strconv.ParseFloat(c.Tag.Get(bound), 64)
			if err != nil {
				continue
			}
			if got, wrong := set(fmt.Sprint(v)); wrong != "" || got.Kind() == reflect.Pointer && got.IsNil() {
				t.Errorf("%s of %v = %v, %q, want it taken", name, v, got, wrong)
			}
			if _, wrong := set(fmt.Sprint(v + beyond)); wrong == "" {
				t.Errorf("%s of %v was taken", name, v+beyond)
			}
		}
	}
}

// TestWhenSaidTwice: the time that is said whole counts, and its parts are said to be unused.
func TestWhenSaidTwice(t *testing.T) {
	t.Parallel()
	c, bad := newColumns([]string{"postcode", "time", "DateOfCall", "TimeOfCall", "HourOfCall", "Month"}, "")
	if len(bad) > 0 || len(c.notes) > 0 {
		t.Fatalf("columns: %v, %v", bad, c.notes)
	}
	cells := []string{"SE1 9NF", "2017-07-08 14:25", "2009-01-01", "03:00", "3", "1"}
	q, wrong := c.read(func(i int) string { return cells[i] }, table.ParseNumber, time.Now())
	var unused []string
	for _, f := range q.Findings {
		unused = append(unused, string(f.Code)+" "+f.Fact)
	}
	if at := q.Call.At.Format(time.DateTime); at != "2017-07-08 14:25:00" || len(wrong) > 0 ||
		strings.Join(unused, ", ") != "superseded DateOfCall, superseded TimeOfCall, superseded Month" {
		t.Errorf("at %s, %v, unused %v", at, wrong, unused)
	}
}
