package control_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lfb/internal/auth"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// directory is one account, one key and the audit log in memory.
type directory struct {
	account registry.Account
	key     registry.APIKey
	audit   []registry.AuditEntry
	noAudit bool
	ended   int

	meanwhile func() // what somebody else does between the next reading and writing
}

func (d *directory) AppendAudit(_ context.Context, e registry.AuditEntry) error {
	if d.noAudit {
		return lfb.ErrUnavailable
	}
	d.audit = append(d.audit, e)
	return nil
}

func (d *directory) Account(_ context.Context, name string) (registry.Account, error) {
	if name != d.account.Name {
		return registry.Account{}, lfb.ErrNotFound
	}
	return d.account, nil
}

func (d *directory) SwapAccount(_ context.Context, was, next registry.Account) error {
	if d.meanwhile != nil {
		d.meanwhile()
		d.meanwhile = nil
	}
	if d.account != was {
		return lfb.ErrConflict
	}
	d.account = next
	return nil
}

func (d *directory) EndSessions(context.Context, string) (int64, error) {
	d.ended++
	return 1, nil
}

func (d *directory) SaveAPIKey(_ context.Context, k registry.APIKey) error {
	d.key = k
	return nil
}

func (d *directory) RotateAPIKey(_ context.Context, _, hash string) (registry.APIKey, error) {
	d.key.Hash = hash
	return d.key, nil
}

func (d *directory) RevokeAPIKey(_ context.Context, id string, at time.Time) error {
	if id == "none" {
		return lfb.ErrNotFound
	}
	d.key.RevokedAt = at
	return nil
}

// TestAOneTimePasswordIsReplacedByItsOwner: who is given a random password is asked for one
// of their own, and only their own change ends that.
func TestAOneTimePasswordIsReplacedByItsOwner(t *testing.T) {
	t.Parallel()
	d := &directory{}
	p := control.NewPeople(d, func() time.Time { return clock })
	done, err := p.ChangeAccount(t.Context(), root, control.AccountChange{
		Name: "olga", Role: registry.RoleOperator,
		Create: true, OneTime: true,
	})
	if err != nil || !done.IsNew || len(done.Password) < 20 || !d.account.OneTime ||
		!d.account.OneTimeUntil.Equal(clock.Add(control.OneTimeFor)) {
		t.Fatalf("a new account = %+v, %v; want a one-time password", done, err)
	}
	olga := control.Actor{Name: "olga"}
	if err := p.ChangePassword(t.Context(), olga, "olga12345678"); !errors.Is(err, lfb.ErrInvalid) || !d.account.OneTime {
		t.Errorf("a weak password = %v, account %+v", err, d.account)
	}
	const own = "tide over lambeth bridge"
	if err := p.ChangePassword(t.Context(), olga, own); err != nil || d.account.OneTime ||
		!d.account.OneTimeUntil.IsZero() || d.ended != 1 {
		t.Errorf("her own password: %v, account %+v, sessions ended %d times", err, d.account, d.ended)
	}
	if ok, err := auth.PasswordMatches(d.account.PasswordHash, own); err != nil || !ok {
		t.Errorf("her own password does not fit: %v", err)
	}
	for _, e := range d.audit {
		if text := fmt.Sprint(e); strings.Contains(text, own) || strings.Contains(text, done.Password) {
			t.Errorf("audit entry %s holds a password", text)
		}
	}
}

