package synthetic

// propertyCategory is an index into the tables below.
type propertyCategory uint8

const (
	dwelling propertyCategory = iota
	nonResidential
	roadVehicle
	outdoor
	otherResidential
	outdoorStructure
	rail
	boat
	aircraft
	categories
)

// stopCode is the final classification of an incident.
type stopCode uint8

const (
	afa stopCode = iota
	special
	primaryFire
	secondaryFire
	goodIntent
	malicious
	chimneyFire
	stops
)

// stopTraits are what follows from a stop code.
type stopTraits struct {
	group, code string
	unpublished float64 // share whose arrivals are not published
	second      float64 // share of the others that a second engine reaches
	third       float64 // share of those that more engines reach
	lateSeconds float64 // how much longer the finding takes than elsewhere
	callMedian  float64 // seconds from call to mobilisation
	calls       float64 // mean number of further calls
	long        float64 // share of those that keep engines over an hour
}

func stopTable() [stops]stopTraits {
	return [stops]stopTraits{
		afa:           {"False Alarm", "AFA", .0045, .537, .115, -6, 66, .05, .02},
		special:       {"Special Service", "Special Service", .151, .115, .15, 7, 96, .16, .16},
		primaryFire:   {"Fire", "Primary Fire", .010, .690, .32, 0, 74, .75, .42},
		secondaryFire: {"Fire", "Secondary Fire", .009, .155, .11, 16, 82, .42, .10},
		goodIntent:    {"False Alarm", "False alarm - Good intent", .026, .540, .21, 12, 80, .34, .04},
		malicious:     {"False Alarm", "False alarm - Malicious", .010, .570, .18, 4, 88, .10, .01},
		chimneyFire:   {"Fire", "Chimney Fire", .005, .530, .12, 0, 78, .15, .12},
	}
}

// namedShare is a name with its weight; weights need not sum to 1.
type namedShare struct {
	name   string
	weight float64
}

// categoryTraits are the tables of one property category.
type categoryTraits struct {
	name       string
	weight     float64        // share of incidents, per mille
	stops      [stops]float64 // per cent by stop code
	day        float64        // 09-18 h against the rest, factor
	summer     float64        // July against the year's mean, factor less 1
	qualifiers []namedShare
	services   []namedShare // kinds of special service
	types      []namedShare // property types
}

func categoryTable() [categories]categoryTraits {
	return [categories]categoryTraits{
		dwelling: {
			"Dwelling", 536,
			[stops]float64{afa: 35, special: 44.3, primaryFire: 9, goodIntent: 10.4, malicious: 1.2, chimneyFire: .1},
			1, -.03, indoorShares(), dwellingServices(), dwellingTypes(),
		},
		nonResidential: {
			"Non Residential", 228,
			[stops]float64{afa: 71, special: 12.8, primaryFire: 7.5, goodIntent: 7.5, malicious: 1.1, secondaryFire: .1},
			1.45, 0, indoorShares(), workServices(), workTypes(),
		},
		roadVehicle: {
			"Road Vehicle", 72,
			[stops]float64{special: 65.5, primaryFire: 23.4, goodIntent: 10.6, malicious: .4, secondaryFire: .1},
			1.0, .02, onRoads(), roadServices(), vehicleTypes(),
		},
		outdoor: {
			"Outdoor", 64,
			[stops]float64{afa: .2, special: 31.4, primaryFire: 1.2, secondaryFire: 46, goodIntent: 19.9, malicious: 1.3},
			1.05, .55, outOfDoors(), outdoorServices(), outdoorTypes(),
		},
		otherResidential: {
			"Other Residential", 55,
			[stops]float64{afa: 75, special: 15.3, primaryFire: 4.7, goodIntent: 4.2, malicious: .8},
			1.05, 0, indoorShares(), homeServices(), homeTypes(),
		},
		outdoorStructure: {
			"Outdoor Structure", 45,
			[stops]float64{afa: .3, special: 11, primaryFire: 5.5, secondaryFire: 70, goodIntent: 11.5, malicious: 1.7},
			.85, .25, outOfDoors(), structureServices(), structureTypes(),
		},
		rail: {
			"Rail Vehicle", .7,
			[stops]float64{special: 50, primaryFire: 20, goodIntent: 28, secondaryFire: 2},
			1.2, 0,
			[]namedShare{{"Railway land or rolling stock", 1}},
			transportServices(),
			[]namedShare{{"Train on ground level - above ground rail system", 5}, {"Underground train", 3}, {"Tram", 2}},
		},
		boat: {
			"Boat", .7,
			[stops]float64{special: 45, primaryFire: 40, goodIntent: 15},
			1.1, .2,
			[]namedShare{{"Open land/water - nearest gazetteer location", 1}},
			transportServices(),
			[]namedShare{{"Canal boat/barge", 5}, {"Other boat", 3}, {"Motor yacht", 1}},
		},
		aircraft: {
			"Aircraft", .8,
			[stops]float64{special: 60, goodIntent: 35, primaryFire: 5},
			1.2, 0,
			[]namedShare{{"Open land/water - nearest gazetteer location", 1}},
			transportServices(),
			[]namedShare{{"Airplane", 9}, {"Helicopter", 1}},
		},
	}
}

