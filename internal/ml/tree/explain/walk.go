package explain

import "lfb/internal/ml/tree"

// pair is the values at two of the quadrature's points: sums over them are two, so that
// neither waits for the other.
type pair [2]float64

// columnState is the state of one column on the path from the root to where the walker
// is; a column that is not on it has all its (no) conditions met, by all rows. Its
// factor at the quadrature's point t is z + slope·t.
type columnState struct {
	met bool    // the row meets all its conditions
	z   float64 // share of training rows that meet them
	// inverse is that of the factor, point by point, where the conditions are met and the
	// column comes again below. Else it is nil.
	inverse []pair
}

// slope is what the column has of a value whose other factors are whole: m - z.
func (s *columnState) slope() float64 {
	if s.met {
		return 1 - s.z
	}
	return -s.z
}

// level is what a place on the path has of each quadrature point.
type level struct {
	product []pair // of the weight and the factors of all columns on the path
	inverse []pair // of the factor of the column stepped on
	below   []pair // sum over all leaves below of values times the factors of steps below
}

// walker walks all leaves of the trees of an ensemble for one row.
type walker struct {
	e       *tree.Ensemble
	plans   plans
	t       *tree.Tree
	again   []bool    // treePlan.splitAgain of the tree
	row     []float64 // the row explained
	out     []float64
	columns []columnState
	levels  []level
	rule    *quadrature
	rules   []*quadrature // by number of points
}

func newWalker(e *tree.Ensemble, plans plans) *walker {
	depth, points := 0, 0
	for _, p := range plans.trees {
		depth, points = max(depth, p.depth), max(points, p.points)
	}
	pairs := (points + 1) / 2
	width := e.Schema.Width()
	w := &walker{
		e: e, plans: plans, row: make([]float64, width), columns: make([]columnState, width),
		levels: make([]level, depth+1), rules: make([]*quadrature, points+1),
	}
	for j := range w.columns {
		w.columns[j] = columnState{met: true, z: 1}
	}
	for i := range w.levels {
		w.levels[i] = level{make([]pair, pairs), make([]pair, pairs), make([]pair, pairs)}
	}
	return w
}

// explain writes the sum of the contributions of a group of trees.
func (w *walker) explain(group int, out []float64) {
	clear(out)
	w.out = out
	lo, hi := w.plans.group(group)
	for i := lo; i < hi; i++ {
		p := &w.plans.trees[i]
		w.t, w.again = &w.e.Trees[i], p.splitAgain
		out[len(out)-1] += p.expectation
		if p.points > 0 {
			w.rule = w.quadratureOf(p.points)
			w.node(0, 0, path{w.rule.weight, 1})
		}
	}
}

// quadratureOf is the rule of so many points, whose weights are the products before the
// first step.
func (w *walker) quadratureOf(points int) *quadrature {
	if w.rules[points] == nil {
		q := newQuadrature(points)
		w.rules[points] = &q
	}
	return w.rules[points]
}

// path is the product of the weight and the factors of all columns on the way to a
// node, with what is the same for all points apart.
type path struct {
	product []pair
	share   float64
}

// side is a child of a node, as a step on the node's column to it.
type side struct {
	child int32
	share float64 // of the node's training rows
	met   bool    // the row goes there
	again bool    // the column comes again below
}

// node makes the sum below node n, which is at depth.
func (w *walker) node(n int32, depth int, way path) {
	t := w.t
	column := t.SplitFeature[n]
	l, r := trainingRows(t, t.Left[n]), trainingRows(t, t.Right[n])
	if l+r == 0 {
		clear(w.levels[depth].below)
		return
	}
	left := t.GoesLeft(int(n), w.row[column])
	part := 1 / (l + r)
	sides := [2]side{
		{t.Left[n], l * part, left, w.again[2*n]},
		{t.Right[n], r * part, !left, w.again[2*n+1]},
	}
	was := w.columns[column]
	w.leaves(&sides, column, &was, depth, way)
	for k := range sides {
		if s := &sides[k]; s.child >= 0 {
			w.inner(s, column, &was, depth, way)
		}
	}
}

// leaves starts the sum below a node with those of its sides that are leaves: their
// values times their factors are a line in the quadrature's points.
func (w *walker) leaves(sides *[2]side, column int32, was *columnState, depth int, way path) {
	base, slope := 0.0, 0.0
	for k := range sides {
		s := &sides[k]
		if s.child >= 0 {
			continue
		}
		v := w.t.LeafValue[^s.child]
		if !was.met { // the column's share of this leaf is given
			base += float64(v * s.share)
			continue
		}
		now := columnState{met: s.met, z: was.z * s.share}
		base += float64(v * now.z)
		slope += float64(v * now.slope())
	}
	below := w.levels[depth].below[:len(w.rule.at)]
	if base == 0 && slope == 0 {
		clear(below)
		return
	}
	at, product := w.rule.at[:len(below)], way.product[:len(below)]
	var total, back pair
	if was.inverse == nil {
		for k := range at {
			t, b, p := &at[k], &below[k], &product[k]
			b[0] = base + float64(slope*t[0])
			b[1] = base + float64(slope*t[1])
			total[0] += p[0]
			total[1] += p[1]
		}
		w.out[column] += way.share * slope * (total[0] + total[1])
		return
	}
	inverse := was.inverse[:len(below)]
	for k := range at {
		t, b, f := &at[k], &below[k], &inverse[k]
		p0, p1 := product[k][0]*f[0], product[k][1]*f[1]
		b[0] = (base + float64(slope*t[0])) * f[0]
		b[1] = (base + float64(slope*t[1])) * f[1]
		total[0] += p0
		total[1] += p1
		back[0] += float64(p0 * b[0])
		back[1] += float64(p1 * b[1])
	}
	w.out[column] += way.share * (float64(slope*(total[0]+total[1])) - float64(was.slope()*(back[0]+back[1])))
}

