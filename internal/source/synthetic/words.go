package synthetic

// wardWords make ward names: a first and a second word. 47 and 13 are coprime,
// so that stepping both by one does not repeat for 611 names.
func wardWords() (first, second []string) {
	return []string{
		"Abbey", "Alder", "Ash", "Beacon", "Beech", "Bishop's", "Brook", "Canal", "Castle", "Cedar",
		"Chapel", "Chestnut", "Church", "Clay", "College", "Crane", "Dean", "Elm", "Fair", "Forge",
		"Fox", "Friar's", "Grange", "Hazel", "Heron", "High", "King's", "Lea", "Lime", "Manor",
		"Mead", "Mill", "Monk's", "North", "Oak", "Orchard", "Palace", "Pound", "Priory", "Queen's",
		"Rose", "St. Anne's", "St. Mark's", "South", "Stone", "Well", "West",
	}, []string{
		"Hill", "Park", "Green", "Fields", "Common", "Village", "Broadway", "Town", "Wood",
		"Bridge", "Heath", "Cross", "Rise",
	}
}

// postArea is a postal area: where it is (km), how far it reaches, and its
// districts.
type postArea struct {
	e, n, reach float64
	prefix      string
	suffixes    []string
}

// postAreas are London's, cut as discs; a district's place within its area is
// made up.
func postAreas() []postArea {
	return []postArea{
		{532.3, 181.8, 1.3, "EC", letters("1AMNRVY", "2AMNRVY", "3AMNRV", "4AMNRVY")},
		{530.4, 181.8, 1.2, "WC", letters("1ABEHNRVX", "2ABEHNR")},
		{528.6, 181.3, 1.3, "W", letters("1BCDFGHJKSTUW")},
		{529.4, 179.1, 1.4, "SW", letters("1AEHPVWXY")},
		{531.9, 179.3, 1.5, "SE", span(1, 1)},
		{537.0, 184.6, 5.0, "E", span(1, 18, 20)},
		{531.4, 188.8, 5.2, "N", span(1, 22)},
		{525.0, 187.4, 5.0, "NW", span(1, 11)},
		{536.8, 174.6, 6.2, "SE", span(2, 28)},
		{526.6, 174.2, 5.4, "SW", span(2, 20)},
		{522.8, 180.4, 4.6, "W", span(2, 14)},
		{541.8, 166.6, 6.3, "BR", span(1, 8)},
		{532.5, 163.2, 5.6, "CR", span(2, 8, 0)},
		{549.0, 174.2, 5.4, "DA", span(14, 18, 5, 6, 7, 8)},
		{532.6, 197.0, 4.8, "EN", span(1, 5)},
		{515.0, 188.6, 5.0, "HA", span(0, 9)},
		{545.0, 188.0, 4.4, "IG", span(1, 8, 11)},
		{518.6, 165.4, 4.6, "KT", span(1, 6, 9)},
		{553.4, 187.8, 6.4, "RM", span(1, 20)},
		{526.4, 164.2, 4.2, "SM", span(1, 7)},
		{545.4, 159.0, 3.4, "TN", span(14, 14, 16)},
		{513.0, 173.2, 5.6, "TW", span(1, 14)},
		{508.8, 182.6, 6.4, "UB", span(1, 11)},
	}
}

// letters spells out districts such as 1A, 1M: each group is a digit and its
// letters.
func letters(groups ...string) []string {
	var out []string
	for _, g := range groups {
		for i := 1; i < len(g); i++ {
			out = append(out, g[:1]+g[i:i+1])
		}
	}
	return out
}

// span lists the numbers first to last and then the others.
func span(first, last int, others ...int) []string {
	var out []string
	for i := first; i <= last; i++ {
		out = append(out, itoa(i))
	}
	for _, o := range others {
		out = append(out, itoa(o))
	}
	return out
}
