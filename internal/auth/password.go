// Package auth hashes and verifies what proves who somebody is: passwords with
// argon2id, API keys with SHA-256, which is enough for a random key and cheap
// where it is hot. It keeps nothing and does no I/O.
package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"lfb/internal/lfb"
)

// The cost of a password hash: OWASP's second choice for argon2id, 19 MiB and
// two passes (Password Storage Cheat Sheet, 2023).
const (
	memoryKiB = 19 * 1024
	passes    = 2
	lanes     = 1
	keyBytes  = 32
	saltBytes = 16
)

// HashPassword returns the argon2id hash of password in PHC string format.
func HashPassword(password string) (string, error) {
	if password == "" {
		return "", fmt.Errorf("empty password: %w", lfb.ErrInvalid)
	}
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	key := argon2.IDKey([]byte(password), salt, passes, memoryKiB, lanes, keyBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// PasswordMatches says whether password has this hash. A hash of another format
// or of absurd cost matches nothing and gives lfb.ErrInvalid.
func PasswordMatches(hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("password hash: not argon2id: %w", lfb.ErrInvalid)
	}
	var version int
	var memory, time uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &time, &threads); err != nil {
		return false, fmt.Errorf("password hash: %q: %w", parts[3], lfb.ErrInvalid)
	}
	if version != argon2.Version || memory > 1<<20 || time == 0 || time > 16 || threads == 0 {
		return false, fmt.Errorf("password hash: version %d, cost %s: %w", version, parts[3], lfb.ErrInvalid)
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) == 0 || len(want) > 128 {
		return false, fmt.Errorf("password hash: salt or key: %w", lfb.ErrInvalid)
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
