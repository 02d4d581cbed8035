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
	http     *http.Client
}

func newClient(c config.MLflow) (*client, error) {
	base, err := url.Parse(strings.TrimRight(c.URI, "/"))
	if err != nil || base.Host == "" || base.User != nil || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("-mlflow.uri is no http(s) address without credentials: %w", lfb.ErrInvalid)
	}
	return &client{
		base: base, user: c.User, password: c.Password, token: c.Token,
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

// call asks under /api/2.0/mlflow and returns the answer. Of a GET in is the query, else
// it is sent as JSON.
func call[T any](ctx context.Context, c *client, method, path string, in any) (out T, err error) {
	target := c.base.JoinPath("api/2.0/mlflow", path)
	var body []byte
	if query, ok := in.(url.Values); ok {
		target.RawQuery = query.Encode()
	} else if body, err = json.Marshal(in); err != nil {
		return out, fmt.Errorf("mlflow %s: %w", path, err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	answer, err := c.exchange(ctx, method, target, "application/json", bytes.NewReader(body), len(body))
	if err == nil {
		if err = json.Unmarshal(answer, &out); err != nil {
			err = fmt.Errorf("answer of %d bytes: %w: %w", len(answer), err, lfb.ErrInvalid)
		}
	}
	if err != nil {
		return out, fmt.Errorf("mlflow at %s: %s %s: %w", c.base.Host, method, path, err)
	}
	return out, nil
}

// send is call where nothing of the answer is wanted.
func (c *client) send(ctx context.Context, method, path string, in any) error {
	_, err := call[struct{}](ctx, c, method, path, in)
	return err
}

// exchange sends one request, of so many bytes, with the credentials and returns the
// answer's body.
func (c *client) exchange(ctx context.Context, method string, target *url.URL, kind string, body io.Reader,
	size int,
) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = int64(size)
	req.Header.Set("Content-Type", kind)
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
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, lfb.ErrUnavailable)
	}
	if resp.StatusCode >= 300 {
		return nil, refusalError(resp.StatusCode, answer)
	}
	return answer, nil
}

func refusalError(status int, body []byte) error {
	e := &answerError{Status: status, kind: lfb.ErrInvalid}
	if json.Unmarshal(body, e) != nil || e.Message == "" {
		e.Message = strings.TrimSpace(string(body))
	}
	e.Message = truncate(e.Message, 300)
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

// truncate is the first n bytes of a text, whole characters only.
func truncate(s string, n int) string {
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

// textFile is an artifact of bytes.
func textFile(name string, body []byte) artifact {
	return artifact{name, func(w io.Writer) error {
		_, err := w.Write(body)
		return err
	}}
}

// upload puts files below the artifact address of a run or a model, and returns their
// size. Only what the server itself takes in can be written: an address of another store
// would need that store's credentials.
func (c *client) upload(ctx context.Context, uri string, files ...artifact) (size int64, err error) {
	const proxy = "/api/2.0/mlflow-artifacts/artifacts/"
	u, err := url.Parse(uri)
	if err != nil {
		return 0, fmt.Errorf("mlflow artifact address: %w: %w", err, lfb.ErrInvalid)
	}
	root, isOurs := u.Path, u.Scheme == "mlflow-artifacts" && (u.Host == "" || u.Host == c.base.Host)
	if u.Scheme == c.base.Scheme && u.Host == c.base.Host {
		_, root, isOurs = strings.Cut(u.Path, proxy)
	}
	if !isOurs {
		return 0, fmt.Errorf("mlflow keeps artifacts at %s://%s, which it does not take files for: start it with "+
			"--serve-artifacts: %w",
			u.Scheme, u.Host, lfb.ErrInvalid)
	}
	for _, a := range files {
		n, err := c.uploadOne(ctx, c.base.JoinPath(proxy, root, a.name), a)
		if err != nil {
			return 0, fmt.Errorf("mlflow at %s: PUT %s: %w", c.base.Host, a.name, err)
		}
		size += int64(n)
	}
	return size, nil
}

// uploadOne writes the file twice, as its length must be said first and it may be too large
// to hold.
func (c *client) uploadOne(ctx context.Context, target *url.URL, a artifact) (size int, err error) {
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	var n byteCount
	if err := a.write(&n); err != nil {
		return 0, err
	}
	r, w := io.Pipe()
	defer func() { _ = r.Close() }() // and with it the writer, where the server does not read on
	go func() { _ = w.CloseWithError(a.write(w)) }()
	_, err = c.exchange(ctx, http.MethodPut, target, "application/octet-stream", r, int(n))
	return int(n), err
}

// byteCount counts what is written to it.
type byteCount int

func (n *byteCount) Write(p []byte) (int, error) {
	*n += byteCount(len(p))
	return len(p), nil
}
