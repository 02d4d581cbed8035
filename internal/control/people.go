package control

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"lfb/internal/auth"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Directory is where accounts and API keys are kept; mysql.DB is one.
type Directory interface {
	AuditLog
	// Account returns one account; lfb.ErrNotFound.
	Account(ctx context.Context, name string) (registry.Account, error)
	// SwapAccount makes next of was, or inserts it where was is zero; lfb.ErrConflict where
	// another account stands than was.
	SwapAccount(ctx context.Context, was, next registry.Account) error
	// EndSessions ends the account's sessions and says how many there were.
	EndSessions(ctx context.Context, account string) (int64, error)
	SaveAPIKey(ctx context.Context, k registry.APIKey) error
	// RotateAPIKey gives a key another hash; lfb.ErrNotFound, lfb.ErrConflict for a revoked one.
	RotateAPIKey(ctx context.Context, id, hash string) (registry.APIKey, error)
	// RevokeAPIKey makes a key worthless from at on; lfb.ErrNotFound.
	RevokeAPIKey(ctx context.Context, id string, at time.Time) error
}

// AuditLog is where changes are written down before they are made.
type AuditLog interface {
	AppendAudit(ctx context.Context, e registry.AuditEntry) error
}

// People changes accounts and API keys. An API key changes none of what would outlive
// it, other than its own secret: ErrPasswordNeeded.
type People struct {
	directory Directory
	now       func() time.Time
}

// NewPeople makes a People of what the directory keeps.
func NewPeople(directory Directory, now func() time.Time) *People { return &People{directory, now} }

// ErrPasswordNeeded keeps keys from making what would outlive them: passwords, accounts
// and other keys.
var ErrPasswordNeeded = errors.New("passwords, accounts and keys are made and taken away by whoever signs in with a " +
	"password, not by a key")

// FieldError is a value that cannot be taken; it is lfb.ErrInvalid.
type FieldError struct {
	Field  string // as in the API's JSON
	Reason string
}

func (e *FieldError) Error() string { return strings.ReplaceAll(e.Field, "_", " ") + " " + e.Reason }

// Unwrap makes it lfb.ErrInvalid.
func (e *FieldError) Unwrap() error { return lfb.ErrInvalid }

// AccountChange changes what it names of an account, and nothing else.
type AccountChange struct {
	Name     string
	Role     registry.Role
	Disabled *bool
	Password string // to be set; a new account without one gets a random one
	Renew    bool   // gives a random password
	OneTime  bool   // the password must be changed by whoever signs in with it, before all else
	Create   bool   // the account is made where there is none
	New      bool   // with Create: lfb.ErrConflict where there is one
}

// ChangedAccount is an account after a change.
type ChangedAccount struct {
	Account  registry.Account
	Password string // that was made for it; shown once
	IsNew    bool
}

var accountName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// ChangeAccount makes or changes one; lfb.ErrNotFound, and lfb.ErrConflict for what would
// lock the caller out.
func (p *People) ChangeAccount(ctx context.Context, by Actor, c AccountChange) (done ChangedAccount, err error) {
	if !accountName.MatchString(c.Name) {
		return ChangedAccount{}, &FieldError{"name", "is up to 63 lower-case letters, digits, dots, dashes and underscores"}
	}
	noted := ""
	for range maxSwaps {
		if done, err = p.tryChange(ctx, by, c, &noted); !errors.Is(err, errMoved) {
			break
		}
	}
	if err != nil && noted != "" {
		appendRefusal(ctx, p.directory, p.now(), by, "set account", c.Name, err)
	}
	return done, err
}

// OneTimeFor is how long a one-time password is good.
const OneTimeFor = 72 * time.Hour

// maxSwaps is how often a change is made on what others made of the account meanwhile.
const maxSwaps = 8

// errMoved is that somebody else changed the account between its reading and its writing.
var errMoved = fmt.Errorf("somebody else changes this account; try again: %w", lfb.ErrConflict)

