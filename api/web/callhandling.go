package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

type settingsBody struct {
	Now     time.Duration // that answers are given with
	Setting registry.Setting
	Used    bool // no: the model that serves knows from data how long calls are handled
}

// assumedHandling is what an administrator assumes of call handling; 0 is nothing.
func (u *ui) assumedHandling() time.Duration {
	if u.Handling == nil {
		return 0
	}
	return u.Handling()
}

func (u *ui) showSettings(r *http.Request) (*view, error) {
	s, err := registry.ReadSetting(r.Context(), u.Store, registry.SettingCallHandling)
	if err != nil {
		return nil, err
	}
	b := &settingsBody{Now: u.assumedHandling(), Setting: s, Used: true}
	if d, bad := time.ParseDuration(s.Value); bad == nil {
		b.Now = d // this process may know of it in a moment only
	}
	if m := u.Champion.Now(); m != nil {
		b.Used = m.Bundle.Head(bundle.Response, feature.Usual) == nil
	}
	return &view{Template: "settings", Title: "Settings", Section: "settings", Body: b}, nil
}

// maxHandling is the longest call handling that may be assumed, in seconds.
const maxHandling = 1800

// changeSettings sets the figure, where nobody was faster.
func (u *ui) changeSettings(r *http.Request) (*view, error) {
	why, err := readReason(r, "why")
	if err != nil {
		return nil, err
	}
	seconds, err := strconv.Atoi(r.PostFormValue("seconds"))
	seen, bad := strconv.ParseInt(r.PostFormValue("revision"), 10, 64)
	if err != nil || bad != nil || seconds < 0 || seconds > maxHandling {
		return nil, fmt.Errorf("call handling of %.20q s is not between 0 and %d: %w", r.PostFormValue("seconds"),
			maxHandling, lfb.ErrInvalid)
	}
	err = u.Control.AssumeCallHandling(r.Context(), actorOf(r.Context()), time.Duration(seconds)*time.Second, seen, why)
	if errors.Is(err, lfb.ErrConflict) {
		return nil, fmt.Errorf("somebody set it since this page was opened: %w", lfb.ErrConflict)
	}
	if err != nil {
		return nil, err
	}
	return redirectAfter(r, "setting", "/settings"), nil
}
