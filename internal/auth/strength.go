package auth

import (
	"fmt"

	"github.com/ccojocar/zxcvbn-go"

	"lfb/internal/lfb"
)

// The least that a password must be: minPassword characters, and a score of 3 of 4 by
// zxcvbn, which is more than 10^8 guesses by one who knows words, dates, keyboards and
// patterns (Wheeler, zxcvbn: Low-Budget Password Strength Estimation, USENIX 2016).
const (
	minPassword = 12
	minScore    = 3
	maxScored   = 64 // characters that are looked at, as the estimate takes their square
)

// CheckPassword gives lfb.ErrInvalid for a password that is easily guessed, by one who
// also knows these words.
func CheckPassword(password string, known ...string) error {
	scored := []rune(password)
	if len(scored) < minPassword {
		return fmt.Errorf("shorter than %d characters: %w", minPassword, lfb.ErrInvalid)
	}
	scored = scored[:min(len(scored), maxScored)]
	if zxcvbn.PasswordStrength(string(scored), known).Score < minScore {
		return fmt.Errorf("easily guessed; four words that have nothing to do with each other are not: %w", lfb.ErrInvalid)
	}
	return nil
}
