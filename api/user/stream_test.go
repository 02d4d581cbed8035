package user_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"go.uber.org/zap"

	"lfb/api/user"
	"lfb/internal/serve"
	"lfb/internal/serve/servetest"
)

// manyCalls is a table of so many calls.
type manyCalls struct {
	rows    int
	parquet bool
}

type plainCall struct {
	District string  `parquet:"postcode_district,dict"`
	Easting  float64 `parquet:"easting"`
	Northing float64 `parquet:"northing"`
	Note     string  `parquet:"note,zstd"`
}

func (m manyCalls) writeTo(w io.Writer) error {
	note := strings.Repeat("as the caller said ", 8)
	if m.parquet {
		p := parquet.NewGenericWriter[plainCall](w, parquet.MaxRowsPerRowGroup(5000))
		for i := range m.rows {
			c := plainCall{"SE1", servetest.West + float64(i%10000), servetest.South + float64(i%9000), fmt.Sprint(i, note)}
			if _, err := p.Write([]plainCall{c}); err != nil {
				return err
			}
		}
		return p.Close()
	}
	if _, err := io.WriteString(w, "postcode_district,easting,northing,note\n"); err != nil {
		return err
	}
	for i := range m.rows {
		if _, err := fmt.Fprintf(w, "SE1,%d,%d,%d %s\n", servetest.West+i%10000, servetest.South+i%9000, i, note); err != nil {
			return err
		}
	}
	return nil
}

// A table is answered as it comes: while tens of megabytes go by, what is held in
// memory stays small. Not parallel: it looks at the whole process.
func TestTablesAreNotHeldInMemory(t *testing.T) {
	s := newSite(t, servetest.Fit(t, servetest.Options{Rows: 1000, Rounds: 2, Leaves: 4}))
	now := func() time.Time { return clock }
	srv := httptest.NewServer(user.New(user.Options{
		Champion: s.champion, Desk: serve.NewDesk(s.champion, s.spool, now), Auth: s.auth,
		MaxBody: 1 << 20, MaxTable: 64 << 20, Log: zap.NewNop(), Now: now, Pending: s.spool.Pending, Predictions: s.world,
	}))
	defer srv.Close()
	for _, media := range []string{"text/csv", "application/vnd.apache.parquet"} {
		t.Run(media, func(t *testing.T) {
			few, many := manyCalls{40_000, media != "text/csv"}, manyCalls{120_000, media != "text/csv"}
			held(t, srv.URL, media, few) // fills the pools
			one, all := held(t, srv.URL, media, few), held(t, srv.URL, media, many)
			t.Logf("%d rows: %d KiB in use; %d rows: %d KiB", few.rows, one>>10, many.rows, all>>10)
			if all > one+8<<20 {
				t.Errorf("%d MiB in use for %d rows, %d MiB for %d: it grows with the table", all>>20, many.rows, one>>20, few.rows)
			}
		})
	}
}

// held is the memory that is in use while a table is answered: the median of many
// looks, as what the collector meets while it works counts as in use, which is a lot
// at times on a busy machine; and a table that is held is held throughout.
func held(t *testing.T, url, media string, m manyCalls) int64 {
	t.Helper()
	body, to := io.Pipe()
	go func() { _ = to.CloseWithError(m.writeTo(to)) }()
	r, err := http.NewRequestWithContext(t.Context(), "POST", url+"/v1/predictions:batch", body)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("ann", "secret")
	r.Header.Set("Content-Type", media)
	r.Header.Set("Accept", media)
	var looks []int64
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	for {
		_, err := io.CopyN(io.Discard, res.Body, 512<<10)
		if looks = append(looks, live()); errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := res.Trailer.Get("X-Rows"); res.StatusCode != 200 || got != fmt.Sprint(m.rows) || res.Trailer.Get("X-Rows-Failed") != "0" {
		t.Fatalf("answer = %d, %s rows, %s failed", res.StatusCode, got, res.Trailer.Get("X-Rows-Failed"))
	}
	slices.Sort(looks)
	return looks[len(looks)/2]
}

// live is the memory in use, garbage left out.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
