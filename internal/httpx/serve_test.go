package httpx

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// serveOn runs s on a free port until the test ends and returns its address.
func serveOn(t *testing.T, s Server) string {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	s.Name, s.Address, s.Log = "test", "127.0.0.1:0", zap.New(core)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for range 12000 {
		if l := logs.FilterMessage("listening").All(); len(l) > 0 {
			return l[0].ContextMap()["address"].(string)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("not listening after two minutes")
	return ""
}

// certificate makes one for 127.0.0.1 that signs itself.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	pool = x509.NewCertPool()
	body := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pool.AppendCertsFromPEM(body)
	for file, body := range map[string][]byte{certFile: body, keyFile: pem.EncodeToMemory(&pem.Block{
		Type:  "PRIVATE KEY",
		Bytes: private,
	})} {
		if err := os.WriteFile(file, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile, pool
}

func TestServeTLS(t *testing.T) {
	t.Parallel()
	cert, key, pool := certificate(t)
	h := Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, r.Proto) }), 1<<20,
		zap.NewNop())
	address := serveOn(t, Server{Handler: h, Cert: cert, Key: key})
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: pool},
		ForceAttemptHTTP2: true,
	}}
	res, err := client.Get("https://" + address)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode != 200 || string(body) != "HTTP/2.0" || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("over TLS = %d %s %v", res.StatusCode, body, res.Header)
	}
	oldTLS := &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11} // that it is refused is the point
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: oldTLS}}
	if res, err := old.Get("https://" + address); err == nil {
		_ = res.Body.Close()
		t.Error("TLS 1.1 was let in")
	}
	if res, err := http.Get("http://" + address); err == nil {
		_ = res.Body.Close()
		if res.StatusCode == 200 {
			t.Error("plain HTTP was answered on a TLS listener")
		}
	}
}

func TestServeRefusesLargeHeaders(t *testing.T) {
	t.Parallel()
	address := serveOn(t, Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})})
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Large", strings.Repeat("x", 2*maxHeader))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("64 KiB of headers = %d, want 431", res.StatusCode)
	}
}

// TestServeDropsSlowHeaders waits for as long as headers may take.
func TestServeDropsSlowHeaders(t *testing.T) {
	t.Parallel()
	address := serveOn(t, Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})})
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := bufio.NewReader(c).ReadString('\n'); err == nil {
		return // a 408 says it too
	} else if ne, ok := err.(net.Error); ok && ne.Timeout() { //nolint:errorlint // of this very call
		t.Error("a connection that never ends its headers is still open after a minute")
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	h := Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		if bytes.Equal(body, []byte("panic")) {
			panic("secret")
		}
		w.Header().Add("Cache-Control", "private")
	}), 10, zap.NewNop())
	tests := []struct {
		name, body string
		header     []string
		want       int
	}{
		{"fits", "0123456789", nil, 200},
		{"too large", "0123456789x", nil, 413},
		{"panics", "panic", nil, 500},
		{"of this site", "", []string{"Origin", "http://example.com"}, 200},
		{"of another site", "", []string{"Origin", "http://evil.example"}, 403},
		{"of another site, told so", "", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"of another port of this host", "", []string{"Sec-Fetch-Site", "same-site"}, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "http://example.com/", strings.NewReader(tt.body))
			for i := 0; i+1 < len(tt.header); i += 2 {
				r.Header.Set(tt.header[i], tt.header[i+1])
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.want || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("= %d %s, want %d", w.Code, w.Body, tt.want)
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
				"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store",
			} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
			if n := len(w.Header().Values("Cache-Control")); tt.want == 200 && n != 2 || tt.want != 200 && n != 1 {
				t.Errorf("Cache-Control has %d values: what one answer adds must not show in the next", n)
			}
		})
	}
}
