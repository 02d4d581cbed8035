package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
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
	// Availability is what was assumed of who is out; nil where that does not matter.
	Availability *AvailabilityUse `json:"availability,omitempty"`
	Said         json.RawMessage  `json:"said,omitempty"` // what a person was told, by package ask; empty where a program asked
}

// RepeatWindow is for how long the same question about the same incident is one record.
const RepeatWindow = 10 * time.Minute

// AskKey is the same for all answers that are one record within RepeatWindow: of the
// same account, to the same question about the same incident and engine, by the same
// model. It is empty where the caller gave no reference.
func (p *Prediction) AskKey() string {
	if p.IncidentNumber == "" {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(p.Request))
	d.UseNumber() // as they were written
	var question any
	if d.Decode(&question) != nil {
		question = string(p.Request)
	}
	parts := []any{p.Account, p.Line, p.Version, p.IncidentNumber, p.PumpOrder, question}
	if p.Availability != nil { // as engines stand otherwise it is another answer
		parts = append(parts, p.Availability.Revision)
	}
	key, _ := json.Marshal(parts) // it sorts the names of fields and cannot fail on what Decode gave
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:])
}

// RefusedPrediction is a spooled answer that the log cannot hold.
type RefusedPrediction struct {
	ID         string    `json:"id"`         // SHA-256 of the record, hex
	At         time.Time `json:"at"`         // when it was refused, UTC
	Prediction string    `json:"prediction"` // its id, where it can be read
	Host       string    `json:"host"`       // that answered
	Reason     string    `json:"reason"`     // the log's
	Record     string    `json:"record"`     // as it was spooled; where it is not UTF-8 as a Go string with \xNN, in quotes
}
