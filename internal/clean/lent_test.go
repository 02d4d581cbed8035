package clean

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/lfb"
)

// lender gives rows out in one memory, each over the one before, as readers do.
type lender [1024]byte

func (l *lender) lend(fields []string) (lent []string) {
	n := copy(l[:], strings.Join(fields, ""))
	text := unsafe.String(&l[0], n)
	for _, f := range fields {
		lent, text = append(lent, text[:len(f)]), text[len(f):]
	}
	return lent
}

// parser is Incidents or Mobilisations.
type parser[T any] interface {
	Parse(line int64, fields []string, dst *T) *lfb.Reject
	Tally() *Tally
}

// keepsNothing holds that a parser of rows that are lent says what one says of rows
// that stay: parsers keep nothing of a row but what they say, and nothing that changes.
// own clones what is a part of the fields.
func keepsNothing[T any, P parser[T]](t *testing.T, parse func(header []string) (P, error), header string, row func(i int) []string, own func(*T)) {
	t.Helper()
	lent, err := parse(strings.Split(header, ","))
	if err != nil {
		t.Fatal(err)
	}
	owned, err := parse(strings.Split(header, ","))
	if err != nil {
		t.Fatal(err)
	}
	var from lender
	var got, want []T
	for i := range 2000 {
		fields := row(i)
		var v T
		if owned.Parse(int64(i), fields, &v) == nil {
			want = append(want, v)
		}
		if lent.Parse(int64(i), from.lend(fields), &v) == nil {
			own(&v)
			got = append(got, v)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("%d rows (-want +got):\n%s", len(want), diff)
	}
	if diff := cmp.Diff([][]Count{owned.Tally().Rejects(), owned.Tally().Repairs()}, [][]Count{lent.Tally().Rejects(), lent.Tally().Repairs()}); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestParseKeepsNothing(t *testing.T) {
	t.Parallel()
	dates := []string{"01/02/2017", "02/01/2017", "2017-01-02", "1 Jan 2017", "never"}
	places := []string{"Barnet", "CITY OF LONDON", "not geo-coded", "NULL", " Bow ", "x\xff"}
	keepsNothing(t, NewMobilisations, "IncidentNumber,ResourceMobilisationId,DateAndTimeMobilised,DateAndTimeArrived,"+
		"AttendanceTimeSeconds,BoroughName,DeployedFromStation_Name,DelayCode_Description,PumpOrder", func(i int) []string {
		date, place := dates[i*i%7%len(dates)], places[i*i%11%len(places)]
		return []string{
			fmt.Sprintf("%06d-01022017", i/3), fmt.Sprint(i + 1), date + " 10:11:12", date + fmt.Sprintf(" 10:%02d:00", i%60),
			fmt.Sprint(i%1300) + ".0", place, place, place, fmt.Sprint(i % 4),
		}
	}, func(m *lfb.Mobilisation) { m.IncidentNumber = strings.Clone(m.IncidentNumber) })
}

func TestParseIncidentKeepsNothing(t *testing.T) {
	t.Parallel()
	dates := []string{"01/02/2017", "02/01/2017", "2017-01-02 00:01:02", "1 Jan 2017", "never"}
	places := []string{"Barnet", "CITY OF LONDON", "not geo-coded", "NULL", " Bow ", "x\xff", "E00000000"}
	keepsNothing(t, NewIncidents, "IncidentNumber,DateOfCall,TimeOfCall,HourOfCall,IncidentGroup,Postcode_full,"+
		"IncGeo_BoroughCode,IncGeo_BoroughName,ProperCase,IncidentStationGround,UPRN", func(i int) []string {
		place := places[i*i%11%len(places)]
		fields := []string{
			fmt.Sprintf("%06d-01022017", i/3), dates[i*i%7%len(dates)], fmt.Sprintf("%02d:11:12", i%25), fmt.Sprint(i % 24),
			place, "N1 " + place, place, place, place, place, fmt.Sprint(i) + ".x"[:i%3],
		}
		if i%5 == 0 {
			fields[2], fields[3] = "", ""
		}
		return fields
	}, func(in *lfb.Incident) {
		in.IncidentNumber, in.PostcodeFull = strings.Clone(in.IncidentNumber), strings.Clone(in.PostcodeFull)
	})
}
