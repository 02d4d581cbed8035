package mysqltest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

func testSessions(t *testing.T, cfg config.MySQL) {
	ctx := t.Context()
	db := ready(t, cfg)
	session := func(mark, account string, at time.Time) registry.Session {
		return registry.Session{
			Hash: strings.Repeat(mark, 64), Account: account, Proof: strings.Repeat("f", 64), Address: "10.0.0.1",
			CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(time.Hour),
		}
	}
	old, ann, bob := session("a", "ann", noon), session("b", "ann", noon.Add(time.Hour)), session("c", "bob", noon.Add(2*time.Hour))
	for _, s := range []registry.Session{old, ann, bob} {
		check(t, "SaveSession", db.SaveSession(ctx, s))
	}
	if err := db.SaveSession(ctx, bob); !errors.Is(err, lfb.ErrConflict) {
		t.Errorf("SaveSession of a token that is there = %v, want %v", err, lfb.ErrConflict)
	}
	if _, err := db.Session(ctx, old.Hash); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("Session that was over = %v, want it swept", err)
	}
	later := ann.SeenAt.Add(time.Minute)
	check(t, "TouchSession", db.TouchSession(ctx, ann.Hash, later))
	check(t, "TouchSession out of order", db.TouchSession(ctx, ann.Hash, ann.CreatedAt))
	check(t, "TouchSession of none", db.TouchSession(ctx, old.Hash, later))
	ann.SeenAt = later
	if d := cmp.Diff(ann, must[registry.Session](t, "Session")(db.Session(ctx, ann.Hash))); d != "" {
		t.Errorf("Session (-want +got):\n%s", d)
	}
	check(t, "EndSession", db.EndSession(ctx, ann.Hash))
	check(t, "EndSession again", db.EndSession(ctx, ann.Hash))
	if _, err := db.Session(ctx, ann.Hash); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("Session that was ended = %v, want %v", err, lfb.ErrNotFound)
	}
	second := session("d", "bob", noon.Add(2*time.Hour))
	check(t, "SaveSession", db.SaveSession(ctx, second))
	for _, want := range []int64{2, 0} {
		if n := must[int64](t, "EndSessions")(db.EndSessions(ctx, "bob")); n != want {
			t.Errorf("EndSessions = %d, want %d", n, want)
		}
	}
}
