package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const monthFormat = "2006-01"

// SettleMonths gives the synthetic city its first month where no setting does: such that its last
// month was the one before now when the folder State.Dir was first used. The folder remembers it in
// the file synthetic-from, so the same folder has the same city ever after.
func (c *Config) SettleMonths(now time.Time) error {
	if c.Source.Name != "synthetic" || c.Source.From != "" {
		return nil
	}
	path := filepath.Join(c.State.Dir, "synthetic-from")
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		body = now.AddDate(0, -c.Source.Months, 1-now.Day()).AppendFormat(nil, monthFormat)
		if err = os.MkdirAll(c.State.Dir, 0o700); err == nil {
			err = os.WriteFile(path, append(slices.Clone(body), '\n'), 0o600)
		}
	}
	if err != nil {
		return fmt.Errorf("first month of the synthetic city: %w", err)
	}
	from := strings.TrimSpace(string(body))
	if _, err := time.Parse(monthFormat, from); err != nil {
		return fmt.Errorf("first month of the synthetic city: %s has %q: %w", path, from, err)
	}
	c.Source.From = from
	c.changed = append(c.changed, [2]string{"source.from", from})
	return nil
}
