package web

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"lfb/internal/control"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// peopleBody is who may sign in, and with which keys.
type peopleBody struct {
	Accounts []registry.Account
	Roles    []registry.Role
	Scopes   []registry.Role
	Keys     []keyRow
	Over     []keyRow // revoked or expired
	Once     *secret  // made just now
}

type keyRow struct {
	registry.APIKey
	Over string // revoked, expired; empty while it works
}

// secret is a password or a key, shown once.
type secret struct {
	Kind string // password | key
	For  string
	Text string
}

func (u *ui) showPeople(r *http.Request) (*view, error) {
	ctx := r.Context()
	b := &peopleBody{
		Roles:  []registry.Role{registry.RoleOperator, registry.RoleAnalyst, registry.RoleAdmin},
		Scopes: registry.Scopes(),
	}
	var err error
	if b.Accounts, err = u.Store.Accounts(ctx); err != nil {
		return nil, err
	}
	keys, err := u.Store.APIKeys(ctx)
	if err != nil {
		return nil, err
	}
	now := u.Now()
	for _, k := range keys {
		switch {
		case !k.RevokedAt.IsZero():
			b.Over = append(b.Over, keyRow{k, "revoked " + formatClock(k.RevokedAt)})
		case k.IsOver(now):
			b.Over = append(b.Over, keyRow{k, "expired " + formatClock(k.ExpiresAt)})
		default:
			b.Keys = append(b.Keys, keyRow{APIKey: k})
		}
	}
	v := &view{Template: "people", Title: "People and keys", Section: "people", Body: b}
	if b.Once = readSecret(r); b.Once != nil {
		v.cookie = u.secretCookie(r, "", -1)
	}
	return v, nil
}

// changePerson makes or changes an account, as the button says that was pressed.
func (u *ui) changePerson(r *http.Request) (*view, error) {
	ctx, by, name := r.Context(), actorOf(r.Context()), strings.TrimSpace(r.PostFormValue("name"))
	c := control.AccountChange{Name: name}
	done := ""
	switch do := r.PostFormValue("do"); do {
	case "make":
		c.Role, c.Create, c.New, c.OneTime = registry.Role(r.PostFormValue("role")), true, true, true
	case "role":
		c.Role, done = registry.Role(r.PostFormValue("role")), "role"
	case "disable", "enable":
		disabled := do == "disable"
		c.Disabled, done = &disabled, do
	case "password":
		c.Renew, c.OneTime = true, true
	case "sign-out":
		_, err := u.people.EndSessions(ctx, by, name)
		return redirectAfter(r, "sessions", "/people"), err
	default:
		return nil, fmt.Errorf("accounts know no %.20q: %w", do, lfb.ErrInvalid)
	}
	changed, err := u.people.ChangeAccount(ctx, by, c)
	if err != nil {
		return nil, err
	}
	if changed.Password != "" {
		return u.showOnce(r, secret{"password", name, changed.Password}), nil
	}
	return redirectAfter(r, done, "/people"), nil
}

// makeKey makes an API key.
func (u *ui) makeKey(r *http.Request) (*view, error) {
	request := control.KeyRequest{
		Account: r.PostFormValue("account"), Scope: registry.Role(r.PostFormValue("scope")),
		Note: strings.TrimSpace(r.PostFormValue("note")),
	}
	if text := r.PostFormValue("days"); text != "" {
		days, err := strconv.Atoi(text)
		if err != nil || days < 1 || days > 3650 {
			return nil, &control.FieldError{Field: "days", Reason: "are 1 to 3650, or none"}
		}
		request.ExpiresAt = u.Now().AddDate(0, 0, days)
	}
	k, text, err := u.people.MakeKey(r.Context(), actorOf(r.Context()), request)
	if err != nil {
		return nil, err
	}
	return u.showOnce(r, secret{"key", k.Note, text}), nil
}

// changeKey revokes a key, or gives it another secret.
func (u *ui) changeKey(r *http.Request) (*view, error) {
	ctx, by, id := r.Context(), actorOf(r.Context()), r.PathValue("id")
	switch verb := r.PathValue("verb"); verb {
	case "revoke":
		return redirectAfter(r, verb, "/people"), u.people.RevokeKey(ctx, by, id)
	case "rotate":
		k, text, err := u.people.RotateKey(ctx, by, id)
		return u.showOnce(r, secret{"key", k.Note, text}), err
	default:
		return nil, fmt.Errorf("keys know no %.20q: %w", verb, lfb.ErrNotFound)
	}
}

