package mysql

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"lfb/internal/gc"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// recordQueries read what is on record as items of package gc, but the data sets, whose
// manifests are objects: id, time, pinned, group, what the columns lead to, and a body
// that leads on. Rows without an id only lead to others.
var recordQueries = []string{
	`SELECT '', NULL, TRUE, '', CONCAT('row:version/', Line, '/', ToVersion, ' row:version/', Line, '/', FromVersion), '{}'
		FROM promotion WHERE Line NOT LIKE 'backfill/%'`,
	`SELECT CONCAT(IF(Line LIKE 'backfill/%', 'row:replayed/', 'row:version/'), Line, '/', ID), CreatedAt,
		EXISTS (SELECT 1 FROM backfill b WHERE v.Line = CONCAT('backfill/', b.ID) AND b.State IN ` + open + `), Line, '', Body FROM version v`,
	`SELECT CONCAT('row:file/', SHA256), StoredAt, State = 'loaded', '', RefKey, '{}' FROM source_file`,
	`SELECT CONCAT('row:backfill/', ID), StartedAt, State IN ` + open + `, '', '', Body FROM backfill`,
	`SELECT '', NULL, TRUE, '', '', Body FROM backfill_month`,
	`SELECT '', NULL, TRUE, '', '', Body FROM candidate WHERE Body LIKE '%"search":%' OR Body LIKE '%"relevance":%' OR Body LIKE '%"verdict":%'`,
	`SELECT CONCAT('row:monitor_run/', ID), StartedAt, State IN ` + open + `, IF(State IN ('succeeded', 'unchanged'), Line, ''), '', '{}' FROM monitoring`,
	`SELECT '', NULL, TRUE, '', '', Body FROM realised`,
	`SELECT '', NULL, TRUE, '', CONCAT('row:monitor_run/', Token), '{}' FROM retrain_claim`,
	`SELECT CONCAT('row:place_set/', Origin, '/', Revision), MadeAt, FALSE, CONCAT('places of ', Origin), '', Body FROM place_set`,
	`SELECT CONCAT('row:attempt/', ID), COALESCE(ClosedAt, ClosesAt), FALSE, '', '', Body FROM attempt`,
	`SELECT CONCAT('row:attempt/', Attempt), NULL, FALSE, '', '', Body FROM attempt_result`,
}

// Records returns what is on record as items for housekeeping, but the data sets.
func (db *DB) Records(ctx context.Context) ([]gc.Item, error) {
	var out []gc.Item
	for _, q := range recordQueries {
		items, err := queryAll(ctx, db.read, "records: "+q, scanItem, q)
		if err != nil {
			return nil, err
		}
		out = append(out, items...)
	}
	return out, nil
}

func scanItem(s scanner) (i gc.Item, err error) {
	var at sql.NullTime
	var refs string
	var row []byte
	if err := s.Scan(&i.ID, &at, &i.Pinned, &i.Group, &refs, &row); err != nil {
		return i, err
	}
	var body struct { // of several tables: no two mean something else by one name
		Bundle, Verdict, Search, Relevance, Explanation lfb.Ref

		DataSet    string  `json:"data_set"`
		MonitorRun string  `json:"monitoring_id"`
		PlaceFile  lfb.Ref `json:"place_file"`
		Products   []registry.PlaceProduct
		Files      []registry.AttemptFile
		Ref        lfb.Ref
	}
	if err := json.Unmarshal(row, &body); err != nil {
		return i, err
	}
	i.At, i.Refs = at.Time, append(strings.Fields(refs), body.Verdict.Key, body.Search.Key, body.Relevance.Key,
		body.Explanation.Key)
	switch gc.KindOf(i.ID) {
	case gc.Version, gc.Replayed:
		i.Refs, i.Row = append(i.Refs, body.Bundle.Key, gc.DataSet+body.DataSet), row
	case gc.Backfill:
		i.Refs = append(i.Refs, gc.DataSet+body.DataSet)
	case gc.PlaceSet:
		i.Refs = append(i.Refs, body.PlaceFile.Key)
		for _, p := range body.Products {
			i.Refs = append(i.Refs, gc.File+p.SHA256)
		}
	case gc.Attempt:
		i.Refs = append(i.Refs, body.Ref.Key)
		for _, f := range body.Files {
			i.Refs = append(i.Refs, f.Ref.Key)
		}
	case "":
		i.Refs = append(i.Refs, gc.MonitorRun+body.MonitorRun)
	}
	return i, nil
}

