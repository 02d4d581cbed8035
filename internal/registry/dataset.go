package registry

import (
	"time"

	"lfb/internal/lfb"
)

// DataSet is what the registry knows of a snapshot.
type DataSet struct {
	ID        string     `json:"id"` // first 12 hex digits of the manifest's SHA-256
	Origin    lfb.Origin `json:"origin"`
	Manifest  lfb.Ref    `json:"manifest"`
	Summary   lfb.Ref    `json:"summary"` // per column, for the next report's "change since"
	Report    lfb.Ref    `json:"report"`  // HTML
	Rows      int64      `json:"rows"`
	FirstCall time.Time  `json:"first_call"`
	LastCall  time.Time  `json:"last_call"`
	CreatedAt time.Time  `json:"created_at"`
}

// RejectCount is how often one thing was wrong with one column of a file.
type RejectCount struct {
	Effect  string     `json:"effect"` // rejected | repaired
	Column  string     `json:"column"`
	Reason  string     `json:"reason"`
	Rows    int64      `json:"rows"`
	Example lfb.Reject `json:"example"`
}