// A secret that was made travels to the page that shows it once in a cookie that only this
// server reads and that lives for two minutes: an address would stay in histories and logs.
const (
	secretCookie  = "lfb-once"
	secretSeconds = 120
)

func (u *ui) showOnce(r *http.Request, s secret) *view {
	text, _ := json.Marshal(s) // strings alone
	v := redirectAfter(r, "", "/people")
	v.cookie = u.secretCookie(r, base64.RawURLEncoding.EncodeToString(text), secretSeconds)
	return v
}

func (u *ui) secretCookie(r *http.Request, value string, age int) *http.Cookie {
	secure := r.TLS != nil || u.Sessions != nil && u.Sessions.Secure
	return &http.Cookie{
		Name: secretCookie, Value: value, Path: "/people", MaxAge: age, HttpOnly: true, Secure: secure,
		SameSite: http.SameSiteStrictMode,
	}
}

// readSecret is what was made for whoever asks; nil where nothing was.
func readSecret(r *http.Request) *secret {
	c, err := r.Cookie(secretCookie)
	if err != nil {
		return nil
	}
	s := &secret{}
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || json.Unmarshal(text, s) != nil || s.Text == "" {
		return nil
	}
	return s
}

// passwordPath is where people change their own password.
const passwordPath = "/password"

func (u *ui) showPassword(*http.Request) (*view, error) {
	return &view{Template: "password", Title: "Your password"}, nil
}

// changePassword changes one's own and leads to the sign-in page, as it signs out.
func (u *ui) changePassword(r *http.Request) (*view, error) {
	who := httpx.Who(r.Context())
	if u.Auth == nil || who.Name == "" {
		return nil, fmt.Errorf("nobody is signed in: %w", lfb.ErrConflict)
	}
	is, once, again := r.PostFormValue("is"), r.PostFormValue("new"), r.PostFormValue("again")
	err := u.Auth.VerifyPassword(r, who.Name, is)
	switch {
	case err != nil:
	case once != again:
		err = fmt.Errorf("the new password was typed in two ways: %w", lfb.ErrInvalid)
	case once == is:
		err = fmt.Errorf("the new password is the old one: %w", lfb.ErrInvalid)
	default:
		err = u.people.ChangePassword(r.Context(), actorOf(r.Context()), once)
	}
	return redirectAfter(r, "", "/sign-in"), err
}

// auditBody is a page of the audit log.
type auditBody struct {
	Entries []registry.AuditEntry
	Filter  auditFilter
	Next    string // address of the page after this; empty on the last
}

type auditFilter struct{ Who, Text, From, To string }

const (
	pageAudit = 100
	csvAudit  = 10_000
)

// showAudit lists who changed what, as a page, or more of them as CSV.
func (u *ui) showAudit(r *http.Request) (*view, error) {
	values := r.URL.Query()
	b := &auditBody{Filter: auditFilter{values.Get("who"), values.Get("text"), values.Get("from"), values.Get("to")}}
	q := registry.AuditQuery{Who: b.Filter.Who, Text: b.Filter.Text, Limit: pageAudit}
	var err error
	if q.From, err = parseDay(b.Filter.From, 0); err != nil {
		return nil, err
	}
	if q.To, err = parseDay(b.Filter.To, 1); err != nil {
		return nil, err
	}
	if text := values.Get("before"); text != "" {
		if q.Before, err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, fmt.Errorf("entry %.20q: %w", text, lfb.ErrInvalid)
		}
	}
	asCSV := values.Get("format") == "csv"
	if asCSV {
		q.Limit = csvAudit
	}
	if b.Entries, err = u.Store.Audit(r.Context(), q); err != nil {
		return nil, err
	}
	if asCSV {
		rows := [][]string{{"at", "who", "from", "key_id", "action", "target", "detail"}}
		for _, e := range b.Entries {
			rows = append(rows, []string{e.At.UTC().Format(time.RFC3339), e.Who, e.From, e.Key, e.Action, e.Target, e.Detail})
		}
		return newDownload(encodeCSV(rows), csvType, "audit.csv"), nil
	}
	if len(b.Entries) == pageAudit {
		b.Next = linkTo(values, "before", strconv.FormatInt(b.Entries[pageAudit-1].ID, 10))
	}
	return &view{Template: "audit", Title: "Audit log", Section: "people", Body: b}, nil
}

// parseDay is the midnight that begins a day of London's, or one some days later; the zero
// time of no text.
func parseDay(text string, later int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, lfb.London)
	if err != nil {
		return time.Time{}, fmt.Errorf("day %.20q is none like 2026-11-30: %w", text, lfb.ErrInvalid)
	}
	return t.AddDate(0, 0, later), nil
}
