package activities

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/ml/catalog"
	"lfb/internal/s3/memblob"
)

// killedFit is a fit that is cancelled when its n-th checkpoint is known outside.
func killedFit(t *testing.T, a *Activities, in TrainInput, from CheckpointRef, n int) CheckpointRef {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var seen atomic.Pointer[CheckpointRef]
	seen.Store(&from)
	f := fitterOf(t, a, in, func(b Heartbeat) {
		kept := b.Checkpoint
		if seen.Store(&kept); kept.Number >= n {
			cancel()
		}
	})
	if _, err := a.fitAndStore(ctx, in, f, from); !errors.Is(err, context.Canceled) {
		t.Fatalf("a fit that is killed at checkpoint %d ends as %v", n, err)
	}
	return *seen.Load()
}

func fitterOf(t *testing.T, a *Activities, in TrainInput, report func(Heartbeat)) fitter {
	t.Helper()
	recipe, err := catalog.Recipe(in.Base, in.Override)
	if err != nil {
		t.Fatal(err)
	}
	return a.newFitter(in, recipe, report)
}

func checkpointKeys(a *Activities) (keys []string) {
	for _, k := range a.Blobs.(*memblob.Store).Keys() {
		if strings.HasPrefix(k, "checkpoint/") {
			keys = append(keys, k)
		}
	}
	return keys
}

// TestKilledFitResumes kills a fit twice, once in a later head: it goes on where it
// was, makes the bytes of one that nobody killed, and leaves nothing behind.
func TestKilledFitResumes(t *testing.T) {
	t.Parallel()
	a := newActivities(t)
	a.Checkpoints, a.checkpointEvery = a.Blobs.(*memblob.Store), time.Nanosecond
	d, plan := planned(t, a, village())
	in := TrainInput{
		Line: lfb.Synthetic.Line(), Origin: lfb.Synthetic, DataSet: d, Spans: plan.Spans, Candidate: "gbdt", Base: "gbdt",
		Override: json.RawMessage(`{"rounds": 60, "patience": -1, "leaves": 6, "quantiles": [0.5, 0.9]}`), Train: TrainSpec{Seed: 1},
	}
	whole, err := a.fitAndStore(t.Context(), in, fitterOf(t, a, in, func(Heartbeat) {}), CheckpointRef{})
	if err != nil {
		t.Fatal(err)
	}
	if keys := checkpointKeys(a); len(keys) != 0 {
		t.Errorf("after a whole fit %v are left, want nothing", keys)
	}
	from := killedFit(t, a, in, CheckpointRef{}, 2)
	if keys := checkpointKeys(a); len(keys) == 0 || from.Number < 2 {
		t.Fatalf("killed at checkpoint %d, store has %v; want checkpoints", from.Number, keys)
	}
	from = killedFit(t, a, in, from, 14) // 3 checkpoints an ensemble, 3 ensembles a head
	if keys := checkpointKeys(a); len(keys) > checkpointsRetained+1 {
		t.Errorf("store has %v, want %d at most, and one that was not known yet", keys, checkpointsRetained)
	}
	again, err := a.fitAndStore(t.Context(), in, fitterOf(t, a, in, func(Heartbeat) {}), from)
	if err != nil || again.Version != whole.Version {
		t.Errorf("resumed twice: %+v, %v; want version %s", again, err, whole.Version)
	}
	if keys := checkpointKeys(a); len(keys) != 0 {
		t.Errorf("after the fit %v are left, want nothing", keys)
	}
	// A checkpoint that cannot be read, or of another fit, costs time and nothing else.
	bad, err := a.Blobs.PutBytes(t.Context(), "checkpoint/bad/1.json", []byte(`{"head":"attendance","resume":"bm9uZQ=="}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []CheckpointRef{{3, lfb.Ref{Key: "checkpoint/gone/3.json"}}, {1, bad}} {
		if got, err := a.fitAndStore(t.Context(), in, fitterOf(t, a, in, func(Heartbeat) {}), kept); err != nil || got.Version != whole.Version {
			t.Errorf("from checkpoint %+v: %+v, %v; want version %s", kept, got, err, whole.Version)
		}
	}
}
