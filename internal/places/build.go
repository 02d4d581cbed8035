package places

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"lfb/internal/geo"
)

// Builder collects places and makes a Set of them. The same places in any order give the same Set.
type Builder struct {
	text    map[string]uint32
	list    []string
	entries []entry
	units   []unit // of Code-Point Open
	others  []unit // of other sources
	meta    Meta

	complete bool // units are all that there are
}

// NewBuilder returns a Builder that knows the towns around London alone.
func NewBuilder() *Builder {
	b := &Builder{text: map[string]uint32{"": 0}, list: []string{""}}
	for name := range strings.SplitSeq(townsOutside, "|") {
		b.addEntry(strings.TrimSpace(name), entry{Kind: Settlement, Outside: true, Reach: 3000})
	}
	return b
}

// Named is an area or a station to add: its extent may be a point.
type Named struct {
	Kind                     Kind
	Name, Code, Borough      string
	Easting, Northing        float64
	West, South, East, North float64
}

// AddNamed adds a place that is known otherwise than from the files.
func (b *Builder) AddNamed(p Named) {
	e := entry{
		Kind: p.Kind, Code: b.intern(p.Code), Borough: boroughNumber(p.Borough), X: int32(p.Easting), Y: int32(p.Northing),
		West: int32(p.West), South: int32(p.South), East: int32(p.East), North: int32(p.North),
	}
	if p.East <= p.West {
		e.West, e.South, e.East, e.North = e.X, e.Y, e.X, e.Y
	}
	e.Reach = measureReach(&e)
	name := p.Name
	switch p.Kind {
	case Borough:
		e.Borough = boroughNumber(p.Code)
		name = cmp.Or(BoroughName(p.Code), name)
	case District, Sector:
		district, _, _ := strings.Cut(name, " ")
		e.District = b.intern(district)
		e.Outside = e.Borough == 0 && !geo.IsLondonDistrict(district)
	case Ward, Ground:
		name = TitleCase(name)
	}
	b.addEntry(name, e)
}

// AddUnit adds a postcode's place as rows show it, once each; where Code-Point Open has it, that counts.
func (b *Builder) AddUnit(postcode, borough string, easting, northing float64) {
	if u, ok := newUnit(postcode, boroughNumber(borough), easting, northing); ok {
		b.others = append(b.others, u)
	}
}

func newUnit(postcode string, borough uint8, easting, northing float64) (u unit, ok bool) {
	key := unitKey(postcode)
	return unit{key | uint64(borough), int32(easting), int32(northing)}, key != 0
}

// addEntry adds a place, and a station of two places by the first of them too: who says Hayes station may mean
// Hayes & Harlington.
func (b *Builder) addEntry(name string, e entry) {
	if first, _, both := strings.Cut(name, " & "); both && e.Kind == Station {
		short := e
		short.In = b.intern(name)
		b.addEntry(first+" Station", short)
	}
	e.Name = b.intern(name)
	b.entries = append(b.entries, e)
}

func (b *Builder) intern(s string) uint32 {
	n, ok := b.text[s]
	if !ok {
		n = uint32(len(b.list))
		s = strings.Clone(s)
		b.text[s] = n
		b.list = append(b.list, s)
	}
	return n
}

// leastReach is how exact a place is at best, by kind: a point on a long thing says little.
var leastReach = [...]int32{
	Landmark: 150, Station: 100, Road: 50, NumberedRoad: 100, Settlement: 500, Ward: 500,
	Ground: 1000, Sector: 200, District: 500, Borough: 2000,
}

func measureReach(e *entry) int32 {
	least := int32(100)
	if int(e.Kind) < len(leastReach) {
		least = leastReach[e.Kind]
	}
	return max(least, halfDiagonal(e))
}

// TitleCase writes KING'S PARK as King's Park, HAVERING-ATTE-BOWER as Havering-atte-Bower; a name that has small
// letters stays.
func TitleCase(name string) string {
	if strings.ContainsFunc(name, unicode.IsLower) {
		return name
	}
	words := strings.Fields(strings.ToLower(name))
	for i, w := range words {
		parts := strings.Split(w, "-")
		for k, p := range parts {
			if p != "" && (i+k == 0 || !slices.Contains([]string{"and", "atte", "of", "the", "on", "upon"}, p)) {
				parts[k] = strings.ToUpper(p[:1]) + p[1:]
			}
		}
		words[i] = strings.Join(parts, "-")
	}
	return strings.Join(words, " ")
}

// Build makes the Set.
func (b *Builder) Build() *Set {
	s := &Set{Meta: b.meta, entries: slices.Clone(b.entries), units: sortUnits(b.units), text: b.list}
	s.dropKnown()
	if !b.complete {
		s.units = sortUnits(append(s.units, b.others...))
	}
	s.addSectors(b.complete, b.intern) // from the units in use, where those are known
	s.units = sortUnits(append(s.units, b.others...))
	s.text = slices.Clone(b.list)
	s.sortText()
	slices.SortFunc(s.entries, compareEntries)
	s.entries = slices.Compact(s.entries)
	s.Meta.Names, s.Meta.Units = len(s.entries), len(s.units)
	s.indexNames()
	return s
}