// inner goes on to a side that is a node, gives the column its share of what is below
// it, and adds that to the sum below the node at depth.
func (w *walker) inner(s *side, column int32, was *columnState, depth int, way path) {
	if !was.met { // the column's share of these leaves is given
		if s.share > 0 {
			w.node(s.child, depth+1, path{way.product, way.share * s.share})
			w.add(depth, s.share)
		}
		return
	}
	now := columnState{met: s.met, z: was.z * s.share}
	if now.z == 0 && !now.met {
		return // adds nothing, known or not
	}
	next := &w.levels[depth+1]
	product := next.product[:len(w.rule.at)]
	w.enter(product, &now, was.inverse, way.product)
	if s.met && s.again {
		now.inverse = next.inverse
		w.invert(&now)
	}
	w.columns[column] = now
	w.node(s.child, depth+1, path{product, way.share})
	w.columns[column] = *was
	if was.inverse == nil {
		w.out[column] += float64(way.share * now.slope() * w.leave(depth, &now, way.product))
		return
	}
	given, back := w.replace(depth, &now, was.inverse, way.product)
	w.out[column] += way.share * (float64(now.slope()*given) - float64(was.slope()*back))
}

// enter makes product that of before with the factor of now, in place of the one whose
// inverse is old, where there is one.
func (w *walker) enter(product []pair, now *columnState, old, before []pair) {
	at, before := w.rule.at[:len(product)], before[:len(product)]
	z, slope := now.z, now.slope()
	if old == nil {
		for k := range at {
			t, p, b := &at[k], &product[k], &before[k]
			p[0] = b[0] * (z + float64(slope*t[0]))
			p[1] = b[1] * (z + float64(slope*t[1]))
		}
		return
	}
	old = old[:len(product)]
	for k := range at {
		t, p, b, f := &at[k], &product[k], &before[k], &old[k]
		p[0] = b[0] * (z + float64(slope*t[0])) * f[0]
		p[1] = b[1] * (z + float64(slope*t[1])) * f[1]
	}
}

// invert makes the inverse of the factor of s.
func (w *walker) invert(s *columnState) {
	z, slope := s.z, s.slope()
	inverse := s.inverse[:len(w.rule.at)]
	for k := range w.rule.at[:len(inverse)] {
		t := &w.rule.at[k]
		inverse[k] = pair{1 / (z + float64(slope*t[0])), 1 / (z + float64(slope*t[1]))}
	}
}

// add adds share times the sum of the level after depth to that of depth.
func (w *walker) add(depth int, share float64) {
	from := w.levels[depth+1].below[:len(w.rule.at)]
	to := w.levels[depth].below[:len(from)]
	for k := range from {
		v, b := &from[k], &to[k]
		b[0] += float64(v[0] * share)
		b[1] += float64(v[1] * share)
	}
}

// leave adds the sum of the level after depth, times the factor of now, to that of
// depth, and returns the dot product of the first, without the factor, with product.
func (w *walker) leave(depth int, now *columnState, product []pair) float64 {
	from := w.levels[depth+1].below[:len(w.rule.at)]
	to, at, product := w.levels[depth].below[:len(from)], w.rule.at[:len(from)], product[:len(from)]
	z, slope := now.z, now.slope()
	var total pair
	for k := range from {
		v, b, t, p := &from[k], &to[k], &at[k], &product[k]
		total[0] += float64(v[0] * p[0])
		total[1] += float64(v[1] * p[1])
		b[0] += float64(v[0] * (z + float64(slope*t[0])))
		b[1] += float64(v[1] * (z + float64(slope*t[1])))
	}
	return total[0] + total[1]
}

// replace is leave where the factor of now takes the place of another, whose inverse is
// old. back is what that other has been given of these leaves, but for its own share.
func (w *walker) replace(depth int, now *columnState, old, product []pair) (given, back float64) {
	from := w.levels[depth+1].below[:len(w.rule.at)]
	to, at, product := w.levels[depth].below[:len(from)], w.rule.at[:len(from)], product[:len(from)]
	old = old[:len(from)]
	z, slope := now.z, now.slope()
	var g, r pair
	for k := range from {
		v, b, t, f := &from[k], &to[k], &at[k], &old[k]
		p0, p1 := product[k][0]*f[0], product[k][1]*f[1]
		g[0] += float64(v[0] * p0)
		g[1] += float64(v[1] * p1)
		v0, v1 := v[0]*(z+float64(slope*t[0]))*f[0], v[1]*(z+float64(slope*t[1]))*f[1]
		r[0] += float64(v0 * p0)
		r[1] += float64(v1 * p1)
		b[0] += v0
		b[1] += v1
	}
	return g[0] + g[1], r[0] + r[1]
}
