package serve

import (
	"encoding/json"
	"testing"
	"time"

	"lfb/internal/ml"
	"lfb/internal/registry"
)

// The record's fields are a contract: a spool that an older process left is shipped by
// a newer one.
func TestRecordIsWhatSpoolsHold(t *testing.T) {
	t.Parallel()
	at := time.Date(2017, 3, 8, 14, 25, 0, 123456789, time.UTC)
	model := &Loaded{Promotion: registry.Promotion{Line: "lfb-attendance"}, Version: registry.Version{ID: "0123456789ab"}}
	answer := ml.Answer{Mean: 300.123456789012345, P50: 290, P90: 1e-7, Within6: 1, Within10: 0.5}
	plain := Reply{ID: "1", At: at, Model: model, Call: NewCall(at), Attendance: answer}
	full := plain
	full.Response = &answer
	full.Call.Easting, full.Call.Northing, full.Call.BoroughCode = 523050, 173050, "E09\"é"
	const numbers = `{"mean":300.1234567890123,"p50":290,"p90":1e-7,"p_within_6_minutes":1,"p_within_10_minutes":0.5}`
	for _, tt := range []struct {
		name, want string
		r          Reply
		q          Question
	}{
		{
			"nothing known", `{"id":"1","at":"2017-03-08T14:25:00.123456789Z","line":"lfb-attendance","version":"0123456789ab",` +
				`"call_at":"2017-03-08T14:25:00.123456789Z","easting":0,"northing":0,"borough_code":"","ward_code":"","station_ground":"",` +
				`"pump_order":1,"account":"","attendance":` + numbers + `,"request":null}`, plain, Question{},
		},
		{
			"everything", `{"id":"1","at":"2017-03-08T14:25:00.123456789Z","line":"lfb-attendance","version":"0123456789ab",` +
				`"call_at":"2017-03-08T14:25:00.123456789Z","easting":523050,"northing":173050,"borough_code":"E09\"é","ward_code":"","station_ground":"",` +
				`"pump_order":1,"incident_number":"7-\"x\"","account":"ann","attendance":` + numbers + `,"response":` + numbers +
				`,"request":{"postcode":"SE1"}}`, full,
			Question{IncidentNumber: `7-"x"`, Account: "ann", Request: json.RawMessage("{\n \"postcode\": \"SE1\"\n}")},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(newRecord(&tt.r, &tt.q))
			if err != nil || string(got) != tt.want {
				t.Errorf("record = %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
	if _, err := json.Marshal(newRecord(&plain, &Question{Request: json.RawMessage("{")})); err == nil {
		t.Error("a request that is no JSON was taken into the log")
	}
}
