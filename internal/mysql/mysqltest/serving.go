package mysqltest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/mysql"
	"lfb/internal/mysql/load"
	"lfb/internal/registry"
)

func testAttendance(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	if rows := mustGet[[][]any](t, "Sample")(db.Sample(ctx, lfb.Real, 10)); len(rows) != 0 {
		t.Errorf("Sample of empty tables = %v, want none", rows)
	}
	const n, m = 2000, 2800
	loadIncidents(t, db, File("a.csv", lfb.IncidentFile, "a"), Incidents(0, n))
	wantSample(t, db, 10, func(row []any) bool { return row[11] == int64(1) && row[12] == int64(1) })
	_, err := load.NewTables(db).LoadMobilisations(ctx, File("m.csv", lfb.MobilisationFile, "m"), Mobilisations(0, m),
		lfb.LoadOptions{})
	mustSucceed(t, "LoadMobilisations", err)
	wantSample(t, db, 10, func(row []any) bool { return row[13] != nil })

	for view, want := range map[string]string{"attendance": fmt.Sprint(m), "attendance_synthetic": "0"} {
		if got := queryText(t, db, "SELECT COUNT(*) FROM "+view); got != want {
			t.Errorf("%s has %s rows, want %s", view, got, want)
		}
	}
	for i, column := range mysql.Columns() {
		got := queryText(t, db, fmt.Sprintf(`SELECT COLUMN_NAME FROM information_schema.COLUMNS
			WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'attendance' ORDER BY ORDINAL_POSITION LIMIT 1 OFFSET %d`, i))
		if got != column {
			t.Errorf("column %d of attendance is %s, want %s", i, got, column)
		}
	}
	if got := queryText(t, db, "SELECT COUNT(*) FROM attendance WHERE DelayCodeId NOT IN (1, 9)"); got != "0" {
		t.Errorf("%s rows have another DelayCodeId than 9 or, where it is empty, 1", got)
	}
	for _, size := range []int{0, -1, mysql.MaxSample + 1} {
		wantErr(t, fmt.Sprintf("Sample of %d", size), secondError(db.Sample(ctx, lfb.Real, size)), lfb.ErrInvalid)
	}
}

func wantSample(t *testing.T, db *mysql.DB, n int, good func(row []any) bool) {
	t.Helper()
	rows := mustGet[[][]any](t, "Sample")(db.Sample(t.Context(), lfb.Real, n))
	if len(rows) != n {
		t.Errorf("Sample = %d rows, want %d", len(rows), n)
	}
	for _, row := range rows {
		if len(row) != len(mysql.Columns()) || !good(row) {
			t.Errorf("Sample has the row %v", row)
		}
		if _, err := time.Parse(time.DateOnly, fmt.Sprint(row[0])); err != nil {
			t.Errorf("Sample: DateOfCall is %v", row[0])
		}
		if _, err := json.Marshal(row); err != nil {
			t.Errorf("Sample: %v", err)
		}
	}
	again := mustGet[[][]any](t, "Sample")(db.Sample(t.Context(), lfb.Real, n))
	if cmp.Equal(rows, again) {
		t.Errorf("two samples are the same: %v", rows)
	}
}

