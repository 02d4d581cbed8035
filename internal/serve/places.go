package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/places"
	"lfb/internal/registry"
)

// PlaceSets is where the sets of places are on record.
type PlaceSets interface {
	// PlaceSet is the origin's set that serves; lfb.ErrNotFound without one.
	PlaceSet(ctx context.Context, origin lfb.Origin) (registry.PlaceSet, error)
}

// PlaceFiles is where their files are.
type PlaceFiles interface {
	// Download writes an object to a file, whole and checked against its hash, or not at all.
	Download(ctx context.Context, ref lfb.Ref, path string) error
}

// placesRefresh is how often the record is read.
const placesRefresh = time.Second

// LoadedPlaces is a set of places that serves, with what is on record of it. It is immutable.
type LoadedPlaces struct {
	Record registry.PlaceSet
	Set    *places.Set
}

// Places follows the sets of places: the one of the champion's origin serves, as what made-up
// rows teach is not true of London. It keeps its file on disk, and starts with it.
type Places struct {
	store    PlaceSets
	files    PlaceFiles
	champion *Champion
	dir      string
	log      *zap.Logger
	now      atomic.Pointer[LoadedPlaces]
	bad      lfb.Ref   // file that could not be loaded, said once
	retry    time.Time // when it is tried again
}

// NewPlaces starts from the local copy in dir, if there is one.
func NewPlaces(store PlaceSets, files PlaceFiles, champion *Champion, dir string, log *zap.Logger) *Places {
	p := &Places{store: store, files: files, champion: champion, dir: dir, log: log}
	l, err := p.fromDisk()
	switch {
	case err == nil:
		p.now.Store(l)
		log.Info("places read from disk", zap.Int64("revision", l.Record.Revision))
	case !errors.Is(err, fs.ErrNotExist):
		log.Warn("local places unusable", zap.Error(err))
	}
	return p
}

// Now returns the set that serves, nil while there is none of the champion's origin.
func (p *Places) Now() *LoadedPlaces {
	if p == nil {
		return nil
	}
	l, model := p.now.Load(), p.champion.Now()
	if l != nil && model != nil && l.Record.Origin != model.Version.Origin {
		return nil
	}
	return l
}

// areasOnly is what is found without any set: London's areas, grounds and stations.
var areasOnly = sync.OnceValue(func() *places.Set {
	b := places.NewBuilder()
	b.AddLondon()
	return b.Build()
})

// Set is what places are found in: the set that serves, or London's areas alone.
func (p *Places) Set() *places.Set {
	if l := p.Now(); l != nil {
		return l.Set
	}
	return areasOnly()
}

// Run follows the record until ctx ends.
func (p *Places) Run(ctx context.Context) error {
	return refreshEvery(ctx, placesRefresh, p.Refresh, func(err error) {
		if err != nil {
			p.log.Debug("places not refreshed", zap.Error(err)) // the champion says that the database is away
		}
	})
}

// Refresh reads the record once and swaps the set where there is another.
func (p *Places) Refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	origins := lfb.Origins()
	if model := p.champion.Now(); model != nil {
		origins = []lfb.Origin{model.Version.Origin}
	}
	for _, origin := range origins {
		record, err := p.store.PlaceSet(ctx, origin)
		if errors.Is(err, lfb.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		return p.swap(ctx, record)
	}
	return nil
}

func (p *Places) swap(ctx context.Context, record registry.PlaceSet) error {
	old := p.now.Load()
	if old != nil && old.Record.Origin == record.Origin && old.Record.Revision == record.Revision {
		return nil
	}
	if p.bad == record.File && time.Now().Before(p.retry) {
		return nil
	}
	l, err := p.load(ctx, record)
	if err != nil {
		if p.bad != record.File {
			p.log.Error("places not loadable, those before stay", zap.Int64("revision", record.Revision), zap.Error(err))
		}
		p.bad, p.retry = record.File, time.Now().Add(badPause)
		return err
	}
	p.now.Store(l)
	p.log.Info("places swapped", zap.String("line", record.Origin.Line()), zap.Int64("revision", record.Revision),
		zap.Int64("places", record.Places()))
	return nil
}

// load brings the file to disk, and then the card that names it, so that a kill leaves the
// old pair or the new one.
func (p *Places) load(ctx context.Context, record registry.PlaceSet) (*LoadedPlaces, error) {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return nil, err
	}
	path := p.filePath(record)
	l, err := openPlaces(path, record)
	if err != nil { // it is not there yet
		if err = p.files.Download(ctx, record.File, path); err == nil {
			l, err = openPlaces(path, record)
		}
	}
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(record)
	if err == nil {
		err = replaceFile(p.cardPath(), text)
	}
	if err != nil {
		p.log.Warn("places not kept on disk", zap.Error(err))
		return l, nil
	}
	return l, removeOthers(path)
}

func (p *Places) fromDisk() (*LoadedPlaces, error) {
	text, err := os.ReadFile(p.cardPath())
	if err != nil {
		return nil, err
	}
	var record registry.PlaceSet
	if err := json.Unmarshal(text, &record); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", p.cardPath(), err, lfb.ErrInvalid)
	}
	return openPlaces(p.filePath(record), record)
}

// openPlaces verifies that the file is the record's and reads it.
func openPlaces(path string, record registry.PlaceSet) (*LoadedPlaces, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	if hex.EncodeToString(h.Sum(nil)) != record.File.SHA256 {
		return nil, fmt.Errorf("%s is not the file of place set %d: %w", path, record.Revision, lfb.ErrInvalid)
	}
	set, err := places.Open(path)
	return &LoadedPlaces{Record: record, Set: set}, err
}

func (p *Places) cardPath() string { return filepath.Join(p.dir, "places.json") }

func (p *Places) filePath(record registry.PlaceSet) string {
	return filepath.Join(p.dir, filepath.Base(record.ID())+".places")
}

// findPostcode is where the postcode of a question is, nil where that is not known beyond its
// district, or the question has coordinates; and the question's findings with what is to be said of it.
func (p *Places) findPostcode(model *Loaded, q *Question) (*feature.Named, []feature.Finding) {
	l, postcode := p.Now(), q.Call.Postcode
	if postcode == "" || l == nil || l.Record.Origin != model.Version.Origin || !math.IsNaN(q.Call.Easting) {
		return nil, q.Findings
	}
	at, ok := l.Set.FindPostcode(postcode)
	if !ok {
		return nil, q.Findings
	}
	named := &feature.Named{
		Fact: "postcode", Value: postcode, Easting: at.Easting, Northing: at.Northing,
		PrecisionM: at.PrecisionM, Borough: at.Borough, IsUnit: at.Kind == places.Unit,
	}
	if at.Name == postcode && (at.Kind != places.Sector || !q.AsPostcode) {
		return named, q.Findings
	}
	found := feature.Finding{Code: feature.FindingPostcodeAsSector, Fact: "postcode", Value: postcode, Used: at.Name}
	return named, append(slices.Clip(q.Findings), found)
}
