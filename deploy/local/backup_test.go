package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"lfb/internal/app"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/internal/s3"
)

// TestBackupWipeRestore takes everything away and brings it back: the champion is
// the same, loads, and answers the same; housekeeping removes nothing of it.
func TestBackupWipeRestore(t *testing.T) {
	s := newSystem(t, small...)
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	ask := `{"easting":535050,"northing":179250,"time":"2024-06-01T12:00:00Z"}`
	_, before := s.post("/v1/predictions", ask)
	c := s.config()
	dir := filepath.Join(t.TempDir(), "backup")
	made, err := app.Backup(t.Context(), c, dir)
	if err != nil || len(made.Objects) < 5 {
		t.Fatalf("Backup = %+v, %v", made, err)
	}
	if _, err := app.Restore(t.Context(), c, dir); err == nil {
		t.Error("a restore over a full database succeeded")
	}
	wipe(t, c)
	if _, err := registry.Champion(t.Context(), s.db(), lfb.Synthetic.Line()); err == nil {
		t.Fatal("a champion is left after the wipe")
	}
	if _, err := app.Restore(t.Context(), c, dir); err != nil {
		t.Fatal(err)
	}
	plan, err := app.MarkGC(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range plan.Go {
		if k.Count != 0 {
			t.Errorf("housekeeping would remove %+v right after a restore", k)
		}
	}
	s.kill()
	s.start()
	s.until("the champion again", 2*time.Minute, s.ready)
	_, after := s.post("/v1/predictions", ask)
	if version(before) == "" || version(after) != version(before) || seconds(t, after) != seconds(t, before) {
		t.Errorf("after the restore: %s, before: %s", after, before)
	}
	s.reproduced(lfb.Synthetic.Line(), version(before))
}

// seconds is the answer's numbers.
func seconds(t *testing.T, body string) string {
	t.Helper()
	var b struct {
		Attendance struct {
			P50 float64 `json:"p50_seconds"`
			P90 float64 `json:"p90_seconds"`
		}
	}
	if err := json.Unmarshal([]byte(body), &b); err != nil || b.Attendance.P50 == 0 {
		t.Fatalf("%s: %v", body, err)
	}
	return fmt.Sprint(b.Attendance)
}

// wipe drops the tables and removes the objects.
func wipe(t *testing.T, c *config.Config) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	d := driver.NewConfig()
	d.Net, d.Addr, d.User, d.Passwd = "tcp", c.MySQL.Address, c.MySQL.User, c.MySQL.Password.Reveal()
	db, err := sql.Open("mysql", d.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{"DROP DATABASE " + c.MySQL.Database, "CREATE DATABASE " + c.MySQL.Database} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	bucket, err := s3.Open(ctx, c.S3)
	if err != nil {
		t.Fatal(err)
	}
	for o, err := range bucket.List(ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		if err := bucket.Delete(ctx, o.Key); err != nil {
			t.Fatal(err)
		}
	}
}
