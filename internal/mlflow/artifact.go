package mlflow

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"lfb/internal/lfb"
)

// artifact is one file of a run or a model.
type artifact struct {
	name  string // path below the run or the model
	write func(io.Writer) error
}

// text is an artifact of bytes.
func text(name string, body []byte) artifact {
	return artifact{name, func(w io.Writer) error {
		_, err := w.Write(body)
		return err
	}}
}

// uploader puts files below one artifact address.
type uploader struct {
	c       *client
	root    string // path below /api/2.0/mlflow-artifacts/artifacts
	scratch string
}

// uploader resolves an artifact address. Only what the server itself takes in can
// be written: an address of another store would need that store's credentials.
func (c *client) uploader(uri, scratch string) (uploader, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return uploader{}, fmt.Errorf("mlflow artifact address: %w: %w", err, lfb.ErrInvalid)
	}
	const proxy = "/api/2.0/mlflow-artifacts/artifacts/"
	switch {
	case u.Scheme == "mlflow-artifacts" && (u.Host == "" || u.Host == c.base.Host):
		return uploader{c, strings.TrimPrefix(u.Path, "/"), scratch}, nil
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host == c.base.Host && strings.Contains(u.Path, proxy):
		_, root, _ := strings.Cut(u.Path, proxy)
		return uploader{c, root, scratch}, nil
	}
	return uploader{}, fmt.Errorf("mlflow keeps artifacts at %s://%s, which it does not take files for: start it with --serve-artifacts: %w",
		u.Scheme, u.Host, lfb.ErrInvalid)
}

// put uploads one file, by way of a scratch file: its length must be known, and
// it may have to be sent twice.
func (u uploader) put(ctx context.Context, a artifact) (size int64, err error) {
	f, err := os.CreateTemp(u.scratch, "mlflow-*")
	if err != nil {
		return 0, err
	}
	defer func() {
		_ = f.Close() // read only by now
		_ = os.Remove(f.Name())
	}()
	if err := a.write(f); err != nil {
		return 0, fmt.Errorf("%s: %w", a.name, err)
	}
	if size, err = f.Seek(0, io.SeekCurrent); err != nil {
		return 0, err
	}
	target := u.c.base.JoinPath("api/2.0/mlflow-artifacts/artifacts", path.Join(u.root, a.name)).String()
	return size, u.c.again(ctx, request{method: http.MethodPut, path: a.name}, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
		defer cancel()
		// A section reader: the client closes what it sends, and may send it again.
		req, err := http.NewRequestWithContext(ctx, http.MethodPut, target, io.NopCloser(io.NewSectionReader(f, 0, size)))
		if err != nil {
			return err
		}
		req.ContentLength = size
		if size == 0 {
			req.Body = http.NoBody
		}
		req.Header.Set("Content-Type", "application/octet-stream")
		_, err = u.c.send(req)
		return err
	})
}

func (u uploader) putAll(ctx context.Context, files []artifact) error {
	for _, f := range files {
		if _, err := u.put(ctx, f); err != nil {
			return err
		}
	}
	return nil
}
