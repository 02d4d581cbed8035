package clean

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/lfb"
	"lfb/internal/table"
)

// The tests bear the numbers of "Quirks of the raw files" in the notes on the data.

func TestQuirk04IncidentNumber(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, number, want string }{
		{"old", "1091", "1091"},
		{"2008's", "235138081", "235138081"},
		{"float", "235138081.0", "235138081"},
		{"float with an exponent", "2.35138081E8", "235138081"},
		{"leading zeros", "001091", "001091"},
		{"since 2016", "000001-01012016", "000001-01012016"},
		{"blanks", " 000001-01012016 ", "000001-01012016"},
		{"hyphen lost", "20324029112024", "203240-29112024"},
		{"hyphen and zeros lost", "4229112024", "000042-29112024"},
		{"spreadsheet's text", "'000001-01012016", "000001-01012016"},
		{"missing", "NULL", ""},
		{"zero", "0", ""},
		{"negative", "-12", ""},
		{"fraction", "10.5", ""},
		{"word", "TOTAL", ""},
		{"cut off", "000001-0101", ""},
		{"too long", "123456789012345", ""},
		{"ten digits that end in no day", "1299999999", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in, bad, _ := parseIncident(t, "IncidentNumber="+tt.number)
			m, worse, _ := parseMobilisation(t, "IncidentNumber="+tt.number)
			if in.IncidentNumber != tt.want || m.IncidentNumber != tt.want {
				t.Errorf("number %q = %q and %q, want %q (%v, %v)", tt.number, in.IncidentNumber,
					m.IncidentNumber, tt.want, bad, worse)
			}
			if rejected := bad != nil && worse != nil; rejected != (tt.want == "") {
				t.Errorf("number %q rejected: %v, %v", tt.number, bad, worse)
			}
		})
	}
}

func TestQuirk05MissingAndFloats(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{"", " ", "NULL", "NaN", "nan", "None", "<NA>", "\u00a0"} {
		in, reject, tally := parseIncident(t, "FirstPumpArriving_AttendanceTime="+missing, "PropertyType="+missing,
			"Latitude="+missing, "Longitude="+missing, "UPRN="+missing, "NumCalls="+missing)
		if reject != nil || in.FirstPumpArrivingAttendanceTime.OK || in.PropertyType != "" || in.Latitude.OK ||
			in.UPRN.OK || in.NumCalls.OK {
			t.Errorf("Parse(%q) = %+v (%v), want all missing", missing, in, reject)
		}
		if got := repairsOf(tally); len(got) != 0 {
			t.Errorf("Parse(%q) repaired %v, want nothing", missing, got)
		}
	}
	in, reject, tally := parseIncident(t, "FirstPumpArriving_AttendanceTime=416.0", "UPRN=12081771.0", "USRN=2.1605118E7",
		"PumpCount=1,234", "NumCalls=1.0", "NumPumpsAttending=two", "NumStationsWithPumpsAttending=1.5")
	if reject != nil {
		t.Fatal(reject)
	}
	if in.FirstPumpArrivingAttendanceTime.V != 416 || in.UPRN.V != 12081771 || in.USRN.V != 21605118 ||
		in.PumpCount.V != 1234 || in.NumCalls.V != 1 {
		t.Errorf("floats for integers = %+v", in)
	}
	want := []string{"NumPumpsAttending: " + notWhole, "NumStationsWithPumpsAttending: " + notWhole}
	if diff := cmp.Diff(want, repairsOf(tally)); diff != "" {
		t.Errorf("repairs (-want +got):\n%s", diff)
	}
	if in.NumPumpsAttending.OK || in.NumStationsWithPumpsAttending.OK {
		t.Error("what is no number is there, want it missing")
	}
	if in, _, _ := parseIncident(t, "UPRN=0.0", "USRN=0"); in.UPRN.OK || in.USRN.OK {
		t.Error("UPRN 0 is there, want it missing")
	}
}

