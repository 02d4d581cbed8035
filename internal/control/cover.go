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

// SaveCoverScenario keeps a scenario for all under its name, in place of the revision seen; 0 is none of that name,
// in whatever letters. lfb.ErrConflict where another is kept.
func (c *Control) SaveCoverScenario(
	ctx context.Context, by Actor, name string, scenario json.RawMessage, seen int64,
) error {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxScenarioName {
		return fmt.Errorf("a name of 1 to %d letters is needed: %w", maxScenarioName, lfb.ErrInvalid)
	}
	kept, err := c.records.CoverScenarios(ctx)
	if err != nil {
		return err
	}
	k := slices.IndexFunc(kept, func(s registry.CoverScenario) bool { return strings.EqualFold(s.Name, name) })
	switch {
	case seen == 0 && k >= 0:
		const why = "%s saved a scenario of the name %.60q, revision %d: %w"
		return fmt.Errorf(why, kept[k].Who, kept[k].Name, kept[k].Revision, lfb.ErrConflict)
	case seen == 0 && len(kept) >= mostScenarios:
		return fmt.Errorf("%d scenarios are kept: remove one first: %w", len(kept), lfb.ErrConflict)
	}
	return c.audit(ctx, by, "save cover scenario", name, string(scenario), func() error {
		return c.records.SaveCoverScenario(ctx, registry.CoverScenario{
			Name: name, Revision: seen + 1, Who: by.Name, At: c.now().UTC(), Scenario: scenario,
		})
	})
}

// DeleteCoverScenario removes one; lfb.ErrNotFound.
func (c *Control) DeleteCoverScenario(ctx context.Context, by Actor, name string) error {
	return c.audit(ctx, by, "delete cover scenario", name, "", func() error {
		return c.records.DeleteCoverScenario(ctx, name)
	})
}
