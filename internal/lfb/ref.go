package lfb

import (
	"crypto/sha256"
	"encoding/hex"
)

// Ref names an immutable stored object. It is what travels between workflow
// steps in place of data.
type Ref struct {
	Key    string `json:"key"`            // object key in the bucket
	SHA256 string `json:"sha256"`         // lower-case hex of the object's bytes
	Bytes  int64  `json:"bytes"`          // size of the object
	Rows   int64  `json:"rows,omitempty"` // rows in it, where it holds rows
}

// RefTo is the reference to an object of these bytes under key.
func RefTo(key string, body []byte) Ref {
	sum := sha256.Sum256(body)
	return Ref{Key: key, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(body))}
}

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r.Key == "" }

// Origin says whether rows are the brigade's own or made up by the generator.
// The two are never mixed: not in a data set, not in a line of models.
type Origin string

// The origins.
const (
	Real      Origin = "real"
	Synthetic Origin = "synthetic"
)

// Origins is all of them, the brigade's first.
func Origins() []Origin { return []Origin{Real, Synthetic} }

// Lines is the line of each origin.
func Lines() []string { return []string{Real.Line(), Synthetic.Line()} }

// Line is the name of the line of models that is trained on rows of this
// origin: the name under which versions, ledger and champion are kept.
func (o Origin) Line() string {
	if o == Synthetic {
		return "lfb-attendance-synthetic"
	}
	return "lfb-attendance"
}

// Kind says which of the two published tables a file belongs to, or which file of places
// it is.
type Kind string

// The kinds of file.
const (
	IncidentFile     Kind = "incident"
	MobilisationFile Kind = "mobilisation"
	CodePointFile    Kind = "codepoint" // Code-Point Open: postcodes
	OpenNamesFile    Kind = "opennames" // OS Open Names: settlements, roads, stations
)
