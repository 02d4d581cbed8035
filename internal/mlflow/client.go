package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"lfb/internal/config"
	"lfb/internal/lfb"
)

// Bounds of one request. An export has many; the activity around it has its own.
const (
	callTimeout   = 15 * time.Second
	uploadTimeout = 5 * time.Minute
	maxAnswer     = 16 << 20
)

// client speaks MLflow's REST interface.
type client struct {
	base     *url.URL
	user     string
	password config.Secret
	token    config.Secret
	scratch  string // folder for files on their way
	http     *http.Client
}

func newClient(c config.MLflow, scratch string) (*client, error) {
	base, err := url.Parse(strings.TrimRight(c.URI, "/"))
	if err != nil || base.Host == "" || base.User != nil || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("-mlflow.uri is no http(s) address without credentials: %w", lfb.ErrInvalid)
	}
	return &client{
		base: base, user: c.User, password: c.Password, token: c.Token, scratch: scratch,
		// A redirect would carry the credentials to where nobody sent them.
		http: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

// answerError is what the server said no with.
type answerError struct {
	Status  int
	Code    string `json:"error_code"`
	Message string `json:"message"`
	kind    error
}

func (e *answerError) Error() string {
	return strings.TrimSuffix(strings.TrimSpace(fmt.Sprintf("HTTP %d %s", e.Status, e.Code))+": "+e.Message, ": ")
}

func (e *answerError) Unwrap() error { return e.kind }

// get asks under /api/2.0/mlflow and reads the answer into out.
func (c *client) get(ctx context.Context, path string, query url.Values, out any) error {
	u := c.base.JoinPath("api/2.0/mlflow", path)
	u.RawQuery = query.Encode()
	return c.exchange(ctx, http.MethodGet, path, u.String(), nil, out)
}

// send sends in, as JSON, and reads the answer into out; nil does not.
func (c *client) send(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("mlflow %s: %w", path, err)
	}
	return c.exchange(ctx, method, path, c.base.JoinPath("api/2.0/mlflow", path).String(), body, out)
}

// post sends in and returns the answer.
func post[T any](ctx context.Context, c *client, path string, in any) (out T, err error) {
	err = c.send(ctx, http.MethodPost, path, in, &out)
	return out, err
}

func (c *client) exchange(ctx context.Context, method, path, target string, body []byte, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.do(req)
	if err == nil && out != nil {
		if jerr := json.Unmarshal(answer, out); jerr != nil {
			err = fmt.Errorf("answer of %d bytes: %w: %w", len(answer), jerr, lfb.ErrInvalid)
		}
	}
	if err != nil {
		return fmt.Errorf("mlflow at %s: %s %s: %w", c.base.Host, method, path, err)
	}
	return nil
}

// do sends req with the credentials and returns the answer's body.
func (c *client) do(req *http.Request) ([]byte, error) {
	switch {
	case c.token != "":
		req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	case c.user != "":
		req.SetBasicAuth(c.user, c.password.Reveal())
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var u *url.Error // its text repeats the address: keep what went wrong
		if errors.As(err, &u) {
			err = u.Err
		}
		return nil, fmt.Errorf("%w: %w", err, lfb.ErrUnavailable)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, lfb.ErrUnavailable)
	}
	if resp.StatusCode >= 300 {
		return nil, refused(resp.StatusCode, body)
	}
	return body, nil
}

func refused(status int, body []byte) error {
	e := &answerError{Status: status, kind: lfb.ErrInvalid}
	if json.Unmarshal(body, e) != nil || e.Message == "" {
		e.Message = strings.TrimSpace(string(body))
	}
	e.Message = cut(e.Message, 300)
	switch {
	case status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		e.kind = lfb.ErrUnavailable
	case status == http.StatusNotFound || e.Code == "RESOURCE_DOES_NOT_EXIST":
		e.kind = lfb.ErrNotFound
	case e.Code == "RESOURCE_ALREADY_EXISTS":
		e.kind = lfb.ErrConflict
	case status == http.StatusForbidden && strings.Contains(strings.ToLower(e.Message), "host"):
		e.Message += " (mlflow server --allowed-hosts lists the names it answers to)"
	case status < 400:
		e.Message = "it redirects; -mlflow.uri must be the address itself"
	}
	return e
}

// cut is the first n bytes of a text, whole characters only.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

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

// artifactRoot resolves the address of a run's or a model's artifacts to a path of the
// server's own. Only what the server itself takes in can be written: an address of
// another store would need that store's credentials.
func (c *client) artifactRoot(uri string) (*url.URL, error) {
	const proxy = "/api/2.0/mlflow-artifacts/artifacts/"
	u, err := url.Parse(uri)
	if err != nil {
		return nil, fmt.Errorf("mlflow artifact address: %w: %w", err, lfb.ErrInvalid)
	}
	root, isOurs := u.Path, u.Scheme == "mlflow-artifacts" && (u.Host == "" || u.Host == c.base.Host)
	if u.Scheme == c.base.Scheme && u.Host == c.base.Host {
		_, root, isOurs = strings.Cut(u.Path, proxy)
	}
	if !isOurs {
		return nil, fmt.Errorf("mlflow keeps artifacts at %s://%s, which it does not take files for: start it with --serve-artifacts: %w",
			u.Scheme, u.Host, lfb.ErrInvalid)
	}
	return c.base.JoinPath(proxy, root), nil
}

// upload puts files below an artifact address and returns their size.
func (c *client) upload(ctx context.Context, uri string, files ...artifact) (size int64, err error) {
	root, err := c.artifactRoot(uri)
	if err != nil {
		return 0, err
	}
	for _, a := range files {
		n, err := c.uploadOne(ctx, root, a)
		if err != nil {
			return 0, fmt.Errorf("mlflow at %s: PUT %s: %w", c.base.Host, a.name, err)
		}
		size += n
	}
	return size, nil
}

// uploadOne goes by way of a scratch file: the length must be known, and a model may
// be large.
func (c *client) uploadOne(ctx context.Context, root *url.URL, a artifact) (size int64, err error) {
	f, err := os.CreateTemp(c.scratch, "mlflow-*")
	if err != nil {
		return 0, err
	}
	defer func() {
		_ = f.Close() // read only by now
		_ = os.Remove(f.Name())
	}()
	if err := a.write(f); err != nil {
		return 0, err
	}
	if size, err = f.Seek(0, io.SeekCurrent); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	target := root.JoinPath(path.Clean(a.name)).String()
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, target, io.NewSectionReader(f, 0, size))
	if err != nil {
		return 0, err
	}
	if req.ContentLength = size; size == 0 {
		req.Body = http.NoBody
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	_, err = c.do(req)
	return size, err
}
