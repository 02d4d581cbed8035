package web

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/registry"
)

// Replays is past months as the policy would have decided them.
type Replays interface {
	Backfill(ctx context.Context, id string) (registry.Backfill, []registry.BackfillMonth, error)
	Backfills(ctx context.Context, limit int) ([]registry.Backfill, error)
}

const pageReplays = 100

func (u *ui) listReplays(r *http.Request) (*view, error) {
	list, err := u.Store.Backfills(r.Context(), pageReplays)
	return &view{Template: "replays", Title: "Replays", Section: "runs", Body: list}, err
}

// replayBody is one replay, month by month.
type replayBody struct {
	registry.Backfill
	Months []replayMonth
}

type replayMonth struct {
	registry.BackfillMonth
	Champion, Newest, Baseline ml.Metrics // of the month that followed; no rows where there is none
}

func (u *ui) showReplay(r *http.Request) (*view, error) {
	b, months, err := u.Store.Backfill(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	body := &replayBody{Backfill: b}
	for _, m := range months {
		row := replayMonth{BackfillMonth: m}
		for role, to := range map[string]*ml.Metrics{
			registry.RoleChampion: &row.Champion, registry.RoleNewest: &row.Newest,
			registry.RoleBaseline: &row.Baseline,
		} {
			s, _ := m.Score(role)
			*to = s.Metrics
		}
		body.Months = append(body.Months, row)
	}
	return &view{Template: "replay", Title: "Replay " + b.From + " to " + b.To, Section: "runs", Body: body}, nil
}

// showReplayFile serves a replay's report or plot out of the store.
func (u *ui) showReplayFile(r *http.Request) (*view, error) {
	b, _, err := u.Store.Backfill(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var ref lfb.Ref
	var mediaType string
	switch r.PathValue("file") {
	case "report":
		ref, mediaType = b.Report, "text/html; charset=utf-8"
	case "plot.svg":
		ref, mediaType = b.Plot, "image/svg+xml"
	}
	if ref.IsZero() {
		return nil, fmt.Errorf("replay %s has no %.40q: %w", b.ID, r.PathValue("file"), lfb.ErrNotFound)
	}
	body, err := u.Blobs.ReadAll(r.Context(), ref)
	return newFile(body, mediaType, "Content-Security-Policy", reportPolicy), err
}

var monthForm = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])$`)

// startReplay replays the months from one to another.
func (u *ui) startReplay(r *http.Request) (*view, error) {
	from, to := strings.TrimSpace(r.PostFormValue("from")), strings.TrimSpace(r.PostFormValue("to"))
	if !monthForm.MatchString(from) || !monthForm.MatchString(to) || to < from {
		return nil, fmt.Errorf(
			"write both months like 2017-01, the first not after the last: %.10q to %.10q is not that: %w", from, to,
			lfb.ErrInvalid)
	}
	why, err := readReason(r, "why")
	if err != nil {
		return nil, err
	}
	_, err = u.Control.Backfill(r.Context(), actorOf(r.Context()), from, to, why)
	return redirectAfter(r, "replay", "/replays"), err
}