func TestQuirk06RedactedDwelling(t *testing.T) {
	t.Parallel()
	in, reject, tally := parseIncident(t, "PropertyCategory=Dwelling", "UPRN=0", "Easting_m=", "Northing_m=",
		"Easting_rounded=536650", "Northing_rounded=185450", "Postcode_district=E9")
	if reject != nil || len(tally.Repairs()) != 0 {
		t.Fatalf("rejected %v, repaired %v, want neither", reject, tally.Repairs())
	}
	if in.EastingM.OK || in.PostcodeFull != "" || in.UPRN.OK {
		t.Errorf("redacted place = %+v, want it missing", in)
	}
	if in.EastingRounded.V != 536650 || in.NorthingRounded.V != 185450 {
		t.Errorf("rounded = %v, %v, want 536650, 185450", in.EastingRounded, in.NorthingRounded)
	}
}

func TestQuirk07Coordinates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, lat, lon string
		want           bool
		repair         string
	}{
		{"ten decimals", "51.6305447441", "-0.2491579844", true, ""},
		{"eight decimals", "51.50307953", "-0.01", true, ""},
		{"near the meridian", "51.5", "-4.50755e-05", true, ""},
		{"on the meridian", "51.5", "0.0", true, ""},
		{"0, 0", "0.0", "0.0", false, zeroZero},
		{"outside the kingdom", "40.7", "-0.1", false, outOfRange},
		{"swapped", "-0.1", "51.5", false, outOfRange},
		{"one alone", "51.5", "", false, halfPair},
		{"the other alone", "", "-0.1", false, halfPair},
		{"infinite", "Inf", "-0.1", false, halfPair},
		{"words", "north", "-0.1", false, halfPair},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in, reject, tally := parseIncident(t, "Latitude="+tt.lat, "Longitude="+tt.lon,
				"Easting_m=529347.0", "Northing_m=182309.0")
			if reject != nil || in.Latitude.OK != tt.want || in.Longitude.OK != tt.want {
				t.Errorf("Parse(%q, %q) = %v, %v (%v), want present %v", tt.lat, tt.lon, in.Latitude, in.Longitude, reject, tt.want)
			}
			if in.EastingM.V != 529347 {
				t.Errorf("EastingM = %v, want 529347: a bad latitude is no bad easting", in.EastingM)
			}
			if got := strings.Join(repairsOf(tally), " "); !strings.Contains(got, tt.repair) ||
				(got == "") != (tt.repair == "") {
				t.Errorf("repairs = %q, want %q", got, tt.repair)
			}
		})
	}
}

func TestQuirk08TrailingBlanks(t *testing.T) {
	t.Parallel()
	a, _, _ := parseIncident(t, "PropertyType=House - single occupancy ")
	b, _, _ := parseIncident(t, "PropertyType=House - single occupancy")
	if a.PropertyType != b.PropertyType {
		t.Errorf("PropertyType = %q and %q, want the same", a.PropertyType, b.PropertyType)
	}
}

