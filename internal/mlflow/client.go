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
	tries         = 3
	firstWait     = 200 * time.Millisecond
	maxAnswer     = 16 << 20
)

// client speaks MLflow's REST interface.
type client struct {
	base     *url.URL
	user     string
	password config.Secret
	token    config.Secret
	http     *http.Client
	wait     func(context.Context, time.Duration) error
}

func newClient(c config.MLflow) (*client, error) {
	base, err := url.Parse(strings.TrimRight(c.URI, "/"))
	if err != nil || base.Host == "" || base.User != nil || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("-mlflow.uri is no http(s) address without credentials: %w", lfb.ErrInvalid)
	}
	return &client{
		base: base, user: c.User, password: c.Password, token: c.Token, wait: sleep,
		// A redirect would carry the credentials to where nobody sent them.
		http: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// answerError is what the server said no with.
type answerError struct {
	Status  int
	Code    string `json:"error_code"`
	Message string `json:"message"`
	kind    error
}

func (e *answerError) Error() string {
	text := fmt.Sprintf("HTTP %d", e.Status)
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

func (e *answerError) Unwrap() error { return e.kind }

// hasCode says whether err is the server's answer with this error_code.
func hasCode(err error, code string) bool {
	var a *answerError
	return errors.As(err, &a) && a.Code == code
}

// request is one call of the interface.
type request struct {
	method, path string
	query        url.Values
	in, out      any
	// once marks a call that makes something anew each time: it is not sent again
	// by itself, as the caller looks first whether it was done.
	once bool
}

// call does one request under /api/2.0/mlflow, again where the server was away.
func (c *client) call(ctx context.Context, r request) error {
	var body []byte
	if r.in != nil {
		var err error
		if body, err = json.Marshal(r.in); err != nil {
			return fmt.Errorf("mlflow %s: %w", r.path, err)
		}
	}
	u := c.base.JoinPath("api/2.0/mlflow", r.path)
	u.RawQuery = r.query.Encode()
	return c.again(ctx, r, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, r.method, u.String(), bytes.NewReader(body))
		if err != nil {
			return err
		}
		if body != nil {
			req.Header.Set("Content-Type", "application/json")
		}
		answer, err := c.send(req)
		if err != nil || r.out == nil {
			return err
		}
		if err := json.Unmarshal(answer, r.out); err != nil {
			return fmt.Errorf("answer of %d bytes: %w: %w", len(answer), err, lfb.ErrInvalid)
		}
		return nil
	})
}

// again repeats try where it may help, and names what was tried.
func (c *client) again(ctx context.Context, r request, try func(context.Context) error) error {
	pause := firstWait
	for n := 1; ; n++ {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if n == tries || r.once || !errors.Is(err, lfb.ErrUnavailable) || ctx.Err() != nil {
			return fmt.Errorf("mlflow at %s: %s %s: %w", c.base.Host, r.method, r.path, err)
		}
		if err := c.wait(ctx, pause); err != nil {
			return err
		}
		pause *= 4
	}
}

// send sends req with the credentials and returns the answer's body.
func (c *client) send(req *http.Request) ([]byte, error) {
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
