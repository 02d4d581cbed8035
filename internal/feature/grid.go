package feature

import (
	"fmt"
	"math"
	"slices"

	"lfb/internal/lfb"
)

// Grid is a smoothed map of a value: one number a square cell, shrunk to 0
// where there are few rows.
type Grid struct {
	CellM  float64 `json:"cell_m"` // side of a cell, metres
	MinX   int     `json:"min_x"`  // easting of the first column, in cells
	MinY   int     `json:"min_y"`  // northing of the first row, in cells
	Width  int     `json:"width"`  // columns
	Height int     `json:"height"` // rows
	Unit   float64 `json:"unit"`   // what 1 in Values stands for
	Values []int16 `json:"values"` // row by row
}

const mostCells = 1 << 19

// valueAt returns the value at a point, 0 outside the grid.
func (g *Grid) valueAt(e, n float64) float64 {
	x := int(math.Floor(e/g.CellM)) - g.MinX
	y := int(math.Floor(n/g.CellM)) - g.MinY
	if x < 0 || y < 0 || x >= g.Width || y >= g.Height {
		return 0
	}
	return float64(g.Values[y*g.Width+x]) * g.Unit
}

func (g *Grid) checkGrid() error {
	ok := g.CellM >= 1 && g.CellM < 1e6 && g.Width >= 0 && g.Height >= 0 && g.Width <= mostCells &&
		g.Height <= mostCells &&
		g.Width*g.Height == len(g.Values) && math.Abs(g.Unit) < 1e6
	if !ok {
		return fmt.Errorf("grid of %d × %d cells of %v m with %d values: %w", g.Width, g.Height, g.CellM, len(g.Values),
			lfb.ErrInvalid)
	}
	return nil
}

// gridRecipe is how a grid is made.
type gridRecipe struct {
	cellM  float64
	sigmaM float64 // width of the Gaussian that smooths it
	shrink float64 // rows' worth of 0 that every cell starts with
	unit   float64
}

// gridSums is the sums of a value and of rows, by cell, by fold.
type gridSums struct {
	frame Grid
	value [folds][]float64
	rows  [folds][]float64
}

// frameOf is an empty grid over all but the outermost 0.05 % of places on each
// side: one mistyped coordinate must not blow it up.
func frameOf(s *trainingSample, cellM float64) Grid {
	g := Grid{CellM: cellM}
	x, y := make([]float32, 0, s.n), make([]float32, 0, s.n)
	for i := range s.n {
		if !isNaN32(s.e[i]) {
			x, y = append(x, s.e[i]), append(y, s.north[i])
		}
	}
	if len(x) == 0 {
		return g
	}
	slices.Sort(x)
	slices.Sort(y)
	span := func(v []float32) (lo, n int) {
		cut := len(v) / 2000
		lo = int(math.Floor(float64(v[cut])/cellM)) - 2
		return lo, int(math.Floor(float64(v[len(v)-1-cut])/cellM)) + 3 - lo
	}
	g.MinX, g.Width = span(x)
	g.MinY, g.Height = span(y)
	if g.Width > mostCells || g.Height > mostCells || g.Width*g.Height > mostCells {
		return Grid{CellM: cellM} // places all over the country: no local field
	}
	return g
}

// sumGrid adds up value by cell and fold; rows where value is NaN don't count.
func sumGrid(s *trainingSample, frame Grid, value []float32) *gridSums {
	sums := &gridSums{frame: frame}
	for f := range folds {
		sums.value[f] = make([]float64, frame.Width*frame.Height)
		sums.rows[f] = make([]float64, frame.Width*frame.Height)
	}
	for i := range s.n {
		if isNaN32(s.e[i]) || isNaN32(value[i]) {
			continue
		}
		x := int(math.Floor(float64(s.e[i])/frame.CellM)) - frame.MinX
		y := int(math.Floor(float64(s.north[i])/frame.CellM)) - frame.MinY
		if x < 0 || y < 0 || x >= frame.Width || y >= frame.Height {
			continue
		}
		k := y*frame.Width + x
		sums.value[s.fold[i]][k] += float64(value[i])
		sums.rows[s.fold[i]][k]++
	}
	return sums
}

// smoothGrid smooths the sums of every fold but one; without = folds keeps them all.
func (sums *gridSums) smoothGrid(r gridRecipe, without int) Grid {
	g := sums.frame
	g.Unit = r.unit
	g.Values = make([]int16, g.Width*g.Height)
	value, rows := make([]float64, len(g.Values)), make([]float64, len(g.Values))
	for f := range folds {
		if f == without {
			continue
		}
		for k := range value {
			value[k] += sums.value[f][k]
			rows[k] += sums.rows[f][k]
		}
	}
	kernel := gaussianKernel(r.sigmaM / r.cellM)
	value = blurGrid(value, g.Width, g.Height, kernel)
	rows = blurGrid(rows, g.Width, g.Height, kernel)
	for k := range value {
		v := math.Round(value[k] / (rows[k] + r.shrink) / r.unit)
		g.Values[k] = int16(min(max(v, math.MinInt16), math.MaxInt16))
	}
	return g
}

// gaussianKernel returns one half of a kernel: weight at 0, 1, … cells, to three sigma.
func gaussianKernel(sigma float64) []float64 {
	k := make([]float64, int(math.Ceil(3*sigma))+1)
	for i := range k {
		k[i] = math.Exp(-float64(i*i) / (2 * sigma * sigma))
	}
	return k
}

// blurGrid returns for each cell the sum of its surroundings, weighted by kernel in both directions.
func blurGrid(v []float64, width, height int, kernel []float64) []float64 {
	return blurLines(blurLines(v, width, height, kernel), height, width, kernel)
}

// blurLines blurs along the rows and writes the result transposed, so that
// twice is both directions, the right way up.
func blurLines(v []float64, width, height int, kernel []float64) []float64 {
	out := make([]float64, len(v))
	for y := range height {
		row := v[y*width : (y+1)*width]
		for x := range width {
			sum := kernel[0] * row[x]
			for d := 1; d < len(kernel); d++ {
				if x >= d {
					sum += kernel[d] * row[x-d]
				}
				if x+d < width {
					sum += kernel[d] * row[x+d]
				}
			}
			out[x*height+y] = sum
		}
	}
	return out
}
