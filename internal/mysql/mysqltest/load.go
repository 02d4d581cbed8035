package mysqltest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/mysql/load"
)

func loadIncidents(t *testing.T, db *mysql.DB, f lfb.SourceFile, rows iter.Seq2[*lfb.Incident, error]) lfb.LoadCount {
	t.Helper()
	got, err := load.NewTables(db).LoadIncidents(t.Context(), f, rows, lfb.LoadOptions{})
	for try := 1; try < 3 && errors.Is(err, lfb.ErrUnavailable); try++ { // as Temporal does with what is not available
		got, err = load.NewTables(db).LoadIncidents(t.Context(), f, rows, lfb.LoadOptions{})
	}
	if err != nil {
		t.Fatalf("LoadIncidents(%s) = %v", f.Name, err)
	}
	return got
}

// streamRows streams rows and errors as they stand.
func streamRows[T any](rows ...any) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for _, r := range rows {
			var ok bool
			switch r := r.(type) {
			case T:
				ok = yield(&r, nil)
			case error:
				ok = yield(nil, r)
			}
			if !ok {
				return
			}
		}
	}
}

// storedIncidents reads the incidents of an origin back.
func storedIncidents(t *testing.T, db *mysql.DB, origin lfb.Origin) []lfb.Incident {
	t.Helper()
	return collectRows(t, load.NewTables(db).Incidents(t.Context(), origin))
}

func wantCount(t *testing.T, op string, got, want lfb.LoadCount) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %+v, want %+v", op, got, want)
	}
	if sum := got.Inserted + got.Updated + got.Unchanged + got.Duplicate + got.Rejected; sum != got.Rows {
		t.Errorf("%s: the parts add up to %d, Rows = %d", op, sum, got.Rows)
	}
}

// testLoadByInsert loads where LOAD DATA is not to be used, by more than one statement.
func testLoadByInsert(t *testing.T, cfg config.MySQL) {
	cfg.LocalInfile = false
	loadTwice(t, Open(t, cfg), 5003)
}

// loadTwice loads incidents, then the same again, and wants them read as they were.
func loadTwice(t *testing.T, db *mysql.DB, n int) lfb.SourceFile {
	t.Helper()
	f := File("incidents.csv", lfb.IncidentFile, "a")
	wantCount(t, "first load", loadIncidents(t, db, f, Incidents(0, n)), lfb.LoadCount{Rows: int64(n), Inserted: int64(n)})
	wantCount(t, "second load", loadIncidents(t, db, f, Incidents(0, n)),
		lfb.LoadCount{Rows: int64(n), Unchanged: int64(n)})
	var want []lfb.Incident
	for i := range n {
		want = append(want, Incident(i))
	}
	wantSame(t, "incidents", byNumber(want), storedIncidents(t, db, lfb.Real))
	return f
}

func testLoad(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	const n, m = 5003, 24002
	f := loadTwice(t, db, n)
	var told int64
	opts := lfb.LoadOptions{Progress: func(rows int64) { told = rows }}
	g := File("mobilisations.csv", lfb.MobilisationFile, "b")
	for _, want := range []lfb.LoadCount{{Rows: m, Inserted: m}, {Rows: m, Unchanged: m}} {
		got := mustGet[lfb.LoadCount](t, "load")(load.NewTables(db).LoadMobilisations(ctx, g, Mobilisations(0, m), opts))
		wantCount(t, "mobilisations", got, want)
	}
	if told != 20000 {
		t.Errorf("Progress was last told %d rows, want 20000", told)
	}
	if got := storedMobilisations(t, db); len(got) != m || !slices.IsSortedFunc(got, compareKeys) {
		t.Errorf("%d mobilisations, want %d in key order", len(got), m)
	}
	count, loaded, err := db.LoadedAt(ctx, f.SHA256)
	if mustSucceed(t, "LoadedAt", err); !loaded || count.Unchanged != n {
		t.Errorf("LoadedAt = %+v, %v, want %d unchanged, true", count, loaded, n)
	}
	if got := len(storedIncidents(t, db, lfb.Synthetic)); got != 0 {
		t.Errorf("%d synthetic incidents after a real load, want 0", got)
	}
	f.Origin = lfb.Synthetic
	wantCount(t, "the other origin", loadIncidents(t, db, f, Incidents(0, 10)), lfb.LoadCount{Rows: 10, Inserted: 10})
	if got := len(storedIncidents(t, db, lfb.Real)); got != n {
		t.Errorf("%d real incidents, want %d", got, n)
	}
}

