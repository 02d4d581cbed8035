package gc

import (
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Policy says how long what nothing needs is kept.
type Policy struct {
	Keep         time.Duration `json:"keep"`          // whatever is younger stays
	KeepBackfill time.Duration `json:"keep_backfill"` // versions of a backfill
	Versions     int           `json:"versions"`      // newest of each serving line stay
	DataSets     int           `json:"data_sets"`     // newest of each origin stay
	Predictions  time.Duration `json:"predictions"`   // logged answers; 0 keeps all
	Looks        time.Duration `json:"looks"`         // looks at the champion; 0 keeps all
	// Grace protects what a run at work has stored and not yet put on record. It is
	// at least a day and some: what is stored again is only then stored anew.
	Grace time.Duration `json:"grace"`
}

// Object is one stored object.
type Object struct {
	Key      string
	Bytes    int64
	StoredAt time.Time
}

// File is a row of the sources' files.
type File struct {
	lfb.SourceFile
	Loaded bool // its rows are in the tables
}

// Snapshot is a data set with what its manifest names.
type Snapshot struct {
	registry.DataSet
	Parts   []string // keys of its months
	Sources []string // SHA-256 of the files it was made of
}

// Step is a step that is remembered, with the keys that its result names.
type Step struct {
	Key  string
	Refs []string
}

// Look is a row of the looks at the champion.
type Look struct {
	ID        string
	Line      string
	State     registry.RunState
	StartedAt time.Time
}

// Inventory is everything there is.
type Inventory struct {
	Objects    []Object
	Promotions []registry.Promotion // of all lines
	Versions   []registry.Version   // of all lines
	DataSets   []Snapshot
	Files      []File
	Backfills  []registry.Backfill
	Months     []registry.BackfillMonth // of all backfills
	Steps      []Step
	Shown      []string // keys of the searches and relevance reports that leaderboards name
	Looks      []Look
	LookRefs   []string // ids of looks that scored months and claims of retrains name
}
