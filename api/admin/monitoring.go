package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// Watched is what monitor runs left behind.
type Watched interface {
	Monitoring(ctx context.Context, id string) (registry.Monitoring, error)
	Monitorings(ctx context.Context, line, before string, limit int) ([]registry.Monitoring, error)
	Realised(ctx context.Context, line, version, fromMonth string) ([]registry.Realised, error)
	AlarmLog(ctx context.Context, line string, limit int) ([]registry.Alarm, error)
	Alarms(ctx context.Context, line string, open bool) ([]registry.Alarm, error)
}

type monitoringsInput struct {
	Origin string `query:"origin" enum:"real,synthetic" default:"real"`
	Before string `query:"before" maxLength:"255" doc:"Id of the last monitor run of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type performanceInput struct {
	Origin  string `query:"origin" enum:"real,synthetic" default:"real"`
	Version string `query:"version" maxLength:"64" doc:"Empty: every version"`
	From    string `query:"from" pattern:"^([0-9]{4}-[0-9]{2})?$" doc:"First month, like 2017-04; empty: the first there is"`
}

type alarmsInput struct {
	Origin string `query:"origin" enum:"real,synthetic" default:"real"`
	Open   bool   `query:"open" doc:"Only those that are open"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type monitorInput struct {
	Body struct {
		Note  string `json:"note" minLength:"1" maxLength:"500" doc:"Why, for the audit log"`
		Force bool   `json:"force,omitempty" doc:"Measure again though nothing is new"`
	}
}

func (a *api) registerMonitoring(doc huma.API) {
	const tag = "monitoring"
	list(doc, tag, "monitorings", "/v1/monitoring", "Looks at the champion, newest first: realised error, drift, the rule's verdict",
		func(ctx context.Context, in *monitoringsInput) ([]registry.Monitoring, error) {
			return a.Store.Monitorings(ctx, lfb.Origin(in.Origin).Line(), in.Before, in.Limit)
		})
	get(doc, tag, "monitoring", "/v1/monitoring/{id}", "One look at the champion", func(ctx context.Context, in *idInput) (registry.Monitoring, error) {
		return a.Store.Monitoring(ctx, in.ID)
	})
	list(doc, tag, "performance", "/v1/performance", "Realised performance by version, month and slice: of answers as they were logged, and of the champion asked afresh",
		func(ctx context.Context, in *performanceInput) ([]registry.Realised, error) {
			return a.Store.Realised(ctx, lfb.Origin(in.Origin).Line(), in.Version, in.From)
		})
	list(doc, tag, "alarms", "/v1/alarms", "Alarms, newest first", func(ctx context.Context, in *alarmsInput) ([]registry.Alarm, error) {
		if in.Open {
			return a.Store.Alarms(ctx, lfb.Origin(in.Origin).Line(), true)
		}
		return a.Store.AlarmLog(ctx, lfb.Origin(in.Origin).Line(), in.Limit)
	})
	start := signed(tag, http.MethodPost, "monitor", "/v1/monitoring", "Look at the champion now")
	start.DefaultStatus = http.StatusAccepted
	change(doc, start, func(ctx context.Context, by control.Actor, in *monitorInput) (*startedOutput, error) {
		return a.startedOr(a.Control.Monitor(ctx, by, in.Body.Force, in.Body.Note))
	})
}
