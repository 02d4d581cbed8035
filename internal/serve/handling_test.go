package serve_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/zap"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve"
)

type settings struct {
	value string
	err   error
}

func (s *settings) Setting(context.Context, string) (registry.Setting, error) {
	return registry.Setting{Value: s.value}, s.err
}

// What an administrator set last counts, also while the database is away; before, what is configured.
func TestCallHandling(t *testing.T) {
	t.Parallel()
	store := &settings{err: lfb.ErrNotFound}
	h := serve.NewCallHandling(store, time.Minute, zap.NewNop())
	for _, step := range []struct {
		value string
		err   error
		want  time.Duration
		fails bool
	}{
		{"", lfb.ErrNotFound, time.Minute, false},
		{"1m30s", nil, 90 * time.Second, false},
		{"", lfb.ErrUnavailable, 90 * time.Second, true},
		{"soon", nil, 90 * time.Second, true},
		{"0s", nil, 0, false},
	} {
		store.value, store.err = step.value, step.err
		if err := h.Refresh(t.Context()); h.Now() != step.want || (err != nil) != step.fails {
			t.Errorf("after %q, %v: %v, %v; want %v", step.value, step.err, h.Now(), err, step.want)
		}
	}
}
