package source

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"

	"lfb/internal/clean"
	"lfb/internal/lfb"
)

// newSurvey is a stand-in that has both products of places.
func newSurvey(t *testing.T) (*standIn, *OSDownloads) {
	t.Helper()
	s := newStandIn(t)
	s.edition = "2026-08"
	for _, p := range placeProducts() {
		s.files[p.id] = &standInFile{name: p.file, etag: `"` + p.id + `"`}
		s.files[p.id].setContent(strings.Repeat(p.id+"\n", 20_000))
	}
	o := NewOSDownloads(s.URL + "/")
	o.c.turns.SetLimit(rate.Inf)
	return s, o
}

// setContent publishes another content, whose MD5 is listed.
func (f *standInFile) setContent(content string) {
	f.content = []byte(content)
	f.md5 = fmt.Sprintf("%X", md5.Sum(f.content)) // capitals are the same
}

func TestOSDownloadsList(t *testing.T) {
	t.Parallel()
	s, o := newSurvey(t)
	got, err := o.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var want []Item
	for _, p := range placeProducts() {
		f := s.files[p.id]
		want = append(want, Item{
			Name: p.file, URL: s.URL + "/products/" + p.id + "/downloads?area=GB&format=CSV&redirect", Kind: p.kind,
			Version: "md5:" + strings.ToLower(f.md5), Size: int64(len(f.content)), Edition: "2026-08",
		})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	for name, change := range map[string]func(f *standInFile){
		"no MD5":       func(f *standInFile) { f.md5 = "unknown" },
		"no size":      func(f *standInFile) { f.content = nil },
		"another file": func(f *standInFile) { f.name = "codepo_gb.gpkg" },
	} {
		s, o := newSurvey(t)
		change(s.files["CodePointOpen"])
		if _, err := o.List(t.Context()); !errors.Is(err, lfb.ErrInvalid) && !errors.Is(err, lfb.ErrNotFound) ||
			!strings.Contains(err.Error(), "CodePointOpen") {
			t.Errorf("List of %s = %v, want an error that names the product", name, err)
		}
	}
}

func TestOSDownloadsAskedTooOften(t *testing.T) {
	t.Parallel()
	s, o := newSurvey(t)
	s.refuse = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Retry-After", "17")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}
	_, err := o.List(t.Context())
	var retry *RetryError
	if !errors.As(err, &retry) || retry.After != 17*time.Second || len(s.said()) != 1 {
		t.Errorf("List = %v, want to be asked again in 17 s after one request", err)
	}
}

// A download goes on where it broke though the server says nothing of the version, as the
// whole is compared with what was listed; another content never arrives.
func TestOSDownloadsFile(t *testing.T) {
	t.Parallel()
	whole := []string{"→ 307", "→ 200"}
	resumed := append(whole, "bytes=100000- → 307", "bytes=100000- → 206")
	for _, tt := range []struct {
		name string
		set  func(s *standIn, f *standInFile)
		want []string // requests, less the path
		err  error
	}{
		{"at once", func(*standIn, *standInFile) {}, whole, nil},
		{"breaks and goes on", func(_ *standIn, f *standInFile) { f.breakAt = 100_000 }, resumed, nil},
		{"breaks, no version", func(_ *standIn, f *standInFile) { f.noVersion, f.breakAt = true, 100_000 }, resumed, nil},
		{
			"breaks, no ranges", func(_ *standIn, f *standInFile) { f.noRange, f.breakAt = true, 100_000 },
			append(whole, "bytes=100000- → 307", "bytes=100000- → 200"), nil,
		},
		{
			"another MD5", func(_ *standIn, f *standInFile) { f.content[7] ^= 1 },
			append(whole, append(whole, append(whole, append(whole, whole...)...)...)...), lfb.ErrUnavailable,
		},
		{
			"more than was listed", func(_ *standIn, f *standInFile) { f.content = append(f.content, "more"...) }, nil,
			lfb.ErrUnavailable,
		},
		{"less than was listed", func(_ *standIn, f *standInFile) { f.content = f.content[:1000] }, nil, lfb.ErrUnavailable},
		{
			"changed while resuming", func(s *standIn, f *standInFile) {
				first := len(s.requests)
				f.breakAt = 100_000
				s.refuse = func(n int, _ http.ResponseWriter, _ *http.Request) bool {
					if n == first+2 {
						f.setContent(strings.Repeat("another edition\n", 20_000))
					}
					return false
				}
			}, nil, lfb.ErrUnavailable,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, o := newSurvey(t)
			items, err := o.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s.said()
			s.change(func() { tt.set(s, s.files["CodePointOpen"]) })
			path := filepath.Join(t.TempDir(), "codepo_gb.zip")
			sum, err := downloadAgain(t, o, items[0], path)
			if !errors.Is(err, tt.err) {
				t.Fatalf("Download = %v, want %v", err, tt.err)
			}
			if tt.err == nil {
				checkFile(t, path, s.content("CodePointOpen"), sum, nil)
			}
			var said []string
			for _, r := range s.said() {
				_, after, _ := strings.Cut(r, " ")
				said = append(said, after)
			}
			if tt.want != nil && !cmp.Equal(said, tt.want) {
				t.Errorf("requests %q, want %q", said, tt.want)
			}
			if tt.err == nil {
				return
			}
			// What is listed anew comes.
			s.change(func() { f := s.files["CodePointOpen"]; f.setContent(string(f.content)) })
			if items, err = o.List(t.Context()); err != nil {
				t.Fatal(err)
			}
			sum, err = Download(t.Context(), o, items[0], path, ignoreProgress)
			checkFile(t, path, s.content("CodePointOpen"), sum, err)
		})
	}
}

// The files of places lie beside the brigade's: each finds its own.
func TestPlacesDir(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{
		"incidents.csv": incidentCSV, "os/CODEPO_GB.zip": "PK\x03\x04 of many files", "opname_csv_gb.zip": "PK\x03\x04",
		"opname_gpkg_gb.zip.txt": "",
	})
	items, err := NewPlacesDir(root).List(t.Context())
	if err != nil || len(items) != 2 {
		t.Fatalf("List = %+v, %v, want two files", items, err)
	}
	for _, item := range items {
		want := map[string]lfb.Kind{"os/CODEPO_GB.zip": lfb.CodePointFile, "opname_csv_gb.zip": lfb.OpenNamesFile}[item.Name]
		if item.Kind != want || item.Version == "" || item.Size <= 0 || item.Edition == "" {
			t.Errorf("item %+v, want kind %q, a version, a size and an edition", item, want)
		}
		path := filepath.Join(t.TempDir(), "x")
		sum, err := Download(t.Context(), NewPlacesDir(root), item, path, ignoreProgress)
		body, readErr := os.ReadFile(filepath.Join(root, item.Name))
		if readErr != nil {
			t.Fatal(readErr)
		}
		checkFile(t, path, bytes.Clone(body), sum, err)
	}
	if own, err := NewDir(root, clean.KindOf).List(t.Context()); err != nil || len(own) != 1 ||
		own[0].Name != "incidents.csv" {
		t.Errorf("the brigade's files = %+v, %v, want incidents.csv alone", own, err)
	}
	if _, err := NewPlacesDir(t.TempDir()).List(t.Context()); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("List of an empty folder = %v, want lfb.ErrNotFound", err)
	}
}
