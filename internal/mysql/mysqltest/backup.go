package mysqltest

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/registry"
)

type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

func dumped(t *testing.T, db *mysql.DB) ([]mysql.TableDump, map[string]*buffer) {
	t.Helper()
	files := map[string]*buffer{}
	tables, err := db.Dump(t.Context(), func(table string) (io.WriteCloser, error) {
		files[table] = &buffer{}
		return files[table], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tables, files
}

// testBackup dumps a database with rows of every kind, restores it into another,
// and dumps that: the same bytes.
func testBackup(t *testing.T, cfg config.MySQL) {
	db, ctx := ready(t, cfg), t.Context()
	SaveRuns(t, db, 5)
	p := prediction(1)
	p.Request = []byte(`{"odd": "‘quoted’ \\ 'and' \n 😀 \u0000"}`)
	check(t, "SavePredictions", db.SavePredictions(ctx, []registry.Prediction{prediction(0), p}))
	check(t, "SaveVersion", db.SaveVersion(ctx, registry.Version{Line: "l", ID: "a", CreatedAt: noon}))
	check(t, "Append", db.Append(ctx, registry.Promotion{Line: "l", Revision: 1, To: "a", Who: "w", Why: "y", Token: "t", At: noon}))
	check(t, "AppendAudit", db.AppendAudit(ctx, registry.AuditEntry{At: noon, Who: "w", Action: "a"}))
	direct(t, cfg, `INSERT INTO incident (Origin, IncidentNumber, DateOfCall, CalYear, TimeOfCall, HourOfCall, IncidentGroup, StopCodeDescription,
		SpecialServiceType, PropertyCategory, PropertyType, AddressQualifier, Postcode_full, Postcode_district, IncGeo_BoroughCode,
		IncGeo_BoroughName, ProperCase, IncGeo_WardCode, IncGeo_WardName, IncGeo_WardNameNew, FRS, IncidentStationGround,
		FirstPumpArriving_DeployedFromStation, SecondPumpArriving_DeployedFromStation, Latitude, RowHash, SourceSHA, SourceName)
		VALUES (1, 'x', '2017-01-01', 2017, '00:00:01', 0, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '',
		51.123456789012345, 18446744073709551615, UNHEX('00FF27000000000000000000000000000000000000000000000000000000005C'), 1)`)
	tables, files := dumped(t, db)
	if err := db.Restore(ctx, tables, nil); !errors.Is(err, lfb.ErrConflict) {
		t.Errorf("Restore into tables with rows = %v, want lfb.ErrConflict", err)
	}
	other := cfg
	other.Database = FreshName()
	copied := ready(t, other)
	open := func(table string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files[table].Bytes())), nil
	}
	check(t, "Restore", copied.Restore(ctx, tables, open))
	again, texts := dumped(t, copied)
	if d := cmp.Diff(tables, again); d != "" {
		t.Errorf("tables (-want +got):\n%s", d)
	}
	for name, want := range files {
		if name != "schema_migration" && !bytes.Equal(want.Bytes(), texts[name].Bytes()) {
			t.Errorf("%s came back as\n%s\nwant\n%s", name, texts[name], want)
		}
	}
}
