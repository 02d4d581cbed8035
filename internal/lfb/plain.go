package lfb

import (
	"errors"
	"strings"
)

// Plain is an error's text for who asked, without the names of the sentinels at its end:
// they are for programs, which have them in other ways. Only what is not found says so,
// once: its text is the thing's name.
func Plain(err error) string {
	text := err.Error()
	for before := ""; before != text; {
		before = text
		for _, kind := range []error{ErrInvalid, ErrNotFound, ErrConflict, ErrUnavailable} {
			if errors.Is(err, kind) {
				text = strings.TrimSuffix(text, ": "+kind.Error())
			}
		}
	}
	if named := text + ": " + ErrNotFound.Error(); strings.HasPrefix(err.Error(), named) {
		return named
	}
	return text
}
