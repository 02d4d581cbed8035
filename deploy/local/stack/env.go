package stack

import (
	"bufio"
	"crypto/rand"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"lfb/internal/config"
)

const (
	accessKey     = "s3.access"
	secretKey     = "s3.secret"
	passwordKey   = "mysql.password"
	databaseUser  = "lfb"
	storeRegion   = "us-east-1"
	secretsHeader = "# Addresses, passwords and settings of the local stack, for a second terminal:\n" +
		"#   set -a; . %s; set +a\n# Made at every start; the passwords stay.\n"
)

// EnvFile is where Start leaves the addresses and passwords, mode 0600, in the
// form KEY=VALUE.
func EnvFile(dir string) string { return filepath.Join(dir, "env") }

// passwords are made once and read back at every later start.
type passwords struct{ access, secret, mysql string }

// readPasswords makes those that are not there: letters and digits, 128 bits.
func readPasswords(file string) (passwords, error) {
	have := map[string]string{}
	f, err := os.Open(file)
	switch {
	case err == nil:
		defer f.Close()
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			if k, v, ok := strings.Cut(lines.Text(), "="); ok {
				have[k] = v
			}
		}
		err = lines.Err()
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	or := func(flag string) string {
		if v := have[config.Env(flag)]; v != "" {
			return v
		}
		return rand.Text()
	}
	return passwords{or(accessKey), or(secretKey), or(passwordKey)}, err
}

// env is what a second terminal needs, by flag name, in a fixed order.
func (s *Stack) env() [][2]string {
	return append([][2]string{
		{"temporal.address", s.addr(s.o.TemporalPort)},
		{"temporal.namespace", s.o.Namespace},
		{"temporal.ui", s.UI()},
		{"s3.endpoint", s.addr(s.o.S3Port)},
		{"s3.region", storeRegion},
		{accessKey, s.keys.access},
		{secretKey, s.keys.secret},
		{"mysql.address", s.addr(s.o.MySQLPort)},
		{"mysql.user", databaseUser},
		{passwordKey, s.keys.mysql},
		{"mysql.single-writer", strconv.FormatBool(s.o.Database == Embedded)},
	}, s.o.Settings...)
}

// quoted is v as a shell reads it: as it is where nothing in it means something.
func quoted(v string) string {
	plain := strings.IndexFunc(v, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.,:/@%+-", r))
	}) < 0
	if plain {
		return v
	}
	return "'" + strings.ReplaceAll(v, "'", `'\''`) + "'"
}

func (s *Stack) writeEnv() error {
	file := EnvFile(s.o.Dir)
	var b strings.Builder
	b.WriteString(strings.Replace(secretsHeader, "%s", file, 1))
	for _, kv := range s.env() {
		b.WriteString(config.Env(kv[0]) + "=" + quoted(kv[1]) + "\n")
	}
	return writeFile(file, b.String())
}

func (s *Stack) addr(port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
