package lfb

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckKey(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, key string
		bad       bool
	}{
		{name: "plain", key: "a"},
		{name: "path", key: "raw/2017/abc.csv"},
		{name: "spaces and letters beyond ASCII", key: "raw/LFB Incident data ä.csv"},
		{name: "longest", key: strings.Repeat("k", 512)},
		{name: "empty", key: "", bad: true},
		{name: "too long", key: strings.Repeat("k", 513), bad: true},
		{name: "leading slash", key: "/a", bad: true},
		{name: "trailing slash", key: "a/", bad: true},
		{name: "double slash", key: "a//b", bad: true},
		{name: "dot", key: "a/./b", bad: true},
		{name: "up", key: "../a", bad: true},
		{name: "control character", key: "a\nb", bad: true},
		{name: "backslash", key: `a\b`, bad: true},
		{name: "not UTF-8", key: "a\xff", bad: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := CheckKey(tt.key); errors.Is(err, ErrInvalid) != tt.bad {
				t.Errorf("CheckKey(%q) = %v, want bad = %v", tt.key, err, tt.bad)
			}
		})
	}
}

func TestHashedKey(t *testing.T) {
	t.Parallel()
	if got := HashedKey("raw/", "ab12", ".csv"); got != "raw/ab12.csv" {
		t.Errorf("HashedKey = %q, want raw/ab12.csv", got)
	}
}
