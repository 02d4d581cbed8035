package httpx

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// SignInForm is what the sign-in page shows. Its form posts name, password and
// to, to the page's own address.
type SignInForm struct {
	Name    string // as it was typed before
	To      string // where to go afterwards, a path of this site
	Problem string // why it went wrong; empty at first
	Status  int    // of the answer
}

// SignInPage shows the form on GET and signs in on POST, then goes to where the
// person wanted to. The same guesses are counted as with HTTP Basic. It stands
// outside of Require.
func (s *Sessions) SignInPage(show func(http.ResponseWriter, *http.Request, SignInForm)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := SignInForm{Name: r.FormValue("name"), To: LocalPath(r.FormValue("to")), Status: http.StatusOK}
		switch r.Method {
		case http.MethodGet, http.MethodHead:
		case http.MethodPost:
			role, err := s.signIn(w, r, r.PostFormValue("name"), r.PostFormValue("password"))
			if err == nil {
				to := f.To
				if to == "/" && s.Landing != nil {
					to = s.Landing(role)
				}
				http.Redirect(w, r, to, http.StatusSeeOther)
				return
			}
			f.Status, f.Problem = signInProblem(w, err)
		default:
			w.Header().Set("Allow", "GET, POST")
			WriteProblem(w, Problem{Status: http.StatusMethodNotAllowed})
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		show(w, r, f)
	})
}

// signInProblem says to a person why signing in went wrong, and no more than that.
func signInProblem(w http.ResponseWriter, err error) (status int, problem string) {
	var locked *lockedError
	switch {
	case errors.As(err, &locked):
		wait := locked.wait.Round(time.Second) + time.Second
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)))
		return http.StatusTooManyRequests, fmt.Sprintf("Too many wrong attempts. Try again in %s.", wait)
	case errors.Is(err, errOneTimeOver):
		return http.StatusUnauthorized, "This one-time password is over. Ask an administrator for another."
	case errors.Is(err, errWho):
		return http.StatusUnauthorized, "That name and password do not go together."
	case Status(err) == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", comeAgain)
		return http.StatusServiceUnavailable, "Accounts cannot be looked up now. Try again in a moment."
	}
	return http.StatusInternalServerError, "Something went wrong here."
}

// SignOutPage ends the session and shows the sign-in page. It is for POST only, and
// stands inside of Require.
func (s *Sessions) SignOutPage() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := s.end(r)
		s.setCookie(w, r, "", -1)
		if err != nil {
			Fail(w, err) // the token is still good where it was copied to, so this is said
			return
		}
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
	})
}

// LocalPath is to where it is a path of this site, and the first page where it is
// not: a link or a form must not lead elsewhere.
func LocalPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") ||
		strings.ContainsAny(to, "\\\r\n\t") || u.Path == signInPath {
		return "/"
	}
	return to
}
