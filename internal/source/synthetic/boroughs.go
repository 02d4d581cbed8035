package synthetic

// borough is one of London's 33 boroughs: real name and code, a centre and
// extent that suffice to cut a plausible map, and shares of what happens.
type borough struct {
	code, name, proper string
	e, n               float64 // centre, km
	areaKM2            float64
	demand             float64 // incidents of a year, in hundreds
}

// boroughTable lists them by code: E09000001 first, E09000033 last.
func boroughTable() []borough {
	return []borough{
		{"E09000001", "CITY OF LONDON", "City Of London", 532.5, 181.3, 2.9, 11},
		{"E09000002", "BARKING AND DAGENHAM", "Barking And dagenham", 547.8, 185.2, 36, 19},
		{"E09000003", "BARNET", "Barnet", 523.6, 192.0, 87, 34},
		{"E09000004", "BEXLEY", "Bexley", 549.2, 175.2, 61, 20},
		{"E09000005", "BRENT", "Brent", 519.8, 185.9, 43, 30},
		{"E09000006", "BROMLEY", "Bromley", 542.0, 165.7, 150, 26},
		{"E09000007", "CAMDEN", "Camden", 527.9, 184.3, 22, 45},
		{"E09000008", "CROYDON", "Croydon", 533.2, 164.1, 87, 38},
		{"E09000009", "EALING", "Ealing", 515.9, 181.7, 56, 34},
		{"E09000010", "ENFIELD", "Enfield", 532.6, 196.4, 81, 31},
		{"E09000011", "GREENWICH", "Greenwich", 542.6, 176.7, 47, 30},
		{"E09000012", "HACKNEY", "Hackney", 534.7, 185.5, 19, 38},
		{"E09000013", "HAMMERSMITH AND FULHAM", "Hammersmith And fulham", 523.9, 177.9, 16, 29},
		{"E09000014", "HARINGEY", "Haringey", 531.3, 189.8, 30, 28},
		{"E09000015", "HARROW", "Harrow", 514.9, 189.4, 50, 16},
		{"E09000016", "HAVERING", "Havering", 554.5, 187.5, 112, 20},
		{"E09000017", "HILLINGDON", "Hillingdon", 507.2, 184.0, 116, 32},
		{"E09000018", "HOUNSLOW", "Hounslow", 512.7, 175.6, 56, 26},
		{"E09000019", "ISLINGTON", "Islington", 531.2, 184.7, 15, 33},
		{"E09000020", "KENSINGTON AND CHELSEA", "Kensington And chelsea", 525.6, 179.5, 12, 34},
		{"E09000021", "KINGSTON UPON THAMES", "Kingston Upon thames", 519.3, 167.3, 37, 14},
		{"E09000022", "LAMBETH", "Lambeth", 530.8, 174.6, 27, 43},
		{"E09000023", "LEWISHAM", "Lewisham", 537.3, 174.0, 35, 33},
		{"E09000024", "MERTON", "Merton", 525.6, 169.5, 38, 19},
		{"E09000025", "NEWHAM", "Newham", 540.8, 183.1, 36, 33},
		{"E09000026", "REDBRIDGE", "Redbridge", 543.6, 189.5, 56, 21},
		{"E09000027", "RICHMOND UPON THAMES", "Richmond Upon thames", 517.7, 172.9, 57, 17},
		{"E09000028", "SOUTHWARK", "Southwark", 533.8, 176.6, 29, 44},
		{"E09000029", "SUTTON", "Sutton", 527.0, 164.2, 44, 17},
		{"E09000030", "TOWER HAMLETS", "Tower Hamlets", 536.3, 181.8, 20, 44},
		{"E09000031", "WALTHAM FOREST", "Waltham Forest", 537.6, 190.2, 39, 25},
		{"E09000032", "WANDSWORTH", "Wandsworth", 526.4, 174.4, 34, 31},
		{"E09000033", "WESTMINSTER", "Westminster", 528.4, 181.0, 21, 74},
	}
}

// cityOutline is the made-up Greater London's border in km of the National Grid,
// clockwise from the north-west.
func cityOutline() [][2]float64 {
	return [][2]float64{
		{505.5, 189.8},
		{508.0, 191.9},
		{512.2, 191.2},
		{516.7, 194.2},
		{521.5, 196.5},
		{525.7, 198.2},
		{530.0, 199.9},
		{536.3, 199.9},
		{538.0, 195.3},
		{539.9, 195.0},
		{542.4, 192.8},
		{546.4, 193.2},
		{550.2, 194.4},
		{555.1, 192.8},
		{557.2, 189.6},
		{559.7, 186.6},
		{560.5, 183.5},
		{555.5, 179.5},
		{552.8, 176.1},
		{550.9, 171.7},
		{548.4, 168.6},
		{548.4, 164.5},
		{546.1, 161.1},
		{544.5, 157.7},
		{540.9, 156.3},
		{538.8, 159.2},
		{538.0, 161.5},
		{535.4, 160.1},
		{532.5, 158.4},
		{530.0, 157.1},
		{527.0, 158.4},
		{525.5, 161.7},
		{522.3, 162.4},
		{518.8, 160.9},
		{516.7, 163.9},
		{517.6, 166.5},
		{513.7, 168.5},
		{510.3, 170.4},
		{508.7, 171.5},
		{505.3, 173.8},
		{504.6, 178.0},
		{505.9, 182.8},
		{504.8, 186.6},
	}
}

// riverCourse is the Thames' course in km, west to east.
func riverCourse() [][2]float64 {
	return [][2]float64{
		{511.0, 168.2},
		{514.0, 168.4},
		{517.6, 168.9},
		{517.0, 172.0},
		{517.5, 174.6},
		{518.2, 177.2},
		{521.0, 176.3},
		{523.0, 178.1},
		{524.3, 175.9},
		{526.2, 175.4},
		{528.0, 177.4},
		{530.2, 178.0},
		{530.6, 180.0},
		{532.8, 180.4},
		{535.4, 180.3},
		{536.8, 179.9},
		{537.1, 178.4},
		{538.4, 178.1},
		{539.3, 180.2},
		{540.6, 179.5},
		{543.5, 179.5},
		{546.5, 181.2},
		{549.2, 181.4},
		{552.2, 178.7},
		{556.0, 177.6},
		{563.0, 177.4},
	}
}

// bridgePoints are where the river can be crossed, in km.
func bridgePoints() [][2]float64 {
	return [][2]float64{
		{515.4, 168.6},
		{517.6, 169.4},
		{517.4, 174.4},
		{519.0, 177.0},
		{520.4, 176.5},
		{522.9, 178.0},
		{524.2, 175.8},
		{526.1, 175.5},
		{527.2, 176.5},
		{528.3, 177.5},
		{530.2, 178.1},
		{530.5, 179.4},
		{530.8, 180.1},
		{531.6, 180.3},
		{532.2, 180.4},
		{532.8, 180.4},
		{533.7, 180.4},
		{535.8, 180.2},
		{539.2, 179.8},
		{543.3, 179.5}, // the last is a ferry
	}
}
