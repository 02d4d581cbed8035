package control

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// AssumeCallHandling sets the time from call to mobilisation that answers assume where no
// data tell it; 0 assumes nothing. Where the setting is no longer at revision seen it is
// lfb.ErrConflict, and nothing is changed.
func (c *Control) AssumeCallHandling(ctx context.Context, by Actor, d time.Duration, seen int64, why string) error {
	if d < 0 {
		return fmt.Errorf("call handling of %v: %w", d, lfb.ErrInvalid)
	}
	return c.appendSetting(ctx, by, registry.SettingCallHandling, d.String(), d.String(), seen, why)
}

// SetAvailability sets who is out or stands elsewhere, from revision seen on, as AssumeCallHandling does. What it does
// not say of expiries is filled in.
func (c *Control) SetAvailability(ctx context.Context, by Actor, a *registry.Availability, seen int64,
	why string,
) error {
	if err := a.Settle(c.now()); err != nil {
		return err
	}
	who := make([]string, len(a.Engines))
	for i, e := range a.Engines {
		who[i] = e.Station
	}
	value, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return c.appendSetting(ctx, by, registry.SettingAvailability, string(value),
		fmt.Sprintf("%.200s", cmp.Or(strings.Join(who, ", "), "nobody")), seen, why)
}

// appendSetting appends a setting's next revision; target is what the audit log has of the value.
func (c *Control) appendSetting(ctx context.Context, by Actor, name, value, target string, seen int64,
	why string,
) error {
	who := by.Name
	if by.Key != "" {
		who += ", by key " + by.Key
	}
	return c.audit(ctx, by, "set "+name, target, fmt.Sprintf("from revision %d: %s", seen, why), func() error {
		return c.records.AppendSetting(ctx, registry.Setting{
			Name: name, Revision: seen + 1, Value: value, Who: who, Why: why, At: c.now().UTC(),
		})
	})
}