func compareKeys(a, b lfb.Mobilisation) int {
	return cmp.Or(strings.Compare(a.IncidentNumber, b.IncidentNumber), cmp.Compare(a.ResourceMobilisationID,
		b.ResourceMobilisationID))
}

// testLoadEditions goes through what a republished file can do to a row: each is its
// number and, of its values, how many calls; ! is a row that was rejected.
func testLoadEditions(t *testing.T, db *mysql.DB) {
	parse := func(text string) (rows []any, used []lfb.Incident) {
		for word := range strings.FieldsSeq(text) {
			var n, calls int
			if word == "!" {
				rows = append(rows, &lfb.Reject{Line: 3, Column: "DateOfCall", Value: "x", Reason: "not a date"})
				continue
			}
			_, err := fmt.Sscanf(word, "%d=%d", &n, &calls)
			mustSucceed(t, "a row "+word, err)
			r := Incident(n)
			r.NumCalls = lfb.Some(calls)
			rows, used = append(rows, r), append(used, r)
		}
		return rows, used
	}
	// The steps build on one another; the last column is the rows that are in use then.
	for _, s := range []struct {
		name, file, content, rows string
		count                     lfb.LoadCount
		want                      string
	}{
		{
			"first", "a.csv", "a1", "0=1 1=1 ! 2=1 3=1",
			lfb.LoadCount{Rows: 5, Inserted: 4, Rejected: 1},
			"0=1 1=1 2=1 3=1",
		},
		{
			"corrected, withdrawn, new", "a.csv", "a2", "0=1 1=2 4=1",
			lfb.LoadCount{Rows: 3, Inserted: 1, Updated: 1, Unchanged: 1, Withdrawn: 2},
			"0=1 1=2 4=1",
		},
		{
			"again", "a.csv", "a2", "0=1 1=2 4=1",
			lfb.LoadCount{Rows: 3, Unchanged: 3},
			"0=1 1=2 4=1",
		},
		{
			"back with the same content", "a.csv", "a3", "0=1 1=2 2=1 4=1",
			lfb.LoadCount{Rows: 4, Updated: 1, Unchanged: 3},
			"0=1 1=2 2=1 4=1",
		},
		{
			"doubled in the file: the last counts", "a.csv", "a4", "0=7 1=2 0=8 2=1 0=9 4=1",
			lfb.LoadCount{Rows: 6, Updated: 1, Unchanged: 3, Duplicate: 2},
			"0=9 1=2 2=1 4=1",
		},
		{
			"another file withdraws nothing", "b.csv", "b1", "5=1 1=2",
			lfb.LoadCount{Rows: 2, Inserted: 1, Unchanged: 1},
			"0=9 1=2 2=1 4=1 5=1",
		},
		{
			"a row that another file had last stays", "a.csv", "a5", "0=9 2=1 4=1",
			lfb.LoadCount{Rows: 3, Unchanged: 3},
			"0=9 1=2 2=1 4=1 5=1",
		},
		{
			"until that file lacks it", "b.csv", "b2", "5=1",
			lfb.LoadCount{Rows: 1, Unchanged: 1, Withdrawn: 1},
			"0=9 2=1 4=1 5=1",
		},
		{
			"the first edition again", "a.csv", "a1", "0=1 1=1 ! 2=1 3=1",
			lfb.LoadCount{Rows: 5, Updated: 3, Unchanged: 1, Rejected: 1, Withdrawn: 1},
			"0=1 1=1 2=1 3=1 5=1",
		},
	} {
		rows, _ := parse(s.rows)
		wantCount(t, s.name, loadIncidents(t, db, File(s.file, lfb.IncidentFile, s.content),
			streamRows[lfb.Incident](rows...)), s.count)
		_, want := parse(s.want)
		wantSame(t, s.name, byNumber(want), storedIncidents(t, db, lfb.Real))
	}
	files := mustGet[[]lfb.SourceFile](t, "Files")(db.Files(t.Context(), lfb.Real))
	if len(files) != 2 || files[0].Version != "v-a1" || files[1].Version != "v-b2" {
		t.Errorf("Files = %v, want the editions a1 and b2", files)
	}
	for content, want := range map[string]bool{"a1": true, "a2": false, "a5": false, "b1": false, "b2": true, "c": false} {
		_, got, err := db.LoadedAt(t.Context(), File("", "", content).SHA256)
		if err != nil || got != want {
			t.Errorf("LoadedAt(%s) = %v, %v, want %v", content, got, err, want)
		}
	}
}

