package web

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"time"

	"lfb/internal/ask"
	"lfb/internal/clean"
	"lfb/internal/feature"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/serve"
	"lfb/internal/serve/warning"
)

// askBody is the ask page's content.
type askBody struct {
	Form       ask.Form
	Reported   []string
	Categories []string
	Stations   []string // that an engine can be sent from
	Times      []timeChip
	Answer     answerBody
	Last       []*ask.Answer // the account's last questions, newest first
	Map        *mapFrame
}

// Told is the answer, from which the fields say what was read from words; an empty one where
// there is none.
func (b *askBody) Told() *ask.Answer { return cmp.Or(b.Answer.Said, &ask.Answer{}) }

// timeChip is a time that is often asked about; an empty value is now.
type timeChip struct{ Name, Value string }

func listTimes(now time.Time) []timeChip {
	now = now.In(lfb.London)
	night := time.Date(now.Year(), now.Month(), now.Day(), 22, 0, 0, 0, lfb.London)
	if now.After(night) {
		night = night.AddDate(0, 0, 1)
	}
	return []timeChip{
		{"now", ""},
		{"+30 min", now.Add(30 * time.Minute).Format(ask.WhenLayout)},
		{"tonight", night.Format(ask.WhenLayout)},
	}
}

// answerBody is the answer, what is wrong with the question, or neither where
// nothing was asked yet.
type answerBody struct {
	Wrong   string
	Idle    string       // address of the colours of the map, where nothing was asked yet
	Unread  bool         // somebody is typing still: what cannot be read yet is no fault
	Choices []ask.Choice // which of them is meant
	More    int          // how many more there are
	Said    *ask.Answer
	Kept    *keptAnswer // what is known of an answer that was given before
	Stands  string      // how engines stand at its time, as maps name it
}

// askedMap is the map of the hour and the engine of a question.
func askedMap(at time.Time, pump int, stands string) mapAsked {
	at = at.In(lfb.London)
	return mapAsked{moment{Weekday: at.Weekday(), Hour: at.Hour(), Pump: pump, Stands: stands}, measureByKey("p50")}
}

func (b answerBody) asked() mapAsked {
	pump := 1
	if b.Said.Engine.Name == ask.SecondEngine {
		pump = 2
	}
	return askedMap(b.Said.At, pump, b.Stands)
}

// Layer is the address of the map's colours that go with the answer.
func (b answerBody) Layer() string { return b.asked().layer(b.Said.Model) }

func (u *ui) showAsk(r *http.Request) (*view, error) {
	f, err := ask.ReadForm(r.URL.Query())
	if err != nil {
		return nil, err
	}
	m := u.Champion.Now()
	if m == nil {
		return &view{Template: "ask", Title: "Ask", Section: "ask", Body: &askBody{Form: f}}, nil
	}
	a, err := u.answerForm(r, m, f)
	if err != nil {
		return nil, err
	}
	return u.newAskPage(r, m, f, a)
}

// newAskPage is the Ask page with a form and what is answered to it.
func (u *ui) newAskPage(r *http.Request, m *serve.Loaded, f ask.Form, a answerBody) (*view, error) {
	body := &askBody{
		Form: f, Answer: a, Reported: clean.ReportedKinds(), Categories: m.Bundle.Spec.Vocab[feature.VocabCategory].Words,
		Stations: u.openStations(), Times: listTimes(u.Now()), Last: u.lastAnswers(r.Context()),
	}
	v := &view{Template: "ask", Title: "Ask", Section: "ask", Body: body}
	if a.Wrong != "" {
		v.Status = http.StatusUnprocessableEntity
	}
	if a.Said != nil {
		v.Title = a.Said.Tab
		body.Map = u.newMapFrame(m, a.asked())
		body.Map.markPlace(a.Said.East, a.Said.North)
		return v, nil
	}
	body.Map = u.newMapFrame(m, u.formMap(f))
	return v, nil
}

// formMap is the map that goes with a form before there is an answer.
func (u *ui) formMap(f ask.Form) mapAsked {
	at, _ := f.ParseTime(u.Now()) // a time that cannot be read is said beside the answer; the map shows now
	pump := 1
	if f.Pump == "2" {
		pump = 2
	}
	return askedMap(at, pump, u.standingKey(at))
}

// showAnswer is the answer alone, for a page that asks while one types.
func (u *ui) showAnswer(r *http.Request) (*view, error) {
	f, err := ask.ReadForm(r.URL.Query())
	if err != nil {
		return nil, err
	}
	m := u.Champion.Now()
	if m == nil {
		return &view{Template: "answer", Body: answerBody{Wrong: "No model serves yet."}}, nil
	}
	a, err := u.answerForm(r, m, f)
	if (a.Wrong != "" || a.Choices != nil) && isPreview(r) {
		a = answerBody{Unread: true}
	}
	return &view{Template: "answer", Body: a}, err
}

// showSuggestions are the places that a text which is being typed may mean.
func (u *ui) showSuggestions(r *http.Request) (*view, error) {
	f, err := ask.ReadForm(r.URL.Query())
	if err != nil {
		return nil, err
	}
	return &view{Template: "suggestions", Body: ask.Reader{Places: u.Places.Set(), Now: u.Now()}.SuggestPlaces(f.Where)},
		nil
}

// isPreview says that somebody is typing still.
func isPreview(r *http.Request) bool { return r.URL.Query().Has("preview") }

// answerForm asks the desk. A question that cannot be read is part of the page.
func (u *ui) answerForm(r *http.Request, m *serve.Loaded, f ask.Form) (answerBody, error) {
	if strings.TrimSpace(f.Where) == "" {
		return answerBody{Idle: u.formMap(f).layer(m.Version.ID)}, nil
	}
	q, err := ask.Reader{Model: m, Places: u.Places.Set(), Now: u.Now()}.ReadQuestion(f)
	if several := (*ask.Ambiguous)(nil); errors.As(err, &several) {
		return answerBody{Choices: several.Choices, More: several.More}, nil
	}
	if errors.Is(err, lfb.ErrInvalid) {
		return answerBody{Wrong: plainText(err)}, nil
	}
	if err != nil {
		return answerBody{}, err
	}
	q.Account, q.Preview = httpx.Who(r.Context()).Name, isPreview(r)
	said, err := ask.PutQuestion(u.Predictor, q, u.assumedHandling())
	if refused := (*serve.Refusal)(nil); errors.As(err, &refused) {
		return answerBody{Wrong: toSentence(warning.RefusalText(refused))}, nil
	}
	if err != nil {
		return answerBody{}, err
	}
	return answerBody{Said: said, Stands: u.standingKey(said.At)}, nil
}

// plainText is an error's text as a sentence, without the name of its kind.
func plainText(err error) string { return toSentence(lfb.Plain(err)) }

func toSentence(text string) string { return ask.UpperFirst(strings.TrimSuffix(text, ".")) + "." }
