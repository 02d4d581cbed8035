package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"lfb/internal/lfb"
)

// book is a Ledger in memory, with the one guarantee that a database gives: a
// revision is inserted once. mysqltest proves the same of the real ones.
type book struct {
	mu       sync.Mutex
	versions map[string]Version
	entries  []Promotion
}

func newBook(versions ...string) *book {
	b := &book{versions: map[string]Version{}}
	for _, v := range versions {
		b.versions[v] = Version{ID: v}
	}
	return b
}

func (b *book) SaveVersion(_ context.Context, v Version) error { b.versions[v.ID] = v; return nil }

func (b *book) Version(_ context.Context, _, id string) (Version, error) {
	v, ok := b.versions[id]
	if !ok {
		return v, fmt.Errorf("version %s: %w", id, lfb.ErrNotFound)
	}
	return v, nil
}

func (b *book) Append(_ context.Context, p Promotion) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		if e.Revision == p.Revision {
			if e.Token == p.Token {
				return nil
			}
			return fmt.Errorf("revision %d: %w", p.Revision, lfb.ErrConflict)
		}
	}
	b.entries = append(b.entries, p)
	return nil
}

func (b *book) Promotions(_ context.Context, _ string, limit int) ([]Promotion, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := slices.Clone(b.entries)
	slices.Reverse(out)
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out, nil
}

func ask(to, token string) Promotion {
	return Promotion{Line: "l", To: to, Kind: "promote", Who: "a", Why: "b", Token: token}
}

func TestPromoteAndRollBack(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBook("v1", "v2")
	for i, to := range []string{"v1", "v2", "v1"} {
		p, err := Promote(ctx, b, ask(to, fmt.Sprint(i)), int64(i))
		if err != nil {
			t.Fatal(err)
		}
		if p.Revision != int64(i+1) {
			t.Errorf("revision = %d, want %d", p.Revision, i+1)
		}
	}
	now, err := Champion(ctx, b, "l")
	if err != nil || now.To != "v1" || now.From != "v2" || now.Revision != 3 {
		t.Errorf("Champion = %+v, %v, want v1 after v2 as revision 3", now, err)
	}
}

func TestPromoteRefuses(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBook("v1", "v2")
	if _, err := Promote(ctx, b, ask("v1", "first"), 0); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		p    Promotion
		seen int64
		want error
	}{
		{"stale", ask("v2", "x"), 0, lfb.ErrConflict},
		{"from the future", ask("v2", "x"), 7, lfb.ErrConflict},
		{"serves already", ask("v1", "x"), 1, lfb.ErrConflict},
		{"unknown version", ask("v9", "x"), 1, lfb.ErrNotFound},
		{"without a reason", Promotion{Line: "l", To: "v2", Who: "a", Token: "x"}, 1, lfb.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Promote(ctx, b, tt.p, tt.seen); !errors.Is(err, tt.want) {
				t.Errorf("Promote(%+v, %d) = %v, want %v", tt.p, tt.seen, err, tt.want)
			}
		})
	}
	if len(b.entries) != 1 {
		t.Errorf("%d ledger entries, want the one", len(b.entries))
	}
}

func TestPromoteAgainWithTheSameToken(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBook("v1", "v2")
	first, err := Promote(ctx, b, ask("v1", "once"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Promote(ctx, b, ask("v2", "other"), 1); err != nil {
		t.Fatal(err)
	}
	again, err := Promote(ctx, b, ask("v1", "once"), 0)
	if err != nil || again.Revision != first.Revision || len(b.entries) != 2 {
		t.Errorf("the same request again = %+v, %v, %d entries; want revision %d and 2 entries", again, err, len(b.entries),
			first.Revision)
	}
}

func TestPromoteRaceHasOneWinner(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBook("v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7")
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, errs[i] = Promote(ctx, b, ask(fmt.Sprintf("v%d", i), fmt.Sprint(i)), 0) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, lfb.ErrConflict):
			t.Errorf("loser's error = %v, want lfb.ErrConflict", err)
		}
	}
	if won != 1 || len(b.entries) != 1 {
		t.Errorf("%d winners, %d entries, want one of each", won, len(b.entries))
	}
}
