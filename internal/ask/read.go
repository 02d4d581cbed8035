package ask

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"lfb/internal/feature"
	"lfb/internal/geo"
	"lfb/internal/geo/london"
	"lfb/internal/lfb"
	"lfb/internal/phrase"
	"lfb/internal/places"
	"lfb/internal/serve"
)

// Reader reads forms for a model.
type Reader struct {
	Model  *serve.Loaded
	Places *places.Set
	Now    time.Time
}

// Question is a form as it was understood.
type Question struct {
	serve.Question
	Form   Form
	Place  places.Place
	IsNow  bool     // no time is said
	Read   []string // facts that the place's words told, by the names of facts
	Unused []string // words that told nothing
	Notes  []string // sentences on what was read otherwise than it was said
}

// Ambiguous is a name that several places have: it is asked which. It is an lfb.ErrInvalid.
type Ambiguous struct {
	Choices []Choice
	More    int // how many more there are
}

// Choice is one of them, and the form that asks about it.
type Choice struct {
	Label string
	Form  Form
}

// Error lists them.
func (a *Ambiguous) Error() string {
	labels := make([]string, len(a.Choices))
	for i, c := range a.Choices {
		labels[i] = c.Label
	}
	if len(labels) == 1 {
		return "it is not clear whether " + labels[0] + " is meant"
	}
	more := ""
	if a.More > 0 {
		more = fmt.Sprintf("; and %d more: name the town, the borough or the postcode", a.More)
	}
	return "several places are called that: " + strings.Join(labels, "; ") + more
}

// Unwrap is lfb.ErrInvalid: asking the same again does not help.
func (a *Ambiguous) Unwrap() error { return lfb.ErrInvalid }

// ReadQuestion is the question that a form asks; lfb.ErrInvalid says what cannot be read. What a field
// says is stronger than words beside the place.
func (r Reader) ReadQuestion(f Form) (*Question, error) {
	said := phrase.Read(f.Where, r.Now, r.Places)
	q := &Question{Form: f, Unused: said.Unused, IsNow: f.When == ""}
	q.Call = serve.NewCall(r.Now)
	c := &q.Call
	var err error
	if c.At, err = f.ParseTime(r.Now); err != nil {
		return nil, err
	}
	c.Reported, c.PropertyCategory, c.SentFrom = f.Reported, f.Category, f.From
	q.IncidentNumber = strings.TrimSpace(f.Incident)
	switch f.Pump {
	case "", "1":
	case "2":
		c.PumpOrder = 2
	default:
		return nil, fmt.Errorf("engine %.10q is neither 1 nor 2: %w", f.Pump, lfb.ErrInvalid)
	}
	told := func(field string, fact phrase.Fact, name string) bool {
		is := field == "" && slices.Contains(said.Told, fact)
		if is {
			q.Read = append(q.Read, name)
		}
		return is
	}
	if told(f.Reported, phrase.FactReported, "reported") {
		c.Reported = said.Reported
	}
	categories := r.Model.Bundle.Spec.Vocab[feature.VocabCategory].Words
	if slices.Contains(categories, said.Category) && told(f.Category, phrase.FactProperty, "property") {
		c.PropertyCategory = said.Category
	}
	if told(f.When, phrase.FactTime, "time") {
		c.At, q.IsNow = said.At, false
	}
	if told(f.Pump, phrase.FactEngine, "engine") {
		c.PumpOrder = said.Engine
	}
	if q.Request, err = json.Marshal(f); err != nil {
		return nil, err
	}
	return q, r.setPlace(q, &said.Place)
}

// exactM is how exact coordinates are that are a point, in metres: a square of a kilometre is none.
const exactM = 100

