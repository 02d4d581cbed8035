package load

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"lfb/internal/lfb"
	"lfb/internal/mysql"
)

// Bytes of rows that one statement stages. Each is a transaction of its own, and
// held in memory.
const (
	infileBytes = 32 << 20
	insertBytes = 1 << 20
)

const progressEvery = 10_000 // rows

// stage is the staging table of one load. Its connection holds a lock of the
// table's name for as long as the load lives: a table whose lock is free is a
// dead load's, and the next load drops it. (A temporary table would need none of
// that, but the embedded database miscounts in them.)
type stage struct {
	db           *mysql.DB
	conn         *sql.Conn
	target, name string // tables
	key, columns []string
	affected     int64 // rows, as the server counts them: one that replaces another is two
}

const stagePrefix = "stage_"

// createTable makes the staging table: the published columns as the target has them,
// RowHash, and the row's place in the file.
func (s *stage) createTable(ctx context.Context) error {
	if err := s.dropDead(ctx); err != nil {
		return err
	}
	s.name = stagePrefix + s.target + "_" + strings.ToLower(rand.Text())
	if ok, err := s.db.TryLock(ctx, s.conn, s.name); err != nil || !ok {
		return errors.Join(err, fmt.Errorf("lock %s: %w", s.name, lfb.ErrConflict))
	}
	_, err := s.conn.ExecContext(ctx, "CREATE TABLE "+s.name+
		" (Seq INT UNSIGNED NOT NULL DEFAULT 0, PRIMARY KEY ("+strings.Join(s.key, ", ")+"))"+
		" DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"+
		" SELECT "+strings.Join(s.columns, ", ")+", RowHash FROM "+s.target+" LIMIT 0")
	return err
}

// dropDead drops the staging tables that no living load holds.
func (s *stage) dropDead(ctx context.Context) error {
	var name string
	var names []string
	for err := range mysql.Stream(ctx, s.conn, []any{&name}, `SELECT TABLE_NAME FROM information_schema.TABLES
		WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'stage\\_%'`) {
		if err != nil {
			return err
		}
		names = append(names, name)
	}
	for _, name := range names {
		dead, err := s.db.TryLock(ctx, s.conn, name)
		if err != nil {
			return err
		}
		if !dead {
			continue
		}
		_, err = s.conn.ExecContext(ctx, "DROP TABLE IF EXISTS `"+name+"`")
		s.db.Unlock(ctx, s.conn, name)
		if err != nil {
			return err
		}
	}
	return nil
}

// dropTable also runs where ctx is over. Where it does not succeed the next load's
// dropDead does.
func (s *stage) dropTable(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	_, err := s.conn.ExecContext(ctx, "DROP TABLE IF EXISTS "+s.name)
	s.db.Unlock(ctx, s.conn, s.name)
	if err != nil {
		// A lock must not outlive the load in the pool: have it throw the connection away.
		_ = s.conn.Raw(func(any) error { return sqldriver.ErrBadConn })
	}
}

// stageRows stages all rows, and checks that the server took each as it was. The
// count has what is known by then: Rows, Rejected and Duplicate.
func stageRows[T any](ctx context.Context, s *stage, t *table[T], rows iter.Seq2[*T, error],
	progress func(int64),
) (lfb.LoadCount, error) {
	var row T
	var count lfb.LoadCount
	f := feed{stage: s, columns: t.columns(&row), infile: s.db.LocalInfile(), progress: progress}
	for r, err := range rows {
		count.Rows++
		if reject := (*lfb.Reject)(nil); errors.As(err, &reject) {
			count.Rejected++
			continue
		}
		if err == nil {
			row = *r
			err = f.addRow(ctx, count.Rows)
		}
		if err != nil {
			return count, err
		}
	}
	if f.rows == 0 {
		return count, fmt.Errorf("no usable row among %d: %w", count.Rows, lfb.ErrInvalid)
	}
	if err := f.flush(ctx); err != nil {
		return count, err
	}
	count.Duplicate = s.affected - f.rows
	var staged int64
	err := s.conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+s.name).Scan(&staged)
	if err == nil && staged != f.rows-count.Duplicate {
		err = fmt.Errorf("%d rows were sent, %d were staged, %d are there: %w", f.rows, s.affected, staged, lfb.ErrInvalid)
	}
	return count, err
}

