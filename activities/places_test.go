package activities

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lfb/internal/gc"
	"lfb/internal/lfb"
	"lfb/internal/mysql/mysqltest"
	"lfb/internal/places"
	"lfb/internal/registry"
)

// zipOf packs a table in a folder Data, as the Ordnance Survey does.
func zipOf(t *testing.T, table string, rows ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create("Data/" + table)
	if err == nil {
		_, err = w.Write([]byte(strings.Join(rows, "\r\n") + "\r\n"))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// codePointRow is a row of Code-Point Open in the borough of Greenwich.
func codePointRow(postcode string, x, y int) string {
	return fmt.Sprintf(`"%s",10,%d,%d,"E92000001","E19000003","E18000007","","E09000011","E05000226"`, postcode, x, y)
}

// namedRoad is a row of OS Open Names.
func namedRoad(name string, x, y int) string {
	cells := make([]string, 34)
	cells[0], cells[2], cells[6], cells[7] = "osgb1", name, "transportNetwork", "Named Road"
	cells[8], cells[9], cells[12], cells[13], cells[14], cells[15] = fmt.Sprint(x), fmt.Sprint(y), fmt.Sprint(x-100),
		fmt.Sprint(y-100), fmt.Sprint(x+100), fmt.Sprint(y+100)
	cells[16], cells[18], cells[21], cells[27] = "SE10", "Greenwich", "Greenwich", "London"
	return strings.Join(cells, ",")
}

// survey is a stand-in for the Ordnance Survey's API of downloads.
type survey struct {
	*httptest.Server
	mu      sync.Mutex
	files   map[string][]byte // by file name
	edition string
	down    bool
	asked   int // files that were downloaded
}

func newSurvey(t *testing.T) *survey {
	t.Helper()
	s := &survey{edition: "2026-08", files: map[string][]byte{
		"codepo_gb.zip": zipOf(t, "CSV/se.csv", codePointRow("SE109NF", 539100, 178300),
			codePointRow("SE109AA", 539000, 178200)),
		"opname_csv_gb.zip": zipOf(t, "TQ37.csv", namedRoad("Trafalgar Road", 539200, 178100)),
	}}
	products := map[string]string{"CodePointOpen": "codepo_gb.zip", "OpenNames": "opname_csv_gb.zip"}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
		if parts[0] == "file" {
			s.asked++
			_, _ = w.Write(s.files[parts[1]]) // the client may be gone
			return
		}
		name := products[parts[1]]
		switch body := s.files[name]; {
		case s.down:
			w.WriteHeader(http.StatusForbidden)
		case r.URL.Query().Has("redirect"):
			http.Redirect(w, r, "/file/"+name, http.StatusTemporaryRedirect)
		case len(parts) == 3:
			fmt.Fprintf(w, `[{"md5": "%x", "size": %d, "url": "%s%s&redirect", "format": "CSV", "area": "GB", "fileName": %q}]`,
				md5.Sum(body), len(body), s.URL, r.URL.String(), name)
		default:
			fmt.Fprintf(w, `{"id": %q, "version": %q}`, parts[1], s.edition)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *survey) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// loadPostcodes loads rows with these postcodes at a place in Greenwich.
func loadPostcodes(t *testing.T, a *Activities, origin lfb.Origin, file string, postcodes ...string) {
	t.Helper()
	f := mysqltest.File(file, lfb.IncidentFile, strings.Join(postcodes, " "))
	f.Origin = origin
	var rows iter.Seq2[*lfb.Incident, error] = func(yield func(*lfb.Incident, error) bool) {
		for n, postcode := range postcodes {
			r := mysqltest.Incident(n)
			r.PostcodeFull, r.BoroughCode = postcode, "E09000011"
			r.EastingM, r.NorthingM = lfb.Some(538_000.0), lfb.Some(177_000.0)
			if !yield(&r, nil) {
				return
			}
		}
	}
	if _, err := a.Loader.LoadIncidents(t.Context(), f, rows, lfb.LoadOptions{}); err != nil {
		t.Fatal(err)
	}
}

// refreshed does what the workflow does.
func refreshed(t *testing.T, a *Activities, spec PlacesSpec) (BuildPlacesResult, registry.PlaceSet) {
	t.Helper()
	ctx := t.Context()
	files, err := a.FetchPlaces(ctx, FetchPlacesInput{Origin: lfb.Real, Places: spec})
	if err != nil {
		t.Fatal(err)
	}
	built, err := a.BuildPlaces(ctx, BuildPlacesInput{Origin: lfb.Real, Files: files.Files, Who: "test"})
	if err != nil || built.Set == nil || built.Unchanged {
		return built, registry.PlaceSet{}
	}
	out, err := a.PublishPlaces(ctx, PublishPlacesInput{Set: *built.Set})
	if err != nil {
		t.Fatal(err)
	}
	return built, out.Set
}

// openSet opens a published set's file.
func openSet(t *testing.T, a *Activities, s registry.PlaceSet) *places.Set {
	t.Helper()
	path := filepath.Join(t.TempDir(), "set")
	if err := a.Uploads.Download(t.Context(), s.File, path); err != nil {
		t.Fatal(err)
	}
	set, err := places.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// wantPostcodes holds a set to where postcodes are: the files go before the rows.
func wantPostcodes(t *testing.T, set *places.Set, at map[string]float64) {
	t.Helper()
	for postcode, easting := range at {
		if p, ok := set.FindPostcode(postcode); !ok || p.Name != postcode || p.Easting != easting || p.PrecisionM > 100 {
			t.Errorf("%s is %+v, %v, want easting %v within 100 m", postcode, p, ok, easting)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	a, s := newActivities(t), newSurvey(t)
	if got, _ := refreshed(t, a, PlacesSpec{}); got.Set != nil {
		t.Fatalf("places of nothing = %+v", got)
	}
	loadPostcodes(t, a, lfb.Real, "incidents.csv", "SE10 9NF", "SE10 9NF", "SE10 8ZZ", "SE10 8ZZ")
	loadPostcodes(t, a, lfb.Synthetic, "made up.csv", "SE10 0AA")
	_, first := refreshed(t, a, PlacesSpec{})
	if first.Revision != 1 || len(first.Products) != 0 || strings.Contains(first.Attribution, "OS data") {
		t.Fatalf("the set of the rows alone = %+v", first)
	}
	set := openSet(t, a, first)
	wantPostcodes(t, set, map[string]float64{"SE10 9NF": 538_000, "SE10 8ZZ": 538_000})
	if _, ok := set.FindPostcode("SE10 0AA"); ok {
		t.Error("what made-up rows teach is in the set of the real ones")
	}
	os := PlacesSpec{Name: "os", URL: s.URL}
	_, second := refreshed(t, a, os)
	if second.Revision != 2 || len(second.Products) != 2 || second.Products[0].Edition != "2026-08" ||
		!strings.Contains(second.Attribution, "OS data") {
		t.Fatalf("the set with the files = %+v", second)
	}
	set = openSet(t, a, second)
	wantPostcodes(t, set, map[string]float64{"SE10 9NF": 539_100, "SE10 9AA": 539_000, "SE10 8ZZ": 538_000})
	if found := set.Search("trafalgar road", 3); !found.Clear || found.Matches[0].Name != "Trafalgar Road" {
		t.Errorf("a road of the files = %+v", found)
	}
	if got, _ := refreshed(t, a, os); !got.Unchanged || got.Set.Revision != 2 || s.asked != 2 {
		t.Errorf("again = %+v after %d downloads, want nothing new after 2", got, s.asked)
	}
	s.change(func() {
		s.files["codepo_gb.zip"], s.edition = zipOf(t, "CSV/se.csv", codePointRow("SE109NF", 539150, 178300)), "2026-11"
	})
	_, third := refreshed(t, a, os)
	if third.Revision != 3 || third.Products[0].Edition != "2026-11" || s.asked != 3 {
		t.Fatalf("a new edition = %+v after %d downloads, want 3", third, s.asked)
	}
	keepsWhatServes(t, a, []registry.PlaceSet{first, second, third})
}

// keepsWhatServes holds housekeeping to keep the set that serves and the one before, with the
// files that they were made of.
func keepsWhatServes(t *testing.T, a *Activities, sets []registry.PlaceSet) {
	t.Helper()
	ctx, later := t.Context(), time.Now().AddDate(1, 0, 0)
	policy := gc.Policy{Grace: 48 * time.Hour}
	marked, err := a.MarkUnused(ctx, MarkUnusedInput{policy, later})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.RemoveUnusedRecords(ctx, RemoveUnusedRecordsInput{marked.Plan}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.RemoveUnusedObjects(ctx, RemoveUnusedObjectsInput{marked.Plan, policy, later}); err != nil {
		t.Fatal(err)
	}
	for k, s := range sets {
		refs := []lfb.Ref{s.File}
		for _, p := range s.Products {
			refs = append(refs, p.Ref)
		}
		for _, ref := range refs {
			if _, there, err := a.Blobs.Exists(ctx, ref.Key); err != nil || there != (k > 0) {
				t.Errorf("set %d: %s is there: %v, %v, want %v", s.Revision, ref.Key, there, err, k > 0)
			}
		}
	}
}

// A load takes the files that serve, and so does a refresh while the Ordnance Survey refuses.
func TestPlacesKeepTheirFiles(t *testing.T) {
	t.Parallel()
	a, s := newActivities(t), newSurvey(t)
	ctx, os := t.Context(), PlacesSpec{Name: "os", URL: s.URL}
	loadPostcodes(t, a, lfb.Real, "incidents.csv", "SE10 8ZZ")
	refreshed(t, a, os)
	s.change(func() { s.down = true })
	loadPostcodes(t, a, lfb.Real, "incidents.csv", "SE10 8ZZ", "SE10 8ZX", "SE10 8ZX")
	files, err := a.FetchPlaces(ctx, FetchPlacesInput{Origin: lfb.Real, Places: os, Loaded: true})
	if err != nil || len(files.Files) != 2 {
		t.Fatalf("FetchPlaces after a load = %+v, %v, want the files that serve", files, err)
	}
	if _, err := a.FetchPlaces(ctx, FetchPlacesInput{Origin: lfb.Real, Places: os}); !errors.Is(err, lfb.ErrInvalid) {
		t.Fatalf("FetchPlaces of a survey that refuses = %v, want lfb.ErrInvalid", err)
	}
	built, err := a.BuildPlaces(ctx, BuildPlacesInput{Origin: lfb.Real, Kept: true, Who: "test"})
	if err != nil || len(built.Set.Products) != 2 {
		t.Fatalf("BuildPlaces with the files that are kept = %+v, %v", built, err)
	}
	late := *built.Set
	late.MadeAt, late.Inputs = late.MadeAt.Add(-time.Hour), "older"
	if out, err := a.PublishPlaces(ctx, PublishPlacesInput{late}); err != nil || out.Set.Revision != 1 {
		t.Errorf("a set that was begun before the one that serves = %+v, %v, want it not published", out, err)
	}
	for range 2 { // an answer may be lost
		if out, err := a.PublishPlaces(ctx, PublishPlacesInput{*built.Set}); err != nil || out.Set.Revision != 2 {
			t.Fatalf("PublishPlaces = %+v, %v", out, err)
		}
	}
	serving, err := a.PlaceSets.PlaceSet(ctx, lfb.Real)
	if err != nil {
		t.Fatal(err)
	}
	wantPostcodes(t, openSet(t, a, serving), map[string]float64{"SE10 9NF": 539_100, "SE10 8ZX": 538_000})
}

// Files in a folder are found without a network; one of another format fails with its place.
func TestPlacesOfAFolder(t *testing.T) {
	t.Parallel()
	a, dir := newActivities(t), t.TempDir()
	spec := PlacesSpec{Name: "dir", Dir: dir}
	if files, err := a.FetchPlaces(t.Context(), FetchPlacesInput{Origin: lfb.Real, Places: spec}); err != nil ||
		len(files.Files) != 0 {
		t.Fatalf("FetchPlaces of an empty folder = %+v, %v", files, err)
	}
	write := func(body []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "codepo_gb.zip"), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(zipOf(t, "CSV/se.csv", codePointRow("SE109NF", 539100, 178300)))
	_, set := refreshed(t, a, spec)
	wantPostcodes(t, openSet(t, a, set), map[string]float64{"SE10 9NF": 539_100})
	write(zipOf(t, "CSV/se.csv", "a,b"))
	files, err := a.FetchPlaces(context.Background(), FetchPlacesInput{Origin: lfb.Real, Places: spec})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.BuildPlaces(t.Context(), BuildPlacesInput{Origin: lfb.Real, Files: files.Files})
	if !errors.Is(err, lfb.ErrInvalid) || !strings.Contains(err.Error(), "codepo_gb.zip") ||
		!strings.Contains(err.Error(), "se.csv") {
		t.Errorf("BuildPlaces of another format = %v, want lfb.ErrInvalid with its place", err)
	}
}
