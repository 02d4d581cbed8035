package lfb

import (
	"fmt"
	"strings"
)

// CheckKey reports what is wrong with an object key: it is 1 to 512 bytes of
// path segments joined by single slashes, none of them "." or "..", without
// control characters or backslashes. Stores that keep objects as files and
// stores that keep them as names then agree on what is one object.
func CheckKey(key string) error {
	if key == "" || len(key) > 512 {
		return fmt.Errorf("object key of %d bytes, want 1 to 512: %w", len(key), ErrInvalid)
	}
	for _, r := range key {
		if r < ' ' || r == 0x7f || r == '\\' || r == '\uFFFD' {
			return fmt.Errorf("object key %q: character %q: %w", key, r, ErrInvalid)
		}
	}
	for seg := range strings.SplitSeq(key, "/") {
		if seg == "" || seg == "." || seg == ".." {
			return fmt.Errorf("object key %q: path segment %q: %w", key, seg, ErrInvalid)
		}
	}
	return nil
}

// HashedKey is the content address of an object: prefix/sha256ext. The
// extension has its dot, or is empty.
func HashedKey(prefix, sha256Hex, ext string) string {
	return strings.TrimSuffix(prefix, "/") + "/" + sha256Hex + ext
}
