package user_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/registry"
)

// shape is a table as people or their tools save it.
type shape struct {
	name, body string
	media      string // text/csv where empty

	// A table that is read has the answers of same, which says the same in the plainest way. wrong
	// are the rows, from 1, that are not answered, and a part of why; same has no such rows.
	same  string
	wrong map[int]string
	// One that is not read is refused with this status and sentence.
	status  int
	refused string
}

// Calls in the plainest way: where, when and which engine.
const (
	plainHead = "latitude,longitude,time,pump\n"
	winter    = "51.4429,-0.2306,2017-01-14T03:40:00Z,2\n"
	summer    = "51.4429,-0.2306,2017-07-14T02:40:00Z,2\n" // 03:40 on London's clocks
	midnight  = "51.4429,-0.2306,2017-01-14T00:00:00Z,2\n"
	plain     = plainHead + winter
	twoPumps  = "postcode,pump\nSE1 9NF,1\nSE1 9NF,2\n"
	onePump   = "postcode,pump\nSE1 9NF,1\n"
	onGrid    = "easting,northing\n525050,169050\n"
)

// inUTF16 is a text in UTF-16, with the byte-order mark if it begins with one.
func inUTF16(order binary.AppendByteOrder, text string) string {
	out := make([]byte, 0, 2*len(text))
	for _, u := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

// at is the plain table with another way to write its time.
func at(cell string) string { return plainHead + "51.4429,-0.2306," + cell + ",2\n" }

// pump is a call that asks about an engine written in some way.
func pump(cell string) string { return "postcode,pump\nSE1 9NF," + cell + "\n" }

func encodingShapes() []shape {
	byteMark := "\ufeff"
	return []shape{
		{name: "UTF-8", body: plain, same: plain},
		{name: "UTF-8, lines of Windows", body: strings.ReplaceAll(plain, "\n", "\r\n"), same: plain},
		{name: "lines of old Macs", body: strings.ReplaceAll(twoPumps, "\n", "\r"), same: twoPumps},
		{name: "no line end at the end", body: strings.TrimSuffix(plain, "\n"), same: plain},
		{name: "byte-order mark", body: byteMark + plain, same: plain},
		{
			name: "PowerShell 5: byte-order mark and quotes", body: byteMark + "\"postcode\",\"pump\"\r\n\"SE1 9NF\",\"1\"\r\n",
			same: onePump,
		},
		{name: "PowerShell 7: quotes", body: "\"postcode\",\"pump\"\r\n\"SE1 9NF\",\"1\"\r\n", same: onePump},
		{
			name: "PowerShell 5: type line", body: "#TYPE System.Object\r\n\"postcode\",\"pump\"\r\n\"SE1 9NF\",\"1\"\r\n",
			status: 422, refused: "#TYPE System.Object",
		},
		{
			name: "Excel's Unicode text", body: inUTF16(binary.LittleEndian, byteMark+strings.ReplaceAll(plain, ",", "\t")),
			same: plain,
		},
		{name: "UTF-16", body: inUTF16(binary.LittleEndian, byteMark+plain), same: plain},
		{name: "UTF-16, high byte first", body: inUTF16(binary.BigEndian, byteMark+plain), same: plain},
		{name: "UTF-16 without a mark", body: inUTF16(binary.LittleEndian, plain), same: plain},
		{
			name: "UTF-16, said so", media: "text/csv; charset=utf-16", body: inUTF16(binary.LittleEndian, byteMark+plain),
			same: plain,
		},
		{name: "UTF-8, said so in quotes", media: `text/csv; charset="UTF-8"; header=present`, body: plain, same: plain},
		{name: "Windows-1252", body: "postcode,pump,note\nSE1 9NF,1,caf\xe9\n", same: "postcode,pump,note\nSE1 9NF,1,café\n"},
		{
			name: "Windows-1252 in the header", body: "postcode,pump,Cost (\xa3)\nSE1 9NF,1,5\n",
			same: "postcode,pump,Cost (£)\nSE1 9NF,1,5\n",
		},
		{
			name: "Latin-1, said so", media: "text/csv; charset=ISO-8859-1", body: "postcode,pump,note\nSE1 9NF,1,caf\xe9\n",
			same: "postcode,pump,note\nSE1 9NF,1,café\n",
		},
		{
			name: "Windows-1250, said so", media: "text/csv; charset=windows-1250",
			body: "postcode,pump,note\nSE1 9NF,1,\xa3\xf3d\x9f\n", same: "postcode,pump,note\nSE1 9NF,1,Łódź\n",
		},
		{
			name: "Latin-9, said so", media: "text/csv; charset=iso-8859-15", body: "postcode,pump,note\nSE1 9NF,1,5 \xa4\n",
			same: "postcode,pump,note\nSE1 9NF,1,5 €\n",
		},
		{
			name: "a charset of nobody", media: "text/csv; charset=utf-42", body: plain, status: 415,
			refused: "charset \"utf-42\" is not read: send the table as UTF-8",
		},
		{name: "media type in capitals", media: "Text/CSV", body: plain, same: plain},
		{
			name: "media type of Excel's users", media: "application/vnd.ms-excel", body: plain, status: 415,
			refused: "text/csv",
		},
		{name: "application/csv", media: "application/csv", body: plain, same: plain},
	}
}

func separatorShapes() []shape {
	return []shape{
		{
			name: "Excel on the continent", body: "latitude;longitude;time;pump\r\n51,4429;-0,2306;14.01.2017 03:40;2\r\n",
			same: plain,
		},
		{name: "semicolons, decimal points", body: strings.ReplaceAll(plain, ",", ";"), same: plain},
		{name: "semicolons, thousands with points", body: "easting;northing\n525.050,0;169.050,0\n", same: onGrid},
		{name: "tabs", body: strings.ReplaceAll(plain, ",", "\t"), same: plain},
		{name: "bars", body: strings.ReplaceAll(plain, ",", "|"), same: plain},
		{name: "sep=;", body: "sep=;\r\n" + strings.ReplaceAll(plain, ",", ";"), same: plain},
		{name: "sep=,", body: "sep=,\n" + plain, same: plain},
		{name: "sep=tab", body: "sep=\t\n" + strings.ReplaceAll(plain, ",", "\t"), same: plain},
		{name: "SEP=; behind a mark", body: "\ufeffSEP=;\n" + strings.ReplaceAll(plain, ",", ";"), same: plain},
		{
			name: "commas, quoted decimal commas",
			body: "latitude,longitude,time,pump\n\"51,4429\",\"-0,2306\",2017-01-14T03:40:00Z,2\n", same: plain,
		},
		{name: "commas, quoted thousands", body: "easting,northing\n\"525,050\",\"169,050\"\n", same: onGrid},
		{name: "blanks behind commas", body: strings.ReplaceAll(plain, ",", ", "), same: plain},
		{name: "one column", body: "postcode\nSE1 9NF\n", same: "postcode\nSE1 9NF\n"},
		{name: "blank lines before and between", body: "\n\npostcode,pump\n\nSE1 9NF,1\n\nSE1 9NF,2\n\n", same: twoPumps},
		{name: "padded to the right", body: "postcode,pump,,\nSE1 9NF,1,,\nSE1 9NF,2,,\n", same: twoPumps},
		{name: "a comma at the end of each row", body: "postcode,pump\nSE1 9NF,1,\nSE1 9NF,2,\n", same: twoPumps},
		{
			name: "padded downwards", body: "postcode,pump\nSE1 9NF,1\n,\n", same: onePump,
			wrong: map[int]string{2: "row 2: a place is needed"},
		},
		{
			name: "rows short and long", body: "postcode,pump\nSE1 9NF\nSE1 9NF,1\nSE1 9NF,1,2\n", same: onePump,
			wrong: map[int]string{
				1: "row 1: 1 fields, where the header has 2", 3: "row 3: 3 fields, where the header has 2; beyond it: [\"2\"]",
			},
		},
		{name: "a line break within quotes", body: "note,postcode,pump\n\"two\nlines\",SE1 9NF,1\n", same: onePump},
		{name: "doubled quotes", body: "note,postcode,pump\n\"the \"\"Red Lion\"\"\",SE1 9NF,1\n", same: onePump},
		{
			name: "quotes not doubled", body: "note,postcode,pump\nthe \"Red Lion\",SE1 9NF,1\n\"5\" hose\",SE1 9NF,2\n",
			same: twoPumps,
		},
		{
			name: "a quote that is never closed", body: "postcode,pump\nSE1 9NF,1\n\"SE1 9NF,2\nSE1 9NF,1\n", status: 422,
			refused: "line 3 column 1: a quote is never closed",
		},
		{name: "commas in a table of semicolons", body: "postcode;pump;note\nSE1 9NF;1;a, b, c\n", same: onePump},
		{name: "blanks for columns", body: "postcode      pump\nSE1 9NF       1\n", status: 422, refused: `separator ',', no column says where: one of postcode,`},
		{name: "semicolons without a place", body: "where;pump\nhere;1\n", status: 422, refused: `UTF-8 with separator ';', no column says where`},
		{name: "UTF-16 without a place", body: inUTF16(binary.LittleEndian, "\ufeffwhere\tpump\nhere\t1\n"), status: 422, refused: `UTF-16 with separator '\t', no column says where`},
	}
}

func timeShapes() []shape {
	var out []shape
	for _, t := range []struct{ cell, same string }{
		{"2017-01-14 03:40:00+00:00", winter}, // pandas, with a zone
		{"2017-01-14 03:40:00", winter},       // pandas, MySQL
		{"2017-01-14 03:40:00.000", winter},
		{"2017-01-14T03:40:00.000000Z", winter},
		{"2017-01-14 03:40", winter},
		{"2017-01-14T03:40Z", winter},
		{"2017-01-14t03:40:00z", winter},
		{"2017-01-14T04:40:00+01:00", winter},
		{"2017-01-14T04:40:00+0100", winter},
		{"2017-01-13 22:40:00-05", winter}, // Postgres
		{"2017-01-14 03:40:00 UTC", winter},
		{"2017/01/14 03:40", winter},
		{"14/01/2017 03:40", winter}, // Excel in Britain
		{"14/01/2017 03:40:00", winter},
		{"14/1/17 3:40", winter},
		{"14.01.2017 03:40", winter},
		{"14-Jan-17 03:40", winter},
		{"14 Jan 2017 03:40:00", winter},
		{"14 January 2017 3:40 AM", winter},
		{"42749.152777777781", winter}, // Excel's number
		{"2017-07-14 03:40", summer},
		{"2017-07-14 02:40:00+00:00", summer},
		{"14/07/2017 03:40", summer},
		{"2017-01-14", midnight},
		{"14/01/2017", midnight},
	} {
		out = append(out, shape{name: "time " + t.cell, body: at(t.cell), same: plainHead + t.same})
	}
	for cell, why := range map[string]string{
		"noon":              `column time: "noon" is no time like 2017-03-08T14:25:00Z`,
		"2017-02-30":        `"2017-02-30" is no time`,
		"01/14/2017 03:40":  `"01/14/2017 03:40" is no time`,    // the month first: never guessed
		"1484365200":        `"1484365200" is no time`,          // seconds since 1970
		"1917-01-14 03:40":  `the year 1917 is not one of 2009`, // before the brigade's records
		"2026-03-29 01:30":  `"2026-03-29 01:30" is within the hour that the clocks skip`,
		"2017-01-14 25:00":  `"2017-01-14 25:00" is no time`,
		"2017-01-14 03:40 ": "",
	} {
		s := shape{name: "time " + cell, body: at(cell), same: plainHead, wrong: map[int]string{1: why}}
		if why == "" {
			s.same, s.wrong = plain, nil
		}
		out = append(out, s)
	}
	return out
}

func holeShapes() []shape {
	var out []shape
	for _, hole := range []string{"", " ", "nan", "NaN", "None", "<NA>", "NULL", "null", "NaT", "#N/A", "NA", `\N`} {
		out = append(out, shape{name: fmt.Sprintf("%q for a hole", hole), body: "postcode,easting,northing,time\n" + hole +
			",525050,169050," + hole + "\n", same: onGrid})
	}
	return append(
		out,
		shape{
			name: "0, 0 for coordinates that are not known",
			body: "latitude,longitude,easting,northing\n0,0,525050,169050\n0.0,0.0,525050,169050\n",
			same: onGrid + "525050,169050\n",
		},
		shape{
			name: "0, 0 and nothing else", body: "latitude,longitude\n0,0\n", same: plainHead,
			wrong: map[int]string{1: "a place is needed"},
		},
		shape{
			name: "0 of one coordinate", body: "latitude,longitude\n0,-0.2306\n", same: plainHead,
			wrong: map[int]string{1: "column latitude: 0 is not within 49 and 61"},
		},
		shape{
			name: "the brigade's own rows",
			body: "IncidentNumber,DateOfCall,IncidentGroup,Postcode_full,Easting_m,Northing_m,Easting_rounded,Northing_rounded,Latitude,Longitude\n" +
				"000932-02012023,2023-01-02,Fire,NULL,NULL,NULL,525050,169050,NULL,NULL\n000933-02012023,2023-01-02,Fire,NULL,525085,169007,525050,169050,0,0\n" +
				"000934-02012023,2023-01-02,Fire,NULL,0,0,525050,169050,0,0\n",
			same: "incident_group,easting,northing,time\nFire,525050,169050,2023-01-02\nFire,525050,169050,2023-01-02\n" +
				"Fire,525050,169050,2023-01-02\n",
		},
		shape{
			name: "nothing but holes", body: "postcode,easting,northing\nNULL,NULL,NULL\n", same: plainHead,
			wrong: map[int]string{1: "row 1: a place is needed"},
		},
	)
}

func headerShapes() []shape {
	unused := "postcode,pump"
	for i := range 5000 {
		unused += fmt.Sprintf(",column %d", i)
	}
	return []shape{
		{name: "capitals", body: "POSTCODE,PUMP\nSE1 9NF,1\n", same: onePump},
		{name: "Excel's titles", body: "Postcode,Pump\nSE1 9NF,1\n", same: onePump},
		{name: "blanks in names", body: " Postcode , Pump \nSE1 9NF,1\n", same: onePump},
		{name: "R's dots", body: "Station.Ground,Pump\nMerton,1\n", same: "station_ground,pump\nMerton,1\n"},
		{
			name: "the original's names",
			body: "Easting_rounded,Northing_rounded,IncidentStationGround,PumpOrder\n525050,169050,Merton,1\n",
			same: "easting,northing,station_ground,pump\n525050,169050,Merton,1\n",
		},
		{
			name: "the original's hindsight",
			body: "Easting_rounded,Northing_rounded,PumpCount,DelayCodeId\n525050,169050,3,1\n", same: onGrid,
		},
		{name: "pandas' index", body: ",postcode,pump\n0,SE1 9NF,1\n1,SE1 9NF,2\n", same: twoPumps},
		{
			name: "a column of postcodes twice", body: "postcode,Postcode\nSE1 9NF,SE1 9NF\n", status: 422,
			refused: "two columns of this name",
		},
		{name: "no header", body: "SE1 9NF,1\nSE1 9NF,2\n", status: 422, refused: `there is "SE1 9NF", "1"`},
		{name: "a title above the header", body: "Calls of January\n\npostcode,pump\nSE1 9NF,1\n", status: 422, refused: `there is "Calls of January"`},
		{name: "nothing but a header", body: "postcode,pump\n", same: "postcode,pump\n"},
		{
			name: "5,000 columns that are not used", body: unused + "\nSE1 9NF,1" + strings.Repeat(",x", 5000) + "\n",
			same: onePump,
		},
	}
}

func numberShapes() []shape {
	out := []shape{
		{name: "postcode without its blank", body: "postcode,pump\nSE19NF,1\n", same: onePump},
		{name: "postcode in small letters", body: "postcode,pump\nse1 9nf,1\n", same: onePump},
		{
			name: "latitude and longitude swapped", body: "latitude,longitude\n-0.2306,51.4429\n", same: plainHead,
			wrong: map[int]string{1: "column latitude: -0.2306 is not within 49 and 61"},
		},
		{
			name: "one coordinate", body: "latitude,longitude\n51.4429,\n", same: plainHead,
			wrong: map[int]string{1: "latitude and longitude go together"},
		},
	}
	for _, cell := range []string{"1", "1.0", " 1 ", "+1", "1e0", "1,0", "\"1,0\""} {
		s := shape{name: "pump " + cell, body: pump(cell), same: onePump}
		if cell == "1,0" { // two cells
			s.same, s.wrong = "postcode,pump\n", map[int]string{1: "3 fields, where the header has 2"}
		}
		out = append(out, s)
	}
	for cell, why := range map[string]string{
		"0x1p0": `column pump: "0x1p0" is no number`, "1_0": `"1_0" is no number`, "first": `"first" is no number`, "Infinity": `"Infinity" is no number`,
		"1.5": "1.5 is no whole number", "3": "3 is not within 0 and 2",
	} {
		out = append(out, shape{
			name: "pump " + cell, body: pump(cell), same: "postcode,pump\n",
			wrong: map[int]string{1: why},
		})
	}
	return out
}

func otherShapes() []shape {
	return []shape{
		{name: "empty", body: "", status: 422, refused: "empty, not even a header"},
		{name: "blank lines alone", body: "\r\n\r\n", status: 422, refused: "empty, not even a header"},
		{name: "JSON", body: `{"postcode": "SE1 9NF"}`, status: 422, refused: "JSON, not a table"},
		{name: "a web page", body: "<!DOCTYPE html><html></html>", status: 422, refused: "a web page or XML, not a table"},
		{
			name: "a workbook", body: "PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", status: 422,
			refused: "a workbook or ZIP: save it as .csv",
		},
		{
			name: "an old workbook", body: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", status: 422,
			refused: "an old (.xls) or locked Excel workbook",
		},
		{name: "gzip", body: "\x1f\x8b\x08\x00\x00\x00\x00\x00", status: 422, refused: "a gzip file: unpack it"},
		{name: "Parquet", body: "PAR1\x15\x04\x15\x10", status: 422, refused: "a Parquet file"},
		{name: "PDF", body: "%PDF-1.7\n%\xe2\xe3", status: 422, refused: "a PDF"},
		{name: "bytes", body: "\x01\x02\x03\x04\x05\x06\x07\x08", status: 422, refused: "not text (8 control bytes"},
		{
			name: "a zero byte within", body: "postcode,pump\n" + strings.Repeat("SE1 9NF,1\n", 99) + "SE1\x009NF,1\n",
			status: 422, refused: "line 101: a zero byte, the file is damaged",
		},
		{name: "an endless row", body: "postcode\n" + strings.Repeat("x", 1<<20+1<<16), status: 413, refused: "bytes"},
	}
}

// TestShapes posts tables as people and their tools save them: each is read as a person would
// read it, or refused with a sentence that a person understands.
func TestShapes(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	seen := map[string]bool{}
	all := slices.Concat(encodingShapes(), separatorShapes(), timeShapes(), whenShapes(), holeShapes(), headerShapes(),
		numberShapes(), otherShapes())
	for _, tt := range all {
		t.Run(tt.name, func(t *testing.T) {
			if seen[tt.body+tt.media] {
				t.Fatal("the same table twice")
			}
			seen[tt.body+tt.media] = true
			media := tt.media
			if media == "" {
				media = "text/csv"
			}
			res, text := s.over(t, "/v1/predictions:batch", tt.body, map[string]string{"Content-Type": media})
			if tt.status != 0 {
				if res.StatusCode != tt.status || !strings.Contains(problemText(t, text), tt.refused) {
					t.Errorf("%d %s, want %d that says %q", res.StatusCode, text, tt.status, tt.refused)
				}
				return
			}
			if res.StatusCode != 200 {
				t.Fatalf("%d %s, want the table read", res.StatusCode, text)
			}
			if h := res.Header.Get("Warning"); len(h) > 4096 {
				t.Errorf("Warning has %d bytes, which clients refuse", len(h))
			}
			s.compareTables(t, table(t, text), table(t, s.csv(t, tt.same)), tt.wrong)
		})
	}
	if len(all) < 100 {
		t.Errorf("%d shapes, want 100 at least", len(all))
	}
}

// problemText is all that a problem says.
func problemText(t *testing.T, body string) string {
	t.Helper()
	var p struct {
		Detail string
		Errors []struct{ Pointer, Detail string }
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		t.Errorf("%q is no problem: %v", body, err)
	}
	text := p.Detail
	for _, e := range p.Errors {
		text += "; " + e.Pointer + " " + e.Detail
	}
	return text
}

// compareTables holds the answered rows against those of the plain table, and the others
// against why they are not answered.
func (s *site) compareTables(t *testing.T, got, want map[string][]string, wrong map[int]string) {
	t.Helper()
	answered := 0
	for i, fault := range got["error"] {
		why, isWrong := wrong[i+1]
		if isWrong != (fault != "") || !strings.Contains(fault, why) {
			t.Errorf("row %d: error %q, want %q", i+1, fault, why)
			continue
		}
		if isWrong {
			continue
		}
		if answered >= len(want["error"]) {
			t.Fatalf("row %d is answered, want %d answers", i+1, len(want["error"]))
		}
		for _, column := range []string{"assumed", "warnings", "note", "Cost (£)"} {
			if _, ok := want[column]; ok && got[column][i] != want[column][answered] {
				t.Errorf("row %d: %s = %q, want %q", i+1, column, got[column][i], want[column][answered])
			}
		}
		if diff := cmp.Diff(s.logged(t, want["prediction_id"][answered]), s.logged(t, got["prediction_id"][i])); diff != "" {
			t.Errorf("row %d, as it was understood and answered (-want +got):\n%s", i+1, diff)
		}
		answered++
	}
	if answered != len(want["error"]) {
		t.Errorf("%d rows are answered, want %d", answered, len(want["error"]))
	}
}

// logged is how a row was understood and what was answered, as the log has it.
func (s *site) logged(t *testing.T, id string) registry.Prediction {
	t.Helper()
	if err := s.spool.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, err := s.world.Prediction(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	p.ID, p.At, p.Request, p.IncidentNumber = "", time.Time{}, nil, ""
	return p
}

// TestTheHourThatComesTwice is answered, and the answer says which of the two was taken.
func TestTheHourThatComesTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t, champion(t))
	got := table(t, s.csv(t, at("2026-10-25 01:30")))
	want := table(t, s.csv(t, at("2026-10-25T00:30:00Z")))
	if diff := cmp.Diff(s.logged(t, want["prediction_id"][0]), s.logged(t, got["prediction_id"][0])); diff != "" {
		t.Errorf("01:30 was not understood as 00:30 GMT (-want +got):\n%s", diff)
	}
	if w := got["warnings"][0]; !strings.Contains(w,
		"2026-10-25 01:30 comes twice that night: the first, in summer time, is taken") {
		t.Errorf("warnings = %q, want the two hours told", w)
	}
	if w := want["warnings"][0]; strings.Contains(w, "twice") {
		t.Errorf("warnings = %q of a time with its zone", w)
	}
}
