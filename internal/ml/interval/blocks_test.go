package interval

import (
	"errors"
	"math"
	"testing"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/ml/mltest"
)

// TestFitBlocks: curves of blocks that were asked about one by one are those of all of them at once, a block answers
// as the model does, and what has no quantiles of its own is refused.
func TestFitBlocks(t *testing.T) {
	t.Parallel()
	calib := mltest.Sample(3, 3000)
	var blocks []BlockAnswers
	for lo := 0; lo < 3000; lo += 1000 {
		b, err := AnswerBlock(narrow{}, calib.Slice(lo, lo+1000))
		if err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, b)
	}
	m, err := FitBlocks(narrow{}, calib.X, blocks)
	if err != nil {
		t.Fatal(err)
	}
	whole := fit(t, narrow{}, ml.Set{}, calib)
	x := mltest.Sample(4, 200)
	want, got := answer(t, whole, x.X), answer(t, m, x.X)
	b, err := AnswerBlock(narrow{}, x)
	if err != nil {
		t.Fatal(err)
	}
	block := m.Calibrate(b)
	for i := range want {
		w := want[i]
		b := block[i]
		b.Mean, w.Mean = 0, 0
		if got[i] != want[i] || math.Abs(b.P90-w.P90) > 0 || b.Within6 != w.Within6 {
			t.Fatalf("row %d: %+v, of blocks %+v, as a block %+v", i, want[i], got[i], block[i])
		}
	}
	if _, err := AnswerBlock(meanOnly{}, x); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("AnswerBlock of a model without quantiles = %v, want lfb.ErrInvalid", err)
	}
	if _, err := AnswerBlock(narrow{}, x.Slice(0, 0)); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("AnswerBlock of no rows = %v, want lfb.ErrInvalid", err)
	}
	few, err := AnswerBlock(narrow{}, x.Slice(0, 29))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := FitBlocks(narrow{}, x.X, []BlockAnswers{few}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("FitBlocks by 29 rows = %v, want lfb.ErrInvalid", err)
	}
}
