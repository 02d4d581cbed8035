package verb

import (
	"context"
	"errors"
	"fmt"

	"lfb/internal/app"
)

// backup writes database and bucket into a folder.
func backup(ctx context.Context, e *env) error {
	if len(e.args) != 1 {
		return errors.New("backup needs an empty folder: starter backup <folder>")
	}
	m, err := app.Backup(ctx, e.c, e.args[0])
	return e.printBackup(m, "in "+e.args[0], err)
}

// restore fills an empty database and bucket from a folder.
func restore(ctx context.Context, e *env) error {
	if len(e.args) != 1 {
		return errors.New("restore needs a backup's folder: starter restore <folder>")
	}
	m, err := app.Restore(ctx, e.c, e.args[0])
	return e.printBackup(m, "restored", err)
}

func (e *env) printBackup(m *app.BackupManifest, word string, err error) error {
	if err != nil {
		return err
	}
	if done, err := e.json(m); done {
		return err
	}
	rows, bytes := int64(0), int64(0)
	for _, t := range m.Tables {
		rows += t.Rows
	}
	for _, o := range m.Objects {
		bytes += o.Bytes
	}
	fmt.Fprintf(e.out, "%s: %d tables with %d rows, %d objects of %s MB\n", word, len(m.Tables), rows, len(m.Objects), megabytes(bytes))
	return nil
}
