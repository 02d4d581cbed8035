package registry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"lfb/internal/lfb"
)

// Code lets its account decide once on one promotion. The code itself is shown
// once and never kept.
type Code struct {
	Hash      string // SHA-256 of the code, hex
	Account   string
	Promotion string // workflow id
	CreatedAt time.Time
	ExpiresAt time.Time
}

// codeLife is how long a code can be used.
const codeLife = 10 * time.Minute

// codeLength is in characters of five bits: nobody guesses eighty.
const codeLength = 16

// Ask is somebody's wish to decide on a promotion.
type Ask struct {
	Who       string
	Code      string
	Promotion string // workflow id
	By        string // names the attempt: the same one may use its code again
}

// Deciders is where accounts and codes are kept. mysql.DB is one.
type Deciders interface {
	// Account returns one account; lfb.ErrNotFound.
	Account(ctx context.Context, name string) (Account, error)
	SaveCode(ctx context.Context, c Code) error
	// UseCode marks the code as used by a.By at a time; lfb.ErrNotFound where there
	// is none with that hash for that account and promotion, where it is over, and
	// where another has used it.
	UseCode(ctx context.Context, hash string, a Ask, at time.Time) error
}

// Rights says who may decide: an administrator who shows a code that was made
// out to them for that promotion. Temporal knows no roles, so whoever sends a
// decision could claim to be anyone; only who signed in gets a code.
type Rights struct {
	Store Deciders
	Now   func() time.Time
}

// Issue makes a code for an administrator's decision on one promotion.
func (r Rights) Issue(ctx context.Context, who, promotion string) (string, Code, error) {
	if err := r.requireAdmin(ctx, who); err != nil {
		return "", Code{}, err
	}
	text, now := rand.Text()[:codeLength], r.Now().UTC()
	c := Code{Hash: codeHash(text), Account: who, Promotion: promotion, CreatedAt: now, ExpiresAt: now.Add(codeLife)}
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:], c, r.Store.SaveCode(ctx, c)
}

// MayDecide uses the code up. lfb.ErrInvalid where it is not good, or who is no
// administrator.
func (r Rights) MayDecide(ctx context.Context, a Ask) error {
	if err := r.requireAdmin(ctx, a.Who); err != nil {
		return err
	}
	err := r.Store.UseCode(ctx, codeHash(a.Code), a, r.Now().UTC())
	if errors.Is(err, lfb.ErrNotFound) {
		return fmt.Errorf("no code, or not one of %s for this promotion, used already, or older than %v: "+
			"the admin API gives one: %w", a.Who, codeLife, lfb.ErrInvalid)
	}
	return err
}

func (r Rights) requireAdmin(ctx context.Context, who string) error {
	acc, err := r.Store.Account(ctx, who)
	if errors.Is(err, lfb.ErrNotFound) || err == nil && (acc.Disabled || !acc.Role.Covers(RoleAdmin)) {
		return fmt.Errorf("%s is no administrator: %w", who, lfb.ErrInvalid)
	}
	return err
}

// codeHash forgives how a person typed it.
func codeHash(text string) string {
	plain := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(text))
	sum := sha256.Sum256([]byte("lfb code\x00" + plain))
	return hex.EncodeToString(sum[:])
}
