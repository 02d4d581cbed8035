package control

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// The longest name of a scenario, in letters, and how many there may be.
const (
	maxScenarioName = 100
	mostScenarios   = 500
)

// SaveCoverScenario keeps a scenario for all under its name, in place of one of that name.
func (c *Control) SaveCoverScenario(ctx context.Context, by Actor, name string, scenario json.RawMessage) (err error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxScenarioName {
		return fmt.Errorf("a name of 1 to %d letters is needed: %w", maxScenarioName, lfb.ErrInvalid)
	}
	kept, err := c.records.CoverScenarios(ctx)
	isNew := !slices.ContainsFunc(kept, func(s registry.CoverScenario) bool { return s.Name == name })
	if err == nil && isNew && len(kept) >= mostScenarios {
		err = fmt.Errorf("%d scenarios are kept: remove one first: %w", len(kept), lfb.ErrConflict)
	}
	if err != nil {
		return err
	}
	logRefusal, err := c.audit(ctx, by, "save cover scenario", name, "%s", scenario)
	if err != nil {
		return err
	}
	defer logRefusal(&err)
	saved := registry.CoverScenario{Name: name, Who: by.Name, At: c.now().UTC(), Scenario: scenario}
	return c.records.SaveCoverScenario(ctx, saved)
}

// DeleteCoverScenario removes one; lfb.ErrNotFound.
func (c *Control) DeleteCoverScenario(ctx context.Context, by Actor, name string) (err error) {
	logRefusal, err := c.audit(ctx, by, "delete cover scenario", name, "")
	if err != nil {
		return err
	}
	defer logRefusal(&err)
	return c.records.DeleteCoverScenario(ctx, name)
}
