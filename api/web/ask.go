package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lfb/internal/clean"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/serve"
	"lfb/internal/serve/warning"
)

// form is what a person says about a call, as the fields have it.
type form struct {
	Where    string `json:"where"`
	Reported string `json:"reported,omitempty"`
	Category string `json:"category,omitempty"`
	When     string `json:"when,omitempty"` // as datetime-local; empty is now
	Pump     string `json:"pump,omitempty"` // 1 | 2
	From     string `json:"from,omitempty"` // station that the engine was sent from
}

// maxField is how long a field may be, in bytes.
const maxField = 120

// whenLayout is that of an input of type datetime-local.
const whenLayout = "2006-01-02T15:04"

func readForm(q url.Values) (form, error) {
	f := form{Where: q.Get("where"), Reported: q.Get("reported"), Category: q.Get("category"), When: q.Get("when"), Pump: q.Get("pump"), From: q.Get("from")}
	for _, s := range []string{f.Where, f.Reported, f.Category, f.When, f.Pump, f.From} {
		if len(s) > maxField {
			return form{}, fmt.Errorf("a field of %d bytes, at most %d: %w", len(s), maxField, lfb.ErrInvalid)
		}
	}
	return f, nil
}

// linkTo is the address of the page with this form at another place.
func (f form) linkTo(where string) string {
	q := url.Values{}
	for _, p := range [][2]string{{"where", where}, {"reported", f.Reported}, {"category", f.Category}, {"when", f.When}, {"pump", f.Pump}, {"from", f.From}} {
		if p[1] != "" {
			q.Set(p[0], p[1])
		}
	}
	return "/?" + q.Encode()
}

// parseTime is the time asked about.
func (f form) parseTime(now time.Time) (time.Time, error) {
	if f.When == "" {
		return now.In(lfb.London), nil
	}
	t, err := time.ParseInLocation(whenLayout, f.When, lfb.London)
	if err != nil || t.Year() < 2000 || t.Year() > 2100 {
		return now.In(lfb.London), fmt.Errorf("time %.40q is none like 2017-03-31T18:30: %w", f.When, lfb.ErrInvalid)
	}
	return t, nil
}

// readQuestion is the form as the desk takes it.
func (f form) readQuestion(m *serve.Loaded, now time.Time) (serve.Question, error) {
	c := serve.NewCall(now)
	at, err := f.parseTime(now)
	if err != nil {
		return serve.Question{}, err
	}
	c.At, c.Reported, c.PropertyCategory, c.SentFrom = at, f.Reported, f.Category, f.From
	switch f.Pump {
	case "", "1":
	case "2":
		c.PumpOrder = 2
	default:
		return serve.Question{}, fmt.Errorf("engine %.10q is neither 1 nor 2: %w", f.Pump, lfb.ErrInvalid)
	}
	slips, err := locatePlace(&c, f.Where, m.Bundle.Spec)
	if err != nil {
		return serve.Question{}, err
	}
	return serve.Question{Call: c, Findings: slips}, nil
}

// askBody is the ask page's content.
type askBody struct {
	Form       form
	Reported   []string
	Categories []string
	Stations   []string // that an engine can be sent from
	Answer     answerBody
	Map        *hexMap
	At         time.Time
}

// answerBody is the answer, what is wrong with the question, or neither where
// nothing was asked yet.
type answerBody struct {
	Wrong string
	Reply *reply
}

func (u *ui) showAsk(r *http.Request) (*view, error) {
	v := &view{Template: "ask", Title: "Ask", Section: "ask"}
	m := u.Champion.Now()
	f, err := readForm(r.URL.Query())
	if err != nil {
		return nil, err
	}
	body := askBody{Form: f, Reported: clean.ReportedKinds()}
	v.Body = &body
	if m == nil {
		return v, nil
	}
	body.Categories, body.Stations = m.Bundle.Spec.Vocab[vocabCategory].Words, openStations(m.Bundle.Spec)
	if body.Answer, err = u.answerForm(r, m, f); err != nil {
		return nil, err
	}
	if body.Answer.Wrong != "" {
		v.Status = http.StatusUnprocessableEntity
	}
	body.At, _ = f.parseTime(u.Now()) // a time that cannot be read is said beside the answer; the map shows now
	pump := 1
	if f.Pump == "2" {
		pump = 2
	}
	s, err := u.mapAt(m, moment{Weekday: body.At.Weekday(), Hour: body.At.Hour(), Pump: pump})
	if err != nil {
		return nil, err
	}
	body.Map = s.drawMap(measureByKey("p50"), f.linkTo)
	if body.Answer.Reply != nil {
		body.Map.markPlace(s, body.Answer.Reply.Call)
	}
	return v, nil
}

// showAnswer is the answer alone, for a page that asks while one types.
func (u *ui) showAnswer(r *http.Request) (*view, error) {
	f, err := readForm(r.URL.Query())
	if err != nil {
		return nil, err
	}
	v := &view{Template: "answer"}
	m := u.Champion.Now()
	if m == nil {
		v.Body = answerBody{Wrong: "No model serves yet."}
		return v, nil
	}
	v.Body, err = u.answerForm(r, m, f)
	return v, err
}

// answerForm asks the desk. A question that cannot be read is part of the page.
func (u *ui) answerForm(r *http.Request, m *serve.Loaded, f form) (answerBody, error) {
	if strings.TrimSpace(f.Where) == "" {
		return answerBody{}, nil
	}
	told := f.readDescription(m.Bundle.Spec)
	q, err := told.readQuestion(m, u.Now())
	if errors.Is(err, lfb.ErrInvalid) {
		return answerBody{Wrong: plainText(err)}, nil
	}
	if err != nil {
		return answerBody{}, err
	}
	q.Account, q.Preview = httpx.Who(r.Context()).Name, r.URL.Query().Has("preview")
	if q.Request, err = json.Marshal(f); err != nil {
		return answerBody{}, err
	}
	replies, err := u.Predictor.Predict([]serve.Question{q})
	if refused := (*serve.Refusal)(nil); errors.As(err, &refused) {
		return answerBody{Wrong: toSentence(warning.RefusalText(refused))}, nil
	}
	if err != nil {
		return answerBody{}, err
	}
	return answerBody{Reply: newReply(&replies[0], told.Read)}, nil
}
