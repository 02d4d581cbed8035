package registry

import (
	"context"
	"errors"
	"time"

	"lfb/internal/lfb"
)

// SettingCallHandling is the name of the time from call to mobilisation that is assumed: a
// Go duration.
const SettingCallHandling = "call_handling"

// Setting is what administrators set by hand for every replica: one revision of it.
type Setting struct {
	Name     string    `json:"name"`
	Revision int64     `json:"revision"` // 1, 2, …; key with Name, the highest counts
	Value    string    `json:"value"`
	Who      string    `json:"who"`
	Why      string    `json:"why"`
	At       time.Time `json:"at"`
}

// Settings is where what administrators set is read from.
type Settings interface {
	// Setting is a setting's last revision; lfb.ErrNotFound where it was never set.
	Setting(ctx context.Context, name string) (Setting, error)
}

// ReadSetting is a setting's last revision; of revision 0, with its name alone, where it was never set.
func ReadSetting(ctx context.Context, from Settings, name string) (Setting, error) {
	s, err := from.Setting(ctx, name)
	if errors.Is(err, lfb.ErrNotFound) {
		return Setting{Name: name}, nil
	}
	return s, err
}