// setPlace puts the place that was found into the question's call.
func (r Reader) setPlace(q *Question, found *places.Found) error {
	where := strings.Join(strings.Fields(q.Form.Where), " ")
	switch {
	case found.Refused == places.RefusedWords:
		return fmt.Errorf("“%.60s” is an address of what3words, which needs its own service. Ask the caller for a street "+
			"or a postcode: %w", where, lfb.ErrInvalid)
	case found.Refused == places.RefusedOutside && len(found.Matches) > 0:
		if p := &found.Matches[0]; p.Easting != 0 && (p.Kind == places.Coordinates || p.Kind == places.GridReference) {
			away := max(1, math.Round(places.OutsideBy(p.Easting, p.Northing)/1000))
			return fmt.Errorf("%s is outside London, by about %.0f km: nothing is known of it: %w", p.Name, away, lfb.ErrInvalid)
		}
		return refuseOutside(&found.Matches[0].Place)
	case found.Refused != "" || len(found.Matches) == 0:
		if p, ok := r.learnedPlace(where); ok {
			q.Place = p
			p.SetCall(&q.Call)
			return nil
		}
		return fmt.Errorf("“%.60s” is not recognised. Try a postcode (SE10 9NF), a district (N17), a borough, a station or "+
			"coordinates: %w", where, lfb.ErrInvalid)
	case !found.Clear:
		return r.listChoices(q, found)
	}
	q.Place = found.Matches[0].Place
	if q.Place.Outside {
		return refuseOutside(&q.Place)
	}
	for _, n := range found.Notes {
		if n.Code == places.NoteUnknownUnit { // the desk may know more of it
			q.Place.Kind, q.Place.Name = places.Unit, n.Said
		}
		q.addNote(n)
	}
	if q.Place.Kind == places.Ground && saysRailway(found.Used) {
		q.Notes = append(q.Notes, fmt.Sprintf("The railway station is not known here: answered for the ground of %s fire "+
			"station.", q.Place.Name))
	}
	isPoint := q.Place.PrecisionM <= exactM
	switch kind := q.Place.Kind; {
	case kind == places.Unit, kind == places.Sector:
		if _, _, err := feature.ReadPostcode(&q.Call, "postcode", q.Place.Name); err != nil {
			return err
		}
	case slices.Contains([]places.Kind{places.District, places.Area, places.Ward, places.Ground, places.Borough}, kind):
		q.Place.SetCall(&q.Call)
	// the model learned places to the hundred metres that the publication gives
	case isPoint && (kind == places.Coordinates || kind == places.GridReference):
		q.Call.Easting, q.Call.Northing = geo.CellCentre100(q.Place.Easting, q.Place.Northing)
	default:
		p := &q.Place
		q.Named = &feature.Named{
			Fact: "place", Value: p.Name, Easting: p.Easting, Northing: p.Northing, PrecisionM: p.PrecisionM, Borough: p.Borough,
		}
	}
	return nil
}

// saysRailway says whether words name a station without that it is a fire station or its ground.
func saysRailway(used []string) bool {
	isStation := slices.ContainsFunc(used, func(w string) bool {
		return slices.Contains([]string{"station", "stn", "sta"}, w)
	})
	return isStation && !slices.Contains(used, "fire") && !slices.Contains(used, "ground")
}

// learnedPlace is a ward or station ground that the model knows by a name that London has no
// more.
func (r Reader) learnedPlace(text string) (p places.Place, ok bool) {
	for kind, fact := range map[places.Kind]int{places.Ward: feature.VocabWard, places.Ground: feature.VocabGround} {
		words := r.Model.Bundle.Spec.Vocab[fact].Words
		if i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, text) }); i >= 0 {
			return places.Place{Kind: kind, Name: words[i], Code: words[i]}, true
		}
	}
	return p, false
}

// addNote keeps what is to be said of how the place was read.
func (q *Question) addNote(n places.Note) {
	find := func(code feature.FindingCode) {
		q.Findings = append(q.Findings, feature.Finding{Code: code, Fact: "postcode", Value: n.Said, Used: n.Used})
	}
	switch n.Code {
	case places.NoteCorrected:
		find(feature.FindingPostcodeCorrected)
	case places.NoteMalformed:
		find(feature.FindingPostcodeMalformed)
	case places.NoteSpelling:
		q.Notes = append(q.Notes, fmt.Sprintf("“%s” is read as %s.", n.Said, n.Used))
	case places.NoteSwapped:
		q.Notes = append(q.Notes, fmt.Sprintf("“%s” is longitude and latitude: read as %s.", n.Said, n.Used))
	case places.NoteHouseNumber:
		q.Notes = append(q.Notes, fmt.Sprintf("The number %s is not used: the answer is for the road.", n.Said))
	case places.NoteContradicts:
		q.Notes = append(q.Notes, fmt.Sprintf("“%s” is not where %s is, and not used.", n.Said, q.Place.Name))
	}
}

// mostSuggested is how many places are suggested. Of choices all are shown: the right one may be the last.
const mostSuggested = 8

