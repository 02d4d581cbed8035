package lfb

import (
	"fmt"
	"time"
)

// SourceFile is one stored file of a source.
type SourceFile struct {
	SHA256   string    `json:"sha256"`  // key
	Name     string    `json:"name"`    // as the source names it
	Source   string    `json:"source"`  // datastore | dir | synthetic | os
	Version  string    `json:"version"` // what the source says identifies this content: ETag, time, seed
	Kind     Kind      `json:"kind"`
	Origin   Origin    `json:"origin"`
	Ref      Ref       `json:"ref"`
	StoredAt time.Time `json:"stored_at"`
}

// LoadCount says what loading one file did. Rows = Inserted + Updated +
// Unchanged + Duplicate + Rejected.
type LoadCount struct {
	Rows      int64 `json:"rows"`
	Inserted  int64 `json:"inserted"`
	Updated   int64 `json:"updated"`   // key known, content changed: the new row replaced the old
	Unchanged int64 `json:"unchanged"` // key known, same content
	Duplicate int64 `json:"duplicate"` // key seen earlier in the same file: the last one counts
	Rejected  int64 `json:"rejected"`
	Withdrawn int64 `json:"withdrawn"` // rows that an earlier edition of the file had and this one lacks
}

// Reject is a row that could not be used, and why.
type Reject struct {
	Line   int64  `json:"line"` // 1 = header
	Column string `json:"column"`
	Value  string `json:"value"`
	Reason string `json:"reason"` // constant text, to count by
}

func (r *Reject) Error() string {
	return fmt.Sprintf("line %d: %s %q: %s", r.Line, r.Column, r.Value, r.Reason)
}

// Unwrap makes errors.Is(r, ErrInvalid) hold.
func (r *Reject) Unwrap() error { return ErrInvalid }

// Plus adds up two counts.
func (c LoadCount) Plus(o LoadCount) LoadCount {
	return LoadCount{
		Rows: c.Rows + o.Rows, Inserted: c.Inserted + o.Inserted, Updated: c.Updated + o.Updated,
		Unchanged: c.Unchanged + o.Unchanged, Duplicate: c.Duplicate + o.Duplicate,
		Rejected: c.Rejected + o.Rejected, Withdrawn: c.Withdrawn + o.Withdrawn,
	}
}

// LoadOptions are the loader's. The zero value is right.
type LoadOptions struct {
	// Progress is told now and then how many rows of the file were staged.
	Progress func(rows int64)
}
