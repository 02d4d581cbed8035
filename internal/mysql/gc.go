package mysql

import (
	"context"
	"time"

	"lfb/internal/gc"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Lines are the lines of models that have versions or a ledger.
func (db *DB) Lines(ctx context.Context) ([]string, error) {
	rows, err := db.read.QueryContext(ctx, "SELECT DISTINCT Line FROM version UNION SELECT DISTINCT Line FROM promotion ORDER BY Line")
	if err != nil {
		return nil, Wrap(err, "lines")
	}
	return collect(rows, "lines", func(s scanner) (string, error) {
		var line string
		err := s.Scan(&line)
		return line, err
	})
}

// AllFiles returns every row of the sources' files.
func (db *DB) AllFiles(ctx context.Context) ([]gc.File, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT SHA256, Source, Name, Version, Kind, Origin, RefKey, RefSHA256, RefBytes,
		RefRows, StoredAt, State = '`+stateLoaded+`' FROM source_file ORDER BY SHA256, Source, Name`)
	if err != nil {
		return nil, Wrap(err, "files")
	}
	return collect(rows, "files", func(s scanner) (gc.File, error) {
		var f gc.File
		var err error
		f.SourceFile, err = scanFile(withLast{s, &f.Loaded})
		return f, err
	})
}

// withLast is a row with one column more than its reader asks for.
type withLast struct {
	row  scanner
	last any
}

func (w withLast) Scan(dest ...any) error { return w.row.Scan(append(dest, w.last)...) }

// RemoveVersion removes the row of a version that no serving ledger names. One
// that is named, or not there, stays as it is.
func (db *DB) RemoveVersion(ctx context.Context, line, id string) error {
	_, err := db.exec(ctx, `DELETE FROM version WHERE Line = ? AND ID = ? AND (Line LIKE 'backfill/%' OR NOT EXISTS
		(SELECT 1 FROM promotion p WHERE p.Line = ? AND (p.ToVersion = ? OR p.FromVersion = ?)))`, line, id, line, id, id)
	return Wrap(err, "remove version %s of %s", id, line)
}

// RemoveDataSet removes the row of a snapshot.
func (db *DB) RemoveDataSet(ctx context.Context, id string) error {
	_, err := db.exec(ctx, "DELETE FROM data_set WHERE ID = ?", id)
	return Wrap(err, "remove data set %s", id)
}

// RemoveFile removes the rows of a content that is in no table, and what was
// wrong with it.
func (db *DB) RemoveFile(ctx context.Context, sha string) error {
	_, loaded, err := db.LoadedAt(ctx, sha)
	if err != nil || loaded {
		return err
	}
	for _, table := range []string{"reject", "reject_summary", "source_file"} {
		if _, err := db.exec(ctx, "DELETE FROM "+table+" WHERE SHA256 = ?", sha); err != nil {
			return Wrap(err, "remove file %.12s", sha)
		}
	}
	return nil
}

// RemovePredictions removes at most limit logged answers of before.
func (db *DB) RemovePredictions(ctx context.Context, before time.Time, limit int) (int64, error) {
	last, err := db.lastBefore(ctx, before, limit)
	if err != nil || last == "" {
		return 0, err
	}
	res, err := db.exec(ctx, "DELETE FROM prediction WHERE ID <= ? AND AnsweredAt < ?", last, before.UTC())
	if err != nil {
		return 0, Wrap(err, "remove predictions")
	}
	n, err := res.RowsAffected()
	return n, Wrap(err, "remove predictions")
}

// lastBefore is the id of the limit-th logged answer of before; ids sort by time.
func (db *DB) lastBefore(ctx context.Context, before time.Time, limit int) (string, error) {
	rows, err := db.read.QueryContext(ctx, "SELECT ID FROM prediction WHERE AnsweredAt < ? ORDER BY ID"+limited(limit), before.UTC())
	if err != nil {
		return "", Wrap(err, "predictions before %s", before.Format(time.DateOnly))
	}
	ids, err := collect(rows, "predictions", func(s scanner) (string, error) {
		var id string
		err := s.Scan(&id)
		return id, err
	})
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[len(ids)-1], nil
}

// CountPredictionsBefore is how many answers were logged before.
func (db *DB) CountPredictionsBefore(ctx context.Context, before time.Time) (int64, error) {
	var n int64
	err := db.read.QueryRowContext(ctx, "SELECT COUNT(*) FROM prediction WHERE AnsweredAt < ?", before.UTC()).Scan(&n)
	return n, Wrap(err, "count predictions")
}

// ShownKeys are the keys of the searches and relevance reports that leaderboards name.
func (db *DB) ShownKeys(ctx context.Context) ([]string, error) {
	type named struct{ Search, Relevance lfb.Ref } // of a registry.Candidate
	rows, err := db.read.QueryContext(ctx, `SELECT Body FROM candidate WHERE Body LIKE '%"search":%' OR Body LIKE '%"relevance":%'`)
	if err != nil {
		return nil, Wrap(err, "what leaderboards name")
	}
	all, err := collect(rows, "what leaderboards name", func(s scanner) (named, error) {
		return scanJSON[named](s)
	})
	var keys []string
	for i := range all {
		for _, ref := range []lfb.Ref{all[i].Search, all[i].Relevance} {
			if !ref.IsZero() {
				keys = append(keys, ref.Key)
			}
		}
	}
	return keys, err
}

// Looks are all looks at champions.
func (db *DB) Looks(ctx context.Context) ([]gc.Look, error) {
	rows, err := db.read.QueryContext(ctx, "SELECT ID, Line, State, StartedAt FROM monitoring ORDER BY ID")
	if err != nil {
		return nil, Wrap(err, "looks")
	}
	return collect(rows, "looks", func(s scanner) (gc.Look, error) {
		var l gc.Look
		err := s.Scan(&l.ID, &l.Line, &l.State, &l.StartedAt)
		return l, err
	})
}

// LookRefs are the ids of the looks that scored months and claims of retrains name.
func (db *DB) LookRefs(ctx context.Context) ([]string, error) {
	rows, err := db.read.QueryContext(ctx, "SELECT Body FROM realised")
	if err != nil {
		return nil, Wrap(err, "looks that scored")
	}
	ids, err := collect(rows, "looks that scored", func(s scanner) (string, error) {
		r, err := scanJSON[struct {
			ID string `json:"monitoring_id"`
		}](s)
		return r.ID, err
	})
	if err != nil {
		return nil, err
	}
	if rows, err = db.read.QueryContext(ctx, "SELECT Token FROM retrain_claim"); err != nil {
		return nil, Wrap(err, "looks that retrained")
	}
	tokens, err := collect(rows, "looks that retrained", func(s scanner) (string, error) {
		var token string
		err := s.Scan(&token)
		return token, err
	})
	return append(ids, tokens...), err
}

// RemoveLook removes a look at the champion that is over and that no claim names.
// One that does, or is not there, stays as it is.
func (db *DB) RemoveLook(ctx context.Context, id string) error {
	_, err := db.exec(ctx, `DELETE FROM monitoring WHERE ID = ? AND State <> '`+string(registry.Running)+`' AND NOT EXISTS
		(SELECT 1 FROM retrain_claim c WHERE c.Token = ?)`, id, id)
	return Wrap(err, "remove look %s", id)
}
