package stack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"lfb/internal/lfb"
)

// lockFolder makes the folder and keeps a second process out of it. The lock is
// the kernel's: it goes with the process, however that ends.
func lockFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("folder %s is in use by another process: stop that one, or choose another with -state.dir: %w",
			dir, lfb.ErrConflict)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// keepDatabase remembers which database a folder began with: the other one would
// show empty tables beside full object storage.
func keepDatabase(dir, database string) error {
	file := filepath.Join(dir, "database")
	body, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return writeFile(file, database+"\n")
	}
	if err != nil {
		return err
	}
	if was := strings.TrimSpace(string(body)); was != database {
		return fmt.Errorf("folder %s holds the database %q: go on with -local.database=%s, or choose another folder with "+
			"-state.dir: %w",
			dir, was, was, lfb.ErrConflict)
	}
	return nil
}

// writeFile replaces a file whole, readable by its owner alone.
func writeFile(path, body string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(body)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}
