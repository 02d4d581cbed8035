package stack_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"go.uber.org/zap"

	"lfb/api/user"
	"lfb/internal/auth"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/mysql/mariadbtest"
	"lfb/internal/mysql/mysqltest"
	"lfb/internal/registry"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
	"lfb/internal/spool"
)

// TestWhatIsAnsweredIsLogged asks whatever JSON allows, on both databases, while their
// table is as it should be, too narrow for some, away, full where a database can be made to
// say so, and as it should be again: every answer that was a 200 is in the log then, or was
// put aside with a reason.
func TestWhatIsAnsweredIsLogged(t *testing.T) {
	t.Parallel()
	model := servetest.Fit(t, servetest.Options{})
	for name, open := range map[string]func(*testing.T) *mysql.DB{
		"embedded": func(t *testing.T) *mysql.DB {
			c := shared.MySQL
			c.Database = mysqltest.FreshName()
			return mysqltest.Open(t, c)
		},
		"mariadb": func(t *testing.T) *mysql.DB { return mariadbtest.Start(t).Open(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			w := servetest.NewWorld()
			w.Promote(t, w.Store(t, lfb.Real.Line(), model))
			a := newAsker(t, db, w)
			alter := func(statement string) {
				t.Helper()
				if _, err := db.Reader().ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			a.ask(t, 150)
			a.flush(t, nil)
			a.check(t, false)
			empty := func() {
				alter("DELETE FROM prediction")
				alter("DELETE FROM prediction_ask")
				a.given = map[string]bool{}
			}
			empty()
			alter("ALTER TABLE prediction MODIFY IncidentNumber VARCHAR(3) NOT NULL")
			a.ask(t, 150)
			a.flush(t, nil)
			a.check(t, true)
			alter("RENAME TABLE prediction TO prediction_away")
			a.ask(t, 50)
			a.flush(t, lfb.ErrUnavailable)
			alter("RENAME TABLE prediction_away TO prediction")
			a.flush(t, nil)
			a.check(t, true)
			if name == "embedded" {
				return // its tables are never full
			}
			empty()
			// The other engine's pointers have two bytes then: 64 KiB of rows.
			alter("ALTER TABLE prediction ENGINE = MyISAM, MAX_ROWS = 1, AVG_ROW_LENGTH = 1")
			a.ask(t, 300)
			a.flush(t, lfb.ErrUnavailable)
			alter("ALTER TABLE prediction ENGINE = InnoDB, MAX_ROWS = 0, AVG_ROW_LENGTH = 0")
			a.flush(t, nil)
			a.check(t, true)
		})
	}
}

// asker is the user API over a real log.
type asker struct {
	db      *mysql.DB
	spool   *spool.Spool
	handler http.Handler
	rng     *rand.Rand
	given   map[string]bool // ids of answers, and whether they carried a reference too long for the narrow table
}

func newAsker(t *testing.T, db *mysql.DB, w *servetest.World) *asker {
	t.Helper()
	hash, err := auth.HashPassword("secret")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SaveAccount(t.Context(), registry.Account{
		Name: "ann", Role: registry.RoleOperator,
		PasswordHash: hash,
	}); err != nil {
		t.Fatal(err)
	}
	c := serve.NewChampion(w, w.Blobs, t.TempDir(), time.Second, zap.NewNop())
	if err := c.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := &asker{db: db, rng: rand.New(rand.NewPCG(1, 2)), given: map[string]bool{}}
	refused := &serve.RefusedLog{Store: db, Champion: c, Now: time.Now, Log: zap.NewNop()}
	twice := func(ctx context.Context, records [][]byte) error { // as after a kill
		return errors.Join(serve.Ship(db)(ctx, records), serve.Ship(db)(ctx, records))
	}
	if a.spool, err = spool.Open(t.TempDir(), twice, refused.Refuse, zap.NewNop()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.spool.Close() }) // the folder goes too
	a.handler = user.New(user.Options{
		Champion: c, Predictor: serve.NewPredictor(c, a.spool, time.Now), Auth: httpx.NewAuth(w), MaxBody: 1 << 20,
		Log: zap.NewNop(), Now: time.Now, Predictions: db,
	})
	return a
}

// text is a JSON text of up to n characters, any that JSON allows, as it may be written.
func (a *asker) text(n int) string {
	pieces := []string{
		`\u0000`, `\ud83d`, `\udc00`, `\ud83d\ude92`, "🚒", "é", `\u00e9`, "火", `\u2028`, `\\`, `\"`, `\/`, "'", "%", "?", ";", "a", " ", "\u007f", "\u0080", "\ufeff", "\ufffd", "\U0010ffff",
	}
	var b strings.Builder
	for range a.rng.IntN(n + 1) {
		b.WriteString(pieces[a.rng.IntN(len(pieces))])
	}
	return `"` + b.String() + `"`
}

// call is the body of one question.
func (a *asker) call() string {
	years := []int{2009, 2017, 2026, 2099}
	fields := []string{
		fmt.Sprintf(`"easting":%d,"northing":%d`, 523050+100*a.rng.IntN(50), 173050+100*a.rng.IntN(50)),
		fmt.Sprintf(`"incident_reference":%s`, a.text(40)),
		fmt.Sprintf(`"station_ground":%s`, a.text(60)),
		fmt.Sprintf(`"reported":%s`, a.text(60)),
		fmt.Sprintf(`"property_type":%s`, a.text(120)),
		fmt.Sprintf(`"time":"%d-12-31T23:59:59.999999999Z"`, years[a.rng.IntN(len(years))]),
		fmt.Sprintf(`"pump":%d`, 1+a.rng.IntN(2)),
	}
	a.rng.Shuffle(len(fields)-1, func(i, j int) { fields[i+1], fields[j+1] = fields[j+1], fields[i+1] })
	return "{" + strings.Join(fields[:1+a.rng.IntN(len(fields))], ", \n") + "}"
}