// testLoadRefused loads what must not be loaded: nothing of it may stay.
func testLoadRefused(t *testing.T, cfg config.MySQL) {
	ctx := t.Context()
	db := Open(t, cfg)
	bad := func(change func(*lfb.Incident)) lfb.Incident {
		r := Incident(1)
		change(&r)
		return r
	}
	broken := errors.New("the reader broke")
	for _, c := range []struct {
		name string
		row  any
		want error
	}{
		{"a text too long", bad(func(r *lfb.Incident) { r.WardName = strings.Repeat("x", 300) }), lfb.ErrInvalid},
		{"a text too long, not ASCII", bad(func(r *lfb.Incident) { r.WardName = strings.Repeat("é", 256) }), lfb.ErrInvalid},
		{"a key too long", bad(func(r *lfb.Incident) { r.IncidentNumber = strings.Repeat("1", 33) }), lfb.ErrInvalid},
		{"a text that is not UTF-8", bad(func(r *lfb.Incident) { r.WardName = "\xff\xfe" }), lfb.ErrInvalid},
		{"a number out of range", bad(func(r *lfb.Incident) { r.NumCalls = lfb.Some(1 << 40) }), lfb.ErrInvalid},
		{"a year out of range", bad(func(r *lfb.Incident) { r.CalYear = 70000 }), lfb.ErrInvalid},
		{"no key", bad(func(r *lfb.Incident) { r.IncidentNumber = "" }), lfb.ErrInvalid},
		{"no time of call", bad(func(r *lfb.Incident) { r.CalledAt = time.Time{} }), lfb.ErrInvalid},
		{"a reader's error", broken, broken},
	} {
		for _, infile := range []bool{true, false} {
			cfg.LocalInfile = infile
			db := mustGet[*mysql.DB](t, "open")(mysql.Open(ctx, cfg))
			_, err := load.NewTables(db).LoadIncidents(ctx, File("bad.csv", lfb.IncidentFile, c.name),
				streamRows[lfb.Incident](Incident(2), c.row, Incident(3)), lfb.LoadOptions{})
			db.Close()
			if !errors.Is(err, c.want) {
				t.Errorf("%s, infile %v: error %v, want %v", c.name, infile, err, c.want)
			}
			if err != nil && !strings.Contains(err.Error(), "bad.csv") {
				t.Errorf("%s: error %q does not name the file", c.name, err)
			}
		}
	}
	noRows := &lfb.Reject{Reason: "x"}
	wantErr(t, "load of rejects only", secondError(load.NewTables(db).LoadIncidents(ctx,
		File("empty.csv", lfb.IncidentFile, "empty"), streamRows[lfb.Incident](noRows), lfb.LoadOptions{})), lfb.ErrInvalid)
	wantErr(t, "incidents from a mobilisation file", secondError(load.NewTables(db).LoadIncidents(ctx,
		File("kind.csv", lfb.MobilisationFile, "k"), Incidents(0, 1), lfb.LoadOptions{})), lfb.ErrInvalid)
	if got := storedIncidents(t, db, lfb.Real); len(got) != 0 {
		t.Errorf("%d rows after refused loads, want 0", len(got))
	}
	if got := mustGet[[]lfb.SourceFile](t, "Files")(db.Files(ctx, lfb.Real)); len(got) != 0 {
		t.Errorf("Files = %v after refused loads, want none", got)
	}
	wantCount(t, "a good load after them", loadIncidents(t, db, File("good.csv", lfb.IncidentFile, "g"), Incidents(0, 9)),
		lfb.LoadCount{Rows: 9, Inserted: 9})
}

