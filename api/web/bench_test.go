package web_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"slices"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql" // the driver of bulk
	"go.uber.org/zap"

	"lfb/api/web"
	"lfb/api/web/canned"
	"lfb/internal/config"
	"lfb/internal/mysql"
	"lfb/internal/mysql/mariadbtest"
	"lfb/internal/registry"
	"lfb/internal/serve"
)

// The sizes of the bar: 100,000 runs, 10,000 versions, 1,000,000 logged predictions, three
// years of months scored both ways.
var fill = []string{
	`INSERT INTO run (ID, Line, Origin, State, Outcome, Reason, TriggeredBy, DataSet, Seed, Config, WorkflowID, WorkflowRunID, StartedAt, EndedAt, DurationMS)
	SELECT CONCAT('r', LPAD(seq, 7, '0')), 'lfb-attendance-synthetic', 2, ELT(1 + seq % 4, 'succeeded', 'unchanged', 'failed', 'succeeded'), ELT(1 + seq % 4, 'kept', 'unchanged', 'failed', 'refused'),
	REPEAT('a reason ', 12), ELT(1 + seq % 3, 'schedule', 'monitor', 'manual'), 'd', seq, '{}', 'retrain', CONCAT('w', seq), '2009-01-01' + INTERVAL seq HOUR, '2009-01-01' + INTERVAL seq HOUR + INTERVAL 7 MINUTE, 420000
	FROM seq_1_to_100000`,
	`INSERT INTO version (Line, ID, RunID, Candidate, CreatedAt, Body)
	SELECT 'lfb-attendance-synthetic', CONCAT('v', LPAD(seq, 7, '0')), CONCAT('r', LPAD(seq DIV 8, 7, '0')), ELT(1 + seq % 8, 'gbdt', 'blend', 'forest', 'linear',
	'randomforest', 'baseline', 'baseline-mean', 'baseline-median'), '2009-01-01' + INTERVAL seq HOUR, (SELECT Body FROM version v WHERE v.ID = '9e3b41c07d52') FROM seq_1_to_10000`,
	`INSERT INTO version_name (Line, Number, Version, Candidate, RunID, Place, CreatedAt, RMSE, MAE, CoverageP90)
	SELECT Line, 3 + ROW_NUMBER() OVER (ORDER BY CreatedAt), ID, Candidate, RunID, 1, CreatedAt, 98.2, 64.8, 0.898 FROM version WHERE ID LIKE 'v%'`,
	`INSERT INTO prediction (ID, AnsweredAt, Line, Version, CallAt, Easting, Northing, BoroughCode, WardCode, StationGround, PumpOrder, IncidentNumber, Account,
	Mean, P50, P90, Within6, Within10, Response, Request)
	SELECT CONCAT('p', LPAD(seq, 9, '0')), '2017-01-01' + INTERVAL seq SECOND, 'lfb-attendance-synthetic', '9e3b41c07d52', '2017-01-01' + INTERVAL seq SECOND, 538450, 177650,
	'E09000011', 'E05000220', 'Greenwich', 1, '', 'operator', 300, 290, 420, 0.7, 0.95, NULL, '{"postcode":"SE10 9NF"}' FROM seq_1_to_1000000`,
}