// tryChange makes the change on the account as it is now; errMoved. noted is what the audit
// log has of it already.
func (p *People) tryChange(ctx context.Context, by Actor, c AccountChange, noted *string) (ChangedAccount, error) {
	was, err := p.directory.Account(ctx, c.Name)
	done := ChangedAccount{IsNew: c.Create && errors.Is(err, lfb.ErrNotFound)}
	switch {
	case err != nil && !done.IsNew:
		return ChangedAccount{}, err
	case c.New && !done.IsNew:
		return ChangedAccount{}, fmt.Errorf("there is an account %s already: %w", c.Name, lfb.ErrConflict)
	}
	acc := was
	if done.IsNew {
		was = registry.Account{}
		acc = registry.Account{Name: c.Name, CreatedAt: p.now().UTC()}
	}
	password := c.Password
	if c.Renew || done.IsNew && password == "" {
		password = randomText(18)
		done.Password = password
	}
	acc.Role = cmp.Or(c.Role, acc.Role)
	if c.Disabled != nil {
		acc.Disabled = *c.Disabled
	}
	switch {
	case !acc.Role.Covers(registry.RoleOperator):
		return ChangedAccount{}, &FieldError{"role", "is operator, analyst or admin"}
	case c.Name == by.Name && (acc.Disabled || acc.Role != registry.RoleAdmin):
		return ChangedAccount{}, fmt.Errorf("your own account: somebody else must take it away: %w", lfb.ErrConflict)
	}
	if password != "" {
		if by.Key != "" {
			return ChangedAccount{}, ErrPasswordNeeded
		}
		if err := setPassword(&acc, password); err != nil {
			return ChangedAccount{}, err
		}
		acc.OneTime, acc.OneTimeUntil = false, time.Time{}
	}
	if c.OneTime {
		acc.OneTime, acc.OneTimeUntil = true, p.now().UTC().Add(OneTimeFor).Truncate(time.Second)
	}
	detail := fmt.Sprintf("role %s, disabled %v, new password %v", acc.Role, acc.Disabled, password != "")
	if detail != *noted {
		// ChangeAccount logs what comes of it
		if err := appendAudit(ctx, p.directory, p.now(), by, "set account", c.Name, detail); err != nil {
			return ChangedAccount{}, err
		}
		*noted = detail
	}
	if err := p.swapAccount(ctx, was, acc); err != nil {
		return ChangedAccount{}, err
	}
	done.Account = acc
	return done, nil
}

func (p *People) swapAccount(ctx context.Context, was, next registry.Account) error {
	err := p.directory.SwapAccount(ctx, was, next)
	if errors.Is(err, lfb.ErrConflict) {
		return errMoved
	}
	return err
}

// ChangePassword gives the caller's own account another password and signs its browsers out.
func (p *People) ChangePassword(ctx context.Context, by Actor, password string) error {
	if by.Key != "" {
		return ErrPasswordNeeded
	}
	was, err := p.directory.Account(ctx, by.Name)
	if err != nil {
		return err
	}
	if same, err := auth.PasswordMatches(was.PasswordHash, password); err == nil && same {
		return &FieldError{"password", "is the one that you have"}
	}
	acc := was
	if err := setPassword(&acc, password); err != nil {
		return err
	}
	acc.OneTime, acc.OneTimeUntil = false, time.Time{}
	return p.audit(ctx, by, "change password", by.Name, "their own", func() error {
		if err := p.swapAccount(ctx, was, acc); err != nil {
			return err
		}
		_, err := p.directory.EndSessions(ctx, by.Name)
		return err
	})
}

// setPassword gives an account a password that is not easily guessed.
func setPassword(acc *registry.Account, password string) (err error) {
	if err := auth.CheckPassword(password, acc.Name, "lfb", "london", "fire", "brigade"); err != nil {
		return &FieldError{"password", lfb.Plain(err)}
	}
	acc.PasswordHash, err = auth.HashPassword(password)
	return err
}

