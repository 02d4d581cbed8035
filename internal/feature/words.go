package feature

// Words are the texts behind the categories of column j, by code: every word that
// has the code, so several where rare words share one. It is nil for a number.
func (s *Spec) Words(j int) [][]string {
	c := s.schema.Columns[j]
	if !c.IsCategorical() {
		return nil
	}
	out := make([][]string, c.Categories)
	switch c.Name {
	case "sent_from", "nearest_station", "nearest2_station":
		for k := range s.Stations {
			out[k] = []string{s.Stations[k].Name}
		}
		return out
	}
	v := &s.Vocab[columnFact(c.Name)]
	for i, code := range v.code {
		out[int(code)] = append(out[int(code)], v.Words[i])
	}
	return out
}
