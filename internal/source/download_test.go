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
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lfb/internal/lfb"
)

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// downloadAgain calls Download until it is not lfb.ErrUnavailable any more, five times at most.
func downloadAgain(t *testing.T, src Source, item Item, path string) (sum string, err error) {
	t.Helper()
	for range 5 {
		if sum, err = Download(t.Context(), src, item, path, ignoreProgress); !errors.Is(err, lfb.ErrUnavailable) {
			break
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("the file is there before it is whole")
		}
	}
	return sum, err
}

func ignoreProgress(int64, int64) {}

// checkFile holds a download's result and what it leaves against content.
func checkFile(t *testing.T, path string, content []byte, sum string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("Download = %v", err)
	}
	if sum != sumOf(content) {
		t.Errorf("Download = %s, want %s", sum, sumOf(content))
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
	d := eager(s.URL)
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
			sum, err := downloadAgain(t, d, item, path)
			checkFile(t, path, s.content("7d5b4e2f"), sum, err)
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
	sum, err := downloadAgain(t, d, item, path)
	checkFile(t, path, s.content("7d5b4e2f"), sum, err)
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
		{"of another version", func(t *testing.T, f *standInFile, path string) {
			if err := os.Rename(partialOf(f, path), partialPath(path, "another")); err != nil {
				t.Fatal(err)
			}
		}, "→ 200"},
		{"all had come", func(t *testing.T, f *standInFile, path string) {
			if err := os.WriteFile(partialOf(f, path), f.content, 0o600); err != nil {
				t.Fatal(err)
			}
		}, ""},
		{"more than all", func(t *testing.T, f *standInFile, path string) {
			if err := os.WriteFile(partialOf(f, path), append(bytes.Clone(f.content), "more"...), 0o600); err != nil {
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
			if _, err := Download(t.Context(), d, item, path, ignoreProgress); !errors.Is(err, lfb.ErrUnavailable) {
				t.Fatalf("Download = %v, want lfb.ErrUnavailable", err)
			}
			if _, err := os.Stat(path); err == nil {
				t.Error("the file is there before it is whole")
			}
			s.change(func() { tt.change(t, s.files["7d5b4e2f"], path) })
			d, item = oneItem(t, s)
			sum, err := downloadAgain(t, d, item, path)
			checkFile(t, path, s.content("7d5b4e2f"), sum, err)
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

// partialOf is where what has come of the file's version lies.
func partialOf(f *standInFile, path string) string { return partialPath(path, "etag:"+f.etag) }

// One call makes one attempt: whoever calls decides how often.
func TestDownloadTriesOnce(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	d, item := oneItem(t, s)
	for status, want := range map[int]error{503: lfb.ErrUnavailable, 404: lfb.ErrNotFound, 403: lfb.ErrInvalid} {
		s.change(func() {
			s.refuse = func(_ int, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(status); return true }
		})
		_, err := Download(t.Context(), d, item, filepath.Join(t.TempDir(), "x"), ignoreProgress)
		if said := s.said(); !errors.Is(err, want) || len(said) != 1 {
			t.Errorf("Download = %v after %q, want %v after one request", err, said, want)
		}
	}
}

func TestDownloadCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	src := slowSource{content: "abcdef", pause: cancel}
	path := filepath.Join(t.TempDir(), "x")
	if _, err := Download(ctx, src, Item{Name: "slow", Size: 6, Version: "1"}, path, ignoreProgress); !errors.Is(err,
		context.Canceled) {
		t.Errorf("Download = %v, want context.Canceled", err)
	}
	got, err := os.ReadFile(partialPath(path, "1"))
	if err != nil || string(got) != "a" {
		t.Errorf("partial file %q, %v, want what came before", got, err)
	}
}

// slowSource gives its bytes one at a time, each after a pause, and is no *Body.
type slowSource struct {
	Source
	content string
	pause   func()
}

func (s slowSource) Open(context.Context, Item, int64) (io.ReadCloser, int64, error) {
	return io.NopCloser(&slowReader{s, strings.NewReader(s.content)}), 0, nil
}

type slowReader struct {
	slowSource
	left *strings.Reader
}

func (r *slowReader) Read(p []byte) (int, error) {
	r.pause()
	return r.left.Read(p[:1])
}

func TestDownloadReportsProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		src := slowSource{content: "abcdef", pause: func() { time.Sleep(progressEvery / 2) }}
		var seen []string
		path := filepath.Join(t.TempDir(), "x")
		sum, err := Download(t.Context(), src, Item{Name: "slow", Size: 6}, path, func(done, total int64) {
			seen = append(seen, fmt.Sprintf("%d/%d", done, total))
		})
		checkFile(t, path, []byte(src.content), sum, err)
		if want := []string{"0/6", "2/6", "4/6", "6/6"}; !slices.Equal(seen, want) {
			t.Errorf("progress = %v, want %v: at the start and each second", seen, want)
		}
		_, err = Download(t.Context(), src, Item{Name: "slow", Size: 7}, path, ignoreProgress)
		if !errors.Is(err, lfb.ErrUnavailable) || !strings.Contains(err.Error(), "6 of 7 bytes") {
			t.Errorf("Download of too few bytes = %v, want lfb.ErrUnavailable", err)
		}
	})
}
