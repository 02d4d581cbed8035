package app

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/s3"
)

// BackupManifest says what a backup holds. It is written last: a folder without
// one is no backup.
type BackupManifest struct {
	MadeAt  time.Time         `json:"made_at"`
	Tables  []mysql.TableDump `json:"tables"`
	Files   map[string]string `json:"files"` // SHA-256 of each table's file
	Objects []lfb.Ref         `json:"objects"`
}

const backupManifest = "manifest.json"

// Backup writes every table, as of one moment, and then every object into dir,
// which has to be empty or not there. The database comes first: whatever it names
// was stored before. It holds password hashes: the folder is for its owner only.
func Backup(ctx context.Context, c *config.Config, dir string) (*BackupManifest, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		return nil, errors.Join(err, fmt.Errorf("backup into %s: it has %d entries: %w", dir, len(left), lfb.ErrConflict))
	}
	db, err := mysql.Open(ctx, c.MySQL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // only reads
	bucket, err := s3.Open(ctx, c.S3)
	if err != nil {
		return nil, err
	}
	m := &BackupManifest{MadeAt: time.Now().UTC(), Files: map[string]string{}}
	m.Tables, err = db.Dump(ctx, func(table string) (io.WriteCloser, error) {
		return newDumpFile(tablePath(dir, table), func(sum string) { m.Files[table] = sum })
	})
	if err != nil {
		return nil, err
	}
	for o, err := range bucket.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		ref, err := bucket.Stat(ctx, o.Key)
		if err != nil {
			return nil, err
		}
		path := objectPath(dir, o.Key)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		if err := bucket.Download(ctx, ref, path); err != nil {
			return nil, err
		}
		m.Objects = append(m.Objects, ref)
	}
	body, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, err
	}
	return m, os.WriteFile(filepath.Join(dir, backupManifest), body, 0o600)
}

// Restore brings a backup into an empty database and a bucket that lacks its
// objects or has the same. Every file's hash is checked before anything is written.
func Restore(ctx context.Context, c *config.Config, dir string) (*BackupManifest, error) {
	body, err := os.ReadFile(filepath.Join(dir, backupManifest))
	if err != nil {
		return nil, fmt.Errorf("%s is no whole backup: %w", dir, err)
	}
	m := &BackupManifest{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", backupManifest, err, lfb.ErrInvalid)
	}
	if err := m.verify(dir); err != nil {
		return nil, err
	}
	if err := mysql.CreateDatabase(ctx, c.MySQL); err != nil {
		return nil, err
	}
	db, err := mysql.Open(ctx, c.MySQL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // nothing is in flight
	if err := db.Migrate(ctx); err != nil {
		return nil, err
	}
	if err := m.restoreObjects(ctx, c, dir); err != nil { // before the rows that name them
		return nil, err
	}
	return m, db.Restore(ctx, m.Tables, func(table string) (io.ReadCloser, error) { return openDumpFile(tablePath(dir, table)) })
}

func (m *BackupManifest) verify(dir string) error {
	for _, t := range m.Tables {
		if err := checkHash(tablePath(dir, t.Name), m.Files[t.Name]); err != nil {
			return err
		}
	}
	for _, o := range m.Objects {
		if err := lfb.CheckKey(o.Key); err != nil {
			return err
		}
		if err := checkHash(objectPath(dir, o.Key), o.SHA256); err != nil {
			return err
		}
	}
	return nil
}

func (m *BackupManifest) restoreObjects(ctx context.Context, c *config.Config, dir string) error {
	bucket, err := s3.Open(ctx, c.S3)
	if err != nil {
		return err
	}
	if err := bucket.EnsureBucket(ctx); err != nil {
		return err
	}
	for _, o := range m.Objects {
		f, err := os.Open(objectPath(dir, o.Key))
		if err != nil {
			return err
		}
		_, err = bucket.Put(ctx, o.Key, f, o.Bytes)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func tablePath(dir, table string) string { return filepath.Join(dir, "tables", table+".ndjson.gz") }
func objectPath(dir, key string) string {
	return filepath.Join(dir, "objects", filepath.FromSlash(key))
}

func checkHash(path, want string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("%s: sha256 %s, the manifest says %s: %w", path, got, want, lfb.ErrInvalid)
	}
	return nil
}

// dumpFile is a packed file that tells its hash when it is closed.
type dumpFile struct {
	*gzip.Writer
	buf  *bufio.Writer
	file *os.File
	path string
	done func(sum string)
}

func newDumpFile(path string, done func(sum string)) (*dumpFile, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	buf := bufio.NewWriterSize(f, 1<<20)
	return &dumpFile{Writer: gzip.NewWriter(buf), buf: buf, file: f, path: path, done: done}, nil
}

// Close ends the file, brings it to disk, and reads it back for its hash.
func (d *dumpFile) Close() error {
	err := errors.Join(d.Writer.Close(), d.buf.Flush(), d.file.Sync(), d.file.Close())
	if err != nil {
		return err
	}
	f, err := os.Open(d.path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	d.done(hex.EncodeToString(h.Sum(nil)))
	return nil
}

type unpacked struct {
	*gzip.Reader
	file *os.File
}

func (u unpacked) Close() error { return errors.Join(u.Reader.Close(), u.file.Close()) }

func openDumpFile(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w: %w", path, err, lfb.ErrInvalid)
	}
	return unpacked{z, f}, nil
}
