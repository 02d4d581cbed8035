package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"lfb/internal/lfb"
)

// MaxSample is the most rows that Sample returns.
const MaxSample = 1000

// Columns names the 14 columns of the original project's joined table, which
// are those of the views attendance and attendance_synthetic.
func Columns() []string {
	return []string{
		"DateOfCall", "HourOfCall", "IncGeo_BoroughCode", "IncGeo_WardCode", "Easting_rounded",
		"Northing_rounded", "IncidentStationGround", "NumStationsWithPumpsAttending", "NumPumpsAttending", "PumpCount",
		"PumpHoursRoundUp", "PumpOrder", "DelayCodeId", "AttendanceTimeSeconds",
	}
}

const selectPlace = `SELECT DateOfCall, HourOfCall, IncGeo_BoroughCode, IncGeo_WardCode,
	Easting_rounded, Northing_rounded, IncidentStationGround, NumStationsWithPumpsAttending, NumPumpsAttending, PumpCount,
	CAST(CEILING(PumpMinutesRounded / 60) AS SIGNED),
	FirstPumpArriving_AttendanceTime
	FROM incident WHERE Origin = ? AND IncidentNumber = ? AND WithdrawnAt IS NULL`

const selectEngines = `SELECT PumpOrder, COALESCE(DelayCodeId, 1), AttendanceTimeSeconds
	FROM mobilisation WHERE Origin = ? AND IncidentNumber = ? AND WithdrawnAt IS NULL ORDER BY ResourceMobilisationId`

// Sample returns up to n random rows of the joined table, values in the order of
// Columns: text, int64, float64 or nil, a date as 2006-01-02. Where the origin
// has no mobilisations the rows are the incidents with their first engine. It
// costs a few key look-ups a row, however large the tables are.
func (db *DB) Sample(ctx context.Context, origin lfb.Origin, n int) ([][]any, error) {
	code, err := OriginCode(origin)
	if err == nil && (n < 1 || n > MaxSample) {
		err = fmt.Errorf("%d rows, want 1 to %d: %w", n, MaxSample, lfb.ErrInvalid)
	}
	if err != nil {
		return nil, Wrap(err, "sample")
	}
	s := sampler{db: db, origin: code, seen: map[string]bool{}}
	rows, err := s.drawRows(ctx, n)
	return rows, Wrap(err, "sample")
}

// sampler draws a day, one of its incidents, and one of its engines.
type sampler struct {
	db      *DB
	origin  int
	engines bool // there are mobilisations
	first   time.Time
	days    int
	seen    map[string]bool
}

func (s *sampler) drawRows(ctx context.Context, n int) ([][]any, error) {
	if err := s.findSpan(ctx); err != nil || s.days == 0 {
		return nil, err
	}
	out := [][]any{}
	// Some draws meet an incident that was drawn before, or has no engine.
	for try := 0; len(out) < n && try < 20*n+20; try++ {
		row, err := s.drawRow(ctx)
		if err != nil {
			return nil, err
		}
		if row != nil {
			out = append(out, row)
		}
	}
	return out, nil
}

// findSpan finds the first day and the number of days, 0 where there is no row.
func (s *sampler) findSpan(ctx context.Context) error {
	// The bounds hold always: without one the embedded database sorts the table.
	const first = `SELECT DateOfCall FROM incident WHERE Origin = ? AND DateOfCall >= '1000-01-01'
		ORDER BY Origin, DateOfCall LIMIT 1`
	const final = `SELECT DateOfCall FROM incident WHERE Origin = ? AND DateOfCall <= '9999-12-31'
		ORDER BY Origin DESC, DateOfCall DESC LIMIT 1`
	var last time.Time
	err := s.db.read.QueryRowContext(ctx, first, s.origin).Scan(&s.first)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.db.read.QueryRowContext(ctx, final, s.origin).Scan(&last); err != nil {
		return err
	}
	s.days = int(last.Sub(s.first).Hours()/24) + 1
	var one int
	err = s.db.read.QueryRowContext(ctx, "SELECT 1 FROM mobilisation WHERE Origin = ? LIMIT 1", s.origin).Scan(&one)
	s.engines = err == nil
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// drawRow returns one row, or nil where it drew nothing of use. A day without
// incidents stands for the next one that has some.
func (s *sampler) drawRow(ctx context.Context) ([]any, error) {
	var day time.Time
	from := s.first.AddDate(0, 0, rand.IntN(s.days)).Format(time.DateOnly)
	err := s.db.read.QueryRowContext(ctx, `SELECT DateOfCall FROM incident WHERE Origin = ? AND DateOfCall >= ?
		ORDER BY Origin, DateOfCall LIMIT 1`, s.origin, from).Scan(&day)
	if err != nil {
		return nil, err
	}
	numbers, err := queryAll(ctx, s.db.read, "incidents of a day",
		scanValue[string],
		"SELECT IncidentNumber FROM incident WHERE Origin = ? AND DateOfCall = ?", s.origin, day.Format(time.DateOnly))
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	number := numbers[rand.IntN(len(numbers))]
	if s.seen[number] {
		return nil, nil
	}
	s.seen[number] = true
	return s.joinIncident(ctx, number)
}

func (s *sampler) joinIncident(ctx context.Context, number string) ([]any, error) {
	places, err := s.readRows(ctx, selectPlace, 12, number)
	if err != nil || len(places) == 0 {
		return nil, err
	}
	place, firstSeconds := places[0][:11], places[0][11]
	if !s.engines {
		return append(place[:11:11], int64(1), int64(1), firstSeconds), nil
	}
	engines, err := s.readRows(ctx, selectEngines, 3, number)
	if err != nil || len(engines) == 0 {
		return nil, err
	}
	return append(place[:11:11], engines[rand.IntN(len(engines))]...), nil
}

func (s *sampler) readRows(ctx context.Context, query string, width int, number string) ([][]any, error) {
	return queryAll(ctx, s.db.read, "incident "+number, func(r scanner) ([]any, error) {
		row, dest := make([]any, width), make([]any, width)
		for i := range dest {
			dest[i] = &row[i]
		}
		if err := r.Scan(dest...); err != nil {
			return nil, err
		}
		for i, v := range row {
			row[i] = plainValue(v)
		}
		return row, nil
	}, query, s.origin, number)
}

// plainValue turns a driver's value into one that JSON shows as people expect it.
func plainValue(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.DateOnly)
	case []byte:
		return string(v)
	}
	return v
}
