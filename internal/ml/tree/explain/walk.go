package explain

import "lfb/internal/ml/tree"

// pointPair holds the values at two points of the quadrature: with one sum for each of the two,
// the processor can add both at the same time.
type pointPair [2]float64

// columnState is the state of one column on the path from the root to the node that the
// walker is at; a column that is not on it has all its (no) conditions met, by all rows. Its
// factor at the quadrature's point t is z + slope·t.
type columnState struct {
	met bool    // the row meets all its conditions
	z   float64 // share of training rows that meet them
	// inverse is that of the factor, point by point, where the conditions are met and the
	// column comes again below. Else it is nil.
	inverse []pointPair
}

// factorSlope returns m - z, by which the factor grows with t: 1 or 0 for whether the row meets
// the conditions, less the share of training rows that do.
func (s *columnState) factorSlope() float64 {
	if s.met {
		return 1 - s.z
	}
	return -s.z
}

// pathLevel holds what is kept for one depth of the path, by quadrature point.
type pathLevel struct {
	product []pointPair // of the weight and the factors of all columns on the path
	inverse []pointPair // of the factor of the column stepped on
	below   []pointPair // sum over all leaves below of values times the factors of steps below
}

// treeWalker walks all leaves of the trees of an ensemble for one row.
type treeWalker struct {
	e       *tree.Ensemble
	plans   ensemblePlan
	t       *tree.Tree
	again   []bool    // treePlan.splitAgain of the tree
	row     []float64 // the row explained
	out     []float64
	columns []columnState
	levels  []pathLevel
	rule    *quadratureRule
	rules   []*quadratureRule // by number of points
}

func newWalker(e *tree.Ensemble, plans ensemblePlan) *treeWalker {
	depth, points := 0, 0
	for _, p := range plans.trees {
		depth, points = max(depth, p.depth), max(points, p.points)
	}
	pairs := (points + 1) / 2
	width := e.Schema.Width()
	w := &treeWalker{
		e: e, plans: plans, row: make([]float64, width), columns: make([]columnState, width),
		levels: make([]pathLevel, depth+1), rules: make([]*quadratureRule, points+1),
	}
	for j := range w.columns {
		w.columns[j] = columnState{met: true, z: 1}
	}
	for i := range w.levels {
		w.levels[i] = pathLevel{make([]pointPair, pairs), make([]pointPair, pairs), make([]pointPair, pairs)}
	}
	return w
}

// explainGroup writes to out the sum of one group of trees' contributions.
func (w *treeWalker) explainGroup(group int, out []float64) {
	clear(out)
	w.out = out
	lo, hi := w.plans.groupRange(group)
	for i := lo; i < hi; i++ {
		p := &w.plans.trees[i]
		w.t, w.again = &w.e.Trees[i], p.splitAgain
		out[len(out)-1] += p.expectation
		if p.points > 0 {
			w.rule = w.quadratureOf(p.points)
			w.walkNode(0, 0, pathProduct{w.rule.weight, 1})
		}
	}
}

// quadratureOf returns the rule of this many points, made at first use. Its weights are the
// products before the first step.
func (w *treeWalker) quadratureOf(points int) *quadratureRule {
	if w.rules[points] == nil {
		q := newQuadrature(points)
		w.rules[points] = &q
	}
	return w.rules[points]
}

// pathProduct is the product of the weight and the factors of all columns on the way to a
// node, with what is the same for all points apart.
type pathProduct struct {
	product []pointPair
	share   float64
}

// childStep is a child of a node, as a step on the node's column to it.
type childStep struct {
	child int32
	share float64 // of the node's training rows
	met   bool    // the row goes there
	again bool    // the column comes again below
}

// walkNode computes the sum over all leaves below node n, which is at depth.
func (w *treeWalker) walkNode(n int32, depth int, way pathProduct) {
	t := w.t
	column := t.SplitFeature[n]
	l, r := trainingRows(t, t.Left[n]), trainingRows(t, t.Right[n])
	if l+r == 0 {
		clear(w.levels[depth].below)
		return
	}
	left := t.GoesLeft(int(n), w.row[column])
	part := 1 / (l + r)
	sides := [2]childStep{
		{t.Left[n], l * part, left, w.again[2*n]},
		{t.Right[n], r * part, !left, w.again[2*n+1]},
	}
	was := w.columns[column]
	w.startWithLeaves(&sides, column, &was, depth, way)
	for k := range sides {
		if s := &sides[k]; s.child >= 0 {
			w.walkChild(s, column, &was, depth, way)
		}
	}
}

