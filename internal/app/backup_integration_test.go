//go:build integration

package app

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/mysql/mariadbtest"
	"lfb/internal/registry"
	"lfb/internal/s3"
)

const backupScript = "../../deploy/backup.sh"

// TestBackupScript saves a system on MariaDB and MinIO with deploy/backup.sh and
// restores it into another database and bucket: every table has the same checksum,
// every object the same bytes, and the champion's bundle is there. What is not whole,
// or not empty, is refused. No password is ever an argument.
func TestBackupScript(t *testing.T) {
	server := mariadbtest.Start(t)
	from := &config.Config{MySQL: server.Config(), S3: startMinIO(t)}
	from.MySQL.User, from.MySQL.Password = "backup", `pa"ss word\`
	grant(t, server.Config(), from.MySQL)
	bucket := fillSystem(t, from)

	folder, calls := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "calls")
	env := recordedTools(t, calls)
	if out, err := script(t, from, env, "save", folder); err != nil {
		t.Fatalf("save: %v\n%s", err, out)
	}
	if out, err := script(t, from, env, "save", folder); err == nil {
		t.Errorf("saving over a backup succeeded: %s", out)
	}
	if out, err := script(t, from, env, "restore", folder); err == nil || !strings.Contains(out, "tables") {
		t.Errorf("restoring into a database that has tables: %v: %s", err, out)
	}
	to := *from
	to.MySQL.Database, to.S3.Bucket = "restored", "restored"
	if err := os.Rename(filepath.Join(folder, "database.sql.gz"),
		filepath.Join(folder, "database.sql.gz.part")); err != nil {
		t.Fatal(err)
	}
	if out, err := script(t, &to, env, "restore", folder); err == nil || !strings.Contains(out, "no whole backup") {
		t.Errorf("restoring what was cut short: %v: %s", err, out)
	}
	if err := os.Rename(filepath.Join(folder, "database.sql.gz.part"),
		filepath.Join(folder, "database.sql.gz")); err != nil {
		t.Fatal(err)
	}
	if out, err := script(t, &to, env, "restore", folder); err != nil {
		t.Fatalf("restore: %v\n%s", err, out)
	}

	got, want := checksums(t, to.MySQL), checksums(t, from.MySQL)
	if len(want) < 20 || !slices.Equal(got, want) {
		t.Errorf("tables after the restore:\n%s\nbefore:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	restored, err := s3.Open(t.Context(), to.S3)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := objectsOf(t, restored), objectsOf(t, bucket); len(want) != 3 || !slices.Equal(got, want) {
		t.Errorf("objects after the restore: %+v, before: %+v", got, want)
	}
	v, err := openDatabase(t, to.MySQL).Version(t.Context(), lfb.Synthetic.Line(), "v1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := restored.ReadAll(t.Context(), v.Bundle); err != nil {
		t.Errorf("the bundle that the restored version names: %v", err)
	}

	lines, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	order := string(lines)
	if i, j := strings.Index(order, "mariadb-dump "), strings.Index(order, "rclone copy"); i < 0 || j < i {
		t.Errorf("the database is not saved before the objects:\n%s", order)
	}
	for _, secret := range []string{string(from.MySQL.Password), string(from.S3.Secret)} {
		if strings.Contains(order, secret) {
			t.Errorf("a secret is an argument:\n%s", order)
		}
	}
	if i, err := os.Stat(filepath.Join(folder, "database.sql.gz")); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("the dump's mode: %v, %v, want 0600: it holds password hashes", i.Mode(), err)
	}
}

// fillSystem stores rows of several kinds, bytes that are no text among them, and the
// objects that they name.
func fillSystem(t *testing.T, c *config.Config) *s3.Bucket {
	t.Helper()
	ctx := t.Context()
	db := openDatabase(t, c.MySQL)
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	bucket, err := s3.Open(ctx, c.S3)
	if err != nil {
		t.Fatal(err)
	}
	var refs []lfb.Ref
	for i := range 3 {
		ref, err := bucket.PutBytes(ctx, fmt.Sprintf("bundle/%d.zip", i), fmt.Appendf(nil, "bundle %d \x00\xff", i))
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, ref)
	}
	now := time.Date(2024, 5, 20, 6, 0, 0, 123456000, time.UTC)
	v := registry.Version{
		Line: lfb.Synthetic.Line(), ID: "v1", Candidate: "baseline", DataSet: "d", Bundle: refs[0],
		CreatedAt: now,
	}
	if err := db.SaveVersion(ctx, v); err != nil {
		t.Fatal(err)
	}
	if err := db.Append(ctx, registry.Promotion{
		Line: v.Line, Revision: 1, To: v.ID, Who: "O'Neill \\ \"é\"",
		Why: "first\nline", Token: "t", At: now,
	}); err != nil {
		t.Fatal(err)
	}
	raw := rawDB(t, c.MySQL)
	_, err = raw.ExecContext(ctx, `INSERT INTO mobilisation SELECT 2, '1-01012024', 1, 2024, 1, '', '', '', '', NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 300,
		'', '', '', 1, '', '', NULL, '', 18446744073709551615, UNHEX(REPEAT('00FF270A', 8)), 7, NULL`)
	if err != nil {
		t.Fatal(err)
	}
	return bucket
}

func openDatabase(t *testing.T, c config.MySQL) *mysql.DB {
	t.Helper()
	if err := mysql.CreateDatabase(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	db, err := mysql.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func rawDB(t *testing.T, c config.MySQL) *sql.DB {
	t.Helper()
	d := driver.NewConfig()
	d.Net, d.Addr, d.User, d.Passwd, d.DBName = "tcp", c.Address, c.User, c.Password.Reveal(), c.Database
	db, err := sql.Open("mysql", d.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// grant makes the account that the scripts sign in with.
func grant(t *testing.T, root, c config.MySQL) {
	t.Helper()
	root.Database = ""
	db := rawDB(t, root)
	password := strings.ReplaceAll(c.Password.Reveal(), `\`, `\\`)
	for _, q := range []string{
		"CREATE USER backup@'%' IDENTIFIED BY '" + password + "'",
		"GRANT ALL ON *.* TO backup@'%'",
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}

// checksums are all tables and views with the server's own checksum of their rows;
// a view with what it is made of.
func checksums(t *testing.T, c config.MySQL) []string {
	t.Helper()
	db := rawDB(t, c)
	rows, err := db.QueryContext(t.Context(), "SHOW FULL TABLES")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name, kind, skip string
		if err := rows.Scan(&name, &kind); err != nil {
			t.Fatal(err)
		}
		var sum string
		if kind == "VIEW" {
			err = db.QueryRowContext(t.Context(), "SHOW CREATE VIEW `"+name+"`").Scan(&skip, &sum, &skip, &skip)
		} else {
			err = db.QueryRowContext(t.Context(), "CHECKSUM TABLE `"+name+"`").Scan(&skip, &sum)
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, name+" "+sum)
	}
	return out
}

func objectsOf(t *testing.T, b *s3.Bucket) []lfb.Ref {
	t.Helper()
	var out []lfb.Ref
	for o, err := range b.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		ref, _, err := b.Exists(t.Context(), o.Key)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, ref)
	}
	return out
}

// recordedTools are the tools behind scripts that note what they are called with.
func recordedTools(t *testing.T, calls string) []string {
	t.Helper()
	dir := t.TempDir()
	for _, tool := range []string{"mariadb", "mariadb-dump", "rclone"} {
		real, err := exec.LookPath(tool)
		if err != nil {
			t.Fatalf("%v (apt-get install mariadb-client rclone)", err)
		}
		body := fmt.Sprintf("#!/bin/bash\necho %s \"$@\" >>%s\nexec %s \"$@\"\n", tool, calls, real)
		if err := os.WriteFile(filepath.Join(dir, tool), []byte(body), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
}

func script(t *testing.T, c *config.Config, env []string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", append([]string{backupScript}, args...)...)
	cmd.Env = append(env,
		"LFB_MYSQL_ADDRESS="+c.MySQL.Address, "LFB_MYSQL_DATABASE="+c.MySQL.Database, "LFB_MYSQL_USER="+c.MySQL.User,
		"LFB_MYSQL_PASSWORD="+c.MySQL.Password.Reveal(), "LFB_S3_ENDPOINT="+c.S3.Endpoint, "LFB_S3_BUCKET="+c.S3.Bucket,
		"LFB_S3_ACCESS="+c.S3.Access, "LFB_S3_SECRET="+c.S3.Secret.Reveal())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// startMinIO starts the server that LFB_TEST_MINIO names, as internal/s3's tests do.
func startMinIO(t *testing.T) config.S3 {
	t.Helper()
	bin := os.Getenv("LFB_TEST_MINIO")
	if bin == "" {
		t.Fatal("LFB_TEST_MINIO is not set: bash bench/integration.sh builds the server")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := config.S3{
		Endpoint: l.Addr().String(), Bucket: "lfb", Region: "us-east-1", Access: rand.Text(),
		Secret: config.Secret(rand.Text()),
	}
	l.Close()
	cmd := exec.Command(bin, "server", "--quiet", "--address", c.Endpoint, "--console-address", "127.0.0.1:0", t.TempDir())
	cmd.Env = append(os.Environ(), "MINIO_ROOT_USER="+c.Access, "MINIO_ROOT_PASSWORD="+c.Secret.Reveal(),
		"MINIO_UPDATE=off")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	b, err := s3.Open(ctx, c)
	for err == nil {
		if err = b.EnsureBucket(ctx); err == nil {
			return c
		}
		if errors.Is(err, lfb.ErrUnavailable) && ctx.Err() == nil {
			err = nil
		}
	}
	t.Fatal(err)
	return c
}
