package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"lfb/internal/control"
)

// runTimeline is the steps of a run over its time, and what waits for what.
type runTimeline struct {
	Lanes []lane
	Ticks []tick
	Graph *stepGraph
}

// Legend is what the colours of the timeline mean.
func (*runTimeline) Legend() []span {
	return []span{
		{Kind: "queued", Text: "queued"},
		{Kind: "retried", Text: "tried again"},
		{Kind: "running", Text: "running"},
		{Kind: "done", Text: "done"},
		{Kind: "reused", Text: "reused"},
		{Kind: "failed", Text: "failed"},
	}
}

// lane is one step. Places are per cent of the timeline's width.
type lane struct {
	control.Step
	Spans    []span
	Progress string  // 212 of 400 rounds
	Share    float64 // of its work that is done; 0 where it does not know
}

// span is how long a step was in one state: queued, retried (queued again after an attempt
// that failed), running, done, failed, not run.
type span struct{ Kind, X, Width, Text string }

type tick struct{ X, Text string }

// newTimeline places a run's steps, up to now while it is open.
func newTimeline(steps []control.Step, now time.Time) *runTimeline {
	if len(steps) == 0 {
		return nil
	}
	from, to := earliest(steps), time.Time{}
	for _, s := range steps {
		if s.Ended.IsZero() {
			to = now
		} else if s.Ended.After(to) {
			to = s.Ended
		}
	}
	all := max(to.Sub(from), time.Second)
	place := func(t time.Time) float64 { return min(max(100*float64(t.Sub(from))/float64(all), 0), 100) }
	out := &runTimeline{Graph: drawGraph(steps)}
	out.Ticks = []tick{{"0", "0"}}
	for k := 1; k <= 4; k++ {
		out.Ticks = append(out.Ticks, tick{fmt.Sprint(25 * k), formatSpan(all * time.Duration(k) / 4)})
	}
	for _, s := range steps {
		l := lane{
			Step: s, Progress: separateThousands(control.DescribeDone(s.Done, s.Total, s.Unit)),
			Share: shareOf(s.Done, s.Total),
		}
		add := func(kind string, a, b time.Time) {
			if b.IsZero() {
				b = to
			}
			if a.IsZero() || !b.After(a) && kind == "queued" {
				return
			}
			x := min(place(a), 99.4)
			l.Spans = append(l.Spans, span{
				Kind: kind, X: fmt.Sprintf("%.2f", x), Width: fmt.Sprintf("%.2f", max(place(b)-x, 0.6)),
				Text: s.Name + " " + strings.ReplaceAll(kind, "-", " ") + " for " + formatSpan(b.Sub(a)),
			})
		}
		wait := "queued"
		if s.Attempts > 1 {
			wait = "retried"
		}
		add(wait, s.Queued, s.Started)
		state := strings.ReplaceAll(s.State, " ", "-")
		if s.ReusedFrom != "" {
			state = "reused"
		}
		if s.State != control.StepQueued {
			add(state, s.Started, s.Ended)
		}
		out.Lanes = append(out.Lanes, l)
	}
	return out
}

func earliest(steps []control.Step) time.Time {
	begin := func(s control.Step) time.Time {
		if s.Queued.IsZero() {
			return s.Started
		}
		return s.Queued
	}
	return begin(slices.MinFunc(steps, func(a, b control.Step) int { return begin(a).Compare(begin(b)) }))
}

// stepGraph is what waits for what: columns of steps from left to right, those of one column side by
// side in time.
type stepGraph struct {
	Nodes         []stepNode
	Edges         []stepEdge
	Width, Height int
}

type stepNode struct {
	X, Y        int
	Name, State string
}

type stepEdge struct{ X1, Y1, X2, Y2 int }

// The graph's pitch, in its own units: a column is wider where a name is long.
const (
	graphColumn = 104
	graphRow    = 24
	graphLetter = 7
)

// drawGraph puts the fits beside each other, as they need nothing of one another but for
// blends, and everything else in its order.
func drawGraph(steps []control.Step) *stepGraph {
	var columns [][]control.Step
	for i, s := range steps {
		fit := strings.HasPrefix(s.Name, "train ")
		if i > 0 && fit && strings.HasPrefix(steps[i-1].Name, "train ") {
			columns[len(columns)-1] = append(columns[len(columns)-1], s)
			continue
		}
		columns = append(columns, []control.Step{s})
	}
	most := len(slices.MaxFunc(columns, func(a, b []control.Step) int { return len(a) - len(b) }))
	g := &stepGraph{Height: graphRow*most + 8}
	var before []stepNode
	for _, column := range columns {
		var here []stepNode
		width := graphColumn
		for i, s := range column {
			n := stepNode{
				X: g.Width + 14, Y: g.Height/2 + graphRow*(2*i-len(column)+1)/2, Name: strings.TrimPrefix(s.Name, "train "),
				State: strings.ReplaceAll(s.State, " ", "-"),
			}
			width = max(width, graphLetter*len(n.Name)+28)
			for _, b := range before {
				g.Edges = append(g.Edges, stepEdge{b.X, b.Y, n.X, n.Y})
			}
			here = append(here, n)
		}
		g.Nodes, before = append(g.Nodes, here...), here
		g.Width += width
	}
	g.Width += 40
	return g
}

// stepBody is what happened to one step of a run.
type stepBody struct {
	RunID, Step string
	Events      []control.StepEvent
	Temporal    string
}

// showStep lists what Temporal recorded of a step.
func (u *ui) showStep(r *http.Request) (*view, error) {
	run, _, err := u.Store.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	b := &stepBody{RunID: run.ID, Step: r.URL.Query().Get("step"), Temporal: u.workflowLink(run)}
	b.Events, err = u.Control.StepEvents(r.Context(), run.WorkflowID, run.WorkflowRunID, b.Step)
	return &view{Template: "step", Title: "Step " + b.Step, Section: "runs", Body: b}, err
}
