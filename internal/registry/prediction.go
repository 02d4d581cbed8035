package registry

import (
	"encoding/json"
	"time"

	"lfb/internal/ml"
)

// Prediction is one answer as it is logged: enough to trace it to the model that
// gave it and to join the outcome by later.
type Prediction struct {
	ID             string          `json:"id"`   // of the answer, unique, sorts by time
	At             time.Time       `json:"at"`   // when it was answered, UTC
	Line           string          `json:"line"` // with Version: the model
	Version        string          `json:"version"`
	CallAt         time.Time       `json:"call_at"` // the time asked about, UTC
	Easting        float64         `json:"easting"` // metres, as completed from what was given; NaN never: 0 unknown
	Northing       float64         `json:"northing"`
	BoroughCode    string          `json:"borough_code"`
	WardCode       string          `json:"ward_code"`
	StationGround  string          `json:"station_ground"`
	PumpOrder      int             `json:"pump_order"`
	IncidentNumber string          `json:"incident_number,omitempty"` // the caller's reference, to join the outcome by
	Account        string          `json:"account"`
	Attendance     ml.Answer       `json:"attendance"`
	Response       *ml.Answer      `json:"response,omitempty"`
	Request        json.RawMessage `json:"request"` // as it was asked
}