// BenchmarkFirstByte is the time to a page's first byte over MariaDB with the
// sizes of the bar, one request after the other: make bench-pages. LFB_CHAMPION is the
// folder of a champion's local copy, like .lfb/champion, that the maps ask instead of
// the canned city's small one.
func BenchmarkFirstByte(b *testing.B) {
	server := mariadbtest.Start(b)
	cfg := server.Config()
	if err := mysql.CreateDatabase(b.Context(), cfg); err != nil {
		b.Fatal(err)
	}
	db, err := mysql.Open(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() }) // the server ends with it
	if err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	o, err := canned.NewOptions("")
	if err != nil {
		b.Fatal(err)
	}
	if dir := os.Getenv("LFB_CHAMPION"); dir != "" {
		o.Champion = serve.NewChampion(nil, nil, dir, time.Second, zap.NewNop())
	}
	from := o.Store.(*canned.Store)
	const line, ended = "lfb-attendance-synthetic", "20170403-060000-4f1c9a2b"
	for _, id := range []string{"41d09c8ae6f3", "9e3b41c07d52", "77aa01b2c3d4"} {
		v, err := from.Version(b.Context(), line, id)
		if err != nil {
			b.Fatal(err)
		}
		if err := db.SaveVersion(b.Context(), v); err != nil {
			b.Fatal(err)
		}
	}
	for _, id := range []string{ended, "20170403-010000-4f1c9a2b"} {
		run, cs, err := from.Run(b.Context(), id)
		if err != nil {
			b.Fatal(err)
		}
		if err := db.SaveRun(b.Context(), run); err != nil {
			b.Fatal(err)
		}
		if err := db.SaveCandidates(b.Context(), cs); err != nil {
			b.Fatal(err)
		}
	}
	ledger, err := from.Promotions(b.Context(), line, 0)
	if err != nil {
		b.Fatal(err)
	}
	evidence := ledger[0].Evidence
	for i := range 2000 { // a long ledger, each entry with its evidence
		p := ledger[i%2]
		p.Revision, p.RunID, p.Token, p.Evidence = int64(i+1), fmt.Sprintf("r%07d", i+1), fmt.Sprint(i),
			json.RawMessage(evidence)
		if err := db.Append(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
	addMonths(b, from, db, line)
	bulk(b, cfg)
	o.Store = db
	s := httptest.NewServer(web.New(o))
	b.Cleanup(s.Close)
	hour := 0
	pages := []struct {
		name string
		path func() string
	}{
		{"ask", func() string { return "/?where=SE10&when=2017-04-04T08:30" }},
		{"answer", func() string { return "/answer?where=SE10&when=2017-04-04T08:30" }},
		{"coverage", func() string { return "/coverage?day=2&hour=8" }},
		{"coverage-cold", func() string {
			hour++
			return fmt.Sprintf("/coverage?day=%d&hour=%d&pump=1&by=p90", hour/24%7, hour%24)
		}},
		{"cover", func() string { return "/cover?out=Greenwich" }},
		{"home", func() string { return "/admin" }},
		{"runs", func() string { return "/runs" }},
		{"runs-longest", func() string { return "/runs?sort=duration&line=" + line }},
		{"runs-before", func() string { return "/runs?before=2012-05-01&state=failed" }},
		{"runs-csv", func() string { return "/runs?format=csv" }},
		{"runs-failed", func() string { return "/runs?state=failed" }},
		{"runs-refused", func() string { return "/runs?outcome=refused&trigger=monitor" }},
		{"runs-none", func() string { return "/runs?outcome=refused&trigger=manual&state=running&line=" + line }},
		{"runs-none-longest", func() string { return "/runs?sort=duration&outcome=rejected&trigger=manual" }},
		{"runs-by-deep", func() string { return "/runs?trigger=manual&after=r0005000" }},
		{"runs-deep", func() string { return "/runs?after=r0005000" }},
		{"run", func() string { return "/runs/" + ended }},
		{"run-small", func() string { return "/runs/r0050000" }},
		{"compare", func() string { return "/compare?run=20170403-010000-4f1c9a2b&run=" + ended }},
		{"compare-many", func() string {
			return "/compare?run=20170403-010000-4f1c9a2b&run=r0000001&run=r0050000&run=r0099999&run=" + ended
		}},
		{"again", func() string { return "/retrain?like=" + ended }},
		{"step", func() string { return "/runs/" + ended + "/step?step=train+gbdt" }},
		{"plot", func() string { return "/runs/" + ended + "/plots/gbdt/errors" }},
		{"models", func() string { return "/models" }},
		{"models-deep", func() string { return "/models?before=5000&line=" + line }},
		{"models-found", func() string { return "/models?q=forest" }},
		{"model", func() string { return "/models/" + line + "/9e3b41c07d52" }},
		{"model-other", func() string { return "/models/" + line + "/41d09c8ae6f3" }},
		{"promote", func() string { return "/models/" + line + "/9e3b41c07d52/promote" }},
		{"schedules", func() string { return "/schedules" }},
		{"months-plot", func() string { return "/monitoring/" + line + "/plots/errors" }},
		{"data", func() string { return "/data" }},
		{"monitoring", func() string { return "/monitoring" }},
		{"about", func() string { return "/about" }},
	}
	for _, p := range pages {
		b.Run(p.name, func(b *testing.B) {
			var took []time.Duration
			var size int64
			for b.Loop() {
				first, n := firstByte(b, s.URL+p.path())
				took, size = append(took, first), max(size, n)
			}
			slices.Sort(took)
			ms := func(q float64) float64 { return took[int(q*float64(len(took)-1))].Seconds() * 1000 }
			b.ReportMetric(ms(0.5), "p50-ms")
			b.ReportMetric(ms(0.99), "p99-ms")
			b.ReportMetric(float64(size)/1000, "wire-kB")
		})
	}
}

// addMonths adds monitor runs, and three years of months that each of two versions was
// scored in, both ways.
func addMonths(b *testing.B, from *canned.Store, db *mysql.DB, line string) {
	b.Helper()
	looks, err := from.Monitorings(b.Context(), line, "", 0)
	if err != nil {
		b.Fatal(err)
	}
	months, err := from.Realised(b.Context(), line, "", "")
	if err != nil {
		b.Fatal(err)
	}
	for i := range 36 {
		look := looks[0]
		look.ID = fmt.Sprintf("m%04d", i)
		if err := db.SaveMonitoring(b.Context(), look); err != nil {
			b.Fatal(err)
		}
		for k, version := range []string{"9e3b41c07d52", "41d09c8ae6f3"} {
			for _, m := range months[2:] {
				m.Month, m.Version, m.ScoredAt = canned.Now().AddDate(0, -i, 0).Format("2006-01"), version,
					canned.Now().AddDate(0, 0, -k)
				if err := db.SaveRealised(b.Context(), []registry.Realised{m}); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

// bulk adds the rows that are many, inside of the server.
func bulk(b *testing.B, cfg config.MySQL) {
	b.Helper()
	c, err := sql.Open("mysql", "root@tcp("+cfg.Address+")/"+cfg.Database)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }() // only what Exec says matters
	for _, q := range fill {
		if _, err := c.ExecContext(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
}

// firstByte asks for a page as browsers do, packed, and returns how long its first byte took
// and how many came.
func firstByte(b *testing.B, url string) (took time.Duration, size int64) {
	b.Helper()
	var first time.Time
	ctx := httptrace.WithClientTrace(b.Context(), &httptrace.ClientTrace{GotFirstResponseByte: func() {
		first = time.Now()
	}})
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	start := time.Now()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // read only
	if size, err = io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("GET %s = %d, %v", url, res.StatusCode, err)
	}
	return first.Sub(start), size
}
