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

	"lfb/internal/lfb"
)

// webhookTimeout is how long one call may take.
const webhookTimeout = 10 * time.Second

// postText posts {"text": …} to the webhook, which Slack, Mattermost, Rocket.Chat and
// Discord (at /slack) take.
func (s *Sender) postText(ctx context.Context, text string) error {
	// Slack reads these three as mark-up.
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	body, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.webhook.Reveal(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("webhook: %w", withoutAddress(err))
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(req)
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
