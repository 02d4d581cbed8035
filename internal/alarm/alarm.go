package alarm

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"go.uber.org/zap"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// The channels.
const (
	Log     = "log"
	Webhook = "webhook"
)

// Sender sends alarms over the channels that are configured. It is safe for
// concurrent use.
type Sender struct {
	log     *zap.Logger
	webhook config.Secret // address: whoever has it can post; empty: not configured
	client  *http.Client
}

// New makes a sender. A configuration that cannot be right gives lfb.ErrInvalid.
func New(c config.Alarm, log *zap.Logger) (*Sender, error) {
	u, err := url.Parse(c.Webhook.Reveal())
	if c.Webhook != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("-alarm.webhook is no http or https address: %w", lfb.ErrInvalid)
	}
	return &Sender{log: log, webhook: c.Webhook, client: &http.Client{
		Timeout: webhookTimeout,
		// A redirect would take the text somewhere that nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Channels names those that are configured; the log always is.
func (s *Sender) Channels() []string {
	out := []string{Log}
	if s.webhook != "" {
		out = append(out, Webhook)
	}
	return out
}

// Send notifies one channel that a is opened or cleared. A channel that is away
// gives lfb.ErrUnavailable, one that refuses or is not configured lfb.ErrInvalid.
func (s *Sender) Send(ctx context.Context, channel string, a registry.Alarm, state registry.AlarmState) error {
	if !slices.Contains(s.Channels(), channel) {
		return fmt.Errorf("alarm channel %q is not configured: %w", channel, lfb.ErrInvalid)
	}
	if channel == Webhook {
		return s.postText(ctx, describeAlarm(a, state))
	}
	fields := []zap.Field{
		zap.String("alarm", a.Name), zap.String("line", a.Line), zap.Int64("episode", a.Episode),
		zap.String("detail", a.Detail),
	}
	if state == registry.AlarmCleared {
		s.log.Info("alarm cleared", fields...)
		return nil
	}
	s.log.Error("alarm opened", fields...) // someone must act
	return nil
}

// describeAlarm is what people read of it.
func describeAlarm(a registry.Alarm, state registry.AlarmState) string {
	var w strings.Builder
	title := strings.Join(strings.Fields(a.Title), " ") // on one line
	fmt.Fprintf(&w, "[%s] %s: %s\n%s\n", a.Line, state, title, a.Detail)
	const layout = "2 Jan 2006 15:04 MST"
	if state == registry.AlarmCleared {
		fmt.Fprintf(&w, "open from %s to %s, found %d times\n", a.OpenedAt.In(lfb.London).Format(layout),
			a.ClearedAt.In(lfb.London).Format(layout), a.Times)
	} else {
		fmt.Fprintf(&w, "since %s\n", a.OpenedAt.In(lfb.London).Format(layout))
	}
	fmt.Fprintf(&w, "alarm %s, episode %d", a.Name, a.Episode)
	return w.String()
}
