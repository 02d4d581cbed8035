package lfb

import "strings"

// ExternalName is the name after external: of a candidate that a program outside of this one
// fits: 1 to 40 of a-z, 0-9 and -. ok is false for any other candidate.
func ExternalName(candidate string) (name string, ok bool) {
	name, ok = strings.CutPrefix(candidate, "external:")
	return name, ok && name != "" && len(name) <= 40 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
