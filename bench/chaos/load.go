package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"lfb/bench/world"
	"lfb/internal/app"
	"lfb/internal/control"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/s3"
	"lfb/internal/serve"
	"lfb/internal/spool"
	"lfb/workflows"
)

// load is what goes on while processes are killed, and what it was told.
type load struct {
	o         options
	w         *world.World
	cl        client.Client
	db        *mysql.DB
	bucket    *s3.Bucket
	predictor *serve.Predictor // answers as a listener would, in this process
	password  string
	line      string

	mu         sync.Mutex
	answers    []answer
	refused    int // requests that were not answered: nothing was promised
	runs       []client.WorkflowRun
	promoted   []client.WorkflowRun
	terminated int // executions
}

// answer is a question and what was told.
type answer struct {
	id, version       string
	reference         string // one that the log cannot hold; empty in most
	at                time.Time
	easting, northing float64
	mean, p50, p90    float64
}

func newLoad(ctx context.Context, o options, w *world.World) (*load, error) {
	l := &load{o: o, w: w, line: lfb.Synthetic.Line()}
	var err error
	if l.cl, err = app.Dial(ctx, w.Config, zap.NewNop()); err != nil {
		return nil, err
	}
	if l.db, err = mysql.New(w.Config.MySQL); err != nil {
		return nil, err
	}
	if l.bucket, err = s3.Open(ctx, w.Config.S3); err != nil {
		return nil, err
	}
	sp, err := spool.Open(filepath.Join(o.dir, "oracle"), func(context.Context, [][]byte) error { return nil }, nil,
		zap.NewNop())
	if err != nil {
		return nil, err
	}
	l.predictor = serve.NewPredictor(nil, sp, time.Now)
	l.password, err = w.Password()
	return l, err
}

func (l *load) close() {
	l.cl.Close()
	_ = l.db.Close() // only read
}

// first retrains until there is a champion and versions beside it.
func (l *load) first(ctx context.Context) error {
	h, err := control.StartRetrain(ctx, l.cl, control.RetrainInput(l.w.Config, "first start", "chaos"))
	if err != nil {
		return err
	}
	var out workflows.RetrainResult
	if err := h.Get(ctx, &out); err != nil {
		return err
	}
	fmt.Printf("first run: %s, champion %s\n", out.Outcome, out.Champion)
	return nil
}

// maxReference is how long a reference the log can hold, once it is narrowed: no client
// can do that to it, an upgrade that went wrong could.
const maxReference = 20

// narrowLog makes the log refuse answers that a listener accepts.
func (l *load) narrowLog(ctx context.Context) error {
	_, err := l.db.Reader().ExecContext(ctx, fmt.Sprintf("ALTER TABLE prediction MODIFY IncidentNumber VARCHAR(%d) NOT "+
		"NULL", maxReference))
	return err
}

// start runs everything until ctx ends; done is closed when the last has stopped.
func (l *load) start(ctx context.Context) (done chan struct{}) {
	done = make(chan struct{})
	var g sync.WaitGroup
	for k := range 3 {
		g.Go(func() { l.ask(ctx, rand.New(rand.NewPCG(l.o.seed, uint64(k+1)))) })
	}
	g.Go(func() { l.retrain(ctx) })
	g.Go(func() { l.promote(ctx, rand.New(rand.NewPCG(l.o.seed, 99))) })
	go func() { g.Wait(); close(done) }()
	return done
}

// ask puts one question after the other and keeps what was answered.
func (l *load) ask(ctx context.Context, rng *rand.Rand) {
	for ctx.Err() == nil {
		a := answer{
			at:      time.Date(2024, 3, 1+rng.IntN(28), rng.IntN(24), rng.IntN(60), 0, 0, time.UTC),
			easting: float64(520000 + rng.IntN(25000)), northing: float64(172000 + rng.IntN(18000)),
		}
		if rng.IntN(50) == 0 {
			a.reference = fmt.Sprintf("%0*d", 2*maxReference, rng.Int64())
		}
		if err := l.post(ctx, &a); err != nil {
			l.mu.Lock()
			l.refused++
			l.mu.Unlock()
			time.Sleep(100 * time.Millisecond)
			continue
		}
		l.mu.Lock()
		l.answers = append(l.answers, a)
		l.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
	}
}

// post fills a with what was answered. Its context is not the load's: what was
// sent is waited for, so that it is known whether it was answered.
func (l *load) post(ctx context.Context, a *answer) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	question := map[string]any{"time": a.at, "easting": a.easting, "northing": a.northing}
	if a.reference != "" {
		question["incident_reference"] = a.reference
	}
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+l.w.Config.API.User+"/v1/predictions",
		bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(app.AdminAccount, l.password)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var got struct {
		ID         string
		Attendance struct {
			Mean float64 `json:"mean_seconds"`
			P50  float64 `json:"p50_seconds"`
			P90  float64 `json:"p90_seconds"`
		}
		Model struct{ Version string }
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		return err
	}
	a.id, a.version = got.ID, got.Model.Version
	a.mean, a.p50, a.p90 = got.Attendance.Mean, got.Attendance.P50, got.Attendance.P90
	return nil
}

// retrain starts one after the other, each with another seed, so that there is
// something to fit.
func (l *load) retrain(ctx context.Context) {
	for seed := uint64(2); ctx.Err() == nil; seed++ {
		in := control.RetrainInput(l.w.Config, "manual", "chaos")
		in.Force, in.Train.Seed = true, seed
		h, err := control.StartRetrain(ctx, l.cl, in)
		if err != nil {
			time.Sleep(200 * time.Millisecond)
			continue
		}
		l.mu.Lock()
		l.runs = append(l.runs, h)
		l.mu.Unlock()
		_ = h.Get(ctx, nil) // how it ended is looked at in the end
	}
}

// promote has two decide at once, from one revision, every few seconds: one may win.
func (l *load) promote(ctx context.Context, rng *rand.Rand) {
	for ctx.Err() == nil {
		time.Sleep(time.Duration(1000+rng.IntN(3000)) * time.Millisecond)
		now, err := l.db.Champion(ctx, l.line)
		if err != nil {
			continue
		}
		versions, err := l.db.Versions(ctx, l.line, 0)
		if err != nil || len(versions) < 3 {
			continue
		}
		for range 2 {
			v := versions[rng.IntN(len(versions))]
			if v.ID == now.To {
				continue
			}
			h, err := control.StartPromote(ctx, l.cl, workflows.PromoteInput{
				Line: l.line, Version: v.ID, Seen: now.Revision, Kind: workflows.KindPromote, Who: "chaos", Why: "by hand",
			})
			if err == nil {
				l.mu.Lock()
				l.promoted = append(l.promoted, h)
				l.mu.Unlock()
			}
		}
	}
}

// terminate cuts off one of the executions that run, and names it; empty where none does.
func (l *load) terminate(ctx context.Context, rng *rand.Rand) string {
	list, err := l.cl.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: l.w.Config.Temporal.Namespace, Query: "ExecutionStatus = 'Running' AND TaskQueue = '" +
			workflows.QueueControl + "'",
	})
	if err != nil || len(list.GetExecutions()) == 0 {
		return ""
	}
	e := list.GetExecutions()[rng.IntN(len(list.GetExecutions()))].GetExecution()
	if err := l.cl.TerminateWorkflow(ctx, e.GetWorkflowId(), e.GetRunId(), "chaos"); err != nil {
		return "" // it ended meanwhile
	}
	l.terminated++
	return "terminated " + e.GetWorkflowId()
}
