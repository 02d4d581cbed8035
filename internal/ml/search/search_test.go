package search

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"

	"lfb/internal/lfb"
)

func TestDraw(t *testing.T) {
	t.Parallel()
	space := Space{{"leaves", Whole, 4, 64}, {"rate", Log, 0.01, 0.2}, {"share", Linear, 0, 1}}
	few, err := space.Draw(7, 5)
	if err != nil {
		t.Fatal(err)
	}
	many, err := space.Draw(7, 200)
	if err != nil {
		t.Fatal(err)
	}
	if string(few[0]) != "{}" {
		t.Errorf("first trial = %s, want {}, the default", few[0])
	}
	for i := range few {
		if string(few[i]) != string(many[i]) {
			t.Errorf("trial %d of 5 = %s, of 200 %s; want the same", i, few[i], many[i])
		}
	}
	other, err := space.Draw(8, 2)
	if err != nil || string(other[1]) == string(few[1]) {
		t.Errorf("another seed draws %s too, %v", other[1], err)
	}
	var below int
	for _, body := range many[1:] {
		var v struct{ Leaves, Rate, Share float64 }
		if err := json.Unmarshal(body, &v); err != nil {
			t.Fatal(err)
		}
		if v.Leaves != math.Round(v.Leaves) || v.Leaves < 4 || v.Leaves > 64 || v.Rate < 0.01 || v.Rate > 0.2 ||
			v.Share < 0 || v.Share > 1 {
			t.Errorf("%s is outside the space", body)
		}
		if v.Leaves <= 16 {
			below++
		}
	}
	if below < 70 || below > 130 {
		t.Errorf("%d of 199 draws have leaves up to 16, the middle of the logarithm, want about half", below)
	}
}

func TestSpaceRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []Space{
		{{"a", Log, 0, 1}},
		{{"a", Linear, 2, 1}},
		{{"a", "cubic", 1, 2}},
		{{"a", Linear, math.NaN(), 1}},
	} {
		if _, err := s.Draw(1, 2); !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Draw from %+v = %v, want lfb.ErrInvalid", s, err)
		}
	}
}

func TestBest(t *testing.T) {
	t.Parallel()
	scores := []Score{{90, 10}, {10, 10}, {}, {40, 10}, {math.Inf(1), 1}, {10, 10}}
	if got, want := Best(scores, 3), []int{1, 5, 3}; !slices.Equal(got, want) {
		t.Errorf("Best = %v, want %v", got, want)
	}
	if got := Best(scores, 9); len(got) != 4 {
		t.Errorf("Best of all = %v, want the four that are numbers", got)
	}
	for n, want := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2, 9: 3, 24: 8} {
		if got := Keep(n); got != want {
			t.Errorf("Keep(%d) = %d, want %d", n, got, want)
		}
	}
	if got := (Score{8, 2}).Plus(Score{0, 2}).RMSE(); got != math.Sqrt2 {
		t.Errorf("pooled RMSE = %v, want √2", got)
	}
}
