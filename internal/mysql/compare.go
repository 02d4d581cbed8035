package mysql

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"lfb/internal/lfb"
)

// difference is what a staged file would change in its table.
type difference struct {
	count    lfb.LoadCount
	wanted   keyList  // staged rows to write
	unwanted keyList  // staged rows that are there as they are, or come again later in the file
	replaces bool     // the key of a wanted row is in the table
	gone     []rowKey // what this named file had last, and has no more
}

// rowKey names a row; seq is 0 where it is not a staged one.
type rowKey struct {
	number string
	id     int64 // 0 for incidents
	seq    int64
}

func (k *rowKey) compare(other *rowKey) int {
	if c := strings.Compare(k.number, other.number); c != 0 {
		return c
	}
	switch {
	case k.id < other.id:
		return -1
	case k.id > other.id:
		return 1
	}
	return 0
}

// keyList counts keys, and keeps them while there are at most max: of two lists
// only the shorter is used.
type keyList struct {
	max, n int64
	keys   []rowKey
}

func (l *keyList) add(k rowKey) {
	if l.n++; l.n > l.max {
		l.keys = nil
		return
	}
	l.keys = append(l.keys, k)
}

// stagedRow and keptRow are what the comparison needs of a row.
type stagedRow struct {
	rowKey
	hash int64
}

type keptRow struct {
	rowKey
	hash, owner int64
	gone        bool
}

// compare walks the staging table, on a connection of its own, beside the table
// as the transaction sees it, both in key order. A join would leave the plan to
// the server, and the embedded one may take the nested loop.
func (a *applier) compare(ctx context.Context, origin int) (*difference, error) {
	keys := strings.Join(a.key, ", ")
	selected := keys
	if len(a.key) == 1 {
		selected += ", 0"
	}
	other, err := a.db.side.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer other.Close()
	w := walk{
		owner:      int64(sourceName(a.file)),
		difference: &difference{wanted: keyList{max: a.rows / 2}, unwanted: keyList{max: a.rows / 2}},
	}
	w.old, w.stop = iter.Pull2(stream(ctx, a.conn,
		"SELECT "+selected+", RowHash, SourceName, WithdrawnAt IS NOT NULL FROM "+a.name+
			" WHERE Origin = "+strconv.Itoa(origin)+" ORDER BY Origin, "+keys, 5, readKept))
	defer w.stop()
	err = w.all(stream(ctx, other, "SELECT "+selected+", Seq, RowHash FROM "+a.stageName+
		" ORDER BY "+keys+", Seq", 4, readStaged))
	if err != nil {
		return nil, err
	}
	if n := w.wanted.n + w.unwanted.n; n != a.rows {
		return nil, fmt.Errorf("%d rows were staged, the staging table has %d: %w", a.rows, n, lfb.ErrInvalid)
	}
	return w.difference, nil
}

func readStaged(v *values, r *stagedRow) {
	r.number, r.id, r.seq, r.hash = v.fresh(), v.int64(), v.int64(), v.int64()
}

func readKept(v *values, r *keptRow) {
	r.number, r.id, r.hash, r.owner, r.gone = v.fresh(), v.int64(), v.int64(), v.int64(), v.int64() != 0
}

// walk goes through the staged rows beside the kept ones.
type walk struct {
	*difference
	owner int64 // mark of the file's name
	old   func() (*keptRow, error, bool)
	stop  func()
	at    *keptRow // first kept row not passed yet; nil at their end
}

func (w *walk) all(rows iter.Seq2[*stagedRow, error]) error {
	if err := w.advance(); err != nil {
		return err
	}
	var last stagedRow
	for r, err := range rows {
		switch {
		case err != nil:
			return err
		case last.seq == 0: // the first row
		case r.compare(&last.rowKey) == 0:
			w.count.Duplicate++
			w.unwanted.add(last.rowKey)
		default:
			if err := w.settle(&last); err != nil {
				return err
			}
		}
		last = *r
	}
	if last.seq != 0 {
		if err := w.settle(&last); err != nil {
			return err
		}
	}
	return w.pass(nil)
}

func (w *walk) advance() error {
	r, err, ok := w.old()
	if w.at = r; !ok {
		w.at = nil
	}
	return err
}

// pass goes past the kept rows before key, all of them where it is nil: they are
// not in the file.
func (w *walk) pass(key *rowKey) error {
	for w.at != nil && (key == nil || w.at.compare(key) < 0) {
		if !w.at.gone && w.at.owner == w.owner {
			w.gone = append(w.gone, w.at.rowKey)
		}
		if err := w.advance(); err != nil {
			return err
		}
	}
	return nil
}

// settle decides on a staged row.
func (w *walk) settle(r *stagedRow) error {
	if err := w.pass(&r.rowKey); err != nil {
		return err
	}
	old := w.at
	if old == nil || old.compare(&r.rowKey) != 0 {
		w.count.Inserted++
		w.wanted.add(r.rowKey)
		return nil
	}
	equal := old.hash == r.hash && !old.gone
	if equal {
		w.count.Unchanged++
	} else {
		w.count.Updated++
	}
	if equal && old.owner == w.owner {
		w.unwanted.add(r.rowKey)
	} else {
		w.wanted.add(r.rowKey)
		w.replaces = true
	}
	return w.advance()
}