func testFiles(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	f := File("a.csv", lfb.IncidentFile, "a")
	mustSucceed(t, "SaveFile", db.SaveFile(ctx, f))
	mustSucceed(t, "SaveFile again", db.SaveFile(ctx, f))
	wantResult(t, "FileByVersion", f)(db.FileByVersion(ctx, "dir", "a.csv", f.Version))
	renewed := f
	renewed.Version, renewed.Ref.Key = "v2", "raw/elsewhere"
	mustSucceed(t, "SaveFile with a new version", db.SaveFile(ctx, renewed))
	wantResult(t, "FileByVersion of the new version", renewed)(db.FileByVersion(ctx, "dir", "a.csv", "v2"))
	for _, ask := range [][3]string{{"dir", "a.csv", f.Version}, {"dir", "b.csv", "v2"}, {"datastore", "a.csv", "v2"}} {
		wantErr(t, fmt.Sprintf("FileByVersion(%v)", ask), secondError(db.FileByVersion(ctx, ask[0], ask[1], ask[2])),
			lfb.ErrNotFound)
	}
	if got := mustGet[[]lfb.SourceFile](t, "Files")(db.Files(ctx, lfb.Real)); len(got) != 0 {
		t.Errorf("Files = %v before a load, want none", got)
	}
	loadIncidents(t, db, renewed, Incidents(0, 3))
	wantResult(t, "Files", []lfb.SourceFile{renewed})(db.Files(ctx, lfb.Real))
	for name, bad := range map[string]lfb.SourceFile{
		"no origin": {SHA256: f.SHA256, Name: "a", Source: "dir"},
		"no name":   {SHA256: f.SHA256, Source: "dir", Origin: lfb.Real},
		"bad hash":  {SHA256: "xyz", Name: "a", Source: "dir", Origin: lfb.Real},
	} {
		wantErr(t, fmt.Sprintf("SaveFile with %s", name), db.SaveFile(ctx, bad), lfb.ErrInvalid)
	}
}

func testRejects(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	sha := File("", "", "x").SHA256
	rejects := func(n int) (out []lfb.Reject) {
		for i := range n {
			out = append(out, lfb.Reject{
				Line: int64(2 + i/2), Column: "DateOfCall", Value: fmt.Sprint("32 Jan ", i),
				Reason: "not a date",
			})
		}
		return out
	}
	counts := []registry.RejectCount{
		{
			Effect: "rejected", Column: "DateOfCall", Reason: "not a date", Rows: 1203,
			Example: lfb.Reject{Line: 2, Column: "DateOfCall", Value: "x", Reason: "not a date"},
		},
		{Effect: "repaired", Column: "UPRN", Reason: "a float", Rows: 5},
	}
	mustSucceed(t, "SaveRejects", db.SaveRejects(ctx, sha, rejects(3), nil))
	mustSucceed(t, "SaveRejects again", db.SaveRejects(ctx, sha, rejects(1203), counts))
	wantResult(t, "Rejects", rejects(1203))(db.Rejects(ctx, sha, 0))
	if got := mustGet[[]lfb.Reject](t, "Rejects")(db.Rejects(ctx, sha, 10)); len(got) != 10 {
		t.Errorf("Rejects(limit 10) = %d", len(got))
	}
	wantResult(t, "RejectCounts", counts)(db.RejectCounts(ctx, sha))
	if got := mustGet[[]registry.RejectCount](t, "RejectCounts")(db.RejectCounts(ctx,
		File("", "", "y").SHA256)); len(got) != 0 {
		t.Errorf("RejectCounts of an unknown file = %v, want none", got)
	}
	long := lfb.Reject{
		Line: 9, Column: strings.Repeat("c", 999), Value: strings.Repeat("é", 5000),
		Reason: strings.Repeat("r", 999),
	}
	mustSucceed(t, "SaveRejects of long texts", db.SaveRejects(ctx, sha, []lfb.Reject{long, {Line: 10, Value: "\xff"}},
		nil))
	if got := mustGet[[]lfb.Reject](t, "Rejects")(db.Rejects(ctx, sha, 0)); len(got) != 2 ||
		!strings.HasPrefix(long.Value, got[0].Value) {
		t.Errorf("Rejects of long texts = %v", got)
	}
}

func makePrediction(n int) registry.Prediction {
	p := registry.Prediction{
		ID: fmt.Sprintf("0190-%030d", n), At: noon, Line: "line", Version: "v1", CallAt: noon.Add(-time.Minute),
		Easting: 530050, Northing: 180050, BoroughCode: "E09000011", WardCode: "E05000214", StationGround: "Greenwich",
		PumpOrder:      1 + n%2,
		IncidentNumber: fmt.Sprintf("%06d-01012024", n), Account: "ann", Attendance: ml.Answer{
			Mean: 1.0 / 3, P50: 300,
			P90: 480, Within6: .7, Within10: .98,
		},
		Request: json.RawMessage(`{"postcode":  "SE10 9LS"}`),
	}
	if n%2 == 0 {
		p.Response = &ml.Answer{Mean: 400, P50: 380, P90: 600, Within6: .4, Within10: .9}
	}
	return p
}

