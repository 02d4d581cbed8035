package serve

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/ml"
	"lfb/internal/registry"
)

func TestAppendRecordIsWhatMarshalMakes(t *testing.T) {
	t.Parallel()
	at := time.Date(2017, 3, 8, 14, 25, 0, 123456789, time.UTC)
	model := &Loaded{Promotion: registry.Promotion{Line: "lfb-attendance"}, Version: registry.Version{ID: "0123456789ab"}}
	answer := ml.Answer{Mean: 300.123456789012345, P50: 290, P90: 1e-7, Within6: 1, Within10: 1e21}
	plain := Reply{ID: "1", At: at, Model: model, Call: NewCall(at), Attendance: answer}
	full := plain
	full.Response = &answer
	full.Call.Easting, full.Call.Northing, full.Call.BoroughCode = 523050, 173050, "E09\"\\\n\u2028é\x00\xff"
	tests := []struct {
		name string
		r    Reply
		q    Question
	}{
		{"nothing known", plain, Question{}},
		{"everything", full, Question{IncidentNumber: "7-\"x\"", Account: "ann", Request: json.RawMessage("{\n \"postcode\": \"SE1 <b>\"\n}")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			line, err := appendRecord(nil, &tt.r, &tt.q)
			if err != nil {
				t.Fatal(err)
			}
			c := tt.r.Call
			slow, err := json.Marshal(registry.Prediction{
				ID: "1", At: at, Line: "lfb-attendance", Version: "0123456789ab", CallAt: c.At.UTC(), Easting: known(c.Easting),
				Northing: known(c.Northing), BoroughCode: c.BoroughCode, PumpOrder: 1, IncidentNumber: tt.q.IncidentNumber,
				Account: tt.q.Account, Attendance: answer, Response: tt.r.Response, Request: tt.q.Request,
			})
			if err != nil {
				t.Fatal(err)
			}
			var got, want any
			if err := json.Unmarshal(line, &got); err != nil {
				t.Fatalf("record %q: %v", line, err)
			}
			if err := json.Unmarshal(slow, &want); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("record differs from json.Marshal's (-want +got):\n%s", d)
			}
		})
	}
	if _, err := appendRecord(nil, &plain, &Question{Request: json.RawMessage("{")}); err == nil {
		t.Error("a request that is no JSON was taken into the log")
	}
}
