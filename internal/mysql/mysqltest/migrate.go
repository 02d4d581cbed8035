package mysqltest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

func testMigrate(t *testing.T, cfg config.MySQL) {
	ctx := t.Context()
	if _, err := mysql.Open(ctx, cfg); err == nil {
		t.Error("Open of a database that does not exist succeeds")
	}
	db := createDatabase(t, cfg)
	mustSucceed(t, "CreateDatabase again", mysql.CreateDatabase(ctx, cfg))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := db.Migrate(ctx); err != nil {
				t.Errorf("Migrate in a race = %v", err)
			}
		})
	}
	wg.Wait()
	mustSucceed(t, "Migrate again", db.Migrate(ctx))

	queryText(t, db, "INSERT INTO schema_migration (Name, SHA256, AppliedAt) VALUES ('9999_later.sql', 'x', '2024-01-01')")
	wantErr(t, "Migrate below a later schema", db.Migrate(ctx), lfb.ErrConflict)
	queryText(t, db, "DELETE FROM schema_migration WHERE Name = '9999_later.sql'")
	queryText(t, db, "UPDATE schema_migration SET SHA256 = 'other' WHERE Name = '0001_file.sql'")
	wantErr(t, "Migrate over a changed migration", db.Migrate(ctx), lfb.ErrConflict)
	// A kill between the statements of a file leaves its mark out.
	queryText(t, db, "DELETE FROM schema_migration")
	for i, id := range []string{"b", "a"} { // of before versions were numbered
		v := registry.Version{
			ID: id, Line: "line", Candidate: "gbdt", Holdout: makeReport(119.5),
			CreatedAt: noon.Add(time.Duration(i) * time.Hour),
		}
		mustSucceed(t, "SaveVersion", db.SaveVersion(ctx, v))
	}
	queryText(t, db, "DELETE FROM version_name")
	mustSucceed(t, "Migrate over half applied files", db.Migrate(ctx))
	for id, number := range map[string]int64{"b": 1, "a": 2} {
		if n, err := db.VersionName(ctx, "line", id); err != nil || n.Number != number || n.RMSE != 119.5 ||
			n.CoverageP90 != 0 {
			t.Errorf("VersionName(%s) = %+v, %v, want number %d and its metrics", id, n, err, number)
		}
	}
}

func testUnavailable(t *testing.T, cfg config.MySQL) {
	bad := cfg
	bad.Database = "a;b"
	wantErr(t, fmt.Sprintf("New with database %q", bad.Database), secondError(mysql.New(bad)), lfb.ErrInvalid)
	cfg.Address = "127.0.0.1:1" // nobody listens
	wantErr(t, fmt.Sprintf("Open at %s", cfg.Address), secondError(mysql.Open(t.Context(), cfg)), lfb.ErrUnavailable)
	wantErr(t, fmt.Sprintf("CreateDatabase at %s", cfg.Address), mysql.CreateDatabase(t.Context(), cfg),
		lfb.ErrUnavailable)
	db, err := mysql.New(cfg)
	mustSucceed(t, "New", err)
	defer db.Close()
	wantErr(t, fmt.Sprintf("Files at %s", cfg.Address), secondError(db.Files(t.Context(), lfb.Real)), lfb.ErrUnavailable)
}
