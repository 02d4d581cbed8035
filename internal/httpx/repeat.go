package httpx

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"lfb/internal/registry"
)

// Requests is where answers to requests with an Idempotency-Key are kept;
// mysql.DB is one.
type Requests interface {
	// BeginRequest takes the key and returns true, or returns the request that has it.
	BeginRequest(ctx context.Context, r registry.Request) (registry.Request, bool, error)
	EndRequest(ctx context.Context, r registry.Request) error
	DropRequest(ctx context.Context, r registry.Request) error
}

// repeatsFor is how long an answer is kept.
const repeatsFor = 24 * time.Hour

// repeatHeader is the request's header that names it; replayedHeader the
// answer's that says that it was given before.
const (
	repeatHeader   = "Idempotency-Key"
	replayedHeader = "Idempotency-Replayed"
)

// kept are the headers that belong to an answer.
var kept = []string{"Content-Type", "Location", "ETag"}

// Repeater answers a POST that is sent again under the same Idempotency-Key
// with what it was answered first, and does nothing twice. 400 for a key that
// is none, 409 while the first is at work, 422 for another request under the
// same key (draft-ietf-httpapi-idempotency-key-header-07). What went wrong here
// (5xx) or came too early (429) is not kept. Keys belong to an account.
//
// Answers may hold a new password or key: they are sealed with a key made of the
// Idempotency-Key, of which the store has a hash only.
type Repeater struct {
	Store Requests
	Log   *zap.Logger
	Now   func() time.Time
}

// Repeatable says in the document that an operation takes an Idempotency-Key.
func Repeatable(op huma.Operation) huma.Operation {
	longest := 255
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: repeatHeader, In: "header", Schema: &huma.Schema{Type: "string", MaxLength: &longest},
		Description: "Sent again with the same key within a day, the request is answered as it was and done once",
	})
	return op
}

// Around puts it around handlers that stand inside of Require.
func (p *Repeater) Around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		values := r.Header.Values(repeatHeader)
		if r.Method != http.MethodPost || len(values) == 0 {
			next.ServeHTTP(w, r)
			return
		}
		key, err := repeatKey(values)
		if err != nil {
			WriteProblem(w, Problem{Status: http.StatusBadRequest, Detail: err.Error()})
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			p.unread(w, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		p.once(w, r, next, p.request(r, key, body), sealer(Who(r.Context()).Name, key))
	})
}

func (p *Repeater) unread(w http.ResponseWriter, err error) {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		WriteProblem(w, Problem{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("the body is larger than %d bytes", large.Limit)})
		return
	}
	WriteProblem(w, Problem{Status: http.StatusBadRequest, Detail: "the body could not be read"})
}

// repeatKey is the key: a string of structured fields (RFC 8941), in quotes, or
// without them where that is plain.
func repeatKey(values []string) (string, error) {
	v := values[0]
	if len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"' {
		v = v[1 : len(v)-1]
	}
	bad := strings.ContainsFunc(v, func(c rune) bool { return c < 0x20 || c > 0x7e || c == '"' || c == '\\' })
	if len(values) > 1 || v == "" || len(v) > 255 || bad {
		return "", fmt.Errorf("%s: want one string of 1 to 255 printable ASCII characters without quotes inside", repeatHeader)
	}
	return v, nil
}

// request is what is asked for: the same only where all of it is.
func (p *Repeater) request(r *http.Request, key string, body []byte) registry.Request {
	who, now := Who(r.Context()), p.Now().UTC()
	print := sha256.New()
	for _, part := range []string{r.Method, r.URL.RequestURI(), r.Header.Get("If-Match"), string(who.Role), string(body)} {
		fmt.Fprintf(print, "%d:%s", len(part), part) // never fails
	}
	name := sha256.Sum256([]byte(who.Name + "\x00" + key))
	return registry.Request{
		Account: who.Name, KeyHash: hex.EncodeToString(name[:]), Print: hex.EncodeToString(print.Sum(nil)),
		Token: rand.Text(), StartedAt: now, ExpiresAt: now.Add(repeatsFor),
	}
}

func (p *Repeater) once(w http.ResponseWriter, r *http.Request, next http.Handler, req registry.Request, seal cipher.AEAD) {
	there, mine, err := p.Store.BeginRequest(r.Context(), req)
	switch {
	case err != nil:
		Fail(w, err)
	case mine:
		p.first(w, r, next, req, seal)
	case there.Print != req.Print:
		WriteProblem(w, Problem{Status: http.StatusUnprocessableEntity, Detail: repeatHeader + ": another request had this key"})
	case there.Status == 0:
		w.Header().Set("Retry-After", comeAgain)
		WriteProblem(w, Problem{Status: http.StatusConflict, Detail: repeatHeader + ": the first request with this key is at work"})
	default:
		replay(w, there, seal)
	}
}

// first does the work and keeps its answer. It goes on though the client leaves.
func (p *Repeater) first(w http.ResponseWriter, r *http.Request, next http.Handler, req registry.Request, seal cipher.AEAD) {
	ctx := context.WithoutCancel(r.Context())
	a := &answer{ResponseWriter: w, status: http.StatusOK}
	done := false
	defer func() {
		if done && a.status < http.StatusInternalServerError && a.status != http.StatusTooManyRequests {
			header, _ := json.Marshal(pick(w.Header())) // strings always encode
			req.Status, req.Header, req.Body = a.status, sealed(seal, header), sealed(seal, a.body.Bytes())
			if err := p.Store.EndRequest(ctx, req); err != nil {
				p.Log.Warn("answer not kept", zap.Error(err))
			}
			return
		}
		if err := p.Store.DropRequest(ctx, req); err != nil {
			p.Log.Warn("request not dropped", zap.Error(err))
		}
	}()
	next.ServeHTTP(a, r.WithContext(ctx))
	done = true
}

func pick(h http.Header) map[string]string {
	out := map[string]string{}
	for _, name := range kept {
		if v := h.Get(name); v != "" {
			out[name] = v
		}
	}
	return out
}

func replay(w http.ResponseWriter, there registry.Request, seal cipher.AEAD) {
	header, err1 := opened(seal, there.Header)
	body, err2 := opened(seal, there.Body)
	var h map[string]string
	if err := errors.Join(err1, err2); err != nil || json.Unmarshal(header, &h) != nil {
		Fail(w, fmt.Errorf("kept answer: %w", err))
		return
	}
	for name, v := range h {
		w.Header().Set(name, v)
	}
	w.Header().Set(replayedHeader, "true")
	w.WriteHeader(there.Status)
	_, _ = w.Write(body) // the client may be gone
}

// answer writes an answer and keeps a copy.
type answer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader notes the status.
func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Write notes the body.
func (a *answer) Write(b []byte) (int, error) {
	a.body.Write(b)
	return a.ResponseWriter.Write(b)
}

// sealer encrypts with a key that only whoever has the Idempotency-Key can make.
func sealer(account, key string) cipher.AEAD {
	secret, _ := hkdf.Key(sha256.New, []byte(key), []byte(account), "lfb idempotency", 32) // 32 bytes are always to be had
	block, _ := aes.NewCipher(secret)                                                      // of 32 bytes: always
	aead, _ := cipher.NewGCMWithRandomNonce(block)                                         // of AES: always
	return aead
}

func sealed(s cipher.AEAD, plain []byte) string {
	return base64.StdEncoding.EncodeToString(s.Seal(nil, nil, plain, nil))
}

func opened(s cipher.AEAD, text string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return s.Open(nil, nil, raw, nil)
}