// RemoveRecord removes the row of an item of package gc. One that is needed after all
// (a version that a serving ledger names, a file in the tables, a monitor run that is
// not over or that a claim names, the places that serve) stays, and one that is not there is no error.
func (db *DB) RemoveRecord(ctx context.Context, id string) error {
	kind := gc.KindOf(id)
	name := strings.TrimPrefix(id, kind)
	slash := strings.LastIndexByte(name, '/') // of a version's line and id, a place set's origin and revision
	line, version := name[:max(slash, 0)], name[slash+1:]
	remove := func(query string, args ...any) error {
		return db.execWrite(ctx, "remove record "+id, "DELETE FROM "+query, args...)
	}
	switch kind {
	case gc.Version:
		return remove(`version WHERE Line = ? AND ID = ? AND NOT EXISTS
			(SELECT 1 FROM promotion p WHERE p.Line = ? AND ? IN (p.ToVersion, p.FromVersion))`, line, version, line, version)
	case gc.Replayed:
		return remove("version WHERE Line = ? AND ID = ?", line, version)
	case gc.DataSet:
		return remove("data_set WHERE ID = ?", name)
	case gc.File:
		_, loaded, err := db.LoadedAt(ctx, name)
		// its own row last: it leads to the others
		for _, table := range []string{"reject", "reject_summary", "source_file"} {
			if err == nil && !loaded {
				err = remove(table+" WHERE SHA256 = ?", name)
			}
		}
		return err
	case gc.PlaceSet: // the last one serves: its like has an equal or a higher revision
		return remove(`place_set WHERE Origin = ? AND Revision = ? AND Revision <
			(SELECT newest FROM (SELECT MAX(Revision) AS newest FROM place_set WHERE Origin = ?) AS n)`, line, version, line)
	case gc.Attempt:
		if err := remove("attempt_result WHERE Attempt = ?", name); err != nil {
			return err
		}
		return remove("attempt WHERE ID = ?", name)
	case gc.MonitorRun:
		return remove(`monitoring WHERE ID = ? AND State NOT IN `+open+` AND NOT EXISTS
			(SELECT 1 FROM retrain_claim c WHERE c.Token = ?)`, name, name)
	}
	return fmt.Errorf("remove record %s: no row that may be removed: %w", id, lfb.ErrInvalid)
}

// RemovePredictions removes at most limit logged answers of before, and as many of what
// goes with them: which were asked again, and what was refused.
func (db *DB) RemovePredictions(ctx context.Context, before time.Time, limit int) (int64, error) {
	for _, old := range []string{
		"answer WHERE AnsweredAt < ?", "prediction_ask WHERE AnsweredAt < ?",
		"prediction_refused WHERE RefusedAt < ?",
	} {
		if err := db.execWrite(ctx, "remove predictions", "DELETE FROM "+old+" ORDER BY ID"+limitClause(limit),
			before.UTC()); err != nil {
			return 0, err
		}
	}
	return db.execCounted(ctx, "remove predictions",
		"DELETE FROM prediction WHERE AnsweredAt < ? ORDER BY ID"+limitClause(limit), before.UTC())
}

// CountPredictionsBefore is how many answers were logged before.
func (db *DB) CountPredictionsBefore(ctx context.Context, before time.Time) (int64, error) {
	return queryRow(ctx, db, "count predictions", scanValue[int64],
		"SELECT COUNT(*) FROM prediction WHERE AnsweredAt < ?", before.UTC())
}
