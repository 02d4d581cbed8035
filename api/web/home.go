package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"lfb/internal/httpx"
	"lfb/internal/registry"
)

// landingPage is where a person who signed in wants to be.
func landingPage(role registry.Role) string {
	if role.Covers(registry.RoleAnalyst) {
		return "/admin"
	}
	return "/"
}

// showHome is what serves, whether it is getting worse, what the last retrain came to, and
// what waits for a person.
func (u *ui) showHome(*http.Request) (*view, error) {
	return &view{Template: "home", Title: "Home", Section: "home", Events: "/admin/events"}, nil
}

// badge is a number beside an item of the menu.
type badge struct {
	Section, What string
	Count         int
}

// Badge is that of a section.
func (v *view) Badge(section, what string) badge {
	b := badge{Section: section, What: what}
	if v.Overview != nil {
		b.Count = v.Overview.Badges()[section]
	}
	if b.Count == 1 && (section == "runs" || section == "monitoring") {
		b.What = strings.TrimSuffix(what, "s")
	}
	return b
}

// part is a part of a page as it is now, by the name of its event.
type part struct {
	name string
	text []byte
}

// streamHome sends the home page's own part whenever it changes.
func (u *ui) streamHome(r *http.Request) (*view, error) {
	return u.streamEvents(r, func(r *http.Request) ([]part, bool, error) {
		v := &view{Section: "home"}
		u.setCommon(v, r)
		text, err := u.pages.renderPart("home", "board", v)
		return []part{{"board", text}}, true, err
	}), nil
}

// streamBadges sends the menu's badges alone.
func (u *ui) streamBadges(r *http.Request) (*view, error) {
	return u.streamEvents(r, func(*http.Request) ([]part, bool, error) { return nil, true, nil }), nil
}

// streamEvents sends the parts that next gives, and the menu's badges, as server-sent
// events whenever they change, and `end` when next says that nothing more comes. next is
// given the request without its limit of time: what is watched may take hours.
func (u *ui) streamEvents(r *http.Request, next func(r *http.Request) (parts []part, open bool, err error)) *view {
	return &view{Write: func(w http.ResponseWriter) {
		r := httpx.Stream(w, r)
		w.Header().Set("Content-Type", "text/event-stream")
		out := http.NewResponseController(w)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		sent := map[string][]byte{}
		for {
			parts, open, err := next(r)
			if err != nil {
				return // the browser asks again
			}
			badges, _ := json.Marshal(u.readOverview(r.Context(), false).Badges()) // numbers cannot fail
			for _, p := range append(parts, part{"badges", badges}) {
				if bytes.Equal(p.text, sent[p.name]) {
					continue
				}
				sent[p.name] = p.text
				if err := writeEvent(w, p.name, p.text); err != nil || out.Flush() != nil {
					return // the reader is gone
				}
			}
			if !open {
				_ = writeEvent(w, "end", []byte("over")) // the reader may be gone
				_ = out.Flush()
				return
			}
			select {
			case <-r.Context().Done():
				return
			case <-tick.C:
			}
		}
	}}
}

// writeEvent writes one server-sent event; each line of it is a line of data.
func writeEvent(w http.ResponseWriter, name string, text []byte) error {
	_, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, bytes.ReplaceAll(bytes.TrimSpace(text), []byte("\n"),
		[]byte("\ndata: ")))
	return err
}