// feed gathers rows and stages them, many by one statement.
type feed struct {
	stage    *stage
	columns  []column // of the row that add writes
	line     line
	rows     int64 // all so far
	infile   bool
	progress func(int64) // may be nil
}

// addRow writes the row that columns point to, the n-th of the file.
func (f *feed) addRow(ctx context.Context, n int64) error {
	f.rows++
	l := &f.line
	l.beginRow()
	for _, c := range f.columns {
		c.appendTo(l)
	}
	if key := f.columns[0]; *key.field.(*string) == "" {
		l.keepError(key.name, "")
	}
	l.appendUint(l.hashRow())
	l.appendInt(f.rows)
	l.endRow()
	if l.err != nil {
		return fmt.Errorf("row %d: %w", n, l.err)
	}
	if f.progress != nil && f.rows%progressEvery == 0 {
		f.progress(f.rows)
	}
	if f.infile && len(l.buf) < infileBytes || !f.infile && len(l.buf) < insertBytes {
		return nil
	}
	return f.flush(ctx)
}

func (f *feed) flush(ctx context.Context) error {
	err := error(nil)
	if f.infile {
		err = f.stage.loadInfile(ctx, f.line.buf)
		f.infile = !infileRefused(err)
	}
	if !f.infile {
		err = f.stage.insertRows(ctx, f.line.buf)
	}
	f.line.buf = f.line.buf[:0]
	return err
}

func (s *stage) loadInfile(ctx context.Context, rows []byte) error {
	name := "lfb-" + rand.Text() // the driver keeps the names of the whole process
	driver.RegisterReaderHandler(name, func() io.Reader { return bytes.NewReader(rows) })
	defer driver.DeregisterReaderHandler(name)
	return s.execStaging(ctx, "LOAD DATA LOCAL INFILE 'Reader::"+name+"' REPLACE INTO TABLE "+s.name+
		" CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n'"+
		" ("+strings.Join(s.columns, ", ")+", RowHash, Seq)")
}

// insertRows stages rows where the server refuses LOAD DATA LOCAL.
func (s *stage) insertRows(ctx context.Context, rows []byte) error {
	head := "REPLACE INTO " + s.name + " (" + strings.Join(s.columns, ", ") + ", RowHash, Seq) VALUES "
	query := []byte(head)
	for row := range bytes.Lines(rows) {
		query = append(appendLiterals(query, row), ',')
		if len(query) > insertBytes {
			if err := s.execStaging(ctx, string(query[:len(query)-1])); err != nil {
				return err
			}
			query = query[:len(head)]
		}
	}
	if len(query) == len(head) {
		return nil
	}
	return s.execStaging(ctx, string(query[:len(query)-1]))
}

// execStaging runs a statement that stages rows. A warning is an error: LOAD DATA LOCAL
// stores what it can make of a bad value and only warns.
func (s *stage) execStaging(ctx context.Context, query string) error {
	res, err := s.conn.ExecContext(ctx, query)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	s.affected += n
	var level, code, message string
	err = s.conn.QueryRowContext(ctx, "SHOW WARNINGS LIMIT 1").Scan(&level, &code, &message)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("staging warned: %s: %w", message, lfb.ErrInvalid)
	}
	return err
}

// infileRefused reports whether the server, not the data, is why LOAD DATA
// LOCAL did not work.
func infileRefused(err error) bool {
	var e *driver.MySQLError
	// Not allowed with this version; disabled; disabled for this server.
	return errors.As(err, &e) && (e.Number == 1148 || e.Number == 3948 || e.Number == 4166)
}
