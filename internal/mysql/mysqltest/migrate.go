package mysqltest

import (
	"errors"
	"sync"
	"testing"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
)

func testMigrate(t *testing.T, cfg config.MySQL) {
	ctx := t.Context()
	if _, err := mysql.Open(ctx, cfg); err == nil {
		t.Error("Open of a database that does not exist succeeds")
	}
	db := create(t, cfg)
	check(t, "CreateDatabase again", mysql.CreateDatabase(ctx, cfg))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := db.Migrate(ctx); err != nil {
				t.Errorf("Migrate in a race = %v", err)
			}
		})
	}
	wg.Wait()
	check(t, "Migrate again", db.Migrate(ctx))

	direct(t, cfg, "INSERT INTO schema_migration (Name, SHA256, AppliedAt) VALUES ('9999_later.sql', 'x', '2024-01-01')")
	if err := db.Migrate(ctx); !errors.Is(err, lfb.ErrConflict) {
		t.Errorf("Migrate below a later schema = %v, want %v", err, lfb.ErrConflict)
	}
	direct(t, cfg, "DELETE FROM schema_migration WHERE Name = '9999_later.sql'")
	direct(t, cfg, "UPDATE schema_migration SET SHA256 = 'other' WHERE Name = '0001_file.sql'")
	if err := db.Migrate(ctx); !errors.Is(err, lfb.ErrConflict) {
		t.Errorf("Migrate over a changed migration = %v, want %v", err, lfb.ErrConflict)
	}
	// A kill between the statements of a file leaves its mark out.
	direct(t, cfg, "DELETE FROM schema_migration")
	check(t, "Migrate over half applied files", db.Migrate(ctx))
}

func testUnavailable(t *testing.T, cfg config.MySQL) {
	bad := cfg
	bad.Database = "a;b"
	if _, err := mysql.New(bad); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("New with database %q = %v, want %v", bad.Database, err, lfb.ErrInvalid)
	}
	cfg.Address = "127.0.0.1:1" // nobody listens
	if _, err := mysql.Open(t.Context(), cfg); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("Open at %s = %v, want %v", cfg.Address, err, lfb.ErrUnavailable)
	}
	if err := mysql.CreateDatabase(t.Context(), cfg); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("CreateDatabase at %s = %v, want %v", cfg.Address, err, lfb.ErrUnavailable)
	}
	db, err := mysql.New(cfg)
	check(t, "New", err)
	defer db.Close()
	if _, err := db.Files(t.Context(), lfb.Real); !errors.Is(err, lfb.ErrUnavailable) {
		t.Errorf("Files at %s = %v, want %v", cfg.Address, err, lfb.ErrUnavailable)
	}
}
