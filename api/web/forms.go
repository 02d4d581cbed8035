package web

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"lfb/internal/httpx"
)

// refusedForm is a form that was sent and refused. The page that it stands on is shown again
// with what was entered and why it was refused, whichever page that is: what is filled in is
// the page as it was made, so that no page does anything for it.
type refusedForm struct {
	view   *view    // the error's own page, for where the form's cannot be shown
	page   *url.URL // that the form stands on
	path   string   // that it was sent to
	values url.Values
}

type refusedFormKey struct{}

func refusedFormOf(ctx context.Context) *refusedForm {
	f, _ := ctx.Value(refusedFormKey{}).(*refusedForm)
	return f
}

// showFormAgain shows the page of a form that was refused for what a person can mend: the one
// that it was sent from, which a form that is shown again names in its field "form". False where
// there is no such page.
func (u *ui) showFormAgain(w http.ResponseWriter, r *http.Request, refused *view) bool {
	if r.Method != http.MethodPost || refused.Status != http.StatusUnprocessableEntity &&
		refused.Status != http.StatusConflict {
		return false
	}
	page := cmp.Or(pageNamed(r, "form"), pageBefore(r), &url.URL{Path: r.URL.Path})
	form := &refusedForm{view: refused, page: page, path: r.URL.Path, values: r.PostForm}
	again := r.Clone(context.WithValue(r.Context(), refusedFormKey{}, form))
	again.Method, again.URL, again.Form, again.PostForm, again.Body = http.MethodGet, page, nil, nil, http.NoBody
	if _, pattern := u.mux.Handler(again); page.Path == "/" || !strings.HasPrefix(pattern, http.MethodGet+" ") {
		return false
	}
	u.mux.ServeHTTP(w, again)
	return true
}

// pageNamed is the page of this site that a field of the form names; nil where it names none, or the first.
func pageNamed(r *http.Request, field string) *url.URL {
	page, err := url.Parse(httpx.LocalPath(r.PostFormValue(field)))
	if err != nil || page.Path == "/" {
		return nil
	}
	return page
}

// pageBefore is the page of this site that a request was sent from; nil where none is known.
func pageBefore(r *http.Request) *url.URL {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || from.Path == "" {
		return nil
	}
	return &url.URL{Path: from.Path, RawPath: from.RawPath, RawQuery: from.RawQuery}
}

var (
	formPattern   = regexp.MustCompile(`(?s)<form\b[^>]*method="post"[^>]*>.*?</form>`)
	fieldPattern  = regexp.MustCompile(`(?s)<input\b[^>]*>|<select\b[^>]*>.*?</select>|<textarea\b[^>]*>.*?</textarea>`)
	optionPattern = regexp.MustCompile(`(?s)<option\b[^>]*>[^<]*`)
	actionPattern = regexp.MustCompile(`\b(?:form)?action="([^"]*)"`)
	setPattern    = regexp.MustCompile(` (?:checked|selected|value="[^"]*")`)
)

// readAttribute is the value of a tag's attribute; empty where it has none of that name.
func readAttribute(tag, name string) string {
	_, rest, _ := strings.Cut(tag[:strings.IndexByte(tag, '>')], " "+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value)
}

// fillForm puts what was entered into the form of a page that was sent, and the page's address, as
// a browser now names the one that the form was sent to. Of forms that go to the same place it is
// the one whose hidden fields were sent: the last of them.
func (f *refusedForm) fillForm(page []byte) []byte {
	text := string(page)
	const from = `<input type="hidden" name="form" value="%s">`
	forms := formPattern.FindAllStringIndex(text, -1)
	for _, place := range slices.Backward(forms) {
		form := text[place[0]:place[1]]
		if f.isFormSent(form) {
			form = fieldPattern.ReplaceAllStringFunc(form, f.fillField)
			form = strings.Replace(form, ">", ">"+fmt.Sprintf(from, html.EscapeString(f.page.RequestURI())), 1)
			return []byte(text[:place[0]] + form + text[place[1]:])
		}
	}
	return page
}

// isFormSent says whether it is this form of the page that was sent.
func (f *refusedForm) isFormSent(form string) bool {
	goes := readAttribute(form, "action") == "" && f.page.Path == f.path
	for _, m := range actionPattern.FindAllStringSubmatch(form, -1) {
		to, err := url.Parse(html.UnescapeString(m[1]))
		goes = goes || err == nil && to.Path == f.path
	}
	if !goes {
		return false
	}
	for _, field := range fieldPattern.FindAllString(form, -1) {
		name, hidden := readAttribute(field, "name"), readAttribute(field, "type") == "hidden"
		if hidden && name != "revision" && name != "back" && readAttribute(field, "value") != f.values.Get(name) {
			return false
		}
	}
	return true
}

// fillField is a field with what was entered in it; a hidden one, and a password, stay.
func (f *refusedForm) fillField(field string) string {
	name, kind := readAttribute(field, "name"), readAttribute(field, "type")
	sent, was := f.values[name]
	open := strings.IndexByte(field, '>')
	switch {
	case kind == "hidden" || kind == "password":
	case kind == "checkbox" || kind == "radio":
		plain := strings.TrimSuffix(strings.ReplaceAll(field, " checked", ""), ">")
		if slices.Contains(sent, readAttribute(field, "value")) {
			plain += " checked"
		}
		return plain + ">"
	case !was:
	case strings.HasPrefix(field, "<select"):
		return optionPattern.ReplaceAllStringFunc(field, func(option string) string {
			end := strings.IndexByte(option, '>')
			value := readAttribute(option, "value")
			if !strings.Contains(option[:end], ` value="`) {
				value = html.UnescapeString(option[end+1:])
			}
			option = strings.Replace(option, " selected", "", 1)
			if slices.Contains(sent, value) {
				option = strings.Replace(option, ">", " selected>", 1)
			}
			return option
		})
	case strings.HasPrefix(field, "<textarea"):
		return field[:open+1] + html.EscapeString(sent[0]) + "</textarea>"
	default:
		return strings.TrimSuffix(setPattern.ReplaceAllString(field, ""), ">") + ` value="` + html.EscapeString(sent[0]) + `">`
	}
	return field
}
