package ask

import (
	"fmt"
	"net/url"
	"time"

	"lfb/internal/lfb"
)

// Form is what a person says about a call, as the fields have it.
type Form struct {
	Where    string `json:"where"`
	Reported string `json:"reported,omitempty"`
	Category string `json:"category,omitempty"`
	When     string `json:"when,omitempty"` // as WhenLayout; empty is now
	Pump     string `json:"pump,omitempty"` // 1 | 2
	From     string `json:"from,omitempty"` // station that the engine was sent from
	Incident string `json:"incident,omitempty"`
}

// maxField is how long a field may be, in bytes.
const maxField = 240

// WhenLayout is that of an input of type datetime-local.
const WhenLayout = "2006-01-02T15:04"

// fields are the fields by their names in an address.
func (f *Form) fields() []field {
	return []field{
		{"where", &f.Where},
		{"reported", &f.Reported},
		{"category", &f.Category},
		{"when", &f.When},
		{"pump", &f.Pump},
		{"from", &f.From},
		{"incident", &f.Incident},
	}
}

type field struct {
	name  string
	value *string
}

// ReadForm reads a form from an address; a field that is too long is lfb.ErrInvalid.
func ReadForm(q url.Values) (f Form, err error) {
	for _, x := range f.fields() {
		if *x.value = q.Get(x.name); len(*x.value) > maxField {
			return Form{}, fmt.Errorf("a field of %d bytes, at most %d: %w", len(*x.value), maxField, lfb.ErrInvalid)
		}
	}
	return f, nil
}

// Link is the address of the Ask page with this form.
func (f Form) Link() string {
	q := url.Values{}
	for _, x := range f.fields() {
		if *x.value != "" {
			q.Set(x.name, *x.value)
		}
	}
	return "/?" + q.Encode()
}

// LinkTo is the address of the page with this form at another place.
func (f Form) LinkTo(where string) string {
	f.Where = where
	return f.Link()
}

// ParseTime is the time asked about.
func (f Form) ParseTime(now time.Time) (time.Time, error) {
	if f.When == "" {
		return now.In(lfb.London), nil
	}
	t, err := time.ParseInLocation(WhenLayout, f.When, lfb.London)
	if err != nil || t.Year() < 2000 || t.Year() > 2100 {
		return now.In(lfb.London), fmt.Errorf("time %.40q is none like 2017-03-31T18:30: %w", f.When, lfb.ErrInvalid)
	}
	return t, nil
}
