package alarm

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

var noon = time.Date(2024, 5, 20, 12, 0, 0, 0, time.UTC)

func anAlarm() registry.Alarm {
	return registry.Alarm{
		Line: "lfb-attendance", Name: "rmse", Episode: 2, State: registry.AlarmOpened, Title: "RMSE is\r\nabove <its> bound",
		Detail: "RMSE 131.0 s & more, bound 120 s", Times: 1, OpenedAt: noon, LastAt: noon,
	}
}

// hook is a real server that keeps what it is sent.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	status int
}

func newHook(t *testing.T, status int) *hook {
	t.Helper()
	h := &hook{status: status}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.bodies = append(h.bodies, r.Method+" "+r.Header.Get("Content-Type")+" "+string(body))
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(h.status)
	}))
	t.Cleanup(h.Close)
	return h
}

func sender(t *testing.T, c config.Alarm) (*Sender, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	s, err := New(c, zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	return s, logs
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	h := newHook(t, http.StatusOK)
	s, _ := sender(t, config.Alarm{Webhook: config.Secret(h.URL + "/services/T0/B0/secret")})
	if err := s.Send(t.Context(), Webhook, anAlarm(), registry.AlarmOpened); err != nil {
		t.Fatal(err)
	}
	body, ok := strings.CutPrefix(h.bodies[0], "POST application/json ")
	var got map[string]string
	if err := json.Unmarshal([]byte(body), &got); !ok || err != nil || len(got) != 1 {
		t.Fatalf("the webhook got %q, want JSON with text alone", h.bodies[0])
	}
	want := "[lfb-attendance] opened: RMSE is above &lt;its&gt; bound\nRMSE 131.0 s &amp; more, bound 120 s\nsince 20 " +
		"May 2024 13:00 BST\nalarm rmse, episode 2"
	if got["text"] != want {
		t.Errorf("text = %q, want %q", got["text"], want)
	}
	cleared := anAlarm()
	cleared.State, cleared.ClearedAt, cleared.Times = registry.AlarmCleared, noon.Add(24*time.Hour), 3
	if err := s.Send(t.Context(), Webhook, cleared, registry.AlarmCleared); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(h.bodies[1], "cleared: ") || !strings.Contains(h.bodies[1], "found 3 times") {
		t.Errorf("on clearing the webhook got %q", h.bodies[1])
	}
}

func TestWebhookThatRefuses(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]error{
		http.StatusTooManyRequests: lfb.ErrUnavailable, http.StatusBadGateway: lfb.ErrUnavailable,
		http.StatusNotFound: lfb.ErrInvalid, http.StatusFound: lfb.ErrInvalid,
	} {
		h := newHook(t, status)
		s, _ := sender(t, config.Alarm{Webhook: config.Secret(h.URL + "/secret")})
		err := s.Send(t.Context(), Webhook, anAlarm(), registry.AlarmOpened)
		if !errors.Is(err, want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("Send to one that answers %d = %v, want %v without the address", status, err, want)
		}
		if len(h.bodies) != 1 {
			t.Errorf("%d requests, want one: a redirect is not followed", len(h.bodies))
		}
	}
}

func TestWebhookThatIsAway(t *testing.T) {
	t.Parallel()
	h := newHook(t, http.StatusOK)
	h.Close()
	s, logs := sender(t, config.Alarm{Webhook: config.Secret(h.URL + "/secret")})
	err := s.Send(t.Context(), Webhook, anAlarm(), registry.AlarmOpened)
	if !errors.Is(err, lfb.ErrUnavailable) || strings.Contains(err.Error(), "secret") || logs.Len() != 0 {
		t.Errorf("Send = %v, %d log lines, want %v without the address", err, logs.Len(), lfb.ErrUnavailable)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	s, logs := sender(t, config.Alarm{})
	if got := s.Channels(); len(got) != 1 || got[0] != Log {
		t.Errorf("Channels = %v, want the log alone", got)
	}
	for _, state := range []registry.AlarmState{registry.AlarmOpened, registry.AlarmCleared} {
		if err := s.Send(t.Context(), Log, anAlarm(), state); err != nil {
			t.Fatal(err)
		}
	}
	all := logs.All()
	if len(all) != 2 || all[0].Message != "alarm opened" || all[0].Level != zap.ErrorLevel ||
		all[1].Message != "alarm cleared" || all[1].Level != zap.InfoLevel {
		t.Errorf("the log has %v", all)
	}
	if err := s.Send(t.Context(), Webhook, anAlarm(), registry.AlarmOpened); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Send to a webhook that is not configured = %v, want %v", err, lfb.ErrInvalid)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]config.Alarm{
		"webhook without host": {Webhook: "https://"},
		"webhook of a file":    {Webhook: "file:///etc/passwd"},
	} {
		if _, err := New(c, zap.NewNop()); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("New with a bad %s = %v, want %v", name, err, lfb.ErrInvalid)
		}
	}
}