func TestQuirk09ColumnsOfTheVintages(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, header string }{
		{"2013", "IncidentNumber,DateOfCall,TimeOfCall,IncidentGroup,StopCodeDescription,WardCode,WardName,BoroughCode,BoroughName,Easting_rounded,Northing_rounded,CallCount"},
		{"reordered, other case", "CALLCOUNT,Borough_Name,boroughcode,wardname,ward " +
			"code,incidentgroup,stopCodeDescription,northing_rounded,EASTING_ROUNDED,timeofcall,dateofcall,incidentnumber"},
		{"byte-order mark inside quotes", "\ufeffIncidentNumber, DateOfCall " +
			",TimeOfCall,IncidentGroup,StopCodeDescription,IncGeo_WardCode,IncGeo_WardName,IncGeo_BoroughCode,IncGeo_BoroughName,Easting_rounded,Northing_rounded,NumCalls"},
	}
	values := map[string]string{
		"incidentnumber": "1091", "dateofcall": "01 Jan 2013", "timeofcall": "00:02:11",
		"wardcode": "E05000214", "incgeowardcode": "E05000214", "wardname": "Abbey Wood", "incgeowardname": "Abbey Wood",
		"boroughcode": "E09000011", "incgeoboroughcode": "E09000011", "boroughname": "Greenwich",
		"incgeoboroughname": "Greenwich", "eastingrounded": "547150", "northingrounded": "179250",
		"callcount": "3", "numcalls": "3", "incidentgroup": "Fire", "stopcodedescription": "Primary Fire",
	}
	want := lfb.Incident{
		IncidentNumber: "1091", CalledAt: time.Date(2013, 1, 1, 0, 2, 11, 0, lfb.London), CalYear: 2013,
		IncidentGroup: "Fire", StopCodeDescription: "Primary Fire", BoroughCode: "E09000011", BoroughName: "GREENWICH",
		WardCode: "E05000214", WardName: "ABBEY WOOD", EastingRounded: lfb.Some(547150.0),
		NorthingRounded: lfb.Some(179250.0), NumCalls: lfb.Some(3),
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header := strings.Split(tt.header, ",")
			if kind, err := KindOf(header); kind != lfb.IncidentFile || err != nil {
				t.Errorf("KindOf = %q, %v, want incident", kind, err)
			}
			p, err := NewIncidents(header)
			if err != nil {
				t.Fatal(err)
			}
			row := make([]string, len(header))
			for i, name := range header {
				row[i] = values[table.FoldName(name)]
			}
			var got lfb.Incident
			if reject := p.Parse(2, row, &got); reject != nil {
				t.Fatal(reject)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Parse (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQuirk09PumpHoursAndMinutes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, column, value, cost string
		want                      lfb.Opt[int]
	}{
		{"hours, by the cost", "PumpHoursRoundUp", "1", "339", lfb.Some(60)},
		{"many hours, by the cost", "PumpHoursRoundUp", "75", "25425", lfb.Some(4500)},
		{"minutes under the old name, by the cost", "PumpHoursRoundUp", "64", "388", lfb.Some(64)},
		{"minutes under the old name", "PumpHoursRoundUp", "60", "", lfb.Some(60)},
		{"hours without a cost", "PumpHoursRoundUp", "2.0", "NULL", lfb.Some(120)},
		{"minutes", "PumpMinutesRounded", "61", "395", lfb.Some(61)},
		{"missing", "PumpHoursRoundUp", "NULL", "339", lfb.Opt[int]{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header := strings.Replace(incidentHeader, "PumpMinutesRounded", tt.column, 1)
			in, reject, _ := parseIncidentAs(t, header, tt.column+"="+tt.value, "Notional Cost (£)="+tt.cost)
			if reject != nil || in.PumpMinutesRounded != tt.want {
				t.Errorf("%s %q at £%s = %v (%v), want %v", tt.column, tt.value, tt.cost, in.PumpMinutesRounded, reject, tt.want)
			}
		})
	}
}

func TestQuirk09OldMobilisationColumns(t *testing.T) {
	t.Parallel()
	header := strings.Split("IncidentNumber,CalYear,HourOfCall,ResourceMobilisationId,Resource_Code,PerformanceReporting,"+
		"DateAndTimeMobilised,DateAndTimeMobile,TimeMobileTimezoneId,DateAndTimeArrived,TimeArrivedTimezoneId,"+
		"AttendanceTimeSeconds", ",")
	p, err := NewMobilisations(header)
	if err != nil {
		t.Fatal(err)
	}
	var m lfb.Mobilisation
	reject := p.Parse(2, strings.Split("1091,2009,0,38426,H271,1,01/01/2009 00:02:27,,GMT,01/01/2009 00:07:46,GMT,319",
		","), &m)
	if reject != nil || m.AttendanceTimeSeconds.V != 319 || m.ArrivedAt.V.Sub(m.MobilisedAt.V) != 319*time.Second {
		t.Errorf("Parse = %+v (%v), want 319 s", m, reject)
	}
	if m.BoroughName != "" || m.ReturnedAt.OK {
		t.Errorf("Parse = %+v, want absent columns missing", m)
	}
}

func TestQuirk10PoundSign(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"Notional Cost (£)", "Notional.Cost....", "Notional Cost (Â£)",
		"Notional Cost (\ufffd)", "notional_cost",
	} {
		header := strings.Replace(incidentHeader, "Notional Cost (£)", name, 1)
		for _, value := range []string{"1388", "£1,388", "1388.00"} {
			in, reject, _ := parseIncidentAs(t, header, name+"="+value)
			if reject != nil || in.NotionalCost != lfb.Some(1388.0) {
				t.Errorf("%q = %q is %v (%v), want 1388", name, value, in.NotionalCost, reject)
			}
		}
	}
}

