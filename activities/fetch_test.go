package activities

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"lfb/internal/clean"
	"lfb/internal/lfb"
	"lfb/internal/s3/memblob"
	"lfb/internal/source"
)

// storedFiles keeps what was saved last.
type storedFiles struct {
	fileRegistry
	saved lfb.SourceFile
}

type fileRegistry = Files // a field may not have the name of one of its methods

func (f *storedFiles) SaveFile(_ context.Context, file lfb.SourceFile) error {
	f.saved = file
	return nil
}

func (f *storedFiles) FileByVersion(context.Context, string, string, string) (lfb.SourceFile, error) {
	return lfb.SourceFile{}, lfb.ErrNotFound
}

// A download that breaks off fails its activity, for Temporal to try again; the next
// attempt asks for the rest alone.
func TestFetchFileGoesOn(t *testing.T) {
	t.Parallel()
	content := "IncidentNumber,DateOfCall,TimeOfCall,IncidentGroup,StopCodeDescription,HourOfCall\n" +
		strings.Repeat("1091,2009-01-01,00:02:11,Fire,Primary Fire,0\n", 1000)
	const sent = 20_000
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("Range"))
		w.Header().Set("ETag", `"1"`)
		if len(asked) > 1 {
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		_, _ = w.Write([]byte(content[:sent])) // breaks anyway
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	blobs, files := memblob.New(), &storedFiles{}
	a := &Activities{
		Files: files, Uploads: uploads{blobs}, Scratch: t.TempDir(),
		OpenSource: func(SourceSpec) (source.Source, error) {
			return source.NewDir(server.URL, clean.KindOf), nil
		},
	}
	in := FetchFileInput{Item: source.Item{Name: "x.csv", URL: server.URL, Version: `etag:"1"`, Size: int64(len(content))}}
	_, err := a.FetchFile(t.Context(), in)
	var permanent *temporal.ApplicationError
	if !errors.Is(err, lfb.ErrUnavailable) || errors.As(err, &permanent) {
		t.Fatalf("FetchFile = %v, want lfb.ErrUnavailable that is tried again", err)
	}
	got, err := a.FetchFile(t.Context(), in)
	if err != nil || got.File.Kind != lfb.IncidentFile || got.File.Ref.Bytes != int64(len(content)) {
		t.Errorf("FetchFile again = %+v, %v, want the whole file", got, err)
	}
	if want := fmt.Sprintf("bytes=%d-", sent); len(asked) != 2 || asked[1] != want {
		t.Errorf("asked for %q, want all and then %s", asked, want)
	}
}

// A server that says when to come again is not asked before, within reason.
func TestWireWaitsAsAsked(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", r.URL.Query().Get("after"))
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	for after, want := range map[string]time.Duration{"17": 17 * time.Second, "3600": longestRetryDelay} {
		_, err := source.NewDir(server.URL+"?after="+after, clean.KindOf).List(t.Context())
		var wired *temporal.ApplicationError
		if !errors.As(wire(err), &wired) || wired.NonRetryable() || wired.NextRetryDelay() != want {
			t.Errorf("Retry-After %s: %v, want the next try after %v", after, wire(err), want)
		}
	}
}

// An install that began with an older edition of the synthetic city keeps that one: no row of today's city
// gets into its tables. A new install has today's, and it grows there.
func TestCityKeepsItsEdition(t *testing.T) {
	t.Parallel()
	spec := village()
	spec.Incidents, spec.Months = 2000, 2
	old, fresh := newActivities(t), newActivities(t)
	old.Files = inheritedDatabase(t)
	versions := func(a *Activities, s SourceSpec) (out []string) {
		t.Helper()
		list, err := a.ListFiles(t.Context(), ListFilesInput{Source: s})
		if err != nil || len(list.Items) != 2 {
			t.Fatalf("ListFiles = %+v, %v; want two files", list, err)
		}
		for _, item := range list.Items {
			got, err := a.FetchFile(t.Context(), FetchFileInput{Source: s, Item: item})
			if err != nil {
				t.Fatal(err)
			}
			if a == old && got.New {
				t.Errorf("%s, version %s, is new where an older city is", item.Name, item.Version)
			}
			if _, err := a.LoadFile(t.Context(), LoadFileInput{File: got.File, MaxRejects: s.MaxRejects}); err != nil {
				t.Fatal(err)
			}
			out = append(out, item.Version)
		}
		return out
	}
	first := versions(fresh, spec)
	for _, v := range versions(old, spec) {
		if !strings.HasPrefix(v, "synthetic-1-") {
			t.Errorf("an old install lists version %s", v)
		}
	}
	spec.Months, spec.Incidents = 3, 3000
	if later := versions(fresh, spec); later[0] == first[0] || later[1] == first[1] ||
		strings.HasPrefix(later[0], "synthetic-1-") {
		t.Errorf("a month later the versions are %q, they were %q: want new ones of the same edition", later, first)
	}
}
