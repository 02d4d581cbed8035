package mysqld

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/dolthub/gozstd"
)

// TestReadsTheCLibrary reads what the database's own compression library made, with
// a trained dictionary: folders from before it was replaced hold such.
func TestReadsTheCLibrary(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("testdata/c-library.json")
	if err != nil {
		t.Fatal(err)
	}
	var was struct{ Dict, DictPacked, Plain, Packed []byte }
	if err := json.Unmarshal(body, &was); err != nil {
		t.Fatal(err)
	}
	dict, err := gozstd.Decompress(nil, was.DictPacked)
	if err != nil || !bytes.Equal(dict, was.Dict) {
		t.Fatalf("Decompress of the dictionary = %d bytes, %v, want %d", len(dict), err, len(was.Dict))
	}
	unpacks(t, dict, was.Packed, was.Plain)
	c, err := gozstd.NewCDict(dict)
	if err != nil {
		t.Fatal(err)
	}
	unpacks(t, dict, gozstd.CompressDict(nil, was.Plain, c), was.Plain)
}

func unpacks(t *testing.T, dict, packed, want []byte) {
	t.Helper()
	d, err := gozstd.NewDDict(dict)
	if err != nil {
		t.Fatal(err)
	}
	got, err := gozstd.DecompressDict(nil, packed, d)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("DecompressDict of %d bytes = %q, %v, want %q", len(packed), got, err, want)
	}
}

func TestDictionaryOfSamples(t *testing.T) {
	t.Parallel()
	var samples [][]byte
	for i := range 100 {
		samples = append(samples, fmt.Appendf(nil, "%03d and what every sample says, at some length, again and again", i))
	}
	dict := gozstd.BuildDict(samples, 4096)
	if len(dict) == 0 || len(dict) > 4096 {
		t.Fatalf("BuildDict = %d bytes, want 1 to 4096", len(dict))
	}
	c, err := gozstd.NewCDict(dict)
	if err != nil {
		t.Fatal(err)
	}
	packed := gozstd.CompressDict(nil, samples[7], c)
	if len(packed) >= len(gozstd.Compress(nil, samples[7])) {
		t.Errorf("CompressDict = %d bytes, no fewer than without a dictionary", len(packed))
	}
	unpacks(t, dict, packed, samples[7])
	if got, err := gozstd.Decompress(nil, gozstd.Compress([]byte("before "), samples[7])[len("before "):]); err != nil ||
		!bytes.Equal(got, samples[7]) {
		t.Errorf("Decompress(Compress) = %q, %v", got, err)
	}
	for _, f := range []func([]byte) error{
		func(b []byte) error { _, err := gozstd.NewCDict(b); return err },
		func(b []byte) error { _, err := gozstd.NewDDict(b); return err },
	} {
		if f(nil) == nil {
			t.Error("an empty dictionary was taken, want an error")
		}
	}
}
