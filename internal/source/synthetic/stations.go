package synthetic

// fireStation is a fire station of the made-up London.
type fireStation struct {
	name    string
	e, n    float64 // metres, British National Grid
	engines int     // 1 or 2
	code    string  // call sign of the station, e.g. F24
	away    float64 // mean share of calls at which one of its engines is not there
}

// stationSite is where a station stands: hundreds of metres, as 5300 is 530,000.
type stationSite struct {
	name    string
	e, n    int
	engines int
}

// stationSites lists the stations: names of districts, near where the districts
// are, denser in the centre.
func stationSites() []stationSite {
	return []stationSite{
		{"Bloomsbury", 5301, 1821, 2},
		{"Clerkenwell", 5315, 1823, 2},
		{"Aldgate", 5337, 1812, 2},
		{"Covent Garden", 5302, 1808, 2},
		{"Pimlico", 5293, 1783, 2},
		{"Bayswater", 5258, 1808, 2},
		{"Marylebone", 5279, 1820, 2},
		{"Borough", 5325, 1797, 2},
		{"Kennington", 5315, 1777, 2},
		{"Bermondsey", 5342, 1789, 1},
		{"Rotherhithe", 5358, 1795, 1},
		{"Camden Town", 5290, 1840, 2},
		{"Highbury", 5320, 1852, 1},
		{"Archway", 5294, 1870, 1},
		{"Hampstead", 5264, 1858, 1},
		{"Kilburn", 5250, 1838, 2},
		{"Ladbroke Grove", 5241, 1816, 2},
		{"Earl's Court", 5254, 1785, 1},
		{"Brompton", 5272, 1789, 1},
		{"Parsons Green", 5249, 1764, 1},
		{"Shepherd's Bush", 5232, 1800, 2},
		{"Turnham Green", 5209, 1786, 1},
		{"Stockwell", 5305, 1763, 2},
		{"Balham", 5285, 1734, 1},
		{"Putney", 5239, 1753, 1},
		{"Streatham", 5301, 1717, 2},
		{"Herne Hill", 5320, 1743, 1},
		{"Camberwell", 5327, 1766, 2},
		{"Nunhead", 5352, 1755, 1},
		{"Brockley", 5365, 1747, 1},
		{"Catford", 5379, 1734, 2},
		{"Sydenham", 5353, 1716, 1},
		{"Blackheath", 5396, 1760, 1},
		{"Charlton", 5413, 1782, 1},
		{"Woolwich", 5435, 1788, 2},
		{"Abbey Wood", 5472, 1789, 1},
		{"Welling", 5463, 1757, 1},
		{"Crayford", 5514, 1750, 1},
		{"Mottingham", 5422, 1730, 1},
		{"Chislehurst", 5439, 1704, 1},
		{"West Wickham", 5382, 1659, 1},
		{"Petts Wood", 5445, 1676, 2},
		{"St Mary Cray", 5472, 1679, 1},
		{"Farnborough", 5443, 1644, 1},
		{"Downe", 5432, 1616, 1},
		{"Shirley", 5357, 1658, 1},
		{"Thornton Heath", 5318, 1684, 2},
		{"Sanderstead", 5339, 1615, 1},
		{"Coulsdon", 5299, 1594, 1},
		{"Waddon", 5312, 1646, 2},
		{"Carshalton", 5278, 1646, 1},
		{"Cheam", 5242, 1638, 1},
		{"Worcester Park", 5225, 1658, 1},
		{"Morden", 5256, 1685, 1},
		{"Colliers Wood", 5268, 1704, 2},
		{"Chessington", 5183, 1636, 1},
		{"Norbiton", 5192, 1692, 1},
		{"Teddington", 5159, 1710, 1},
		{"Hanworth", 5123, 1715, 1},
		{"Whitton", 5142, 1737, 1},
		{"Mortlake", 5205, 1759, 1},
		{"Brentford", 5177, 1774, 1},
		{"Cranford", 5104, 1770, 2},
		{"Harlington", 5087, 1775, 1},
		{"West Drayton", 5061, 1799, 1},
		{"Uxbridge", 5056, 1841, 2},
		{"Northwood", 5092, 1910, 1},
		{"Pinner", 5122, 1896, 1},
		{"Yeading", 5113, 1825, 1},
		{"Greenford", 5146, 1830, 1},
		{"Hanwell", 5154, 1803, 2},
		{"Sudbury", 5166, 1856, 1},
		{"Kenton", 5175, 1884, 2},
		{"Edgware", 5194, 1920, 1},
		{"Colindale", 5212, 1899, 1},
		{"Neasden", 5213, 1858, 1},
		{"Harlesden", 5216, 1834, 1},
		{"Golders Green", 5246, 1876, 1},
		{"Whetstone", 5263, 1937, 1},
		{"Cockfosters", 5281, 1964, 1},
		{"Muswell Hill", 5287, 1899, 1},
		{"Palmers Green", 5308, 1927, 1},
		{"Wood Green", 5309, 1905, 1},
		{"Ponders End", 5353, 1956, 2},
		{"Enfield Wash", 5354, 1985, 1},
		{"Northumberland Park", 5346, 1909, 2},
		{"Stamford Hill", 5338, 1878, 1},
		{"Dalston", 5336, 1849, 2},
		{"Hackney Wick", 5370, 1845, 1},
		{"Mile End", 5364, 1826, 2},
		{"Stepney", 5356, 1813, 1},
		{"Cubitt Town", 5383, 1792, 1},
		{"Canning Town", 5396, 1815, 2},
		{"Beckton", 5430, 1815, 1},
		{"Forest Gate", 5404, 1852, 2},
		{"Highams Park", 5383, 1915, 1},
		{"Wanstead", 5406, 1883, 1},
		{"Gants Hill", 5433, 1884, 2},
		{"Chadwell Heath", 5480, 1880, 1},
		{"Becontree", 5478, 1855, 2},
		{"Gidea Park", 5528, 1900, 1},
		{"Upminster", 5560, 1867, 1},
		{"Rainham", 5521, 1822, 1},
	}
}

// sectorLetter is the letter of the brigade's area that a place is in: centre and
// north A, then clockwise F, E, H, G.
func sectorLetter(e, n float64) byte {
	dx, dy := e-530500, n-180000
	switch {
	case dy > 0 && dx < 5500 && dx > -5500:
		return 'A'
	case dy > 0 && dx > 0:
		return 'F'
	case dy <= 0 && dx > 4000:
		return 'E'
	case dy < -2000 && dx > -18000:
		return 'H'
	}
	return 'G'
}