// Loading keeps the last of equal keys; so copies must have equal keys.
func TestQuirk11Duplicates(t *testing.T) {
	t.Parallel()
	a, _, _ := parseMobilisation(t, "ResourceMobilisationId=7196956", "BoroughName=SURREY")
	b, _, _ := parseMobilisation(t, "ResourceMobilisationId=7196956.0", "BoroughName=SUTTON")
	if a.ResourceMobilisationID != b.ResourceMobilisationID || a.IncidentNumber != b.IncidentNumber ||
		a.BoroughName == b.BoroughName {
		t.Errorf("keys %d and %d, want the same, with the boroughs of both rows", a.ResourceMobilisationID,
			b.ResourceMobilisationID)
	}
}

func TestQuirk12MobilisationGaps(t *testing.T) {
	t.Parallel()
	m, reject, tally := parseMobilisation(t, "ResourceMobilisationId=38426", "DateAndTimeMobile=", "TurnoutTimeSeconds=",
		"TravelTimeSeconds=", "AttendanceTimeSeconds=319", "DelayCodeId=", "DelayCode_Description=not held up")
	if reject != nil || m.MobileAt.OK || m.TurnoutTimeSeconds.OK || m.AttendanceTimeSeconds.V != 319 ||
		len(tally.Repairs()) != 0 {
		t.Errorf("Parse = %+v (%v), want a sound row with gaps", m, reject)
	}
	if m.DelayCodeID.OK || m.DelayCodeDescription != "Not held up" {
		t.Errorf("delay = %v %q, want none, Not held up", m.DelayCodeID, m.DelayCodeDescription)
	}
	m, _, _ = parseMobilisation(t, "TurnoutTimeSeconds=0", "DelayCodeId=12", "DelayCode_Description=Not held up",
		"DeployedFromLocation=Other Station")
	if m.TurnoutTimeSeconds != lfb.Some(0) || m.DelayCodeID != lfb.Some(12) || m.DeployedFromLocation != "Other Station" {
		t.Errorf("Parse = %+v, want turnout 0, delay 12, Other Station", m)
	}
	m, _, _ = parseMobilisation(t, "TurnoutTimeSeconds=381", "DelayCodeId=0", "DelayCode_Description=0")
	if m.TurnoutTimeSeconds != lfb.Some(381) || m.DelayCodeID.OK || m.DelayCodeDescription != "" {
		t.Errorf("Parse = %+v, want turnout 381, no delay", m)
	}
	m, reject, tally = parseMobilisation(t, "DateAndTimeArrived=2023-02-28 23:59:00", "DateAndTimeLeft=soon")
	if reject != nil || m.ArrivedAt.OK || m.LeftAt.OK || len(tally.Repairs()) != 2 {
		t.Errorf("Parse = %+v (%v), repairs %v, want arrival and leaving missing and counted", m, reject, repairsOf(tally))
	}
}

func TestQuirk13ShortTimes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, first, second string
		wantFirst           lfb.Opt[int]
	}{
		{"pump already there", "1", "30", lfb.Some(1)},
		{"second before first", "300", "200", lfb.Some(300)},
		{"longest published", "1200", "", lfb.Some(1200)},
		{"longer", "1201", "", lfb.Opt[int]{}},
		{"zero", "0", "", lfb.Opt[int]{}},
		{"negative", "-5", "", lfb.Opt[int]{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in, reject, tally := parseIncident(t, "FirstPumpArriving_AttendanceTime="+tt.first,
				"SecondPumpArriving_AttendanceTime="+tt.second)
			if reject != nil || in.FirstPumpArrivingAttendanceTime != tt.wantFirst {
				t.Errorf("first %q = %v (%v), want %v", tt.first, in.FirstPumpArrivingAttendanceTime, reject, tt.wantFirst)
			}
			if counted := len(tally.Repairs()) == 1; counted == tt.wantFirst.OK {
				t.Errorf("repairs = %v", repairsOf(tally))
			}
			if in.SecondPumpArrivingAttendanceTime.OK != (tt.second != "") {
				t.Errorf("second %q = %v", tt.second, in.SecondPumpArrivingAttendanceTime)
			}
		})
	}
}

