package linear

import "math"

// Ranges are the least and the greatest value of each feature in the training
// rows, which Predict maps to 0 and 1; NaN for categories and for features that
// were left out, as constant ones are.
func (m *Model) Ranges() (least, greatest []float64) {
	least, greatest = make([]float64, len(m.state.Parts)), make([]float64, len(m.state.Parts))
	for j, p := range m.state.Parts {
		least[j], greatest[j] = math.NaN(), math.NaN()
		if p.Scale != 0 {
			least[j], greatest[j] = p.Min, p.Min+1/p.Scale
		}
	}
	return least, greatest
}
