package alarm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"lfb/internal/config"
	"lfb/internal/lfb"
)

// mailTimeout is how long one delivery may take.
const mailTimeout = 30 * time.Second

type mail struct {
	host     string
	options  []gomail.Option
	from     string
	to       []string
	password config.Secret
}

func newMail(c config.Alarm) (*mail, error) {
	host, port, err := net.SplitHostPort(c.SMTP)
	if err != nil {
		return nil, fmt.Errorf("-alarm.smtp %q is not host:port: %w", c.SMTP, lfb.ErrInvalid)
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 {
		return nil, fmt.Errorf("-alarm.smtp %q: port %q: %w", c.SMTP, port, lfb.ErrInvalid)
	}
	m := &mail{host: host, from: c.From, password: c.SMTPPassword}
	for to := range strings.SplitSeq(c.To, ",") {
		if to = strings.TrimSpace(to); to != "" {
			m.to = append(m.to, to)
		}
	}
	if len(m.to) == 0 {
		return nil, fmt.Errorf("-alarm.to: -alarm.smtp needs a recipient: %w", lfb.ErrInvalid)
	}
	m.options = []gomail.Option{gomail.WithPort(n), gomail.WithTimeout(mailTimeout)}
	switch c.SMTPTLS {
	case "tls":
		m.options = append(m.options, gomail.WithSSL())
	case "none":
		m.options = append(m.options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		m.options = append(m.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if c.SMTPUser != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if c.SMTPTLS == "none" {
			auth = gomail.SMTPAuthPlainNoEnc // said by whoever chose no encryption
		}
		m.options = append(m.options, gomail.WithSMTPAuth(auth), gomail.WithUsername(c.SMTPUser), gomail.WithPassword(c.SMTPPassword.Reveal()))
	}
	_, err = m.message("", "")
	return m, err
}

func (m *mail) message(subject, body string) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	if err := msg.From(m.from); err != nil {
		return nil, fmt.Errorf("-alarm.from %q: %w: %w", m.from, err, lfb.ErrInvalid)
	}
	if err := msg.To(m.to...); err != nil {
		return nil, fmt.Errorf("-alarm.to %q: %w: %w", strings.Join(m.to, ","), err, lfb.ErrInvalid)
	}
	msg.Subject(subject)
	msg.SetDate()
	msg.SetMessageID()
	msg.SetBodyString(gomail.TypeTextPlain, body)
	return msg, nil
}

func (m *mail) send(ctx context.Context, subject, body string) error {
	msg, err := m.message(subject, body)
	if err != nil {
		return err
	}
	c, err := gomail.NewClient(m.host, m.options...)
	if err != nil {
		return fmt.Errorf("mail: %w: %w", err, lfb.ErrInvalid)
	}
	if err := c.DialAndSendWithContext(ctx, msg); err != nil {
		var refused *gomail.SendError
		if errors.As(err, &refused) && !refused.IsTemp() {
			return fmt.Errorf("mail: %w: %w", m.hide(err), lfb.ErrInvalid)
		}
		return unavailable(fmt.Errorf("mail: %w", m.hide(err)))
	}
	return nil
}

// hide keeps the password out of what a server or the library says.
func (m *mail) hide(err error) error {
	if p := m.password.Reveal(); p != "" && strings.Contains(err.Error(), p) {
		return errors.New(strings.ReplaceAll(err.Error(), p, m.password.String()))
	}
	return err
}