// testLoadAtOnce loads overlapping files at the same time, one of them twice.
func testLoadAtOnce(t *testing.T, cfg config.MySQL) {
	cfg.MaxConns = 3 // fewer than the loads want: they may wait, not block each other
	db := Open(t, cfg)
	const n = 4000
	var wg sync.WaitGroup
	var mu sync.Mutex
	var inserted, unchanged int64
	loadOne := func(name string, from, to int) {
		got, err := load.NewTables(db).LoadIncidents(t.Context(), File(name, lfb.IncidentFile, name), Incidents(from, to),
			lfb.LoadOptions{})
		if err != nil {
			t.Errorf("LoadIncidents(%s) = %v", name, err)
		}
		mu.Lock()
		defer mu.Unlock()
		inserted += got.Inserted
		unchanged += got.Unchanged
	}
	for range 2 {
		wg.Go(func() { loadOne("a.csv", 0, n) })
	}
	wg.Go(func() { loadOne("b.csv", n/2, 2*n) })
	wg.Go(func() {
		got, err := load.NewTables(db).LoadMobilisations(t.Context(), File("m.csv", lfb.MobilisationFile, "m"),
			Mobilisations(0, n), lfb.LoadOptions{})
		if err != nil || got.Inserted != n {
			t.Errorf("LoadMobilisations = %+v, %v, want %d inserted", got, err, n)
		}
	})
	wg.Wait()
	if inserted != 2*n || unchanged != n+n/2 {
		t.Errorf("together %d inserted, %d unchanged; want %d, %d", inserted, unchanged, 2*n, n+n/2)
	}
	if got := len(storedIncidents(t, db, lfb.Real)); got != 2*n {
		t.Errorf("%d rows, want %d", got, 2*n)
	}
}

// testLoadCutOff cuts loads off at moments spread over their whole length; the
// table has none or all of each, and the load after it is exact.
func testLoadCutOff(t *testing.T, db *mysql.DB) {
	const n, cuts = 2000, 12
	started := time.Now()
	loadIncidents(t, db, File("time.csv", lfb.IncidentFile, "time"), Incidents(100_000, 100_000+n))
	whole := time.Since(started)
	for cut := range cuts {
		from := cut * n
		file := File(fmt.Sprintf("cut-%d.csv", cut), lfb.IncidentFile, fmt.Sprint("cut", cut))
		ctx, cancel := context.WithTimeout(t.Context(), whole*time.Duration(cut+1)/cuts)
		_, err := load.NewTables(db).LoadIncidents(ctx, file, Incidents(from, from+n), lfb.LoadOptions{})
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cut %d: error %v, want %v", cut, err, context.DeadlineExceeded)
		}
		before := len(storedIncidents(t, db, lfb.Real))
		if before != from+n && before != from+2*n {
			t.Fatalf("cut %d: %d rows, want %d or %d", cut, before, from+n, from+2*n)
		}
		got := loadIncidents(t, db, file, Incidents(from, from+n))
		if got.Rows != n || got.Inserted+got.Unchanged != n || got.Inserted%n != 0 {
			t.Errorf("cut %d: loaded again = %+v, want all %d inserted or all unchanged", cut, got, n)
		}
		if err == nil && got.Unchanged != n {
			t.Errorf("cut %d: the load had succeeded, loaded again = %+v", cut, got)
		}
		if rows := len(storedIncidents(t, db, lfb.Real)); rows != from+2*n {
			t.Fatalf("cut %d: %d rows after loading again, want %d", cut, rows, from+2*n)
		}
	}
	noStaging(t, db)
}

// noStaging checks that dead loads' staging tables go with a later load: at once,
// or when the server has seen that their connections are gone.
func noStaging(t *testing.T, db *mysql.DB) {
	t.Helper()
	queryText(t, db, "CREATE TABLE stage_incident_dead (x INT)")
	left := ""
	for try, deadline := 0, time.Now().Add(time.Minute); time.Now().Before(deadline); try++ {
		loadIncidents(t, db, File(fmt.Sprint("last-", try), lfb.IncidentFile, "last"), Incidents(0, 1))
		left = queryText(t, db, `SELECT COUNT(*) FROM information_schema.TABLES
			WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'stage%'`)
		if left == "0" {
			return
		}
		time.Sleep(250 * time.Millisecond)
	}
	t.Errorf("%s staging tables of dead loads are left", left)
}
