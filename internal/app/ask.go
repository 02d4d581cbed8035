package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"lfb/internal/ask"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/s3"
	"lfb/internal/serve"
	"lfb/internal/telemetry"
)

// Ask answers one question in this process, by the model and the places that serve. It is not
// logged. What it downloads stays in a folder of its own.
func Ask(ctx context.Context, c *config.Config, f ask.Form, log *zap.Logger) (*ask.Answer, error) {
	t := telemetry.From(ctx)
	db, err := mysql.Open(ctx, c.MySQL, mysql.OpenedBy(t.OpenDB))
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // nothing is in flight
	bucket, err := s3.Open(ctx, c.S3, t.Transport)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(c.State.Dir, "ask")
	champion := serve.NewChampion(db, bucket, filepath.Join(dir, "champion"), time.Second, log)
	placed := serve.NewPlaces(db, bucket, champion, filepath.Join(dir, "places"), log)
	handling := serve.NewCallHandling(db, c.API.CallHandling, log)
	if err := errors.Join(champion.Refresh(ctx), placed.Refresh(ctx), handling.Refresh(ctx)); err != nil {
		return nil, err
	}
	if champion.Now() == nil {
		return nil, fmt.Errorf("no model serves yet: %w", lfb.ErrUnavailable)
	}
	q, err := ask.Reader{Model: champion.Now(), Places: placed.Set(), Now: time.Now()}.ReadQuestion(f)
	if err != nil {
		return nil, err
	}
	q.Preview = true
	predictor := serve.NewPredictor(champion, nil, time.Now)
	predictor.Places = placed
	return ask.PutQuestion(predictor, q, handling.Now())
}
