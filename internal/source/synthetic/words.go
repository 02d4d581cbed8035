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
		{532.3, 181.8, 1.3, "EC", spellDistricts("1AMNRVY", "2AMNRVY", "3AMNRV", "4AMNRVY")},
		{530.4, 181.8, 1.2, "WC", spellDistricts("1ABEHNRVX", "2ABEHNR")},
		{528.6, 181.3, 1.3, "W", spellDistricts("1BCDFGHJKSTUW")},
		{529.4, 179.1, 1.4, "SW", spellDistricts("1AEHPVWXY")},
		{531.9, 179.3, 1.5, "SE", listNumbers(1, 1)},
		{537.0, 184.6, 5.0, "E", listNumbers(1, 18, 20)},
		{531.4, 188.8, 5.2, "N", listNumbers(1, 22)},
		{525.0, 187.4, 5.0, "NW", listNumbers(1, 11)},
		{536.8, 174.6, 6.2, "SE", listNumbers(2, 28)},
		{526.6, 174.2, 5.4, "SW", listNumbers(2, 20)},
		{522.8, 180.4, 4.6, "W", listNumbers(2, 14)},
		{541.8, 166.6, 6.3, "BR", listNumbers(1, 8)},
		{532.5, 163.2, 5.6, "CR", listNumbers(2, 8, 0)},
		{549.0, 174.2, 5.4, "DA", listNumbers(14, 18, 5, 6, 7, 8)},
		{532.6, 197.0, 4.8, "EN", listNumbers(1, 5)},
		{515.0, 188.6, 5.0, "HA", listNumbers(0, 9)},
		{545.0, 188.0, 4.4, "IG", listNumbers(1, 8, 11)},
		{518.6, 165.4, 4.6, "KT", listNumbers(1, 6, 9)},
		{553.4, 187.8, 6.4, "RM", listNumbers(1, 20)},
		{526.4, 164.2, 4.2, "SM", listNumbers(1, 7)},
		{545.4, 159.0, 3.4, "TN", listNumbers(14, 14, 16)},
		{513.0, 173.2, 5.6, "TW", listNumbers(1, 14)},
		{508.8, 182.6, 6.4, "UB", listNumbers(1, 11)},
	}
}

// spellDistricts returns districts such as 1A, 1M: each group is a digit and its
// letters.
func spellDistricts(groups ...string) []string {
	var out []string
	for _, g := range groups {
		for i := 1; i < len(g); i++ {
			out = append(out, g[:1]+g[i:i+1])
		}
	}
	return out
}

// listNumbers lists the numbers first to last and then the others.
func listNumbers(first, last int, others ...int) []string {
	var out []string
	for i := first; i <= last; i++ {
		out = append(out, formatInt(i))
	}
	for _, o := range others {
		out = append(out, formatInt(o))
	}
	return out
}
