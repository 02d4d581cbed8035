package registry

import (
	"time"

	"lfb/internal/lfb"
)

// PlaceSet is the places that callers can name, as one file that every api keeps. Sets of an
// origin are numbered; the last one serves.
type PlaceSet struct {
	Origin   lfb.Origin `json:"origin"`     // of the rows that taught some of it
	Revision int64      `json:"revision"`   // from 1
	File     lfb.Ref    `json:"place_file"` // package places opens it
	Inputs   string     `json:"inputs"`     // SHA-256 of all that it was made of: the same again is the same set
	// Products are the files of the Ordnance Survey in it; none where only rows taught it.
	Products    []PlaceProduct `json:"products"`
	Counts      []PlaceCount   `json:"counts"`
	Attribution string         `json:"attribution"` // to be shown with it
	MadeAt      time.Time      `json:"made_at"`     // when its making began
	MadeBy      string         `json:"made_by"`
}

// ID names the set by its content.
func (s PlaceSet) ID() string { return s.File.SHA256[:min(12, len(s.File.SHA256))] }

// Places is how many places it has.
func (s PlaceSet) Places() (n int64) {
	for _, c := range s.Counts {
		n += c.Places
	}
	return n
}

// PlaceProduct is a file that a set was made of.
type PlaceProduct struct {
	Name    string   `json:"name"` // codepo_gb.zip
	Kind    lfb.Kind `json:"kind"`
	Edition string   `json:"edition"` // 2026-08
	SHA256  string   `json:"sha256"`
	Ref     lfb.Ref  `json:"ref"`
}

// PlaceCount is how many places of a kind a set has.
type PlaceCount struct {
	Kind   string `json:"kind"`
	Places int64  `json:"places"`
}
