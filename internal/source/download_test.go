package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
)

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// impatient is a Downloader that waits for nothing.
func impatient() Downloader {
	return Downloader{Every: time.Millisecond, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
}

// checkFile holds a download's result and what it leaves against content.
func checkFile(t *testing.T, path string, content []byte, sum string, n int64, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("Download = %v", err)
	}
	if sum != sumOf(content) || n != int64(len(content)) {
		t.Errorf("Download = %s, %d, want %s, %d", sum, n, sumOf(content), len(content))
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("file of %d bytes (%v) is not the content of %d", len(got), err, len(content))
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left %v (%v), want the file alone", left, err)
	}
}

// oneItem is the stand-in's first resource as List gives it.
func oneItem(t *testing.T, s *standIn) (*Datastore, Item) {
	t.Helper()
	d := NewDatastore(s.URL, s.Client(), patience(nil))
	items, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.said()
	return d, items[0]
}

func TestDownload(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		set  func(*standIn, *standInFile)
		want []string // requests, less the path
	}{
		{"at once", func(*standIn, *standInFile) {}, []string{"→ 200"}},
		{
			"breaks and goes on", func(_ *standIn, f *standInFile) { f.breakAt = 100_000 },
			[]string{"→ 200", "bytes=100000- → 206"},
		},
		{
			"breaks, by Last-Modified", func(_ *standIn, f *standInFile) { f.etag, f.breakAt = "", 100_000 },
			[]string{"→ 200", "bytes=100000- → 206"},
		},
		{
			"breaks, a weak tag", func(_ *standIn, f *standInFile) { f.etag, f.breakAt = `W/"1"`, 100_000 },
			[]string{"→ 200", "→ 200"},
		},
		{
			"breaks, no version", func(_ *standIn, f *standInFile) { f.noVersion, f.breakAt = true, 100_000 },
			[]string{"→ 200", "→ 200"},
		},
		{
			"breaks, no ranges", func(_ *standIn, f *standInFile) { f.noRange, f.breakAt = true, 100_000 },
			[]string{"→ 200", "bytes=100000- → 200"},
		},
		{
			"breaks at once", func(_ *standIn, f *standInFile) { f.breakAt = 1 },
			[]string{"→ 200", "bytes=1- → 206"},
		},
		{
			"signed addresses", func(s *standIn, f *standInFile) { s.redirect, f.breakAt = true, 100_000 },
			[]string{"→ 302", "→ 200", "bytes=100000- → 302", "bytes=100000- → 206"},
		},
		{"empty", func(_ *standIn, f *standInFile) { f.content = nil }, []string{"→ 200"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStandIn(t)
			tt.set(s, s.files["7d5b4e2f"])
			d, item := oneItem(t, s)
			path := filepath.Join(t.TempDir(), "x")
			sum, n, err := impatient().Download(t.Context(), d, item, path, nil)
			checkFile(t, path, s.content("7d5b4e2f"), sum, n, err)
			said := s.said()
			ok := len(said) == len(tt.want)
			for i := 0; ok && i < len(said); i++ {
				_, after, _ := strings.Cut(said[i], " ")
				ok = after == tt.want[i]
			}
			if !ok {
				t.Errorf("requests %q, want %q", said, tt.want)
			}
		})
	}
}

func TestDownloadChangedWhileResuming(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	d, item := oneItem(t, s)
	s.change(func() {
		f := s.files["7d5b4e2f"]
		f.breakAt = 100_000
		s.refuse = func(n int, _ http.ResponseWriter, _ *http.Request) bool {
			if n == 1 { // after the break: a new edition, shorter than what has come
				f.content, f.etag = bytes.Repeat([]byte("new edition\n"), 1000), `"2"`
			}
			return false
		}
	})
	path := filepath.Join(t.TempDir(), "x")
	sum, n, err := impatient().Download(t.Context(), d, item, path, nil)
	checkFile(t, path, s.content("7d5b4e2f"), sum, n, err)
}

