package s3

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lfb/internal/config"
	"lfb/internal/lfb"
)

// serve opens a bucket on a stand-in that answers as handler says. What real
// servers do is tested by blobtest, in deploy/local and against MinIO.
func serve(t *testing.T, handler http.HandlerFunc) *Bucket {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return open(t, strings.TrimPrefix(srv.URL, "http://"))
}

func open(t *testing.T, endpoint string) *Bucket {
	t.Helper()
	b, err := Open(t.Context(), config.S3{
		Endpoint: endpoint, Bucket: "lfb", Region: "us-east-1", Access: "a",
		Secret: "sssssssss",
	})
	if err != nil {
		t.Fatalf("Open(%q) = %v, want nil", endpoint, err)
	}
	return b
}

func answer(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>as told</Message></Error>", code)
	}
}

func TestErrorKinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		code   string
		want   error
	}{
		{"no such key", 404, "NoSuchKey", lfb.ErrNotFound},
		{"no such bucket", 404, "NoSuchBucket", lfb.ErrNotFound},
		{"other not found", 404, "NoSuchUpload", lfb.ErrNotFound},
		{"precondition", 412, "PreconditionFailed", lfb.ErrConflict},
		{"conflict", 409, "ConditionalRequestConflict", lfb.ErrConflict},
		{"refused", 403, "AccessDenied", lfb.ErrInvalid},
		{"unknown key id", 403, "InvalidAccessKeyId", lfb.ErrInvalid},
		{"unknown key id, as versitygw says it", 404, "InvalidAccessKeyId", lfb.ErrInvalid},
		{"bad request", 400, "InvalidRequest", lfb.ErrInvalid},
		{"unreadable request, as versitygw says it", 400, "BadRequest", lfb.ErrUnavailable},
		{"body cut short", 400, "IncompleteBody", lfb.ErrUnavailable},
		{"body too slow", 400, "RequestTimeout", lfb.ErrUnavailable},
		{"slow down", 503, "SlowDown", lfb.ErrUnavailable},
		{"internal", 500, "InternalError", lfb.ErrUnavailable},
		{"not implemented", 501, "NotImplemented", lfb.ErrInvalid},
		{"gateway", 502, "BadGateway", lfb.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, answer(tt.status, tt.code))
			_, err := b.ReadAll(t.Context(), lfb.Ref{Key: "models/a"})
			if !errors.Is(err, tt.want) {
				t.Fatalf("ReadAll after %d %s = %v, want %v", tt.status, tt.code, err, tt.want)
			}
			if !strings.Contains(err.Error(), `"models/a"`) {
				t.Errorf("ReadAll = %q, want the key named", err)
			}
		})
	}
}

// TestUnreadableRequest gives the answers of an HTTP server that could not parse
// the request: its own text, or none.
func TestUnreadableRequest(t *testing.T) {
	t.Parallel()
	b := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "400 Bad Request", http.StatusBadRequest) })
	if _, err := b.ReadAll(t.Context(), lfb.Ref{Key: "a"}); !errors.Is(err, lfb.ErrUnavailable) ||
		errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("ReadAll = %v, want %v", err, lfb.ErrUnavailable)
	}
	if _, _, err := b.Exists(t.Context(), "a"); !errors.Is(err, lfb.ErrUnavailable) || errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Exists = %v, want %v", err, lfb.ErrUnavailable)
	}
}

// TestEmptyObjectHasNoBody: a chunked body of nothing would leave its end in the
// connection on servers that read the S3 payload alone.
func TestEmptyObjectHasNoBody(t *testing.T) {
	t.Parallel()
	b := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if r.ContentLength != 0 || len(r.TransferEncoding) != 0 {
			t.Errorf("PUT of nothing has length %d, transfer encoding %q, want 0 and none", r.ContentLength, r.TransferEncoding)
		}
		w.Header().Set("ETag", `"x"`)
	})
	if _, err := b.PutBytes(t.Context(), "empty", nil); err != nil {
		t.Errorf("PutBytes of nothing = %v, want nil", err)
	}
}

// TestNoConditionalPut has a store that implements everything but If-None-Match: setup
// says so, and no upload is tried again.
func TestNoConditionalPut(t *testing.T) {
	t.Parallel()
	b := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("If-None-Match") != "":
			answer(http.StatusNotImplemented, "NotImplemented")(w, r)
		case r.Method == http.MethodHead && strings.Trim(r.URL.Path, "/") != "lfb":
			w.WriteHeader(http.StatusNotFound)
		}
	})
	_, putErr := b.PutBytes(t.Context(), "models/a", []byte("x"))
	for name, err := range map[string]error{"PutBytes": putErr, "EnsureBucket": b.EnsureBucket(t.Context())} {
		if !errors.Is(err, lfb.ErrInvalid) || errors.Is(err, lfb.ErrUnavailable) ||
			!strings.Contains(err.Error(), "no conditional put") {
			t.Errorf("%s = %v, want %v that names the conditional put", name, err, lfb.ErrInvalid)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	b := open(t, addr)
	if _, err := b.PutBytes(t.Context(), "a", []byte("x")); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("PutBytes = %v, want %v", err, lfb.ErrUnavailable)
	}
	if err := b.EnsureBucket(t.Context()); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("EnsureBucket = %v, want %v", err, lfb.ErrUnavailable)
	}
}

func TestBrokenBody(t *testing.T) {
	t.Parallel()
	b := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		w.Header().Set("ETag", `"x"`)
		fmt.Fprint(w, "half of it")
	})
	if got, err := b.ReadAll(t.Context(), lfb.Ref{Key: "a"}); !errors.Is(err, lfb.ErrUnavailable) || got != nil {
		t.Errorf("ReadAll of a body that breaks off = %q, %v, want nil, %v", got, err, lfb.ErrUnavailable)
	}
}

func TestDownloadLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	b := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		fmt.Fprint(w, "not what was stored")
	})
	path := filepath.Join(t.TempDir(), "model")
	err := b.Download(t.Context(), lfb.Ref{Key: "a", SHA256: strings.Repeat("0", 64)}, path)
	if !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Download = %v, want %v", err, lfb.ErrInvalid)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 0 {
		t.Errorf("after Download the folder holds %v, %v, want nothing", left, err)
	}
}

func TestCancelledStaysCancelled(t *testing.T) {
	t.Parallel()
	b := serve(t, answer(500, "InternalError"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := b.Exists(ctx, "a")
	if !errors.Is(err, context.Canceled) || errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("Exists = %v, want %v alone", err, context.Canceled)
	}
	for _, err := range b.List(ctx, "") {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("List = %v, want %v", err, context.Canceled)
		}
		return
	}
	t.Error("List of a cancelled context ended without an error")
}

func TestOpenRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, cfg := range []config.S3{
		{Endpoint: "127.0.0.1:9000"},
		{Endpoint: "http://127.0.0.1:9000/path", Bucket: "lfb"},
		{Endpoint: "", Bucket: "lfb"},
	} {
		if _, err := Open(t.Context(), cfg); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Open(%+v) = %v, want %v", cfg, err, lfb.ErrInvalid)
		}
	}
}

func TestPartSize(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		bytes int64
		want  uint64
	}{
		{"one request", partBytes, 0},
		{"two parts", partBytes + 1, partBytes},
		{"a terabyte", 1 << 40, 1 << 40 / 9000},
	}
	for _, tt := range tests {
		if got := partSize(tt.bytes); got != tt.want {
			t.Errorf("%s: partSize(%d) = %d, want %d", tt.name, tt.bytes, got, tt.want)
		}
	}
}
