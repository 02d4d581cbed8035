package httpx

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"go.uber.org/zap"

	"lfb/internal/registry"
)

// TestBelieveProxies: what a client writes itself is never believed, through however
// many proxies it comes.
func TestBelieveProxies(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tt := range []struct{ name, peer, forwardedFor, forwarded, want string }{
		{"no proxy", "203.0.113.5:9", "", "", "203.0.113.5"},
		{"no proxy, spoofed", "203.0.113.5:9", "192.0.2.1", "for=192.0.2.1", "203.0.113.5"},
		{"a proxy", "10.0.0.1:9", "203.0.113.5", "", "203.0.113.5"},
		{"a proxy that says nothing", "10.0.0.1:9", "", "", "10.0.0.1"},
		{"a proxy, spoofed", "10.0.0.1:9", "192.0.2.1, 203.0.113.5", "", "203.0.113.5"},
		{"two proxies, spoofed as one of them", "10.0.0.1:9", "10.0.0.9, 203.0.113.5, 10.0.0.2", "", "203.0.113.5"},
		{"within the trusted networks", "10.0.0.1:9", "10.0.0.7, 10.0.0.2", "", "10.0.0.7"},
		{"a word in between", "10.0.0.1:9", "192.0.2.1, unknown", "", "10.0.0.1"},
		{"ports and IPv6", "[fd00::1]:9", "[2001:db8::7]:4711", "", "2001:db8::7"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:9", "::ffff:203.0.113.5", "", "203.0.113.5"},
		{"Forwarded", "10.0.0.1:9", "", `for=192.0.2.1, For="[2001:db8::7]:4711";proto=https;by=10.0.0.1`, "2001:db8::7"},
		{"Forwarded, hidden", "10.0.0.1:9", "", `for=192.0.2.1, for="_secret,x"`, "10.0.0.1"},
		{"both, alike", "10.0.0.1:9", "203.0.113.5", "for=203.0.113.5", "203.0.113.5"},
		{"both, the client's own Forwarded", "10.0.0.1:9", "203.0.113.5", "for=192.0.2.1", "10.0.0.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.peer
			for name, value := range map[string]string{"X-Forwarded-For": tt.forwardedFor, "Forwarded": tt.forwarded} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			BelieveProxies(trusted, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if got := Address(r); got != tt.want {
					t.Errorf("Address = %s, want %s", got, tt.want)
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
		})
	}
}

// TestGuessesBehindAProxy: wrong guesses of one client behind a trusted proxy lock out
// neither another client behind it nor, by a header of their own, anybody else.
func TestGuessesBehindAProxy(t *testing.T) {
	t.Parallel()
	open := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	h := BelieveProxies([]netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")},
		Wrap(newDoor(t).auth.Require(registry.RoleOperator, nil, open), 1, zap.NewNop()))
	ask := func(key, forwardedFor string) int {
		r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
		r.RemoteAddr = "10.0.0.1:9"
		r.Header.Set("X-Forwarded-For", forwardedFor)
		r.Header.Set("Authorization", "Bearer "+key)
		h.ServeHTTP(w, r)
		return w.Code
	}
	for range freeAddress + 1 {
		ask("wrong", "198.51.100.9, 203.0.113.5")
	}
	if got := ask("wrong", "198.51.100.77, 203.0.113.5"); got != 429 {
		t.Errorf("a guesser who makes up another address = %d, want 429", got)
	}
	if got := ask("wrong", "203.0.113.6"); got != 401 {
		t.Errorf("another client behind the proxy = %d, want 401", got)
	}
}
