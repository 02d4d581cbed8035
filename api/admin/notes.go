package admin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/control"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/registry"
)

type versionPageInput struct {
	PageInput
	VersionInput
}

type addNoteInput struct {
	VersionInput
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"4000" doc:"Kept beside the version under your name, and never changed"`
	}
}

// JudgeAnswer says how far a judgement is.
type JudgeAnswer struct {
	Done bool `json:"done" doc:"The verdict is among the version's notes; false while the gate is at it"`
}

type judgeOutput struct {
	Status int
	Body   JudgeAnswer
}

// SettingAnswer is the call handling that answers assume.
type SettingAnswer struct {
	registry.Setting
	Seconds float64 `json:"seconds" doc:"Of value"`
}

type settingOutput struct {
	ETag string `header:"ETag" doc:"The revision: send it as If-Match with what changes it"`
	Body SettingAnswer
}

type handlingInput struct {
	IfMatch string `header:"If-Match" doc:"ETag of the GET; \"0\" where it was never set"`
	Body    struct {
		Seconds int `json:"seconds" minimum:"0" maximum:"1800" doc:"From the call to the sending of the engine, where no data tell it; 0 assumes nothing"`
		Reason
	}
}

func (a *api) registerNotes(doc huma.API) {
	const tag, path = "models", "/v1/versions/{id}/"
	registerList(doc, tag, "notes", path+"notes", "What was added to a version: people's words and the gate's later "+
		"verdicts, newest first",
		func(ctx context.Context, in *versionPageInput) ([]registry.VersionNote, error) {
			v, err := a.readVersion(ctx, &in.VersionInput)
			if err != nil {
				return nil, err
			}
			return a.Store.VersionNotes(ctx, v.Line, v.ID)
		}, func(n registry.VersionNote) string { return n.At.Format(time.RFC3339Nano) })
	add := newOperation(tag, http.MethodPost, "add-note", path+"notes", "Write something beside a version")
	add.DefaultStatus = http.StatusNoContent
	registerChange(doc, add, func(ctx context.Context, by control.Actor, in *addNoteInput) (*struct{}, error) {
		line, err := a.lineOf(ctx, in.Line)
		if err != nil {
			return nil, err
		}
		return nil, a.Control.AddNote(ctx, by, line, in.ID, in.Body.Text)
	})
	judge := newOperation(tag, http.MethodPost, "judge", path+"judge", "Have the gate hold a version against what serves")
	judge.Description = "Both are scored on rows that neither learned from; some seconds, and 202 where it takes " +
		"longer. It changes nothing that serves."
	documentStatus[JudgeAnswer](doc, &judge, http.StatusAccepted, "The gate is at it")
	registerChange(doc, judge, func(ctx context.Context, by control.Actor, in *VersionInput) (*judgeOutput, error) {
		line, err := a.lineOf(ctx, in.Line)
		if err != nil {
			return nil, err
		}
		out := &judgeOutput{Status: http.StatusAccepted}
		if out.Body.Done, err = a.Control.Judge(ctx, by, line, in.ID); out.Body.Done {
			out.Status = http.StatusOK
		}
		return out, err
	})
	const setting = "/v1/settings/call-handling"
	huma.Register(doc, newOperation("data", http.MethodGet, "call-handling", setting,
		"The call handling that answers assume where no data tell it"),
		func(ctx context.Context, _ *struct{}) (*settingOutput, error) { return a.readHandling(ctx) })
	registerChange(doc, newOperation("data", http.MethodPut, "set-call-handling", setting,
		"Set the call handling that answers assume"),
		func(ctx context.Context, by control.Actor, in *handlingInput) (*settingOutput, error) {
			seen, err := requireRevision(in.IfMatch, setting)
			if err != nil {
				return nil, err
			}
			err = a.Control.AssumeCallHandling(ctx, by, time.Duration(in.Body.Seconds)*time.Second, seen, in.Body.text())
			if errors.Is(err, lfb.ErrConflict) {
				return nil, httpx.Stale("somebody set it since that revision")
			}
			if err != nil {
				return nil, err
			}
			return a.readHandling(ctx)
		})
}

// readHandling is the last revision; the zero one where it was never set.
func (a *api) readHandling(ctx context.Context) (*settingOutput, error) {
	s, err := registry.ReadSetting(ctx, a.Store, registry.SettingCallHandling)
	s.Value = cmp.Or(s.Value, "0s")
	d, _ := time.ParseDuration(s.Value) // what was set was a duration
	return &settingOutput{ETag: etag(s.Revision), Body: SettingAnswer{s, d.Seconds()}}, answerError(err)
}