func testPredictions(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	var all []registry.Prediction
	for n := range 1203 {
		all = append(all, makePrediction(n))
	}
	mustSucceed(t, "SavePredictions", db.SavePredictions(ctx, all[:10]))
	changed := slices.Clone(all)
	changed[3].Account = "bob"
	var wg sync.WaitGroup
	for range 3 { // a spool may ship twice
		wg.Go(func() { mustSucceed(t, "SavePredictions again", db.SavePredictions(ctx, changed)) })
	}
	wg.Wait()
	if n := mustGet[int64](t, "CountPredictions")(db.CountPredictionsBefore(ctx,
		noon.AddDate(1, 0, 0))); n != int64(len(all)) {
		t.Errorf("CountPredictions = %d, want %d", n, len(all))
	}
	for _, want := range []registry.Prediction{all[0], all[3], all[1202]} {
		wantResult(t, "Prediction", want)(db.Prediction(ctx, want.ID))
	}
	wantErr(t, "Prediction(none)", secondError(db.Prediction(ctx, "none")), lfb.ErrNotFound)
	mustSucceed(t, "SavePredictions of none", db.SavePredictions(ctx, nil))
	long := makePrediction(5000)
	long.StationGround, long.IncidentNumber = strings.Repeat("é", 999), strings.Repeat("1", 999)
	long.Request = json.RawMessage(`"` + strings.Repeat("x", 200_000) + `"`)
	mustSucceed(t, "SavePredictions of long texts", db.SavePredictions(ctx, []registry.Prediction{long}))
	if got := mustGet[registry.Prediction](t, "Prediction")(db.Prediction(ctx,
		long.ID)); string(got.Request) != string(long.Request) {
		t.Error("a long request did not come back whole")
	}
	odd := makePrediction(5001)
	odd.Attendance.Mean = math.NaN()
	wantErr(t, "SavePredictions of NaN", db.SavePredictions(ctx, []registry.Prediction{odd}), lfb.ErrInvalid)
}

// What was said is found by its answer and by its account; what programs asked is nobody's.
func testAnswers(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	var all []registry.Prediction
	for n := range 14 {
		p := makePrediction(n)
		if p.IncidentNumber = ""; n%7 != 6 {
			p.Said = json.RawMessage(fmt.Sprintf(`{"place":"%d"}`, n))
		}
		if n%2 == 1 {
			p.Account = "bob"
		}
		all = append(all, p)
	}
	for range 2 { // a spool may ship twice
		mustSucceed(t, "SavePredictions", db.SavePredictions(ctx, all))
	}
	for _, n := range []int{3, 6} {
		got := mustGet[registry.Prediction](t, "Answer")(db.Answer(ctx, all[n].ID))
		if got.Account != all[n].Account || string(got.Said) != string(all[n].Said) {
			t.Errorf("Answer(%d) = %s, %s, want %s, %s", n, got.Account, got.Said, all[n].Account, all[n].Said)
		}
	}
	wantErr(t, "Answer(none)", secondError(db.Answer(ctx, "none")), lfb.ErrNotFound)
	var ids []string
	for _, p := range mustGet[[]registry.Prediction](t, "LastAnswers")(db.LastAnswers(ctx, "bob", 3)) {
		ids = append(ids, p.ID)
	}
	if want := []string{all[11].ID, all[9].ID, all[7].ID}; !slices.Equal(ids, want) {
		t.Errorf("LastAnswers = %v, want %v", ids, want)
	}
	if _, err := db.RemovePredictions(ctx, noon.Add(time.Hour), 100); err != nil {
		t.Fatal(err)
	}
	if left := mustGet[[]registry.Prediction](t, "LastAnswers")(db.LastAnswers(ctx, "bob", 3)); len(left) != 0 {
		t.Errorf("%d answers are left of predictions that were removed", len(left))
	}
	wantErr(t, "ArrivalOf(none)", secondError(db.ArrivalOf(ctx, lfb.Real, "none", 1)), lfb.ErrNotFound)
	wantErr(t, "ArrivalOf a third engine", secondError(db.ArrivalOf(ctx, lfb.Real, "none", 3)), lfb.ErrInvalid)
}

