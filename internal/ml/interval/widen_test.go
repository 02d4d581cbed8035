package interval

import (
	"context"
	"errors"
	"testing"

	"lfb/internal/ml"
	"lfb/internal/ml/mltest"
)

// TestWidenCoversTheWorstBlock: one block of the (synthetic) calibration span is later than
// the rest. The model that was calibrated on all of it does not cover that block; widened,
// it covers every block, and nothing else of its answers changes.
func TestWidenCoversTheWorstBlock(t *testing.T) {
	t.Parallel()
	calib := mltest.Sample(3, 5000)
	for i := 2000; i < 3000; i++ {
		calib.Y[i] += 60
	}
	m := fit(t, meanOnly{}, mltest.Sample(2, 4000), calib)
	wide, seconds, err := Widen(t.Context(), m, mltest.Sample(2, 4000), calib)
	if err != nil {
		t.Fatal(err)
	}
	if seconds < 20 || seconds > 120 {
		t.Errorf("widened by %.1f s for a block that is 60 s late", seconds)
	}
	coverage := func(m *Model, lo int) float64 {
		part := calib.Slice(lo, lo+1000)
		return ml.Score(answer(t, m, part.X), part.Y).CoverageP90
	}
	if before := coverage(m, 2000); before > 0.85 {
		t.Errorf("the late block is covered to %.3f before: the test proves little", before)
	}
	for lo := 0; lo < 5000; lo += 1000 {
		if after := coverage(wide, lo); after < 0.9 {
			t.Errorf("block from row %d is covered to %.3f, want at least 0.9", lo, after)
		}
	}
	a, b := answer(t, m, calib.X), answer(t, wide, calib.X)
	for i := range a {
		a[i].P90, b[i].P90 = 0, max(0, a[i].P90-b[i].P90) // it may only be later
		if a[i] != b[i] {
			t.Fatalf("row %d: %+v became %+v, want the P90 alone to be later", i, a[i], b[i])
		}
	}
	if _, again, err := Widen(t.Context(), wide, mltest.Sample(2, 4000), calib); err != nil || again != seconds {
		t.Errorf("Widen again = %.1f s, %v; want what the model and the rows say, whatever was widened", again, err)
	}
}

func TestWidenFewRows(t *testing.T) {
	t.Parallel()
	few := mltest.Sample(3, 59)
	m := fit(t, narrow{}, ml.Set{}, few)
	if same, seconds, err := Widen(t.Context(), m, ml.Set{}, few); err != nil || seconds != 0 || same != m {
		t.Errorf("Widen by 59 rows = %v s, %v; want it left alone", seconds, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Widen(ctx, m, ml.Set{}, mltest.Sample(3, 500)); !errors.Is(err, context.Canceled) {
		t.Errorf("Widen, cancelled = %v", err)
	}
}
