package bundle_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
)

func TestTamperedBytesAreRefused(t *testing.T) {
	t.Parallel()
	data, err := baselineBundle(t).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	step := max(len(data)/400, 1)
	for i := 0; i < len(data); i += step {
		changed := bytes.Clone(data)
		changed[i] ^= 0x10
		if _, err := bundle.Decode(changed); !errors.Is(err, lfb.ErrInvalid) {
			t.Fatalf("byte %d of %d flipped: Decode = %v, want ErrInvalid", i, len(data), err)
		}
		if _, err := bundle.Decode(data[:i]); !errors.Is(err, lfb.ErrInvalid) {
			t.Fatalf("cut to %d of %d bytes: Decode = %v, want ErrInvalid", i, len(data), err)
		}
	}
	if _, err := bundle.Decode(append(bytes.Clone(data), 0)); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("a byte too many: Decode = %v, want ErrInvalid", err)
	}
}

func TestReadRefusesAnotherBundle(t *testing.T) {
	t.Parallel()
	ctx, store := context.Background(), blobs{}
	b := baselineBundle(t)
	ref, err := bundle.Write(ctx, store, b)
	if err != nil {
		t.Fatal(err)
	}
	other := ref
	other.SHA256 = "00" + other.SHA256[2:]
	if _, err := bundle.Read(ctx, store, other); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("Read with another hash = %v, want ErrInvalid", err)
	}
	other.Key = "bundle/none.lfb"
	if _, err := bundle.Read(ctx, store, other); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("Read of nothing = %v, want ErrNotFound", err)
	}
}

func TestBundlesThatCannotServe(t *testing.T) {
	t.Parallel()
	good := baselineBundle(t)
	wide, err := good.Spec.WithVariant(feature.Sent)
	if err != nil {
		t.Fatal(err)
	}
	head := good.Heads[0]
	of := func(target string, v feature.Variant) bundle.Head {
		return bundle.Head{Target: target, Variant: v, Model: head.Model}
	}
	for _, c := range []struct {
		name string
		b    *bundle.Bundle
	}{
		{"no spec", &bundle.Bundle{Heads: []bundle.Head{head}}},
		{"a spec of another variant", &bundle.Bundle{Spec: wide, Heads: []bundle.Head{head}}},
		{"no head", &bundle.Bundle{Spec: good.Spec}},
		{"no model", &bundle.Bundle{Spec: good.Spec, Heads: []bundle.Head{{Target: bundle.Attendance}}}},
		{"response alone", &bundle.Bundle{Spec: good.Spec, Heads: []bundle.Head{of(bundle.Response, feature.Usual)}}},
		{"the same head twice", &bundle.Bundle{Spec: good.Spec, Heads: []bundle.Head{head, head}}},
		{"an unknown target", &bundle.Bundle{Spec: good.Spec, Heads: []bundle.Head{head, of("luck", feature.Usual)}}},
		{"a head of another width", &bundle.Bundle{
			Spec:  good.Spec,
			Heads: []bundle.Head{head, of(bundle.Attendance, feature.Sent)},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := c.b.Predict(nil, []lfb.Call{{}}); !errors.Is(err, lfb.ErrInvalid) {
				t.Errorf("Predict = %v, want ErrInvalid", err)
			}
			if _, err := bundle.Write(context.Background(), blobs{}, c.b); !errors.Is(err, lfb.ErrInvalid) {
				t.Errorf("Write = %v, want ErrInvalid", err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	data, err := baselineBundle(f).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:200])
	f.Add([]byte("LFB-BUNDLE 1\n\x02\x00\x00\x00[]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := bundle.Decode(data)
		if err != nil {
			if !errors.Is(err, lfb.ErrInvalid) {
				t.Fatalf("Decode = %v, want ErrInvalid", err)
			}
			return
		}
		if _, err := b.Predict(nil, []lfb.Call{{}}); err != nil {
			t.Fatalf("Predict of a decoded bundle = %v", err)
		}
	})
}
