package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/places"
	"lfb/internal/registry"
	"lfb/internal/source"
)

// PlaceSets is the record of the sets of places.
type PlaceSets interface {
	// PlaceSet is the origin's set that serves; lfb.ErrNotFound without one.
	PlaceSet(ctx context.Context, origin lfb.Origin) (registry.PlaceSet, error)
	// SavePlaceSet inserts a set under its revision; lfb.ErrConflict where another has it.
	SavePlaceSet(ctx context.Context, s registry.PlaceSet) error
}

// FetchPlacesInput says where the files of places come from.
type FetchPlacesInput struct {
	Origin lfb.Origin `json:"origin"`
	Places PlacesSpec `json:"places"`
	// Loaded takes the files of the set that serves, where new ones would have to be downloaded.
	Loaded bool `json:"loaded,omitempty"`
}

// PlaceFile is a stored file of places.
type PlaceFile struct {
	File    lfb.SourceFile `json:"file"`
	Edition string         `json:"edition"`
}

// FetchPlacesResult is the files that there are now.
type FetchPlacesResult struct {
	Files []PlaceFile `json:"files"`
}

// FetchPlaces stores the files of places by their SHA-256; those whose version is known are not
// downloaded again, and a download that broke goes on. It lists and downloads at one go: what
// was published anew meanwhile is listed anew by the next attempt.
func (a *Activities) FetchPlaces(ctx context.Context, in FetchPlacesInput) (out FetchPlacesResult, err error) {
	defer func() { err = wire(err) }()
	var src source.Source
	switch in.Places.Name {
	case "":
		return out, nil
	case "os":
		if src = source.NewOSDownloads(in.Places.URL); in.Loaded {
			serving, err := a.servingSet(ctx, in.Origin)
			if err != nil || len(serving.Products) > 0 {
				return FetchPlacesResult{Files: filesOf(serving)}, err
			}
		}
	case "dir":
		src = source.NewPlacesDir(in.Places.Dir)
	default:
		return out, fmt.Errorf("source of places %q is not known: %w", in.Places.Name, lfb.ErrInvalid)
	}
	report, stop := startHeartbeat(ctx, Heartbeat{Step: "fetch"})
	defer stop()
	items, err := src.List(ctx)
	if errors.Is(err, lfb.ErrNotFound) && in.Places.Name == "dir" {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	for _, item := range items {
		got, err := a.fetchItem(ctx, src, item, report, func(string) (lfb.Kind, error) { return item.Kind, nil })
		if err != nil {
			return out, err
		}
		out.Files = append(out.Files, PlaceFile{got.File, item.Edition})
	}
	return out, nil
}

// servingSet is the set that serves; one without a revision where none does.
func (a *Activities) servingSet(ctx context.Context, origin lfb.Origin) (registry.PlaceSet, error) {
	set, err := a.PlaceSets.PlaceSet(ctx, origin)
	if errors.Is(err, lfb.ErrNotFound) {
		return registry.PlaceSet{}, nil
	}
	return set, err
}

// filesOf are the files that a set was made of.
func filesOf(set registry.PlaceSet) (files []PlaceFile) {
	for _, p := range set.Products {
		files = append(files, PlaceFile{lfb.SourceFile{
			SHA256: p.SHA256, Name: p.Name, Kind: p.Kind, Origin: lfb.Real, Ref: p.Ref,
		}, p.Edition})
	}
	return files
}

// BuildPlacesInput names the files that a set is made of, beside the rows of the origin.
type BuildPlacesInput struct {
	Origin lfb.Origin  `json:"origin"`
	Files  []PlaceFile `json:"files"`
	Kept   bool        `json:"kept,omitempty"` // Files could not be had: those of the set that serves are taken
	Who    string      `json:"who"`
}

// BuildPlacesResult is the set, not yet published; nil where there is nothing to make one of.
type BuildPlacesResult struct {
	Set       *registry.PlaceSet `json:"set"`
	Unchanged bool               `json:"unchanged"` // it is the one that serves: nothing is new
}

// placesVersion is raised when the same files and rows make another set.
const placesVersion = 2

// BuildPlaces makes one compact file of London's places, of the files and of what the loaded rows
// teach, and stores it by its hash. Where the set that serves was made of the same, that is it.
func (a *Activities) BuildPlaces(ctx context.Context, in BuildPlacesInput) (out BuildPlacesResult, err error) {
	defer func() { err = wire(err) }()
	report, stop := startHeartbeat(ctx, Heartbeat{Step: "places"})
	defer stop()
	began := time.Now().UTC()
	serving, err := a.servingSet(ctx, in.Origin)
	if err != nil {
		return out, err
	}
	set := registry.PlaceSet{
		Origin: in.Origin, Revision: serving.Revision + 1, MadeAt: began, MadeBy: in.Who,
		Products: []registry.PlaceProduct{},
	}
	if in.Kept {
		in.Files = filesOf(serving)
	}
	// postcodes go first
	slices.SortFunc(in.Files, func(x, y PlaceFile) int { return cmp.Compare(x.File.Kind, y.File.Kind) })
	loaded, err := a.Files.Files(ctx, in.Origin)
	if err != nil || len(loaded)+len(in.Files) == 0 {
		return out, err
	}
	if set.Inputs, err = inputsOf(in.Files, loaded); err != nil {
		return out, err
	}
	if set.Inputs == serving.Inputs {
		return BuildPlacesResult{Set: &serving, Unchanged: true}, nil
	}
	made, err := a.makePlaces(ctx, in, report)
	if err != nil {
		return out, err
	}
	for _, f := range in.Files {
		set.Products = append(set.Products, registry.PlaceProduct{
			Name: f.File.Name, Kind: f.File.Kind, Edition: f.Edition, SHA256: f.File.SHA256, Ref: f.File.Ref,
		})
	}
	set.Attribution = "Source: London Fire Brigade / London Datastore, Open Government Licence v3."
	if len(in.Files) > 0 {
		set.Attribution = places.Attribution + " " + set.Attribution
	}
	for _, c := range made.Counts() {
		set.Counts = append(set.Counts, registry.PlaceCount{Kind: c.Kind.String(), Places: int64(c.Places)})
	}
	set.File, err = a.storePlaces(ctx, made)
	return BuildPlacesResult{Set: &set}, err
}

// inputsOf names all that a set is made of.
func inputsOf(files []PlaceFile, loaded []lfb.SourceFile) (string, error) {
	var names []string
	for _, f := range files {
		names = append(names, f.File.SHA256)
	}
	for _, f := range loaded {
		if f.Kind == lfb.IncidentFile {
			names = append(names, f.SHA256)
		}
	}
	body, err := CanonicalJSON(map[string]any{"version": placesVersion, "files": names})
	return lfb.RefTo("", body).SHA256, err
}

func (a *Activities) makePlaces(ctx context.Context, in BuildPlacesInput, report func(Heartbeat)) (*places.Set, error) {
	b := places.NewBuilder()
	for _, f := range in.Files {
		if err := a.addPlaceFile(ctx, b, f); err != nil {
			return nil, err
		}
	}
	learned := places.NewLearner()
	rows := int64(0)
	for row, err := range a.Rows.Incidents(ctx, in.Origin) {
		if err != nil {
			return nil, err
		}
		learned.AddIncident(row)
		if rows++; rows%10_000 == 0 {
			report(Heartbeat{Step: "places", Done: rows, Unit: "rows"})
		}
	}
	learned.AddTo(b)
	b.AddLondon()
	return b.Build(), ctx.Err()
}

func (a *Activities) addPlaceFile(ctx context.Context, b *places.Builder, f PlaceFile) error {
	return a.withStored(ctx, f.File.Ref, func(path string) error {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close() // only read
		from := places.Source{Name: f.File.Name, Version: f.Edition, SHA256: f.File.SHA256}
		if f.File.Kind == lfb.CodePointFile {
			return b.AddCodePoint(file, f.File.Ref.Bytes, from)
		}
		return b.AddOpenNames(file, f.File.Ref.Bytes, from)
	})
}

// storePlaces stores a set's file by its hash.
func (a *Activities) storePlaces(ctx context.Context, set *places.Set) (ref lfb.Ref, err error) {
	err = a.withScratchFile("set.places", func(path string) error {
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		_, err = set.WriteTo(f)
		if err = errors.Join(err, f.Close()); err == nil {
			ref, err = a.Uploads.PutFile(ctx, "places", path)
		}
		return err
	})
	return ref, err
}

// PublishPlacesInput is a set that shall serve.
type PublishPlacesInput struct {
	Set registry.PlaceSet `json:"set"`
}

// PublishPlacesResult is the set that serves now.
type PublishPlacesResult struct {
	Set registry.PlaceSet `json:"set"`
}

// PublishPlaces makes a set the one that serves, under the next revision. One whose making began
// before that of the set that serves is not published.
func (a *Activities) PublishPlaces(ctx context.Context, in PublishPlacesInput) (PublishPlacesResult, error) {
	serving, err := a.servingSet(ctx, in.Set.Origin)
	switch {
	case err != nil:
		return PublishPlacesResult{}, wire(err)
	case serving.Inputs == in.Set.Inputs || serving.MadeAt.After(in.Set.MadeAt):
		return PublishPlacesResult{Set: serving}, nil
	}
	in.Set.Revision = serving.Revision + 1
	err = a.PlaceSets.SavePlaceSet(ctx, in.Set)
	if errors.Is(err, lfb.ErrConflict) { // one came between: look again
		err = fmt.Errorf("%s: %w", err.Error(), lfb.ErrUnavailable)
	}
	return PublishPlacesResult(in), wire(err)
}