func TestQuirk14NoFirstPump(t *testing.T) {
	t.Parallel()
	in, reject, tally := parseIncident(t, "IncidentGroup=Special Service", "FirstPumpArriving_AttendanceTime=NULL")
	if reject != nil || in.FirstPumpArrivingAttendanceTime.OK {
		t.Errorf("Parse = %v (%v), want accepted without a time", in.FirstPumpArrivingAttendanceTime, reject)
	}
	if rows, missing := tally.countRecent(); rows != 1 || missing != 1 {
		t.Errorf("%d of %d rows have no time, want 1 of 1", missing, rows)
	}
}

func TestQuirk15OverTheBorder(t *testing.T) {
	t.Parallel()
	in, reject, _ := parseIncident(t, "FRS=OverTheBorder", "IncidentStationGround=OverTheBorder",
		"IncGeo_BoroughCode=E00000000",
		"IncGeo_BoroughName=NOT GEO-CODED", "ProperCase=Not geo-coded", "IncGeo_WardCode=E00000000",
		"IncGeo_WardName=Not geo-coded", "IncGeo_WardNameNew=Not geo-coded")
	if reject != nil || in.FRS != "OverTheBorder" || in.IncidentStationGround != "OverTheBorder" {
		t.Errorf("Parse = %+v (%v), want an accepted row over the border", in, reject)
	}
	if in.BoroughCode+in.BoroughName+in.ProperCase+in.WardCode+in.WardName+in.WardNameNew != "" {
		t.Errorf("borough %q %q %q, ward %q %q %q, want all missing", in.BoroughCode, in.BoroughName, in.ProperCase,
			in.WardCode, in.WardName, in.WardNameNew)
	}
	if m, _, _ := parseMobilisation(t, "BoroughName=Surrey"); m.BoroughName != "SURREY" {
		t.Errorf("BoroughName = %q, want SURREY", m.BoroughName)
	}
}

func TestQuirk16Case(t *testing.T) {
	t.Parallel()
	in, _, _ := parseIncident(t, "IncGeo_BoroughName=Kensington and Chelsea", "ProperCase=Kensington And chelsea",
		"IncGeo_WardName=Battersea Park")
	if in.BoroughName != "KENSINGTON AND CHELSEA" || in.ProperCase != "Kensington and Chelsea" ||
		in.WardName != "BATTERSEA PARK" {
		t.Errorf("case = %q, %q, %q", in.BoroughName, in.ProperCase, in.WardName)
	}
	for got, want := range map[string]string{
		spellProperCase("Richmond Upon thames"): "Richmond upon Thames", spellProperCase("City Of london"): "City of London",
		spellStation("stoke newington"): "Stoke Newington", spellStation("heathrow"): "Heathrow",
		spellStation("Soho"): "Soho",
	} {
		if got != want {
			t.Errorf("spelling = %q, want %q", got, want)
		}
	}
}

func TestQuirk17HourAndYear(t *testing.T) {
	t.Parallel()
	in, reject, _ := parseIncident(t, "IncidentNumber=235138081", "DateOfCall=01 Jan 2009", "CalYear=2009", "HourOfCall=0")
	if reject != nil || in.CalYear != 2009 || in.HourOfCall != 0 {
		t.Errorf("Parse = %+v (%v), want the year of the call, not of the number", in, reject)
	}
	if in, _, _ = parseIncident(t, "CalYear=NULL"); in.CalYear != 2023 {
		t.Errorf("CalYear = %d, want that of the date", in.CalYear)
	}
	_, reject, tally := parseIncident(t, "TimeOfCall=09:00:00", "HourOfCall=11")
	if reject == nil || reject.Reason != hourConflict || tally.Rejected != 1 {
		t.Errorf("Parse = %v, want a reject for %q", reject, hourConflict)
	}
}
