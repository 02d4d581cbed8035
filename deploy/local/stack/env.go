package stack

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"lfb/internal/config"
	"lfb/internal/lfb"
)

const (
	accessKey    = "s3.access"
	secretKey    = "s3.secret"
	passwordKey  = "mysql.password"
	databaseUser = "lfb"
	storeRegion  = "us-east-1"
	envHeader    = "# Addresses, passwords and settings of the local stack. Made at every start; the passwords stay.\n"
)

// envFile holds what another process needs, mode 0600, in the form NAME=value.
func envFile(dir string) string { return filepath.Join(dir, "env") }

// Settings are the addresses, passwords and settings with which the stack in dir
// runs, by the names of their environment variables; lfb.ErrNotFound where none
// ever ran.
func Settings(dir string) (map[string]string, error) {
	body, err := os.ReadFile(envFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no stack has run in %s: start it with make run, or name its folder with -state.dir: %w",
			dir, lfb.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	for line := range strings.Lines(string(body)) {
		if k, v, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			settings[k] = v
		}
	}
	return settings, nil
}

// passwords are made once and read back at every later start.
type passwords struct{ access, secret, mysql string }

// readPasswords makes those that are not there: letters and digits, 128 bits.
func readPasswords(dir string) (passwords, error) {
	have, err := Settings(dir)
	if err != nil && !errors.Is(err, lfb.ErrNotFound) {
		return passwords{}, err
	}
	or := func(flag string) string {
		if v := have[config.Env(flag)]; v != "" {
			return v
		}
		return rand.Text()
	}
	return passwords{or(accessKey), or(secretKey), or(passwordKey)}, nil
}

// env is what another process needs, by flag name, in a fixed order.
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

func (s *Stack) writeEnv() error {
	var b strings.Builder
	b.WriteString(envHeader)
	for _, kv := range s.env() {
		b.WriteString(config.Env(kv[0]) + "=" + kv[1] + "\n")
	}
	return writeFile(envFile(s.o.Dir), b.String())
}

func (s *Stack) addr(port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
