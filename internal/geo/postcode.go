package geo

import (
	"fmt"
	"strings"

	"lfb/internal/lfb"
)

// ParsePostcode normalises a full postcode: "se109nf" gives "SE10 9NF" and its
// district "SE10". Blanks anywhere and letter case do not matter. It checks the
// shape only. Anything else, a district alone included, is lfb.ErrInvalid.
//
// Source: the Post Office's postcode formats (A9, A99, AA9, AA99, A9A, AA9A
// followed by 9AA), BS 7666.
func ParsePostcode(s string) (full, district string, err error) {
	p := compactPostcode(s)
	if n := len(p) - 3; n >= 2 && isDistrict(p[:n]) && isUnit(p[n:]) {
		return p[:n] + " " + p[n:], p[:n], nil
	}
	return "", "", fmt.Errorf("postcode %.20q: %w", s, lfb.ErrInvalid)
}

// ParseDistrict normalises a postcode district: " se10" gives "SE10". Anything
// else, a full postcode included, is lfb.ErrInvalid.
func ParseDistrict(s string) (string, error) {
	if p := compactPostcode(s); isDistrict(p) {
		return p, nil
	}
	return "", fmt.Errorf("postcode district %.20q: %w", s, lfb.ErrInvalid)
}

// compactPostcode drops blanks and turns to capitals; what is too long for a postcode
// comes back as it is, to be refused without work.
func compactPostcode(s string) string {
	if len(s) > 32 {
		return s
	}
	return strings.ToUpper(strings.Join(strings.Fields(s), ""))
}

// isDistrict reports whether p is an outward code: one or two letters, a digit,
// then nothing, a digit or a letter.
func isDistrict(p string) bool {
	if len(p) < 2 || len(p) > 4 || !isLetter(p[0]) {
		return false
	}
	i := 1
	if isLetter(p[1]) {
		i = 2
	}
	rest := p[i:]
	switch len(rest) {
	case 1:
		return isDigit(rest[0])
	case 2:
		return isDigit(rest[0]) && (isDigit(rest[1]) || isLetter(rest[1]))
	}
	return false
}

// isUnit reports whether p is an inward code; C, I, K, M, O and V are not used
// there, as they are misread in handwriting.
func isUnit(p string) bool {
	return len(p) == 3 && isDigit(p[0]) && isUnitLetter(p[1]) && isUnitLetter(p[2])
}

func isUnitLetter(c byte) bool { return isLetter(c) && strings.IndexByte("CIKMOV", c) < 0 }
func isLetter(c byte) bool     { return 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool      { return '0' <= c && c <= '9' }
