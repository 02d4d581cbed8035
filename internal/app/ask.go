package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"lfb/internal/ask"
	"lfb/internal/config"
	"lfb/internal/lfb"
	"lfb/internal/mysql"
	"lfb/internal/s3"
	"lfb/internal/serve"
	"lfb/internal/spool"
	"lfb/internal/telemetry"
)

// Ask answers one question of somebody in this process, by the model and the places that serve, and logs the answer:
// what is entered at a terminal is settled. What it downloads stays in a folder of its own.
func Ask(ctx context.Context, c *config.Config, who string, f ask.Form, log *zap.Logger) (*ask.Answer, error) {
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
	q.Account = who
	own, err := os.MkdirTemp(dir, "log") // one process has a spool open at a time
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(own) }() // what is left in it cannot be logged
	refused := &serve.RefusedLog{Store: db, Champion: champion, Now: time.Now, Log: log}
	sp, err := spool.Open(own, serve.Ship(db), refused.Refuse, log)
	if err != nil {
		return nil, err
	}
	predictor := serve.NewPredictor(champion, sp, time.Now)
	predictor.Places = placed
	a, err := ask.PutQuestion(predictor, q, handling.Now())
	if err != nil {
		return nil, err
	}
	if err := errors.Join(sp.Flush(ctx), sp.Close()); err != nil {
		log.Warn("the answer is not logged", zap.Error(err))
	}
	return a, nil
}
