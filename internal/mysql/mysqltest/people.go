package mysqltest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

// testSwaps changes accounts from many sides at once: one makes a new one, one changes what
// all read, and no change undoes another.
func testSwaps(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	winners := func(what string, swap func(k int) error) {
		t.Helper()
		var won atomic.Int32
		var wg sync.WaitGroup
		for k := range 6 {
			wg.Go(func() {
				switch err := swap(k); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, lfb.ErrConflict):
					t.Errorf("%s: %v", what, err)
				}
			})
		}
		wg.Wait()
		if n := won.Load(); n != 1 {
			t.Errorf("%s: %d of 6 did at once, want 1", what, n)
		}
	}
	for round := range 5 {
		ann := registry.Account{Name: fmt.Sprint("ann", round), Role: registry.RoleOperator, CreatedAt: noon}
		winners("make", func(k int) error {
			mine := ann
			mine.PasswordHash = fmt.Sprint("made by ", k)
			return db.SwapAccount(ctx, registry.Account{}, mine)
		})
		was := mustGet[registry.Account](t, "Account")(db.Account(ctx, ann.Name))
		winners("change", func(k int) error {
			mine := was
			mine.PasswordHash = fmt.Sprint("changed by ", k)
			return db.SwapAccount(ctx, was, mine)
		})
		var wg sync.WaitGroup
		for _, change := range []func(*registry.Account){
			func(a *registry.Account) { a.Role = registry.RoleAnalyst },
			func(a *registry.Account) { a.Disabled = true },
			func(a *registry.Account) { a.OneTime = true },
		} {
			wg.Go(func() {
				err := lfb.ErrConflict
				for range 5 {
					was, failed := db.Account(ctx, ann.Name)
					next := was
					change(&next)
					if err = errors.Join(failed, db.SwapAccount(ctx, was, next)); !errors.Is(err, lfb.ErrConflict) {
						break
					}
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if a := mustGet[registry.Account](t, "Account")(db.Account(ctx, ann.Name)); a.Role != registry.RoleAnalyst ||
			!a.Disabled || !a.OneTime {
			t.Errorf("after three changes at once = %+v, want each of them", a)
		}
	}
}