func indoorShares() []namedShare {
	return []namedShare{
		{"Correct incident location", 68},
		{"Within same building", 26},
		{"On land associated with building", 5},
		{"Nearby address - no building in street", .5},
		{"Nearby address - street not listed in gazetteer", .4},
	}
}

func onRoads() []namedShare {
	return []namedShare{
		{"In street outside gazetteer location", 58},
		{"In street close to gazetteer location", 27},
		{"On motorway / elevated road", 5},
		{"Correct incident location", 7},
		{"In street remote from gazetteer location", 3},
	}
}

func outOfDoors() []namedShare {
	return []namedShare{
		{"In street outside gazetteer location", 31},
		{"On land associated with building", 30},
		{"Open land/water - nearest gazetteer location", 17},
		{"In street close to gazetteer location", 9},
		{"Correct incident location", 11},
		{"Railway land or rolling stock", 2},
	}
}

const liftRelease = "Lift Release"

func dwellingServices() []namedShare {
	return []namedShare{
		{"Effecting entry/exit", 27.5},
		{"Flooding", 24},
		{liftRelease, 17},
		{"No action (not false alarm)", 9.5},
		{"Assist other agencies", 6},
		{"Making Safe (not RTC)", 3},
		{"Advice Only", 2.5},
		{"Animal assistance incidents", 2},
		{"Hazardous Materials incident", 2},
		{"Medical Incident", 3},
		{"Other rescue/release of persons", .7},
		{"Suicide/attempts", .6},
		{"Evacuation (no fire)", .6},
		{"Removal of objects from people", .8},
	}
}

func workServices() []namedShare {
	return []namedShare{
		{liftRelease, 21.5},
		{"Flooding", 13.8},
		{"Effecting entry/exit", 13.5},
		{"No action (not false alarm)", 11.5},
		{"Removal of objects from people", 10.5},
		{"Medical Incident", 6.5},
		{"Making Safe (not RTC)", 6},
		{"Hazardous Materials incident", 3},
		{"Other rescue/release of persons", 2.8},
		{"Assist other agencies", 2.5},
		{"Animal assistance incidents", 2},
		{"RTC", 2},
		{"Stand By", .3},
	}
}

func roadServices() []namedShare {
	return []namedShare{
		{"RTC", 75},
		{"Spills and Leaks (not RTC)", 6.5},
		{"No action (not false alarm)", 5.5},
		{"Effecting entry/exit", 5},
		{"Other Transport incident", 3},
		{"Assist other agencies", 1.6},
		{"Making Safe (not RTC)", 1.2},
		{"Medical Incident", .6},
		{"Animal assistance incidents", .8},
	}
}

func outdoorServices() []namedShare {
	return []namedShare{
		{"RTC", 16},
		{"Animal assistance incidents", 12},
		{"No action (not false alarm)", 12},
		{"Effecting entry/exit", 10},
		{"Spills and Leaks (not RTC)", 9},
		{"Medical Incident", 8},
		{"Making Safe (not RTC)", 7},
		{"Flooding", 7},
		{"Assist other agencies", 6},
		{"Rescue or evacuation from water", 5},
		{"Removal of objects from people", 2},
		{"Suicide/attempts", 2},
	}
}

func homeServices() []namedShare {
	return []namedShare{
		{liftRelease, 40},
		{"Effecting entry/exit", 21},
		{"Flooding", 12},
		{"No action (not false alarm)", 9},
		{"Assist other agencies", 7},
		{"Hazardous Materials incident", 4},
		{"Medical Incident", 4},
		{"Removal of objects from people", 1.5},
	}
}

func structureServices() []namedShare {
	return []namedShare{
		{"Making Safe (not RTC)", 27},
		{"Suicide/attempts", 14},
		{"No action (not false alarm)", 12},
		{"Animal assistance incidents", 7},
		{"Effecting entry/exit", 7},
		{"Assist other agencies", 7},
		{"Flooding", 7},
		{"Other rescue/release of persons", 6},
	}
}

func transportServices() []namedShare {
	return []namedShare{
		{"Other Transport incident", 5},
		{"Assist other agencies", 3},
		{"Making Safe (not RTC)", 2},
		{"Stand By", 2},
	}
}

func dwellingTypes() []namedShare {
	return []namedShare{
		{"Purpose Built Flats/Maisonettes - 4 to 9 storeys", 26.4},
		{"House - single occupancy", 22},
		{"Purpose Built Flats/Maisonettes - Up to 3 storeys", 20.3},
		{"Self contained Sheltered Housing", 8.8},
		{"Converted Flat/Maisonettes - 3 or more storeys", 7.5},
		{"Purpose Built Flats/Maisonettes - 10 or more storeys", 6.7},
		{"Converted Flat/Maisonette - Up to 2 storeys", 5.8},
		{"Licensed House in Multiple Occupation - Up to 2 storeys", .8},
		{"Bungalow - single occupancy", .5},
		{"Licensed House in Multiple Occupation - 3 or more storeys", .5},
		{"False Alarm - Property not found", .2},
		{"House in Multiple Occupation - Up to 2 storeys (not known if licensed)", .2},
	}
}