// listChoices is the question which of the places found is meant.
func (r Reader) listChoices(q *Question, found *places.Found) error {
	out, rest := &Ambiguous{More: found.More}, cutPlace(q.Form.Where, found.Used)
	var points [][2]float64 // of the choices: one point is listed once
	for _, m := range found.Matches {
		if m.Outside {
			continue
		}
		form, at := r.formAt(q, rest, &m.Place)
		c := Choice{Label: m.Label(), Form: form}
		if m.Kind == places.Ward {
			c.Label += " (ward)"
		}
		if slices.ContainsFunc(out.Choices, func(o Choice) bool { return o.Label == c.Label }) {
			c.Label += ", by " + nearestWard(m.Easting, m.Northing)
		}
		if !slices.Contains(points, at) {
			out.Choices, points = append(out.Choices, c), append(points, at)
		}
	}
	if len(out.Choices) == 0 {
		return refuseOutside(&found.Matches[0].Place)
	}
	return out
}

// formAt is a question's form at a place that is chosen, with what is said beside it: where that would leave the place
// in doubt, as it names another, with the facts alone. The point is where it is then answered for.
func (r Reader) formAt(q *Question, rest string, p *places.Place) (f Form, point [2]float64) {
	f, point = q.Form, [2]float64{p.Easting, p.Northing}
	name := r.findableName(p)
	if f.Where = joinPlace(rest, name); rest == "" {
		return f, point
	}
	if found := phrase.Read(f.Where, r.Now, r.Places).Place; found.Clear && len(f.Where) <= maxField {
		return f, [2]float64{found.Matches[0].Easting, found.Matches[0].Northing}
	}
	f.Where, f.Reported, f.Category, f.Pump = name, q.Call.Reported, q.Call.PropertyCategory, fmt.Sprint(q.Call.PumpOrder)
	if !q.IsNow {
		f.When = q.Call.At.In(lfb.London).Format(WhenLayout)
	}
	return f, point
}

// refuseOutside says that a place is outside London, with the town that it is in.
func refuseOutside(p *places.Place) error {
	return fmt.Errorf("%s is outside London: nothing is known of it: %w", p.Label(), lfb.ErrInvalid)
}

func nearestWard(easting, northing float64) string {
	away := func(a london.Area) float64 { return math.Hypot(a.Easting-easting, a.Northing-northing) }
	nearest := slices.MinFunc(london.Wards(), func(a, b london.Area) int { return cmp.Compare(away(a), away(b)) })
	return places.TitleCase(nearest.Name)
}

// findableName is the words by which this place is found, and no other.
func (r Reader) findableName(p *places.Place) string {
	name := p.Label()
	again := r.Places.Search(name, 1)
	if again.Clear && again.Matches[0].Easting == p.Easting && again.Matches[0].Northing == p.Northing {
		return name
	}
	return fmt.Sprintf("%.0f, %.0f", p.Easting, p.Northing)
}

// joinPlace is what is said beside a place, and the place.
func joinPlace(rest, place string) string {
	if rest == "" {
		return place
	}
	return rest + ", " + place
}

// cutPlace is what a text says beside the words that told the place.
func cutPlace(text string, used []string) string {
	for _, w := range used {
		asWord := regexp.MustCompile(`(?i)(^|[^\pL\d])` + regexp.QuoteMeta(w) + `($|[^\pL\d])`)
		if at := asWord.FindStringIndex(text); at != nil {
			text = text[:at[0]] + " " + text[at[1]:]
		}
	}
	return strings.TrimRight(linkEnd.ReplaceAllString(strings.Join(strings.Fields(text), " "), ""), " ,")
}

// linkEnd is the words between what is reported and the place that are left without it.
var linkEnd = regexp.MustCompile(`(?i)([\s,]+(near|at|in|on|by|the|of|to|from|behind|outside|opposite))+[\s,]*$`)

// Suggestion is a place that a text which is being typed may mean, and the text with it.
type Suggestion struct{ Label, Kind, Text string }

// SuggestPlaces lists them, best first; none where the text is clear as it is.
func (r Reader) SuggestPlaces(text string) (out []Suggestion) {
	said := phrase.Read(text, r.Now, r.Places)
	found := &said.Place
	if found.Clear && strings.EqualFold(strings.Join(found.Used, " "), found.Matches[0].Name) {
		return nil
	}
	rest := cutPlace(text, found.Used)
	for _, m := range found.Matches[:min(mostSuggested, len(found.Matches))] {
		if !m.Outside {
			out = append(out, Suggestion{Label: m.Label(), Kind: spellOut(m.Kind.String()), Text: joinPlace(rest, m.Label())})
		}
	}
	return out
}
