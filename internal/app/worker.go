package app

import (
	"context"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"lfb/activities"
	"lfb/internal/config"
	"lfb/internal/httpx"
	"lfb/internal/telemetry"
	"lfb/workflows"
)

// Worker polls the task queues that the configuration names until ctx ends,
// then waits for running activities as long as it is told to.
func Worker(ctx context.Context, c *config.Config, log *zap.Logger) error {
	p, err := openParts(ctx, c, log)
	if err != nil {
		return err
	}
	defer p.close()
	a, err := p.activities(ctx, c, log)
	if err != nil {
		return err
	}
	if t := telemetry.From(ctx); t != nil && c.Telemetry.Metrics != "" {
		if err := t.Registry().Register(&gauges{store: p.db, log: log.Named("metrics"), now: time.Now}); err != nil {
			return err
		}
	}
	return runWorker(ctx, c, p.temporal, a, p.db, log)
}

func runWorker(ctx context.Context, c *config.Config, cl client.Client, a *activities.Activities,
	logs activities.StepLogStore, log *zap.Logger,
) error {
	g, ctx := errgroup.WithContext(ctx)
	if c.Telemetry.Metrics != "" {
		g.Go(func() error {
			return httpx.Server{
				Name: "metrics", Flag: "telemetry.metrics", Address: c.Telemetry.Metrics,
				Handler: telemetry.From(ctx).MetricsHandler(log), Log: log,
			}.Run(ctx)
		})
	}
	for _, queue := range strings.Split(c.Worker.Queues, ",") {
		o := workerOptions(c, queue)
		o.Interceptors = []interceptor.WorkerInterceptor{&activities.StepLogs{Store: logs}}
		w := worker.New(cl, queue, o)
		if queue == workflows.QueueControl {
			workflows.Register(w)
		}
		w.RegisterActivity(a)
		g.Go(func() error {
			stop := make(chan any)
			go func() { <-ctx.Done(); close(stop) }()
			return w.Run(stop)
		})
	}
	log.Info("worker started", zap.String("queues", c.Worker.Queues), zap.Int("fits", c.Worker.Fits),
		zap.Int("threads", c.Worker.FitThreads()))
	return g.Wait()
}

func workerOptions(c *config.Config, queue string) worker.Options {
	o := worker.Options{WorkerStopTimeout: c.Worker.StopTimeout, DisableRegistrationAliasing: true}
	switch queue {
	case workflows.QueueTrain:
		o.MaxConcurrentActivityExecutionSize = c.Worker.Fits
	case workflows.QueueIO:
		o.MaxConcurrentActivityExecutionSize = 2
	}
	if queue != workflows.QueueControl {
		o.DisableWorkflowWorker = true
	}
	return o
}
