package registry

import (
	"context"
	"fmt"

	"lfb/internal/lfb"
)

// Champion returns the line's last promotion: its To serves. Without one it
// returns lfb.ErrNotFound.
func Champion(ctx context.Context, l Ledger, line string) (Promotion, error) {
	ps, err := l.Promotions(ctx, line, 1)
	if err != nil {
		return Promotion{}, err
	}
	if len(ps) == 0 {
		return Promotion{}, fmt.Errorf("line %s: champion: %w", line, lfb.ErrNotFound)
	}
	return ps[0], nil
}

// repeatWindow is how many entries back a repeated request is still known.
const repeatWindow = 50

// Promote appends p to the ledger as the revision after seen, which is the
// revision that the decision was made from (0: an empty ledger). A ledger that
// has moved on gives lfb.ErrConflict; the same Token again gives the entry that
// it made. p.To must be a version of the line, and not the one that serves.
func Promote(ctx context.Context, l Ledger, p Promotion, seen int64) (Promotion, error) {
	if p.Line == "" || p.To == "" || p.Who == "" || p.Why == "" || p.Token == "" {
		return p, fmt.Errorf("promotion of %q in line %q: version, line, who, why and token are all needed: %w",
			p.To, p.Line, lfb.ErrInvalid)
	}
	if _, err := l.Version(ctx, p.Line, p.To); err != nil {
		return p, err
	}
	recent, err := l.Promotions(ctx, p.Line, repeatWindow)
	if err != nil {
		return p, err
	}
	var now Promotion
	if len(recent) > 0 {
		now = recent[0]
	}
	for _, made := range recent {
		if made.Token == p.Token {
			return made, nil
		}
	}
	if now.Revision != seen {
		return p, fmt.Errorf("line %s is at revision %d, the decision was made from %d: %w",
			p.Line, now.Revision, seen, lfb.ErrConflict)
	}
	if now.To == p.To {
		return p, fmt.Errorf("version %s serves already: %w", p.To, lfb.ErrConflict)
	}
	p.Revision, p.From = seen+1, now.To
	return p, l.Append(ctx, p)
}
