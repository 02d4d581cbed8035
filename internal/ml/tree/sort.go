package tree

import "slices"

// sortFloats sorts values ascending; they hold no NaN.
func sortFloats(values []float64) { slices.Sort(values) }
