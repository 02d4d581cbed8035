package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.uber.org/zap"

	"lfb/internal/auth"
	"lfb/internal/bundle"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
)

// The champion's size, and the rows of the city that all models learn from.
const (
	rounds = 500
	leaves = 63
	rows   = 10_000
)

// made is what the peers start from.
type made struct {
	state string // folder of the api
	rows  string // CSV
}

// prepare makes the champion (kept between runs), the api's state folder as a
// process leaves it that has served ann before, and the rows as CSV.
func prepare(ctx context.Context, o options) (made, error) {
	m := made{state: filepath.Join(o.out, "state"), rows: filepath.Join(o.out, "rows.csv")}
	if err := errors.Join(os.RemoveAll(m.state), os.MkdirAll(m.state, 0o700)); err != nil {
		return m, err
	}
	b, err := champion(ctx, o)
	if err != nil {
		return m, err
	}
	return m, errors.Join(live(ctx, m.state, b), writeRows(m.rows))
}

func champion(ctx context.Context, o options) (*bundle.Bundle, error) {
	path := filepath.Join(o.out, fmt.Sprintf("champion-%d-%d-%d-%v.lfb", rounds, leaves, rows, o.response))
	if data, err := os.ReadFile(path); err == nil {
		if b, err := bundle.Decode(data); err == nil {
			return b, nil
		} // of another version: made anew
	}
	fmt.Fprintln(os.Stderr, "training the champion, which is kept for the next run")
	b, err := servetest.Train(ctx, servetest.Options{
		Rows: rows, Rounds: rounds, Leaves: leaves, NoCalls: !o.response,
		Threads: 2,
	})
	if err != nil {
		return nil, err
	}
	data, err := b.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return b, os.WriteFile(path, data, 0o600)
}

// live leaves in dir what an api process keeps on disk.
func live(ctx context.Context, dir string, b *bundle.Bundle) error {
	w := servetest.NewWorld()
	hash, err := auth.HashPassword("secret")
	if err != nil {
		return err
	}
	if err := w.SaveAccount(ctx, registry.Account{
		Name: "ann", Role: registry.RoleOperator,
		PasswordHash: hash,
	}); err != nil {
		return err
	}
	remember := serve.Remember(w, filepath.Join(dir, "accounts.json"), time.Now, zap.NewNop())
	if _, err := remember.Account(ctx, "ann"); err != nil {
		return err
	}
	if err := w.Crown(ctx, lfb.Real.Line(), b); err != nil {
		return err
	}
	return serve.NewChampion(w, w.Blobs, filepath.Join(dir, "champion"), time.Second, zap.NewNop()).Refresh(ctx)
}

// writeRows writes the city with the original's columns; those that are known
// only in hindsight are 1.
func writeRows(path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := csv.NewWriter(f)
	head := []string{
		"HourOfCall", "IncGeo_BoroughCode", "IncGeo_WardCode", "Easting_rounded", "Northing_rounded", "IncidentStationGround",
		"NumStationsWithPumpsAttending", "NumPumpsAttending", "PumpCount", "PumpHoursRoundUp", "PumpOrder", "DelayCodeId",
		"Month", "AttendanceTimeSeconds",
	}
	if err := w.Write(head); err != nil {
		return err
	}
	for _, r := range servetest.City(rows) {
		c := &r.Call
		number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
		if err := w.Write([]string{
			strconv.Itoa(c.At.Hour()), c.BoroughCode, c.WardCode, number(c.Easting), number(c.Northing), c.StationGround,
			"1", "1", "1", "1", strconv.Itoa(c.PumpOrder), "1", strconv.Itoa(int(c.At.Month())),
			number(r.Outcome.AttendanceSeconds),
		}); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