// TestChangesOfOneAccountAddUp: what somebody else changed between reading and writing stays.
func TestChangesOfOneAccountAddUp(t *testing.T) {
	t.Parallel()
	disabled := true
	for _, c := range []struct {
		start     registry.Account
		change    control.AccountChange
		meanwhile registry.Account
		want      registry.Account
		err       error
	}{
		{
			registry.Account{Name: "ann", Role: registry.RoleOperator, PasswordHash: "x"},
			control.AccountChange{Name: "ann", Disabled: &disabled},
			registry.Account{Name: "ann", Role: registry.RoleAnalyst, PasswordHash: "y"},
			registry.Account{Name: "ann", Role: registry.RoleAnalyst, PasswordHash: "y", Disabled: true},
			nil,
		},
		{
			registry.Account{},
			control.AccountChange{Name: "ann", Role: registry.RoleAnalyst, Create: true},
			registry.Account{Name: "ann", Role: registry.RoleOperator, PasswordHash: "y"},
			registry.Account{Name: "ann", Role: registry.RoleAnalyst, PasswordHash: "y"},
			nil,
		},
		{
			registry.Account{},
			control.AccountChange{Name: "ann", Role: registry.RoleAnalyst, Create: true, New: true},
			registry.Account{Name: "ann", Role: registry.RoleOperator, PasswordHash: "y"},
			registry.Account{Name: "ann", Role: registry.RoleOperator, PasswordHash: "y"},
			lfb.ErrConflict,
		},
	} {
		d := &directory{account: c.start}
		d.meanwhile = func() { d.account = c.meanwhile }
		done, err := control.NewPeople(d, func() time.Time { return clock }).ChangeAccount(t.Context(), root, c.change)
		if !errors.Is(err, c.err) || d.account != c.want || done.IsNew || done.Password != "" {
			t.Errorf("%+v = %+v, %v with %+v kept, want %+v kept and %v", c.change, done, err, d.account, c.want, c.err)
		}
	}
	const own = "tide over lambeth bridge"
	d := &directory{account: registry.Account{Name: "ann", Role: registry.RoleOperator, PasswordHash: "x"}}
	d.meanwhile = func() { d.account.PasswordHash = "an administrator's" }
	err := control.NewPeople(d, func() time.Time { return clock }).ChangePassword(t.Context(), control.Actor{Name: "ann"},
		own)
	if !errors.Is(err, lfb.ErrConflict) || d.account.PasswordHash != "an administrator's" {
		t.Errorf("a password of one's own over a newer one = %v, account %+v", err, d.account)
	}
}

// TestPeopleChangeNothingUnlogged: what the audit log does not take is not done, nor what a
// key may not do, nor what would lock the caller out.
func TestPeopleChangeNothingUnlogged(t *testing.T) {
	t.Parallel()
	start := directory{
		account: registry.Account{Name: "root", Role: registry.RoleAdmin, PasswordHash: "x"},
		key:     registry.APIKey{ID: "k"},
	}
	changes := map[string]func(*control.People, control.Actor) error{
		"password": func(p *control.People, by control.Actor) error {
			_, err := p.ChangeAccount(t.Context(), by, control.AccountChange{Name: "root", Renew: true})
			return err
		},
		"own password": func(p *control.People, by control.Actor) error {
			return p.ChangePassword(t.Context(), by, "tide over lambeth bridge")
		},
		"make key": func(p *control.People, by control.Actor) error {
			_, _, err := p.MakeKey(t.Context(), by, control.KeyRequest{Scope: registry.RoleAdmin, Note: "x"})
			return err
		},
		"rotate key": func(p *control.People, by control.Actor) error {
			_, _, err := p.RotateKey(t.Context(), by, "k")
			return err
		},
		"revoke key": func(p *control.People, by control.Actor) error { return p.RevokeKey(t.Context(), by, "k") },
	}
	for name, change := range changes {
		for _, c := range []struct {
			by      control.Actor
			noAudit bool
			want    error
		}{
			{root, true, lfb.ErrUnavailable},
			{control.Actor{Name: "root", Key: "other"}, false, control.ErrPasswordNeeded},
		} {
			d := start
			d.noAudit = c.noAudit
			err := change(control.NewPeople(&d, func() time.Time { return clock }), c.by)
			if d.noAudit = start.noAudit; !errors.Is(err, c.want) || fmt.Sprint(d) != fmt.Sprint(start) {
				t.Errorf("%s by %+v: %v, want %v and nothing changed; %+v", name, c.by, err, c.want, d)
			}
		}
		d := start
		if err := change(control.NewPeople(&d, func() time.Time { return clock }), root); err != nil || len(d.audit) != 1 {
			t.Errorf("%s = %v, audit log %+v; want it done and written down", name, err, d.audit)
		}
	}
	d := start
	p := control.NewPeople(&d, func() time.Time { return clock })
	disabled := true
	for _, c := range []control.AccountChange{
		{Name: "root", Disabled: &disabled},
		{Name: "root", Role: registry.RoleAnalyst},
	} {
		if _, err := p.ChangeAccount(t.Context(), root, c); !errors.Is(err, lfb.ErrConflict) {
			t.Errorf("%+v by themselves = %v, want a conflict", c, err)
		}
	}
	for _, c := range []control.AccountChange{
		{Name: "Bad Name", Create: true},
		{Name: "new", Create: true},
		{Name: "new", Role: "king", Create: true},
	} {
		if _, err := p.ChangeAccount(t.Context(), root, c); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("%+v = %v, want it refused", c, err)
		}
	}
}