// EndSessions signs the account's browsers out and says how many there were.
func (p *People) EndSessions(ctx context.Context, by Actor, account string) (n int64, err error) {
	err = p.audit(ctx, by, "end sessions", account, "", func() (err error) {
		n, err = p.directory.EndSessions(ctx, account)
		return err
	})
	return n, err
}

// KeyRequest asks for an API key.
type KeyRequest struct {
	Account   string // empty: the caller's
	Scope     registry.Role
	Note      string
	ExpiresAt time.Time // zero: never
}

// MakeKey makes an API key and its secret, which is not kept.
func (p *People) MakeKey(ctx context.Context, by Actor, r KeyRequest) (registry.APIKey, string, error) {
	name, now := cmp.Or(r.Account, by.Name), p.now().UTC()
	switch {
	case by.Key != "":
		return registry.APIKey{}, "", ErrPasswordNeeded
	case !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(now):
		return registry.APIKey{}, "", &FieldError{"expires_at", "is over already"}
	case !slices.Contains(registry.Scopes(), r.Scope):
		return registry.APIKey{}, "", &FieldError{"scope", fmt.Sprintf("is none of %v", registry.Scopes())}
	case r.Note == "" || len(r.Note) > maxKeyNote:
		return registry.APIKey{}, "", &FieldError{"note", fmt.Sprintf("says in 1 to %d letters what the key is for",
			maxKeyNote)}
	}
	if _, err := p.directory.Account(ctx, name); errors.Is(err, lfb.ErrNotFound) {
		return registry.APIKey{}, "", &FieldError{"account", "no account " + name}
	} else if err != nil {
		return registry.APIKey{}, "", err
	}
	secret, hash := newSecret()
	k := registry.APIKey{
		ID: uuid.NewString(), Hash: hash, Account: name, Scope: r.Scope, Note: r.Note, CreatedAt: now,
		ExpiresAt: r.ExpiresAt.UTC(),
	}
	detail := fmt.Sprintf("for %s, scope %s: %s", name, k.Scope, k.Note)
	err := p.audit(ctx, by, "make key", k.ID, detail, func() error { return p.directory.SaveAPIKey(ctx, k) })
	return k, secret, err
}

// maxKeyNote is how long a key's note may be, in bytes.
const maxKeyNote = 200

// RotateKey gives a key a new secret: by itself, or by an administrator's password.
func (p *People) RotateKey(ctx context.Context, by Actor, id string) (k registry.APIKey, secret string, err error) {
	if by.Key != "" && by.Key != id {
		return registry.APIKey{}, "", ErrPasswordNeeded
	}
	secret, hash := newSecret()
	err = p.audit(ctx, by, "rotate key", id, "", func() (err error) {
		k, err = p.directory.RotateAPIKey(ctx, id, hash)
		return err
	})
	return k, secret, err
}

// RevokeKey makes a key worthless; it holds within a minute.
func (p *People) RevokeKey(ctx context.Context, by Actor, id string) error {
	if by.Key != "" {
		return ErrPasswordNeeded
	}
	return p.audit(ctx, by, "revoke key", id, "", func() error {
		return p.directory.RevokeAPIKey(ctx, id, p.now().UTC())
	})
}

// audit is Control.audit.
func (p *People) audit(ctx context.Context, by Actor, action, target, detail string, do func() error) error {
	return auditChange(ctx, p.directory, p.now, by, action, target, detail, do)
}

// newSecret is a new API key and its SHA-256, which is what is kept.
func newSecret() (key, hash string) {
	key = "lfb_" + randomText(32)
	sum := sha256.Sum256([]byte(key))
	return key, hex.EncodeToString(sum[:])
}

// randomText is n random bytes as text.
func randomText(n int) string {
	raw := make([]byte, n)
	rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}