// liftTypes are the dwellings that have lifts.
func liftTypes() []namedShare {
	return []namedShare{
		{"Purpose Built Flats/Maisonettes - 4 to 9 storeys", 60},
		{"Purpose Built Flats/Maisonettes - 10 or more storeys", 32},
		{"Self contained Sheltered Housing", 8},
	}
}

func workTypes() []namedShare {
	return []namedShare{
		{"Purpose built office", 14.4},
		{"Single shop", 11.2},
		{"Infant/Primary school", 6.5},
		{"Hospital", 4.7},
		{"Restaurant/cafe", 4.5},
		{"Secondary school", 4.2},
		{"Large supermarket", 3.3},
		{"College/University", 3.1},
		{"Warehouse", 2.8},
		{"Converted office", 2.7},
		{"Pub/wine bar/bar", 2.3},
		{"Medical/health centre", 2.3},
		{"Leisure Centre", 1.4},
		{"Gym", 1.4},
		{"Shopping Centre", 1.4},
		{"Community centre/Hall", 1.3},
		{"Takeaway/ fast food", 1.3},
		{"Pre School/nursery", 1.2},
		{"Fire station", 1.4},
		{"Factory", 1},
		{"Library", .9},
		{"Private garage", .9},
		{"Church/Chapel", .8},
		{"Police station", .8},
		{"Other building/use not known", .9},
		{"Prison", .8},
		{"Airport - terminal", .8},
		{"Department Store", .7},
		{"Private Garden Shed", .7},
		{"Train station - platform (at ground level or elevated)", .7},
		{"Food and drink processing", .7},
		{"Theatre", .6},
		{"Museum", .5},
		{"Cinema", .5},
		{"Telephone exchange", .4},
		{"Bank/Building Society", .6},
		{"Laundrette", .3},
	}
}

func vehicleTypes() []namedShare {
	return []namedShare{
		{"Car", 61},
		{"Multiple Vehicles", 16.5},
		{"Motorcycle", 7.5},
		{"Van", 5.5},
		{"Bus/coach", 4.2},
		{"Lorry/HGV", 2.6},
		{"Bicycle", 1.1},
		{"Other road vehicle", 1.1},
		{"Motor Home", .25},
		{"Minibus", .15},
	}
}

func outdoorTypes() []namedShare {
	return []namedShare{
		{"Road surface/pavement", 21.5},
		{"Domestic garden (vegetation not equipment)", 16},
		{"Loose refuse", 16},
		{"Tree scrub", 7.4},
		{"Park", 7.4},
		{"Hedge", 3.1},
		{"River/canal", 2.8},
		{"Cycle path/public footpath/bridleway", 2.7},
		{"Wasteland", 2.5},
		{"Other outdoor location", 2.5},
		{"Playground/Recreation area (not equipment)", 2.4},
		{"Grassland/ pasture/ grazing etc", 2.2},
		{"Scrub land", 2},
		{"Roadside vegetation", 1.6},
		{"Woodland/forest - broadleaf/hardwood", 1.5},
		{"Railway", 1},
		{"Heathland", .9},
		{"Lake/pond/reservoir", .8},
		{"Cemetery", .8},
	}
}

func homeTypes() []namedShare {
	return []namedShare{
		{"Retirement/Old Persons Home", 36.3},
		{"Hotel/motel", 15.7},
		{"Hostel (e.g. for homeless people)", 14.4},
		{"Nursing/Care Home/Hospice", 14.2},
		{"Student Hall of Residence", 10.2},
		{"Boarding House/B&B for homeless/asylum seekers", 3.3},
		{"Nurses'/Doctors' accommodation", 1.5},
		{"Other Residential Home", 1.3},
		{"Youth hostel", 1.2},
		{"Children's Home", .7},
	}
}

func structureTypes() []namedShare {
	return []namedShare{
		{"Small refuse/rubbish container", 44.6},
		{"Large refuse/rubbish container (eg skip/ paladin)", 10.4},
		{"Wheelie bin (domestic size)", 9},
		{"Common external bin storage area", 6.8},
		{"Fence", 3.6},
		{"Other outdoor structures", 3.5},
		{"Bridge", 3.2},
		{"Roadside furniture (eg lamp posts/ road signs/ telegraph poles/ speed cameras)", 2.8},
		{"Refuse/rubbish tip", 2.6},
		{"Cables", 2.3},
		{"Other outdoor equipment/machinery", 2.3},
		{"Outdoor storage", 2},
		{"Bus Stop/Shelter", 1},
		{"Scaffolding", .6},
	}
}