func testSettings(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	wantErr(t, "Setting(never set)", secondError(db.Setting(ctx, "x")), lfb.ErrNotFound)
	s := registry.Setting{Name: "x", Revision: 1, Value: "1m30s", Who: "ann", Why: "measured", At: noon}
	mustSucceed(t, "AppendSetting", db.AppendSetting(ctx, s))
	wantErr(t, "AppendSetting of a revision that is taken", db.AppendSetting(ctx, s), lfb.ErrConflict)
	s.Revision, s.Value = 2, strings.Repeat("x", 30000)
	mustSucceed(t, "AppendSetting", db.AppendSetting(ctx, s))
	wantResult(t, "Setting", s)(db.Setting(ctx, "x"))
	for _, revision := range []int64{math.MinInt64, 0, 1, 2, 4, 100, math.MaxInt64} {
		next := s
		next.Revision = revision
		wantErr(t, fmt.Sprintf("AppendSetting of revision %d after 2", revision), db.AppendSetting(ctx, next),
			lfb.ErrConflict)
	}
	// Old revisions may be deleted: the gap that is left takes none.
	queryText(t, db, "DELETE FROM setting WHERE Name = 'x' AND Revision < 2")
	first := s
	first.Revision = 1
	wantErr(t, "AppendSetting into a gap", db.AppendSetting(ctx, first), lfb.ErrConflict)
	errs := make(chan error)
	for range 2 {
		next := s
		next.Revision = 3
		go func() { errs <- db.AppendSetting(ctx, next) }()
	}
	one, two := <-errs, <-errs
	if one == nil {
		one, two = two, one
	}
	wantErr(t, "AppendSetting, two at once", one, lfb.ErrConflict)
	mustSucceed(t, "AppendSetting, two at once", two)
	other := registry.Setting{Name: "y", Revision: 1, At: noon}
	mustSucceed(t, "AppendSetting of another", db.AppendSetting(ctx, other))
}

func testAccounts(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	ann := registry.Account{Name: "ann", PasswordHash: "$argon2id$x", Role: registry.RoleAdmin, CreatedAt: noon}
	bob := registry.Account{Name: "Bob", PasswordHash: "y", Role: registry.RoleOperator, CreatedAt: noon}
	mustSucceed(t, "SaveAccount", db.SaveAccount(ctx, ann))
	mustSucceed(t, "SaveAccount", db.SaveAccount(ctx, bob))
	ann.PasswordHash, ann.Role, ann.Disabled = "z", registry.RoleAnalyst, true
	mustSucceed(t, "SaveAccount changed", db.SaveAccount(ctx, ann))
	wantResult(t, "Accounts", []registry.Account{bob, ann})(db.Accounts(ctx))
	enabled := ann
	enabled.Disabled = false
	mustSucceed(t, "SwapAccount of what stands", db.SwapAccount(ctx, ann, enabled))
	wantErr(t, "SwapAccount of what stood", db.SwapAccount(ctx, ann, enabled), lfb.ErrConflict)
	mustSucceed(t, "SwapAccount for the same", db.SwapAccount(ctx, enabled, enabled))
	wantErr(t, "SwapAccount of a new one that is there", db.SwapAccount(ctx, registry.Account{}, ann), lfb.ErrConflict)
	wantErr(t, "SwapAccount of none", db.SwapAccount(ctx, registry.Account{Name: "eve"},
		registry.Account{Name: "eve", Disabled: true}), lfb.ErrConflict)
	wantResult(t, "Account", enabled)(db.Account(ctx, "ann"))
	wantErr(t, "Account in another case", secondError(db.Account(ctx, "bob")), lfb.ErrNotFound)
	key := registry.APIKey{
		ID: "k1", Hash: strings.Repeat("a", 64), Account: "ann", Scope: registry.RoleOperator, Note: "for CAD",
		CreatedAt: noon, ExpiresAt: noon.AddDate(1, 0, 0),
	}
	mustSucceed(t, "SaveAPIKey", db.SaveAPIKey(ctx, key))
	same := key
	same.ID = "k2"
	wantErr(t, "SaveAPIKey of a known hash", db.SaveAPIKey(ctx, same), lfb.ErrConflict)
	mustSucceed(t, "RevokeAPIKey", db.RevokeAPIKey(ctx, "k1", noon))
	mustSucceed(t, "RevokeAPIKey again", db.RevokeAPIKey(ctx, "k1", noon.Add(time.Hour)))
	mustSucceed(t, "NoteKeyUse", db.NoteKeyUse(ctx, "k1", noon.Add(time.Minute)))
	mustSucceed(t, "NoteKeyUse before", db.NoteKeyUse(ctx, "k1", noon))
	key.RevokedAt, key.UsedAt = noon, noon.Add(time.Minute)
	wantResult(t, "APIKeyByHash", key)(db.APIKeyByHash(ctx, key.Hash))
	key.ID, key.Hash, key.RevokedAt, key.UsedAt = "k3", strings.Repeat("b", 64), time.Time{}, time.Time{}
	mustSucceed(t, "SaveAPIKey", db.SaveAPIKey(ctx, key))
	key.Hash = strings.Repeat("c", 64)
	wantResult(t, "RotateAPIKey", key)(db.RotateAPIKey(ctx, "k3", key.Hash))
	wantErr(t, "APIKeyByHash of the old secret", secondError(db.APIKeyByHash(ctx, strings.Repeat("b", 64))),
		lfb.ErrNotFound)
	wantErr(t, "RotateAPIKey(none)", secondError(db.RotateAPIKey(ctx, "none", key.Hash)), lfb.ErrNotFound)
	wantErr(t, "RotateAPIKey of a revoked key", secondError(db.RotateAPIKey(ctx, "k1", strings.Repeat("d", 64))),
		lfb.ErrConflict)
	wantErr(t, "APIKeyByHash(none)", secondError(db.APIKeyByHash(ctx, "none")), lfb.ErrNotFound)
	wantErr(t, "RevokeAPIKey(none)", db.RevokeAPIKey(ctx, "none", noon), lfb.ErrNotFound)
}

