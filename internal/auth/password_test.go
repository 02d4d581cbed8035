package auth

import (
	"errors"
	"strings"
	"testing"

	"lfb/internal/lfb"
)

func TestPassword(t *testing.T) {
	t.Parallel()
	hash, err := HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	again, err := HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if hash == again {
		t.Error("two hashes of one password are the same: no salt")
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "": false} {
		if got, err := PasswordMatches(hash, password); err != nil || got != want {
			t.Errorf("PasswordMatches(_, %q) = %v, %v, want %v", password, got, err, want)
		}
	}
}

func TestPasswordMatchesBadHash(t *testing.T) {
	t.Parallel()
	good, err := HashPassword("x")
	if err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{
		"", "plain", "$2a$10$abc", strings.Replace(good, "m=19456", "m=4194304", 1),
		strings.Replace(good, "t=2", "t=0", 1), good[:len(good)-50] + "$",
	} {
		if ok, err := PasswordMatches(hash, "x"); ok || !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("PasswordMatches(%q, x) = %v, %v, want lfb.ErrInvalid", hash, ok, err)
		}
	}
	if _, err := HashPassword(""); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("HashPassword of nothing = %v, want lfb.ErrInvalid", err)
	}
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for password, strong := range map[string]bool{
		"correct horse battery staple": true, "Xk9#mQ2vLp8z": true, "Löschzug-Möwe-Teekanne": true,
		strings.Repeat("x8Kq", 50): true,
		"Xk9#mQ2vLp8":              false, "            ": false, "aaaaaaaaaaaa": false, "password1234": false,
		"qwertyuiop12": false,
		"abcdefghijkl": false, "changeme1234": false, "londonfirebrigade": false, "annika.berg1": false,
	} {
		if err := CheckPassword(password, "annika.berg"); (err == nil) != strong || err != nil &&
			!errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("CheckPassword(%.20q) = %v, want strong: %v", password, err, strong)
		}
	}
}
