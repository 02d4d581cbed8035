package ml

import (
	"fmt"

	"lfb/internal/lfb"
)

// CheckSets returns lfb.ErrInvalid where an estimator cannot learn from train and
// stop by valid: what Set.Check refuses, or a valid of another width. A valid
// without rows is fine. Every Fit starts with it.
func CheckSets(train, valid Set) error {
	if err := train.Check(); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	if valid.X.Rows() == 0 && len(valid.Y) == 0 {
		return nil
	}
	if err := valid.Check(); err != nil {
		return fmt.Errorf("valid: %w", err)
	}
	if valid.X.Width() != train.X.Width() {
		return fmt.Errorf("valid of %d columns for train of %d: %w", valid.X.Width(), train.X.Width(), lfb.ErrInvalid)
	}
	return nil
}

// EnsureLength returns dst with n values, or new memory where it has no room for them: how
// every Predict treats its dst.
func EnsureLength(dst []float64, n int) []float64 {
	if cap(dst) < n {
		return make([]float64, n)
	}
	return dst[:n]
}

// CheckLevels returns lfb.ErrInvalid unless q ascends within (0, 1): every
// PredictQuantiles starts with it.
func CheckLevels(q []float64) error {
	last := 0.0
	for _, v := range q {
		if !(v >= last && v > 0 && v < 1) {
			return fmt.Errorf("quantile levels %v: %w", q, lfb.ErrInvalid)
		}
		last = v
	}
	return nil
}

// CheckBound returns lfb.ErrInvalid unless a recipe's number is within low … high.
func CheckBound[T int | float64](name string, v T, low, high float64) error {
	if x := float64(v); !(x >= low && x <= high) {
		return fmt.Errorf("%s %v is not within %v … %v: %w", name, v, low, high, lfb.ErrInvalid)
	}
	return nil
}
