package mysqltest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

func testSessions(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	session := func(mark, account string, at time.Time) registry.Session {
		return registry.Session{
			Hash: strings.Repeat(mark, 64), Account: account, Proof: strings.Repeat("f", 64), Address: "10.0.0.1",
			CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(time.Hour),
		}
	}
	old, ann, bob := session("a", "ann", noon), session("b", "ann", noon.Add(time.Hour)),
		session("c", "bob", noon.Add(2*time.Hour))
	for _, s := range []registry.Session{old, ann, bob} {
		mustSucceed(t, "SaveSession", db.SaveSession(ctx, s))
	}
	wantErr(t, "SaveSession of a token that is there", db.SaveSession(ctx, bob), lfb.ErrConflict)
	wantErr(t, "Session that was over", secondError(db.Session(ctx, old.Hash)), lfb.ErrNotFound)
	later := ann.SeenAt.Add(time.Minute)
	mustSucceed(t, "TouchSession", db.TouchSession(ctx, ann.Hash, later))
	mustSucceed(t, "TouchSession out of order", db.TouchSession(ctx, ann.Hash, ann.CreatedAt))
	mustSucceed(t, "TouchSession of none", db.TouchSession(ctx, old.Hash, later))
	ann.SeenAt = later
	wantResult(t, "Session", ann)(db.Session(ctx, ann.Hash))
	mustSucceed(t, "EndSession", db.EndSession(ctx, ann.Hash))
	mustSucceed(t, "EndSession again", db.EndSession(ctx, ann.Hash))
	wantErr(t, "Session that was ended", secondError(db.Session(ctx, ann.Hash)), lfb.ErrNotFound)
	second := session("d", "bob", noon.Add(2*time.Hour))
	mustSucceed(t, "SaveSession", db.SaveSession(ctx, second))
	for _, want := range []int64{2, 0} {
		if n := mustGet[int64](t, "EndSessions")(db.EndSessions(ctx, "bob")); n != want {
			t.Errorf("EndSessions = %d, want %d", n, want)
		}
	}
}

func testCodes(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	code := registry.Code{
		Hash: strings.Repeat("a", 64), Account: "ann", Promotion: "promote l v2 after revision 1",
		CreatedAt: noon, ExpiresAt: noon.Add(10 * time.Minute),
	}
	old := code
	old.Hash, old.CreatedAt, old.ExpiresAt = strings.Repeat("b", 64), noon.AddDate(0, 0, -3), noon.AddDate(0, 0, -2)
	mustSucceed(t, "SaveCode", db.SaveCode(ctx, old))
	mustSucceed(t, "SaveCode", db.SaveCode(ctx, code))
	if n := queryText(t, db, "SELECT COUNT(*) FROM decision_code"); n != "1" {
		t.Errorf("%s codes are kept, want the old one swept", n)
	}
	good := registry.Ask{Who: "ann", Promotion: code.Promotion, By: "run/1"}
	for name, ask := range map[string]registry.Ask{
		"another account":   {Who: "eve", Promotion: code.Promotion, By: "run/1"},
		"another promotion": {Who: "ann", Promotion: "other", By: "run/1"},
	} {
		wantErr(t, fmt.Sprintf("UseCode of %s", name), db.UseCode(ctx, code.Hash, ask, noon), lfb.ErrNotFound)
	}
	wantErr(t, "UseCode too late", db.UseCode(ctx, code.Hash, good, code.ExpiresAt), lfb.ErrNotFound)
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			ask := good
			ask.By = fmt.Sprint("run/", i)
			switch err := db.UseCode(ctx, code.Hash, ask, noon); {
			case err == nil:
				won.Add(1)
				mustSucceed(t, "UseCode again by the same", db.UseCode(ctx, code.Hash, ask, noon))
			case !errors.Is(err, lfb.ErrNotFound):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 8 used one code at once, want 1", won.Load())
	}
}
