package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
)

// desk is Deciders in memory.
type desk struct {
	accounts map[string]Account
	codes    map[string]Code
	used     map[string]string
}

func (d *desk) Account(_ context.Context, name string) (Account, error) {
	a, ok := d.accounts[name]
	if !ok {
		return a, fmt.Errorf("account %s: %w", name, lfb.ErrNotFound)
	}
	return a, nil
}

func (d *desk) SaveCode(_ context.Context, c Code) error { d.codes[c.Hash] = c; return nil }

func (d *desk) UseCode(_ context.Context, hash string, a Ask, at time.Time) error {
	c, ok := d.codes[hash]
	by, used := d.used[hash]
	if !ok || c.Account != a.Who || c.Promotion != a.Promotion || !at.Before(c.ExpiresAt) || used && by != a.By {
		return fmt.Errorf("code: %w", lfb.ErrNotFound)
	}
	d.used[hash] = a.By
	return nil
}

func TestRights(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ask  func(a *Ask, now *time.Time)
		ok   bool
	}{
		{"the code", func(*Ask, *time.Time) {}, true},
		{"typed another way", func(a *Ask, _ *time.Time) {
			a.Code = " " + strings.ToLower(strings.ReplaceAll(a.Code, "-", " "))
		}, true},
		{"just in time", func(_ *Ask, now *time.Time) { *now = now.Add(codeLife - time.Second) }, true},
		{"too late", func(_ *Ask, now *time.Time) { *now = now.Add(codeLife) }, false},
		{"another's", func(a *Ask, _ *time.Time) { a.Who = "eve" }, false},
		{"for another promotion", func(a *Ask, _ *time.Time) { a.Promotion = "promote l v3" }, false},
		{"a made-up one", func(a *Ask, _ *time.Time) { a.Code = "AAAA-AAAA-AAAA-AAAA" }, false},
		{"none", func(a *Ask, _ *time.Time) { a.Code = "" }, false},
		{"nobody's", func(a *Ask, _ *time.Time) { a.Who = "nobody" }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			d := &desk{accounts: map[string]Account{}, codes: map[string]Code{}, used: map[string]string{}}
			for _, name := range []string{"ann", "eve"} {
				d.accounts[name] = Account{Name: name, Role: RoleAdmin}
			}
			r := Rights{Store: d, Now: func() time.Time { return now }}
			code, kept, err := r.Issue(t.Context(), "ann", "promote l v2")
			if err != nil || strings.Contains(fmt.Sprint(kept), code) || len(code) != 19 {
				t.Fatalf("Issue = %q, %+v, %v", code, kept, err)
			}
			a := Ask{Who: "ann", Code: code, Promotion: "promote l v2", By: "r/1"}
			tt.ask(&a, &now)
			err = r.MayDecide(t.Context(), a)
			if (err == nil) != tt.ok || err != nil && !errors.Is(err, lfb.ErrInvalid) {
				t.Fatalf("MayDecide(%+v) = %v, want %v", a, err, tt.ok)
			}
			if !tt.ok {
				return
			}
			if err := r.MayDecide(t.Context(), a); err != nil {
				t.Errorf("the same attempt again = %v, want it let through", err)
			}
			a.By = "r/2"
			if err := r.MayDecide(t.Context(), a); !errors.Is(err, lfb.ErrInvalid) {
				t.Errorf("another attempt with a used code = %v, want it refused", err)
			}
		})
	}
}

func TestRightsAreOfAdministrators(t *testing.T) {
	t.Parallel()
	d := &desk{codes: map[string]Code{}, used: map[string]string{}, accounts: map[string]Account{
		"olga": {Name: "olga", Role: RoleAnalyst},
		"gone": {Name: "gone", Role: RoleAdmin, Disabled: true},
		"root": {Name: "root", Role: RoleAdmin},
	}}
	r := Rights{Store: d, Now: time.Now}
	for _, who := range []string{"olga", "gone", "nobody"} {
		if _, _, err := r.Issue(t.Context(), who, "p"); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Issue(%s) = %v, want it refused", who, err)
		}
	}
	code, _, err := r.Issue(t.Context(), "root", "p")
	if err != nil {
		t.Fatal(err)
	}
	d.accounts["root"] = Account{Name: "root", Role: RoleAnalyst}
	if err := r.MayDecide(t.Context(), Ask{Who: "root", Code: code, Promotion: "p"}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("MayDecide of who is none any more = %v, want it refused", err)
	}
}
