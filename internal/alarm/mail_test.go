package alarm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	gomail "github.com/wneessen/go-mail"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// postOffice is a real SMTP server on loopback.
type postOffice struct {
	address string
	refusal error // what it says to a message

	mu       sync.Mutex
	messages []string
	to       []string
	users    []string
}

func newPostOffice(t *testing.T, cert *tls.Config, refusal error) *postOffice {
	t.Helper()
	p := &postOffice{refusal: refusal}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{p: p}, nil }))
	s.Domain, s.TLSConfig, s.AllowInsecureAuth = "localhost", cert, true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = l.Addr().String()
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close(); <-done })
	return p
}

type session struct{ p *postOffice }

func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.to = append(s.p.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if s.p.refusal != nil {
		return s.p.refusal
	}
	s.p.messages = append(s.p.messages, string(body))
	return nil
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.p.mu.Lock()
		defer s.p.mu.Unlock()
		s.p.users = append(s.p.users, user)
		if password != "pass-word" {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

// certificate is a server's own, and the pool that trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, pool
}

func mailTo(address string) config.Alarm {
	return config.Alarm{
		SMTP: address, SMTPTLS: "none", From: "alarms@fire.example", To: "ann@fire.example, bob@fire.example",
	}
}

func TestMail(t *testing.T) {
	t.Parallel()
	p := newPostOffice(t, nil, nil)
	s, _ := sender(t, mailTo(p.address))
	if err := s.Send(t.Context(), Mail, anAlarm(), registry.AlarmOpened); err != nil {
		t.Fatal(err)
	}
	if strings.Join(p.to, " ") != "ann@fire.example bob@fire.example" || len(p.messages) != 1 {
		t.Fatalf("mail to %v, %d messages, want one to both", p.to, len(p.messages))
	}
	for _, want := range []string{
		"From: <alarms@fire.example>", "Subject: [lfb-attendance] opened: RMSE is above <its> bound\r\n",
		"RMSE 131.0 s & more, bound 120 s", "since 20 May 2024 13:00 BST",
	} {
		if !strings.Contains(p.messages[0], want) {
			t.Errorf("the message lacks %q:\n%s", want, p.messages[0])
		}
	}
}

func TestMailByTLS(t *testing.T) {
	t.Parallel()
	cert, pool := certificate(t)
	p := newPostOffice(t, cert, nil)
	c := mailTo(p.address)
	c.SMTPTLS, c.SMTPUser, c.SMTPPassword = "starttls", "ann", "pass-word"
	s, _ := sender(t, c)
	if err := s.Send(t.Context(), Mail, anAlarm(), registry.AlarmOpened); err == nil {
		t.Fatal("a certificate that nobody vouches for was trusted")
	}
	s.mail.options = append(s.mail.options, gomail.WithTLSConfig(&tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}))
	if err := s.Send(t.Context(), Mail, anAlarm(), registry.AlarmOpened); err != nil {
		t.Fatal(err)
	}
	if len(p.messages) != 1 || len(p.users) != 1 || p.users[0] != "ann" {
		t.Errorf("%d messages of %v, want one of ann", len(p.messages), p.users)
	}
}

func TestMailThatFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		refusal error
		change  func(*config.Alarm)
		want    error
	}{
		{"later", &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "busy"}, nil, lfb.ErrUnavailable},
		{"never", &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "no pass-word here"}, nil, lfb.ErrInvalid},
		{"no encryption", nil, func(a *config.Alarm) { a.SMTPTLS = "starttls" }, lfb.ErrUnavailable},
		{"wrong password", nil, func(a *config.Alarm) { a.SMTPUser, a.SMTPPassword = "ann", "not-the-pass-word" }, lfb.ErrUnavailable},
		{"nobody there", nil, func(a *config.Alarm) { a.SMTP = "127.0.0.1:1" }, lfb.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPostOffice(t, nil, c.refusal)
			a := mailTo(p.address)
			a.SMTPPassword = "pass-word"
			if c.change != nil {
				c.change(&a)
			}
			s, _ := sender(t, a)
			err := s.Send(t.Context(), Mail, anAlarm(), registry.AlarmOpened)
			if !errors.Is(err, c.want) || strings.Contains(err.Error(), "pass-word") {
				t.Errorf("Send = %v, want %v without the password", err, c.want)
			}
			if len(p.messages) != 0 {
				t.Errorf("%d messages were taken", len(p.messages))
			}
		})
	}
}