// A kill leaves the partial file. The next process goes on where it ended, and
// starts anew where the content has changed since, or the file is not as noted.
func TestDownloadAfterKill(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(t *testing.T, f *standInFile, path string)
		want   string // the one request that follows
	}{
		{"goes on", func(*testing.T, *standInFile, string) {}, "bytes=100000- → 206"},
		{"changed", func(_ *testing.T, f *standInFile, _ string) {
			f.content, f.etag = bytes.Repeat([]byte("new\n"), 70_000), `"2"`
		}, "→ 200"},
		{"no note", func(t *testing.T, _ *standInFile, path string) {
			if err := os.Remove(path + ".partial.version"); err != nil {
				t.Fatal(err)
			}
		}, "→ 200"},
		{"all had come", func(t *testing.T, f *standInFile, path string) {
			if err := os.WriteFile(path+".partial", f.content, 0o600); err != nil {
				t.Fatal(err)
			}
		}, ""},
		{"more than all", func(t *testing.T, f *standInFile, path string) {
			if err := os.WriteFile(path+".partial", append(bytes.Clone(f.content), "more"...), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "bytes=180004- → 416"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStandIn(t)
			d, item := oneItem(t, s)
			s.change(func() { s.files["7d5b4e2f"].breakAt = 100_000 })
			path := filepath.Join(t.TempDir(), "x")
			killed := impatient()
			killed.Sleep = func(context.Context, time.Duration) error { return errors.New("killed") }
			if _, _, err := killed.Download(t.Context(), d, item, path, nil); err == nil {
				t.Fatal("Download went on after it was killed")
			}
			if _, err := os.Stat(path); err == nil {
				t.Error("the file is there before it is whole")
			}
			s.change(func() { tt.change(t, s.files["7d5b4e2f"], path) })
			d, item = oneItem(t, s)
			sum, n, err := impatient().Download(t.Context(), d, item, path, nil)
			checkFile(t, path, s.content("7d5b4e2f"), sum, n, err)
			got := ""
			if said := s.said(); len(said) > 0 {
				_, got, _ = strings.Cut(said[0], " ")
			}
			if got != tt.want {
				t.Errorf("request %q, want %q", got, tt.want)
			}
		})
	}
}

func TestDownloadGivesUp(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	d, item := oneItem(t, s)
	s.change(func() {
		s.refuse = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(http.StatusOK)
			panic(http.ErrAbortHandler) // never a byte
		}
	})
	_, _, err := impatient().Download(t.Context(), d, item, filepath.Join(t.TempDir(), "x"), nil)
	if !errors.Is(err, lfb.ErrUnavailable) || !strings.Contains(err.Error(), "5 tries in vain") {
		t.Errorf("Download = %v, want lfb.ErrUnavailable after 5 tries", err)
	}
	s.change(func() {
		s.refuse = func(_ int, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(404); return true }
	})
	s.said()
	_, _, err = impatient().Download(t.Context(), d, item, filepath.Join(t.TempDir(), "x"), nil)
	if !errors.Is(err, lfb.ErrNotFound) || len(s.said()) != 1 {
		t.Errorf("Download = %v, want lfb.ErrNotFound at once", err)
	}
}

func TestDownloadCancelled(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	d, item := oneItem(t, s)
	s.change(func() { s.files["7d5b4e2f"].breakAt = 100_000 })
	ctx, cancel := context.WithCancel(t.Context())
	quits := impatient()
	quits.Sleep = func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }
	path := filepath.Join(t.TempDir(), "x")
	if _, _, err := quits.Download(ctx, d, item, path, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Download = %v, want context.Canceled", err)
	}
	info, err := os.Stat(path + ".partial")
	if err != nil || info.Size() != 100_000 {
		t.Errorf("partial file %v, %v, want the 100,000 bytes that came", info, err)
	}
}

// slowSource gives its bytes one at a time, each after two calls of progress, and
// is no *Body.
type slowSource struct {
	Source
	content string
	called  chan struct{}
}

func (s slowSource) Open(context.Context, Item, int64) (io.ReadCloser, int64, error) {
	return io.NopCloser(slowly{strings.NewReader(s.content), s.called}), 0, nil
}

type slowly struct {
	r      io.Reader
	called chan struct{}
}

func (s slowly) Read(p []byte) (int, error) {
	if s.called != nil {
		<-s.called
		<-s.called
	}
	return s.r.Read(p[:1])
}

func TestDownloadReportsProgress(t *testing.T) {
	t.Parallel()
	src := slowSource{content: "abcdef", called: make(chan struct{})}
	var seen []string
	path := filepath.Join(t.TempDir(), "x")
	sum, n, err := impatient().Download(t.Context(), src, Item{Name: "slow", Size: 6}, path, func(done, total int64) {
		seen = append(seen, fmt.Sprintf("%d/%d", done, total)) // no lock: never called twice at once
		select {
		case src.called <- struct{}{}:
		default:
		}
	})
	checkFile(t, path, []byte(src.content), sum, n, err)
	if seen[0] != "0/6" || seen[len(seen)-1] != "6/6" {
		t.Errorf("progress = %v, want from 0/6 to 6/6", seen)
	}
	src.called = nil
	_, _, err = impatient().Download(t.Context(), src, Item{Name: "slow", Size: 7}, path, nil)
	if !errors.Is(err, lfb.ErrUnavailable) || !strings.Contains(err.Error(), "6 of 7 bytes") {
		t.Errorf("Download of too few bytes = %v, want lfb.ErrUnavailable", err)
	}
}
