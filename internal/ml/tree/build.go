package tree

// buildTree turns what was grown into a Tree with the thresholds of real values.
func buildTree(data *BinnedMatrix, scale GradientScale, nodes []growingNode, leaves []growingLeaf) Tree {
	n := len(nodes)
	t := Tree{
		SplitFeature: make([]int32, n), Threshold: make([]float64, n), DecisionType: make([]int8, n),
		Left: make([]int32, n), Right: make([]int32, n), SplitGain: make([]float32, n),
		InternalValue: make([]float64, n), InternalCount: make([]int32, n),
		LeafValue: make([]float64, n+1), LeafCount: make([]int32, n+1),
	}
	for i := range nodes {
		v := &nodes[i]
		f := v.split.feature
		t.SplitFeature[i] = int32(data.Columns[f])
		t.Left[i], t.Right[i] = v.left, v.right
		t.SplitGain[i] = float32(v.split.gain / (scale.Unit * scale.Unit))
		t.InternalValue[i] = v.value
		t.InternalCount[i] = int32(scale.unpackCount(v.packed))
		writeDecision(&t, i, &data.Mappers[f], &v.split)
	}
	for i, l := range leaves {
		t.LeafValue[i], t.LeafCount[i] = l.value, int32(scale.unpackCount(l.packed))
	}
	return t
}

// writeDecision writes how node i parts its rows.
func writeDecision(t *Tree, i int, m *BinMapper, s *leafSplit) {
	if !m.IsCategorical() {
		t.Threshold[i], t.DecisionType[i] = m.ThresholdAfter(s.bin), MissingNaN
		if s.left.has(MissingBin) {
			t.DecisionType[i] |= DefaultLeft
		}
		return
	}
	if len(t.CatBoundaries) == 0 {
		t.CatBoundaries = []int32{0}
	}
	t.Threshold[i] = float64(len(t.CatBoundaries) - 1)
	t.DecisionType[i] = Categorical | MissingNaN
	var words []uint32
	for bin, code := range m.Codes {
		if !s.left.has(uint8(bin)) {
			continue
		}
		for len(words) <= int(code>>5) {
			words = append(words, 0)
		}
		words[code>>5] |= 1 << (code & 31)
	}
	t.CatThreshold = append(t.CatThreshold, words...)
	t.CatBoundaries = append(t.CatBoundaries, int32(len(t.CatThreshold)))
}
