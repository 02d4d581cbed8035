package bundle_test

import (
	"errors"
	"slices"
	"testing"

	"lfb/internal/bundle"
	"lfb/internal/lfb"
)

func TestDiffer(t *testing.T) {
	t.Parallel()
	f := fit(t)
	file := func(b *bundle.Bundle) []byte {
		t.Helper()
		body, err := b.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	want := file(f.bundle)
	seed := &bundle.Bundle{Spec: f.spec, Heads: f.bundle.Heads, Manifest: f.bundle.Manifest}
	seed.Manifest.Seed++
	less := &bundle.Bundle{Spec: f.spec, Heads: f.bundle.Heads[:2], Manifest: f.bundle.Manifest}
	for _, tt := range []struct {
		name string
		a, b []byte
		want []string
	}{
		{"itself", want, want, nil},
		{"seed", want, file(seed), []string{"manifest.json: seed"}},
		{"a head less", want, file(less), []string{"manifest.json: schema", "head/attendance/sent: missing"}},
		{"a head more", file(less), want, []string{"manifest.json: schema", "head/attendance/sent: new"}},
	} {
		got, err := bundle.Differ(tt.a, tt.b)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: Differ = %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
	if _, err := bundle.Differ(want, []byte("x")); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Differ with what is no bundle = %v, want lfb.ErrInvalid", err)
	}
}
