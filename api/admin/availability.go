package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// availabilityPath is open to keys of the scope availability; analysts read it, and administrators change it.
const availabilityPath = "/v1/availability"

// AvailabilityAnswer is who is out or elsewhere, as it was set last.
type AvailabilityAnswer struct {
	registry.Availability
	Revision int64     `json:"revision" doc:"0: never set"`
	Who      string    `json:"who,omitempty"`
	Why      string    `json:"why,omitempty"`
	At       time.Time `json:"at,omitzero"`
}

type availabilityOutput struct {
	ETag string `header:"ETag" doc:"The revision: send it as If-Match with what changes it"`
	Body AvailabilityAnswer
}

type setAvailabilityInput struct {
	IfMatch string `header:"If-Match" doc:"ETag of GET /v1/availability; \"0\" where it was never set"`
	Body    AvailabilityBody
}

// AvailabilityBody replaces all that was set before.
type AvailabilityBody struct {
	registry.Availability
	Why string `json:"why,omitempty" maxLength:"1000" doc:"For the audit log"`
}

func (a *api) registerAvailability(doc huma.API) {
	op := newOperation("availability", http.MethodGet, "availability", availabilityPath, "Who is out or stands elsewhere")
	huma.Register(doc, op, func(ctx context.Context, _ *struct{}) (*availabilityOutput, error) {
		out, err := a.readAvailability(ctx)
		return out, answerError(err)
	})
	op = newOperation("availability", http.MethodPut, "set-availability", availabilityPath,
		"Say who is out or stands elsewhere")
	op.Description = "It replaces what was said before, from the revision in If-Match: 412 where it is no longer " +
		"current, " +
		"428 without it. Every answer reckons with it within a second, until it expires. For keys of the scope " +
		"availability, " +
		"which may do nothing else, and for administrators."
	huma.Register(doc, op, a.setAvailability)
}

func (a *api) readAvailability(ctx context.Context) (*availabilityOutput, error) {
	s, err := registry.ReadSetting(ctx, a.Store, registry.SettingAvailability)
	out := &availabilityOutput{ETag: etag(s.Revision)}
	out.Body = AvailabilityAnswer{Revision: s.Revision, Who: s.Who, Why: s.Why, At: s.At}
	if err == nil && s.Revision > 0 {
		err = json.Unmarshal([]byte(s.Value), &out.Body.Availability)
	}
	out.Body.Engines = emptyIfNil(out.Body.Engines)
	return out, err
}

func (a *api) setAvailability(ctx context.Context, in *setAvailabilityInput) (*availabilityOutput, error) {
	who := httpx.Who(ctx)
	if who.Role != registry.RoleAvailability {
		if _, err := requireAdmin(ctx); err != nil {
			return nil, err
		}
	}
	seen, err := requireRevision(in.IfMatch, availabilityPath)
	if err != nil {
		return nil, err
	}
	if err = a.CheckStations(in.Body.Availability); err == nil {
		err = a.Control.SetAvailability(ctx, actorOf(who), &in.Body.Availability, seen, in.Body.Why)
	}
	if errors.Is(err, lfb.ErrConflict) {
		return nil, httpx.Stale("availability was set by somebody else since that revision")
	}
	if err != nil {
		return nil, answerError(err)
	}
	out, err := a.readAvailability(ctx)
	return out, answerError(err)
}
