package verb

import (
	"context"
	"fmt"
	"os"
	"time"

	"lfb/internal/app"
	"lfb/internal/control"
	"lfb/internal/registry"
)

// makeKey makes an API key of the scope that is named, for the account that is, or for the
// first one. Its secret alone goes to the standard output.
func makeKey(ctx context.Context, e *env) error {
	db, err := app.OpenRecords(ctx, e.c)
	if err != nil {
		return err
	}
	e.closers = append(e.closers, func() { _ = db.Close() }) // nothing is in flight
	r := control.KeyRequest{Account: app.AdminAccount, Scope: registry.Role(e.argAt(0)), Note: e.c.Starter.Why}
	if name := e.argAt(1); name != "" {
		r.Account = name
	}
	by := control.Actor{Name: e.callerName(), Address: "starter"}
	k, secret, err := control.NewPeople(db, time.Now).MakeKey(ctx, by, r)
	if err != nil {
		return err
	}
	return e.print(map[string]string{"id": k.ID, "key": secret}, func() {
		fmt.Fprintf(os.Stderr, "key %s of the scope %s, for %s; it is not shown again\n", k.ID, k.Scope, k.Note)
		fmt.Fprintln(e.out, secret)
	})
}
