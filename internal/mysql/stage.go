package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"

	"lfb/internal/lfb"
)

// Rows of one LOAD DATA and bytes of one INSERT. Each is a transaction on the
// staging table, whose size bounds what the server holds in memory.
const (
	infileRows  = 500_000
	insertBytes = 1 << 20
	insertRows  = 2_000
)

// stage is the staging table of one load. It is a temporary table: no other
// connection sees it, and the server drops it when the connection ends, however
// that comes about.
type stage struct {
	table
	conn      *sql.Conn
	stageName string
	rows      int64 // staged, duplicates included
}

// newStage makes the staging table: the published columns as the target has
// them, RowHash, and the row's place in the file.
func newStage(ctx context.Context, conn *sql.Conn, t table) (*stage, error) {
	s := &stage{table: t, conn: conn, stageName: "stage_" + t.name}
	if _, err := conn.ExecContext(ctx, "DROP TEMPORARY TABLE IF EXISTS "+s.stageName); err != nil {
		return nil, err
	}
	_, err := conn.ExecContext(ctx, "CREATE TEMPORARY TABLE "+s.stageName+
		" (Seq INT UNSIGNED NOT NULL DEFAULT 0, PRIMARY KEY ("+strings.Join(t.key, ", ")+", Seq))"+
		" SELECT "+strings.Join(t.columns, ", ")+", RowHash FROM "+t.name+" LIMIT 0")
	return s, err
}

// drop also runs where ctx is over.
func (s *stage) drop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if _, err := s.conn.ExecContext(ctx, "DROP TEMPORARY TABLE IF EXISTS "+s.stageName); err != nil {
		spoil(s.conn) // nobody may find a half filled table on it
	}
}

// fill stages all rows of f, and checks that the server took each as it was.
func (s *stage) fill(ctx context.Context, f feeder, infile bool) error {
	for more := true; more; {
		put := s.insert
		if infile {
			put = s.infile
		}
		n, err := put(ctx, f)
		if infile && n == 0 && infileRefused(err) {
			infile = false
			continue
		}
		if err := errors.Join(f.counts().err, err); err != nil {
			return err
		}
		if err := s.warnings(ctx); err != nil {
			return err
		}
		s.rows += n
		more = n > 0
	}
	if s.rows == 0 {
		return fmt.Errorf("no usable row among %d: %w", f.counts().rejected, lfb.ErrInvalid)
	}
	var kept int64
	if err := s.conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+s.stageName).Scan(&kept); err != nil {
		return err
	}
	if kept != s.rows {
		return fmt.Errorf("%d rows were sent, the staging table has %d: %w", s.rows, kept, lfb.ErrInvalid)
	}
	return nil
}

var streams atomic.Uint64

func (s *stage) infile(ctx context.Context, f feeder) (int64, error) {
	name := fmt.Sprintf("lfb-%d", streams.Add(1))
	f.limit(infileRows)
	before := f.counts().rows
	mysql.RegisterReaderHandler(name, func() io.Reader { return f })
	defer mysql.DeregisterReaderHandler(name)
	res, err := s.conn.ExecContext(ctx, "LOAD DATA LOCAL INFILE 'Reader::"+name+"' INTO TABLE "+s.stageName+
		" CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n'"+
		" ("+strings.Join(s.columns, ", ")+", RowHash, Seq)")
	sent := f.counts().rows - before
	if err != nil {
		return sent, err
	}
	return sent, exact(res, sent)
}

func (s *stage) insert(ctx context.Context, f feeder) (int64, error) {
	before := f.counts().rows
	f.limit(insertRows)
	head := "INSERT INTO " + s.stageName + " (" + strings.Join(s.columns, ", ") + ", RowHash, Seq) VALUES "
	query := f.values([]byte(head), insertBytes)
	sent := f.counts().rows - before
	if sent == 0 {
		return 0, nil
	}
	res, err := s.conn.ExecContext(ctx, string(query))
	if err != nil {
		return sent, err
	}
	return sent, exact(res, sent)
}

func exact(res sql.Result, sent int64) error {
	got, err := res.RowsAffected()
	if err == nil && got != sent {
		err = fmt.Errorf("%d rows were sent, %d were staged: %w", sent, got, lfb.ErrInvalid)
	}
	return err
}

// warnings turns the last statement's warnings into an error: LOAD DATA LOCAL
// stores what it can make of a bad value and only warns.
func (s *stage) warnings(ctx context.Context) error {
	rows, err := s.conn.QueryContext(ctx, "SHOW WARNINGS LIMIT 3")
	if err != nil {
		return err
	}
	defer rows.Close()
	var texts []string
	for rows.Next() {
		var level, code, message string
		if err := rows.Scan(&level, &code, &message); err != nil {
			return err
		}
		texts = append(texts, message)
	}
	if err := rows.Err(); err != nil || len(texts) == 0 {
		return err
	}
	return fmt.Errorf("staging warned: %s: %w", strings.Join(texts, "; "), lfb.ErrInvalid)
}

// infileRefused reports whether the server, not the data, is why LOAD DATA
// LOCAL did not work.
func infileRefused(err error) bool {
	switch number(err) {
	case 1148, // not allowed with this version
		3948, // loading local data is disabled
		4166: // the server has disabled local infile
		return true
	}
	return false
}

// dedupe deletes every row whose key comes again later in the file.
func (s *stage) dedupe(ctx context.Context) (int64, error) {
	keys := strings.Join(s.key, ", ")
	rows, err := s.conn.QueryContext(ctx, "SELECT "+keys+", MAX(Seq) FROM "+s.stageName+
		" GROUP BY "+keys+" HAVING COUNT(*) > 1")
	if err != nil {
		return 0, err
	}
	doubled, err := keysOf(rows, len(s.key)+1)
	if err != nil {
		return 0, err
	}
	columns := append(slices.Clone(s.key), "Seq <")
	return forKeys(doubled, columns, func(where string, args []any) (sql.Result, error) {
		return s.conn.ExecContext(ctx, "DELETE FROM "+s.stageName+" WHERE "+where, args...)
	})
}
