package feature_test

import (
	"context"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"lfb/internal/feature"
	"lfb/internal/lfb"
)

// A field joins lfb.Call only when somebody has thought about when it is known.
func TestCallHoldsOnlyWhatIsKnownAtTheCall(t *testing.T) {
	t.Parallel()
	allowed := strings.Fields(`At Easting Northing BoroughCode WardCode PostcodeDistrict Postcode StationGround
		Reported PropertyCategory PropertyType PumpOrder SentFrom`)
	typ := reflect.TypeFor[lfb.Call]()
	var got []string
	for i := range typ.NumField() {
		got = append(got, typ.Field(i).Name)
	}
	known := map[string]bool{}
	for _, name := range allowed {
		known[name] = true
	}
	for _, name := range got {
		if !known[name] {
			t.Errorf("lfb.Call has a field %s: say when it is known, then add it here", name)
		}
	}
	outcome := reflect.TypeFor[lfb.Outcome]()
	for i := range outcome.NumField() {
		if known[outcome.Field(i).Name] {
			t.Errorf("%s is in both lfb.Call and lfb.Outcome", outcome.Field(i).Name)
		}
	}
}

// Outcomes of rows that the Spec was not fitted on must not move a feature.
func TestOutcomesDoNotReachFeatures(t *testing.T) {
	t.Parallel()
	rows := city(2000, 20)
	s := mustFit(t, rows[:1500], feature.Options{})
	want := matrix(t, s, rows[1500:])
	typ := reflect.TypeFor[lfb.Outcome]()
	for f := range typ.NumField() {
		changed := append(table{}, rows[1500:]...)
		for i := range changed {
			v := reflect.ValueOf(&changed[i].Outcome).Elem().Field(f)
			if v.Kind() == reflect.String {
				v.SetString("changed")
			} else {
				v.SetFloat(v.Float()*3 + 777)
			}
		}
		if !same(matrix(t, s, changed), want) {
			t.Errorf("Outcome.%s reaches a feature", typ.Field(f).Name)
		}
	}
}

// In fitting, only the attendance time and the station that came are read.
func TestFitReadsTwoOutcomesOnly(t *testing.T) {
	t.Parallel()
	rows := city(1500, 21)
	want, err := mustFit(t, rows, feature.Options{}).TrainMatrix(context.Background(), rows, 1)
	if err != nil {
		t.Fatal(err)
	}
	changed := append(table{}, rows...)
	for i := range changed {
		o := &changed[i].Outcome
		*o = lfb.Outcome{
			AttendanceSeconds: o.AttendanceSeconds, ArrivedFrom: o.ArrivedFrom, CallHandlingSeconds: 9,
			IncidentGroup: "x", StopCode: "y", NumStations: 7, NumPumps: 8, PumpCount: math.NaN(), PumpMinutes: 5, DelayCode: 4,
		}
	}
	got, err := mustFit(t, changed, feature.Options{}).TrainMatrix(context.Background(), changed, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !same(got, want) {
		t.Error("an outcome other than the attendance time and the station that arrived changes what Fit learns")
	}
}

func TestNoColumnHasAHindsightName(t *testing.T) {
	t.Parallel()
	hindsight := regexp.MustCompile(`(?i)(num.?pumps|num.?stations|pump.?count|pump.?minutes|pump.?hours|cost|delay|stop.?code|` +
		`num.?calls|call.?count|turnout|travel|arriv|left|return|handling|attendance|incident.?group|deployed|performance)`)
	for _, v := range []feature.Variant{feature.Usual, feature.Sent} {
		s := mustFit(t, city(300, 22), feature.Options{Variant: v})
		for _, c := range s.Schema().Columns {
			if hindsight.MatchString(c.Name) {
				t.Errorf("column %q is named like something known only afterwards", c.Name)
			}
		}
	}
}