// sortUnits puts units in their order; of several of one postcode the first stays.
func sortUnits(units []unit) []unit {
	units = slices.Clone(units)
	slices.SortStableFunc(units, func(u, v unit) int { return cmp.Compare(u.Key&^0xff, v.Key&^0xff) })
	return slices.CompactFunc(units, func(u, v unit) bool { return u.Key&^0xff == v.Key&^0xff })
}

// dropKnown leaves out the numbered roads, stations and landmarks of general knowledge where a file has them.
func (s *Set) dropKnown() {
	listed := map[uint32][]*entry{}
	for i := range s.entries {
		if e := &s.entries[i]; e.District != 0 {
			listed[e.Name] = append(listed[e.Name], e)
		}
	}
	s.entries = slices.DeleteFunc(slices.Clone(s.entries), func(e entry) bool {
		isKnown := func(f *entry) bool {
			isNear := e.awayFrom(f) < farM
			if e.Kind == Station { // two of one name may be near each other
				isNear = e.isSameSite(f)
			}
			return f.Kind == e.Kind && (isNear || e.Kind == NumberedRoad)
		}
		isGeneral := e.District == 0 && (e.Kind == NumberedRoad || e.Kind.isSite())
		return isGeneral && slices.ContainsFunc(listed[e.Name], isKnown)
	})
}

// sortText numbers the texts in their order, so that it does not matter which came first.
func (s *Set) sortText() {
	order := make([]uint32, len(s.text))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(s.text[a], s.text[b]) })
	sorted, number := make([]string, len(order)), make([]uint32, len(order))
	for i, k := range order {
		sorted[i], number[k] = s.text[k], uint32(i)
	}
	s.text = sorted
	for i := range s.entries {
		e := &s.entries[i]
		e.Name, e.In, e.District, e.Code = number[e.Name], number[e.In], number[e.District], number[e.Code]
	}
}

func compareEntries(a, b entry) int {
	return cmp.Or(
		cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Borough, b.Borough), cmp.Compare(a.In, b.In),
		cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y), cmp.Compare(a.West, b.West), cmp.Compare(a.South, b.South),
		cmp.Compare(a.East, b.East), cmp.Compare(a.North, b.North), cmp.Compare(a.District, b.District),
		cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Reach, b.Reach),
	)
}

// townsOutside are towns that callers may name by mistake, where no file names them. General knowledge.
const townsOutside = `Abbots Langley|Addlestone|Aldershot|Amersham|Ascot|Aveley|Aylesbury|Banstead|Basildon|Bath|Beaconsfield|Bedford|
Berkhamsted|Billericay|Birmingham|Bishop's Stortford|Blackpool|Bolton|Borehamwood|Bournemouth|Bracknell|Bradford|
Brentwood|Brighton|Bristol|Broxbourne|Buckhurst Hill|Bushey|Camberley|Cambridge|Canterbury|Cardiff|Caterham|
Chafford Hundred|Chatham|Chelmsford|Chertsey|Chesham|Cheshunt|Chigwell|Chorleywood|Clacton-on-Sea|Claygate|
Colchester|Colnbrook|Coventry|Crawley|Dartford|Denham|Derby|Doncaster|Dorking|Dover|Dunstable|East Grinstead|
East Molesey|Eastbourne|Edenbridge|Edinburgh|Egham|Elstree|Epping|Epsom|Esher|Ewell|Exeter|Faversham|Folkestone|
Gatwick|Gerrards Cross|Gillingham|Glasgow|Godalming|Gravesend|Grays|Greenhithe|Guildford|Harlow|Harpenden|Hastings|
Hatfield|Haywards Heath|Hemel Hempstead|Hertford|High Wycombe|Hitchin|Hoddesdon|Horley|Horsham|Hove|Huddersfield|
Hull|Ipswich|Iver|Kings Langley|Leatherhead|Leeds|Leicester|Letchworth|Lincoln|Liverpool|London Colney|Longfield|
Loughton|Luton|Maidenhead|Maidstone|Manchester|Margate|Middlesbrough|Milton Keynes|Newcastle upon Tyne|Northampton|
Northfleet|Norwich|Nottingham|Oxford|Oxshott|Oxted|Peterborough|Plymouth|Portsmouth|Potters Bar|Preston|Purfleet|
Radlett|Ramsgate|Reading|Redhill|Reigate|Rickmansworth|Rochester|Royston|Sevenoaks|Sheffield|Shepperton|Slough|
South Ockendon|Southampton|Southend-on-Sea|St Albans|Staines|Staines-upon-Thames|Stanford-le-Hope|Stevenage|
Stockport|Stoke-on-Trent|Sunbury-on-Thames|Sunderland|Sunningdale|Swanley|Swanscombe|Swansea|Swindon|Tadworth|
Thames Ditton|Theydon Bois|Tilbury|Tonbridge|Tunbridge Wells|Virginia Water|Walsall|Waltham Abbey|Waltham Cross|
Walton-on-Thames|Warlingham|Warrington|Watford|Welwyn Garden City|Westerham|Weybridge|Whitstable|Whyteleafe|
Wickford|Winchester|Windsor|Woking|Wolverhampton|Worcester|Worthing|York`
