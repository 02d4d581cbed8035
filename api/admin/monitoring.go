package admin

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/control"
	"lfb/internal/registry"
)

// Watched is what monitor runs left behind.
type Watched interface {
	Monitoring(ctx context.Context, id string) (registry.Monitoring, error)
	Monitorings(ctx context.Context, line, before string, limit int) ([]registry.Monitoring, error)
	Realised(ctx context.Context, line, version, fromMonth string) ([]registry.Realised, error)
	Alarms(ctx context.Context, line string, open bool) ([]registry.Alarm, error)
	Refused(ctx context.Context, since time.Time, after string, limit int) ([]registry.RefusedPrediction, error)
}

type monitoringsInput struct {
	PageInput
	OriginInput
	Before string `query:"before" maxLength:"255" doc:"Id of the last monitor run of the page before, as after"`
}

type performanceInput struct {
	PageInput
	OriginInput
	Version string `query:"version" maxLength:"64" doc:"Empty: every version"`
	From    string `query:"from" pattern:"^([0-9]{4}-[0-9]{2})?$" doc:"First month, like 2017-04; empty: the first there is"`
}

type alarmsInput struct {
	PageInput
	OriginInput
	Open bool `query:"open" doc:"Only those that are open"`
}

type refusedInput struct {
	PageInput
	Since time.Time `query:"since" doc:"Only those refused from then on"`
}

type monitorInput struct {
	Body struct {
		Reason
		Force bool `json:"force,omitempty" doc:"Measure again though nothing is new"`
	}
}

type acknowledgeInput struct {
	Body struct {
		Reason
		Line    string `json:"line,omitempty" maxLength:"64" doc:"Default: the line that serves"`
		Name    string `json:"name" minLength:"1" maxLength:"255" doc:"Of the alarm"`
		Episode int64  `json:"episode" minimum:"1"`
	}
}

func (a *api) registerMonitoring(doc huma.API) {
	const tag = "monitoring"
	registerList(doc, tag, "monitorings", "/v1/monitoring",
		"Looks at the champion, newest first: realised error, drift, the rule's verdict", a.listMonitorings,
		func(m registry.Monitoring) string { return m.ID })
	registerGet(doc, tag, "monitoring", "/v1/monitoring/{id}", "One look at the champion",
		func(ctx context.Context, in *idInput) (registry.Monitoring, error) {
			return a.Store.Monitoring(ctx, in.ID)
		})
	registerList(doc, tag, "performance", "/v1/performance",
		"Realised performance by version, month and slice: of answers as they were logged, and of the champion asked afresh",
		a.listPerformance,
		func(r registry.Realised) string { return fmt.Sprintf("%s %s %s", r.Version, r.Month, r.Basis) })
	registerList(doc, tag, "alarms", "/v1/alarms", "Alarms, newest first", a.listAlarms,
		func(l registry.Alarm) string { return fmt.Sprintf("%s %d", l.Name, l.Episode) })
	registerList(doc, tag, "refused-predictions", "/v1/predictions/refused",
		"Answers that the log of predictions refused, newest first: as they were spooled, and why",
		func(ctx context.Context, in *refusedInput) ([]registry.RefusedPrediction, error) {
			after, limit := in.cutPage(50)
			return a.Store.Refused(ctx, in.Since, after, limit)
		}, func(r registry.RefusedPrediction) string { return r.ID })
	seen := newOperation(tag, http.MethodPost, "acknowledge-alarm", "/v1/alarms/acknowledge",
		"Say that an open alarm is seen, and what is done about it")
	seen.DefaultStatus, seen.Errors = http.StatusNoContent, []int{http.StatusNotFound}
	registerChange(doc, seen, func(ctx context.Context, by control.Actor, in *acknowledgeInput) (*struct{}, error) {
		line, err := a.lineOf(ctx, in.Body.Line)
		if err != nil {
			return nil, err
		}
		return nil, a.Control.AcknowledgeAlarm(ctx, by, line, in.Body.Name, in.Body.Episode, in.Body.text())
	})
	start := newOperation(tag, http.MethodPost, "monitor", "/v1/monitoring", "Look at the champion now")
	start.DefaultStatus = http.StatusAccepted
	registerChange(doc, start, func(ctx context.Context, by control.Actor, in *monitorInput) (*startedOutput, error) {
		return a.answerStart(a.Control.Monitor(ctx, by, in.Body.Force, in.Body.text()))
	})
}

func (a *api) listMonitorings(ctx context.Context, in *monitoringsInput) ([]registry.Monitoring, error) {
	origin, err := a.originOf(ctx, in.OriginInput)
	if err != nil {
		return nil, err
	}
	after, limit := in.cutPage(50)
	return a.Store.Monitorings(ctx, origin.Line(), cmp.Or(after, in.Before), limit)
}

func (a *api) listPerformance(ctx context.Context, in *performanceInput) ([]registry.Realised, error) {
	origin, err := a.originOf(ctx, in.OriginInput)
	if err != nil {
		return nil, err
	}
	return a.Store.Realised(ctx, origin.Line(), in.Version, in.From)
}

func (a *api) listAlarms(ctx context.Context, in *alarmsInput) ([]registry.Alarm, error) {
	origin, err := a.originOf(ctx, in.OriginInput)
	if err != nil {
		return nil, err
	}
	if in.Open {
		return a.Store.Alarms(ctx, origin.Line(), true)
	}
	after, limit := in.cutPage(50)
	name, episode := after, 0
	if i := strings.LastIndex(after, " "); i >= 0 {
		name = after[:i]
		episode, _ = strconv.Atoi(after[i+1:]) // none has the number 0
	}
	return a.Store.AlarmPage(ctx, origin.Line(), name, episode, limit)
}
