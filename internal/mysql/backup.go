package mysql

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"lfb/internal/lfb"
)

// TableDump is one table of a dump.
type TableDump struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
}

// Dump gives every table's rows, all of one moment, to the writer that open makes
// for it: one JSON list of texts a row, NULL as null, bytes as hex.
func (db *DB) Dump(ctx context.Context, open func(table string) (io.WriteCloser, error)) ([]TableDump, error) {
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return nil, Wrap(err, "dump")
	}
	defer conn.Close()
	for _, s := range []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT"} {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return nil, Wrap(err, "dump")
		}
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") }() // it has only read
	tables, err := columnsOf(ctx, conn)
	if err != nil {
		return nil, err
	}
	var out []TableDump
	for _, t := range tables {
		w, err := open(t.name)
		if err != nil {
			return nil, err
		}
		d, err := t.dump(ctx, conn, w)
		if cerr := w.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// tableColumns is a table and how its columns travel.
type tableColumns struct {
	name    string
	columns []string
	kinds   []string // lower case
}

// binary says whether a column travels as hex.
func (t tableColumns) binary(i int) bool {
	return strings.Contains(t.kinds[i], "binary") || strings.Contains(t.kinds[i], "blob")
}

// text is the expression that reads a column as text.
func (t tableColumns) text(i int) string {
	name := "`" + t.columns[i] + "`"
	switch {
	case t.binary(i):
		return "HEX(" + name + ")"
	case t.kinds[i] == "time":
		return name // it is sent as text anyway, and the embedded database casts it to NULL
	}
	return "CAST(" + name + " AS CHAR)"
}

func columnsOf(ctx context.Context, conn *sql.Conn) ([]tableColumns, error) {
	rows, err := conn.QueryContext(ctx, `SELECT c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE FROM information_schema.COLUMNS c
		JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
		WHERE c.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE = 'BASE TABLE' ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION`)
	if err != nil {
		return nil, Wrap(err, "columns")
	}
	defer rows.Close()
	var out []tableColumns
	for rows.Next() {
		var table, column, kind string
		if err := rows.Scan(&table, &column, &kind); err != nil {
			return nil, Wrap(err, "columns")
		}
		if len(out) == 0 || out[len(out)-1].name != table {
			out = append(out, tableColumns{name: table})
		}
		t := &out[len(out)-1]
		t.columns, t.kinds = append(t.columns, column), append(t.kinds, strings.ToLower(kind))
	}
	return out, Wrap(rows.Err(), "columns")
}

func (t tableColumns) dump(ctx context.Context, conn *sql.Conn, w io.Writer) (TableDump, error) {
	d := TableDump{Name: t.name, Columns: t.columns}
	terms := make([]string, len(t.columns))
	for i := range t.columns {
		terms[i] = t.text(i)
	}
	rows, err := conn.QueryContext(ctx, "SELECT "+strings.Join(terms, ", ")+" FROM `"+t.name+"`")
	if err != nil {
		return d, Wrap(err, "dump %s", t.name)
	}
	defer rows.Close()
	row, dest := make([]*string, len(t.columns)), make([]any, len(t.columns))
	for i := range row {
		dest[i] = &row[i]
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return d, Wrap(err, "dump %s", t.name)
		}
		if err := enc.Encode(row); err != nil {
			return d, err
		}
		d.Rows++
	}
	return d, Wrap(rows.Err(), "dump %s", t.name)
}

// migrationTable is not restored: the tables were made by this program's own.
const migrationTable = "schema_migration"

// restoreBatch is how many rows one statement inserts.
const restoreBatch = 200

// Restore fills the tables, which have to be there and empty, from a dump. A
// table that has rows, or that this program does not know, is lfb.ErrConflict.
func (db *DB) Restore(ctx context.Context, tables []TableDump, open func(table string) (io.ReadCloser, error)) error {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return Wrap(err, "restore")
	}
	defer conn.Close()
	here, err := columnsOf(ctx, conn)
	if err != nil {
		return err
	}
	byName := map[string]tableColumns{}
	for _, t := range here {
		byName[t.name] = t
	}
	for _, d := range tables { // all of them are looked at before the first is filled
		if d.Name == migrationTable {
			continue
		}
		if err := byName[d.Name].fits(ctx, conn, d); err != nil {
			return err
		}
	}
	for _, d := range tables {
		if d.Name == migrationTable {
			continue
		}
		r, err := open(d.Name)
		if err != nil {
			return err
		}
		err = byName[d.Name].fill(ctx, conn, d, r)
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (t tableColumns) fits(ctx context.Context, conn *sql.Conn, d TableDump) error {
	if strings.Join(t.columns, ",") != strings.Join(d.Columns, ",") {
		return fmt.Errorf("restore %s: the dump has columns %v, the database %v: %w", d.Name, d.Columns, t.columns, lfb.ErrConflict)
	}
	var n int64
	if err := conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM `"+t.name+"`").Scan(&n); err != nil {
		return Wrap(err, "restore %s", t.name)
	}
	if n > 0 {
		return fmt.Errorf("restore %s: it has %d rows, and only an empty database is restored into: %w", t.name, n, lfb.ErrConflict)
	}
	return nil
}

func (t tableColumns) fill(ctx context.Context, conn *sql.Conn, d TableDump, r io.Reader) error {
	terms := make([]string, len(t.columns))
	for i := range t.columns {
		if terms[i] = "?"; t.binary(i) {
			terms[i] = "UNHEX(?)"
		}
	}
	row := "(" + strings.Join(terms, ", ") + ")"
	head := "INSERT INTO `" + t.name + "` (`" + strings.Join(t.columns, "`, `") + "`) VALUES "
	dec := json.NewDecoder(r)
	var args []any
	var total int64
	flush := func() error {
		if len(args) == 0 {
			return nil
		}
		n := len(args) / len(t.columns)
		_, err := conn.ExecContext(ctx, head+strings.Repeat(row+", ", n-1)+row, args...)
		args, total = args[:0], total+int64(n)
		return Wrap(err, "restore %s", t.name)
	}
	for {
		var values []*string
		err := dec.Decode(&values)
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("restore %s: row %d: %w: %w", t.name, total+1, err, lfb.ErrInvalid)
		}
		if len(values) != len(t.columns) {
			return fmt.Errorf("restore %s: row %d has %d values, want %d: %w", t.name, total+1, len(values), len(t.columns), lfb.ErrInvalid)
		}
		for _, v := range values {
			if v == nil {
				args = append(args, nil)
				continue
			}
			args = append(args, *v)
		}
		if len(args) >= restoreBatch*len(t.columns) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if total != d.Rows {
		return fmt.Errorf("restore %s: %d rows, the dump says %d: %w", t.name, total, d.Rows, lfb.ErrInvalid)
	}
	return nil
}
