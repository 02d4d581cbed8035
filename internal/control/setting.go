package control

import (
	"context"
	"fmt"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// AssumeCallHandling sets the time from call to mobilisation that answers assume where no
// data tell it; 0 assumes nothing. Where the setting is no longer at revision seen it is
// lfb.ErrConflict, and nothing is changed.
func (c *Control) AssumeCallHandling(ctx context.Context, by Actor, d time.Duration, seen int64, why string) (err error) {
	if d < 0 {
		return fmt.Errorf("call handling of %v: %w", d, lfb.ErrInvalid)
	}
	const name = registry.SettingCallHandling
	logRefusal, err := c.audit(ctx, by, "set "+name, d.String(), "from revision %d: %s", seen, why)
	if err != nil {
		return err
	}
	defer logRefusal(&err)
	return c.records.AppendSetting(ctx, registry.Setting{Name: name, Revision: seen + 1, Value: d.String(), Who: by.Name, Why: why, At: c.now().UTC()})
}
