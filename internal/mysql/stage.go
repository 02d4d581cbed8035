package mysql

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"strings"
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

// stage is the staging table of one load. Its connection holds a lock of the
// table's name for as long as the load lives: a table whose lock is free is a
// dead load's, and the next load drops it. (A temporary table would need none of
// that, but the embedded database miscounts in them.)
type stage struct {
	table
	db        *DB
	conn      *sql.Conn
	stageName string
	rows      int64 // staged, duplicates included
}

const stagePrefix = "stage_"

// newStage makes the staging table: the published columns as the target has
// them, RowHash, and the row's place in the file.
func newStage(ctx context.Context, db *DB, conn *sql.Conn, t table) (*stage, error) {
	s := &stage{table: t, db: db, conn: conn, stageName: stagePrefix + t.name + "_" + strings.ToLower(rand.Text())}
	if err := s.dropDead(ctx); err != nil {
		return nil, err
	}
	ok, err := db.tryLock(ctx, conn, s.stageName)
	if err == nil && !ok {
		err = fmt.Errorf("lock %s is taken: %w", s.stageName, lfb.ErrConflict)
	}
	if err != nil {
		return nil, err
	}
	_, err = conn.ExecContext(ctx, "CREATE TABLE "+s.stageName+
		" (Seq INT UNSIGNED NOT NULL DEFAULT 0, PRIMARY KEY ("+strings.Join(t.key, ", ")+", Seq))"+
		" DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"+
		" SELECT "+strings.Join(t.columns, ", ")+", RowHash FROM "+t.name+" LIMIT 0")
	return s, err
}

// dropDead drops the staging tables that no living load holds.
func (s *stage) dropDead(ctx context.Context) error {
	rows, err := s.conn.QueryContext(ctx, `SELECT TABLE_NAME FROM information_schema.TABLES
		WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'stage\\_%' ORDER BY TABLE_NAME`)
	if err != nil {
		return err
	}
	names, err := collect(rows, "staging tables", func(r scanner) (name string, err error) { return name, r.Scan(&name) })
	if err != nil {
		return err
	}
	for _, name := range names {
		dead, err := s.db.tryLock(ctx, s.conn, name)
		if err != nil {
			return err
		}
		if !dead {
			continue
		}
		_, err = s.conn.ExecContext(ctx, "DROP TABLE IF EXISTS `"+name+"`")
		unlock(ctx, s.conn, s.db.lockName(name))
		if err != nil {
			return err
		}
	}
	return nil
}

// drop also runs where ctx is over. Where it does not succeed the next load's
// dropDead does.
func (s *stage) drop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	_, err := s.conn.ExecContext(ctx, "DROP TABLE IF EXISTS "+s.stageName)
	unlock(ctx, s.conn, s.db.lockName(s.stageName))
	if err != nil {
		spoil(s.conn) // a lock must not outlive the load in the pool
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
		// An error of the rows comes back through the driver: the first says it all.
		if err := cmp.Or(f.counts().err, err); err != nil {
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
	return nil
}

func (s *stage) infile(ctx context.Context, f feeder) (int64, error) {
	name := "lfb-" + rand.Text() // the driver keeps the names of the whole process
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