// startWithLeaves sets the sum below a node to that of its children that are leaves: their
// values times their factors are linear in the quadrature's points.
func (w *treeWalker) startWithLeaves(sides *[2]childStep, column int32, was *columnState, depth int, way pathProduct) {
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
		slope += float64(v * now.factorSlope())
	}
	below := w.levels[depth].below[:len(w.rule.at)]
	if base == 0 && slope == 0 {
		clear(below)
		return
	}
	at, product := w.rule.at[:len(below)], way.product[:len(below)]
	var total, back pointPair
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
	w.out[column] += way.share * (float64(slope*(total[0]+total[1])) - float64(was.factorSlope()*(back[0]+back[1])))
}

// walkChild walks a child that is a node, adds what is below it to the contribution of the
// column split on, and to the sum below the node at depth.
func (w *treeWalker) walkChild(s *childStep, column int32, was *columnState, depth int, way pathProduct) {
	if !was.met { // the column's share of these leaves is given
		if s.share > 0 {
			w.walkNode(s.child, depth+1, pathProduct{way.product, way.share * s.share})
			w.addScaledLevel(depth, s.share)
		}
		return
	}
	now := columnState{met: s.met, z: was.z * s.share}
	if now.z == 0 && !now.met {
		return // adds nothing, known or not
	}
	next := &w.levels[depth+1]
	product := next.product[:len(w.rule.at)]
	w.multiplyFactor(product, &now, was.inverse, way.product)
	if s.met && s.again {
		now.inverse = next.inverse
		w.invertFactor(&now)
	}
	w.columns[column] = now
	w.walkNode(s.child, depth+1, pathProduct{product, way.share})
	w.columns[column] = *was
	if was.inverse == nil {
		w.out[column] += float64(way.share * now.factorSlope() * w.addFactoredLevel(depth, &now, way.product))
		return
	}
	given, back := w.addReplacedLevel(depth, &now, was.inverse, way.product)
	w.out[column] += way.share * (float64(now.factorSlope()*given) - float64(was.factorSlope()*back))
}

// multiplyFactor sets product to before times the factor of now. Where the column was split on
// above, old is the inverse of its factor there, which the new one replaces.
func (w *treeWalker) multiplyFactor(product []pointPair, now *columnState, old, before []pointPair) {
	at, before := w.rule.at[:len(product)], before[:len(product)]
	z, slope := now.z, now.factorSlope()
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

// invertFactor computes the inverse of the factor of s, so that a later step can divide by it.
func (w *treeWalker) invertFactor(s *columnState) {
	z, slope := s.z, s.factorSlope()
	inverse := s.inverse[:len(w.rule.at)]
	for k := range w.rule.at[:len(inverse)] {
		t := &w.rule.at[k]
		inverse[k] = pointPair{1 / (z + float64(slope*t[0])), 1 / (z + float64(slope*t[1]))}
	}
}

// addScaledLevel adds share times the sum of the level after depth to that of depth.
func (w *treeWalker) addScaledLevel(depth int, share float64) {
	from := w.levels[depth+1].below[:len(w.rule.at)]
	to := w.levels[depth].below[:len(from)]
	for k := range from {
		v, b := &from[k], &to[k]
		b[0] += float64(v[0] * share)
		b[1] += float64(v[1] * share)
	}
}

// addFactoredLevel adds the sum of the level after depth, times the factor of now, to that of
// depth, and returns the dot product of the first, without the factor, with product.
func (w *treeWalker) addFactoredLevel(depth int, now *columnState, product []pointPair) float64 {
	from := w.levels[depth+1].below[:len(w.rule.at)]
	to, at, product := w.levels[depth].below[:len(from)], w.rule.at[:len(from)], product[:len(from)]
	z, slope := now.z, now.factorSlope()
	var total pointPair
	for k := range from {
		v, b, t, p := &from[k], &to[k], &at[k], &product[k]
		total[0] += float64(v[0] * p[0])
		total[1] += float64(v[1] * p[1])
		b[0] += float64(v[0] * (z + float64(slope*t[0])))
		b[1] += float64(v[1] * (z + float64(slope*t[1])))
	}
	return total[0] + total[1]
}

// addReplacedLevel is addFactoredLevel where the factor of now replaces an earlier one of the same
// column, whose inverse is old. back is what the earlier step has been credited for these leaves,
// without its slope: the caller takes it back.
func (w *treeWalker) addReplacedLevel(depth int, now *columnState, old, product []pointPair) (given, back float64) {
	from := w.levels[depth+1].below[:len(w.rule.at)]
	to, at, product := w.levels[depth].below[:len(from)], w.rule.at[:len(from)], product[:len(from)]
	old = old[:len(from)]
	z, slope := now.z, now.factorSlope()
	var g, r pointPair
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