func testAudit(t *testing.T, db *mysql.DB) {
	ctx := t.Context()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			mustSucceed(t, "AppendAudit", db.AppendAudit(ctx, registry.AuditEntry{
				At: noon, Who: "ann", From: "127.0.0.1", Key: "k1", Action: "promote",
				Target: fmt.Sprint("v", i), Detail: "why",
			}))
		})
	}
	wg.Wait()
	var all []registry.AuditEntry
	for before := int64(0); ; before = all[len(all)-1].ID {
		page := mustGet[[]registry.AuditEntry](t, "Audit")(db.Audit(ctx, registry.AuditQuery{Before: before, Limit: 6}))
		if all = append(all, page...); len(page) < 6 {
			break
		}
	}
	targets := map[string]bool{}
	for i, e := range all {
		targets[e.Target] = true
		if i > 0 && e.ID >= all[i-1].ID {
			t.Errorf("entry %d comes after %d, want the newest first", e.ID, all[i-1].ID)
		}
	}
	for _, c := range []struct {
		q    registry.AuditQuery
		want int
	}{
		{registry.AuditQuery{Who: "ann", Text: "V7"}, 1},
		{registry.AuditQuery{Text: "promote\nv1"}, 11},
		{registry.AuditQuery{Text: "%"}, 0},
		{registry.AuditQuery{Who: "bob"}, 0},
		{registry.AuditQuery{From: noon, To: noon.Add(time.Second)}, 20},
		{registry.AuditQuery{From: noon.Add(time.Second)}, 0},
		{registry.AuditQuery{To: noon}, 0},
	} {
		if got := mustGet[[]registry.AuditEntry](t, "Audit")(db.Audit(ctx, c.q)); len(got) != c.want {
			t.Errorf("Audit(%+v) = %d entries, want %d", c.q, len(got), c.want)
		}
	}
	if len(all) != 20 || len(targets) != 20 || all[0].From != "127.0.0.1" || all[0].Key != "k1" || !all[0].At.Equal(noon) {
		t.Errorf("Audit = %d entries of %d targets, want 20 of 20; %+v", len(all), len(targets), all)
	}
}
