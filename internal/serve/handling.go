package serve

import (
	"context"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"lfb/internal/registry"
)

// CallHandling follows the time from call to mobilisation that an administrator assumes.
// Until one set it, or while the database was never reached, it is the configured one.
type CallHandling struct {
	settings   registry.Settings
	configured time.Duration
	log        *zap.Logger
	set        atomic.Pointer[time.Duration]
}

// NewCallHandling starts from the configured figure; 0 assumes nothing.
func NewCallHandling(s registry.Settings, configured time.Duration, log *zap.Logger) *CallHandling {
	return &CallHandling{settings: s, configured: configured, log: log}
}

// Now is what is assumed; 0 is nothing.
func (h *CallHandling) Now() time.Duration {
	if d := h.set.Load(); d != nil {
		return *d
	}
	return h.configured
}

// handlingEvery is how often it is read.
const handlingEvery = 2 * time.Second

// Run follows the setting until ctx ends.
func (h *CallHandling) Run(ctx context.Context) error {
	return refreshEvery(ctx, handlingEvery, h.Refresh, func(err error) {
		if err != nil {
			h.log.Debug("assumed call handling not read", zap.Error(err)) // what was read last stays
		}
	})
}

// Refresh reads it once.
func (h *CallHandling) Refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	s, err := registry.ReadSetting(ctx, h.settings, registry.SettingCallHandling)
	if err != nil || s.Value == "" { // never set
		return err
	}
	d, err := time.ParseDuration(s.Value)
	if err == nil {
		h.set.Store(&d)
	}
	return err
}