// askTable is a table of two calls, and the ids in the answer to it.
func (a *asker) askTable() (body string, ids func([]byte) []string) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"easting", "northing", "incident_reference", "station_ground", "property_type"}}
	for range 2 {
		row := []string{"523050", fmt.Sprint(173050 + 100*a.rng.IntN(50))}
		for _, n := range []int{40, 60, 120} {
			var text string
			_ = json.Unmarshal([]byte(a.text(n)), &text)      // it is one
			row = append(row, strings.Map(func(c rune) rune { // these make a table none
				if unicode.IsControl(c) {
					return '*'
				}
				return c
			}, text))
		}
		rows = append(rows, row)
	}
	_ = w.WriteAll(rows) // into memory
	return b.String(), func(answer []byte) (ids []string) {
		rows, err := csv.NewReader(bytes.NewReader(answer)).ReadAll()
		if err != nil || len(rows) == 0 {
			return nil
		}
		at := slices.Index(rows[0], "prediction_id")
		for _, row := range rows[1:] {
			ids = append(ids, row[at])
		}
		return ids
	}
}

// askTensors is a call as tensors, and the ids in the answer to it.
func (a *asker) askTensors() (body string, ids func([]byte) []string) {
	input := func(name, value string) string {
		return fmt.Sprintf(`{"name":%q,"shape":[1],"datatype":"BYTES","data":[%s]}`, name, value)
	}
	body = `{"inputs":[` + input("postcode_district", `"SE1"`) + "," + input("incident_reference", a.text(40)) + "," + input("property_type", a.text(120)) + "]}"
	return body, func(answer []byte) (ids []string) {
		var got struct {
			Outputs []struct {
				Name string
				Data []any
			}
		}
		_ = json.Unmarshal(answer, &got) // what is none has no ids
		for _, o := range got.Outputs {
			if o.Name == "prediction_id" {
				ids = append(ids, fmt.Sprint(o.Data...))
			}
		}
		return ids
	}
}

// idsOf are the ids in an answer of JSON.
func idsOf(answer []byte) []string {
	var got struct {
		ID          string
		Predictions []struct{ ID string }
	}
	_ = json.Unmarshal(answer, &got) // what is none has no ids
	ids := []string{got.ID}
	for _, p := range got.Predictions {
		ids = append(ids, p.ID)
	}
	return ids
}

// ask puts n questions, by five ways, and keeps the ids of what was answered.
func (a *asker) ask(t *testing.T, n int) {
	t.Helper()
	answered := map[string]int{}
	for range n {
		path, body, media, ids := "/v1/predictions", a.call(), "application/json", idsOf
		switch a.rng.IntN(6) {
		case 0:
			body = `{"calls":[` + a.call() + "," + a.call() + `]}`
		case 1:
			depth := a.rng.IntN(4000)
			path, body = "/predict", fmt.Sprintf(`{"IncGeo_BoroughCode":"E09000001","IncGeo_WardCode":"","Easting_rounded":523050,"Northing_rounded":173050,`+
				`"IncidentStationGround":"",%s:%s%s%s}`, a.text(300), strings.Repeat("[", depth), a.text(9), strings.Repeat("]", depth))
		case 2:
			path, media = "/v1/predictions:batch", "text/csv"
			body, ids = a.askTable()
		case 3:
			path = "/v2/models/lfb-attendance/infer"
			body, ids = a.askTensors()
		}
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		r.Header.Set("Accept", media)
		r.SetBasicAuth("ann", "secret")
		res := httptest.NewRecorder()
		a.handler.ServeHTTP(res, r)
		if res.Code >= 500 {
			t.Errorf("%s of %.300q = %d %s", path, body, res.Code, res.Body)
		}
		if res.Code != http.StatusOK {
			continue
		}
		for _, id := range ids(res.Body.Bytes()) {
			if id != "" {
				answered[path]++
				a.given[id] = true
			}
		}
	}
	for _, path := range []string{
		"/v1/predictions", "/predict", "/v1/predictions:batch",
		"/v2/models/lfb-attendance/infer",
	} {
		if answered[path] < n/40 {
			t.Errorf("of %d questions %v were answered: too few to learn from by %s", n, answered, path)
		}
	}
}

func (a *asker) flush(t *testing.T, want error) {
	t.Helper()
	if err := a.spool.Flush(t.Context()); !errors.Is(err, want) {
		t.Fatalf("Flush = %v, want %v", err, want)
	}
}

// check looks for every answer: in the log, or where some are refused, among these.
func (a *asker) check(t *testing.T, narrow bool) {
	t.Helper()
	refused, err := a.db.Refused(t.Context(), time.Time{}, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	why := map[string]string{}
	for _, r := range refused {
		why[r.Prediction] = r.Reason
	}
	for id := range a.given {
		p, err := a.db.Prediction(t.Context(), id)
		reason, aside := why[id]
		switch {
		case err == nil && aside:
			t.Errorf("%s is logged, and was refused: %s", id, reason)
		case err == nil && p.Account != "ann":
			t.Errorf("%s is logged as %.200v", id, p)
		case err != nil && (!aside || !narrow || !strings.Contains(reason, "IncidentNumber")):
			t.Errorf("%s is not logged (%v), and was refused for %q", id, err, reason)
		}
	}
	if (len(refused) > 0) != narrow {
		t.Errorf("%d answers were refused by a narrow table: %v", len(refused), narrow)
	}
	if bytes, _, err := a.spool.Backlog(); err != nil || bytes != 0 {
		t.Errorf("%d bytes stay in the spool, %v", bytes, err)
	}
}
