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

// Parsers keep nothing of a row but what they say, and nothing that changes.
func TestParseKeepsNothing(t *testing.T) {
	t.Parallel()
	header := strings.Split("IncidentNumber,ResourceMobilisationId,DateAndTimeMobilised,DateAndTimeArrived,"+
		"AttendanceTimeSeconds,BoroughName,DeployedFromStation_Name,DelayCode_Description,PumpOrder", ",")
	dates := []string{"01/02/2017", "02/01/2017", "2017-01-02", "1 Jan 2017", "never"}
	places := []string{"Barnet", "CITY OF LONDON", "not geo-coded", "NULL", " Bow ", "x\xff"}
	lent, err := NewMobilisations(header)
	if err != nil {
		t.Fatal(err)
	}
	owned, err := NewMobilisations(header)
	if err != nil {
		t.Fatal(err)
	}
	var from lender
	var got, want []lfb.Mobilisation
	for i := range 2000 {
		date, place := dates[i*i%7%len(dates)], places[i*i%11%len(places)]
		fields := []string{
			fmt.Sprintf("%06d-01022017", i/3), fmt.Sprint(i + 1), date + " 10:11:12", date + fmt.Sprintf(" 10:%02d:00", i%60),
			fmt.Sprint(i%1300) + ".0", place, place, place, fmt.Sprint(i % 4),
		}
		var m lfb.Mobilisation
		if owned.Parse(int64(i), fields, &m) == nil {
			want = append(want, m)
		}
		if lent.Parse(int64(i), from.lend(fields), &m) == nil {
			m.IncidentNumber = strings.Clone(m.IncidentNumber)
			got = append(got, m)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("%d rows (-want +got):\n%s", len(want), diff)
	}
	if diff := cmp.Diff([][]Count{owned.tally.Rejects(), owned.tally.Repairs()}, [][]Count{lent.tally.Rejects(), lent.tally.Repairs()}); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestParseIncidentKeepsNothing(t *testing.T) {
	t.Parallel()
	header := strings.Split("IncidentNumber,DateOfCall,TimeOfCall,HourOfCall,IncidentGroup,Postcode_full,"+
		"IncGeo_BoroughCode,IncGeo_BoroughName,ProperCase,IncidentStationGround,UPRN", ",")
	dates := []string{"01/02/2017", "02/01/2017", "2017-01-02 00:01:02", "1 Jan 2017", "never"}
	places := []string{"Barnet", "CITY OF LONDON", "not geo-coded", "NULL", " Bow ", "x\xff", "E00000000"}
	lent, err := NewIncidents(header)
	if err != nil {
		t.Fatal(err)
	}
	owned, err := NewIncidents(header)
	if err != nil {
		t.Fatal(err)
	}
	var from lender
	var got, want []lfb.Incident
	for i := range 2000 {
		place := places[i*i%11%len(places)]
		fields := []string{
			fmt.Sprintf("%06d-01022017", i/3), dates[i*i%7%len(dates)], fmt.Sprintf("%02d:11:12", i%25), fmt.Sprint(i % 24),
			place, "N1 " + place, place, place, place, place, fmt.Sprint(i) + ".x"[:i%3],
		}
		if i%5 == 0 {
			fields[2], fields[3] = "", ""
		}
		var in lfb.Incident
		if owned.Parse(int64(i), fields, &in) == nil {
			want = append(want, in)
		}
		if lent.Parse(int64(i), from.lend(fields), &in) == nil {
			in.IncidentNumber, in.PostcodeFull = strings.Clone(in.IncidentNumber), strings.Clone(in.PostcodeFull)
			got = append(got, in)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("%d rows (-want +got):\n%s", len(want), diff)
	}
	if diff := cmp.Diff([][]Count{owned.tally.Rejects(), owned.tally.Repairs()}, [][]Count{lent.tally.Rejects(), lent.tally.Repairs()}); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}
