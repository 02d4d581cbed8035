package alarm

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

// webhookTimeout is how long one call may take.
const webhookTimeout = 10 * time.Second

type webhook struct {
	address string // a secret: whoever has it can post
	client  *http.Client
}

func newWebhook(address config.Secret) (*webhook, error) {
	u, err := url.Parse(address.Reveal())
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("-alarm.webhook is no http or https address: %w", lfb.ErrInvalid)
	}
	return &webhook{address: address.Reveal(), client: &http.Client{
		Timeout: webhookTimeout,
		// A redirect would take the text somewhere that nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// send posts {"text": …}, which Slack, Mattermost, Rocket.Chat and Discord (at
// /slack) take.
func (w *webhook) send(ctx context.Context, text string) error {
	// Slack reads these three as mark-up.
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("webhook: %w", withoutAddress(err))
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := w.client.Do(req)
	if err != nil {
		return fmt.Errorf("webhook: %w: %w", withoutAddress(err), lfb.ErrUnavailable)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 4096)) // so that the connection can serve again
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return nil
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500:
		return fmt.Errorf("webhook answered %s: %w", res.Status, lfb.ErrUnavailable)
	}
	return fmt.Errorf("webhook answered %s: %w", res.Status, lfb.ErrInvalid)
}

// withoutAddress is the error without the address, a secret, that net/http puts
// around it.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
