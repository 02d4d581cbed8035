package app

import (
	"context"
	"net/http"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"lfb/api/admin"
	"lfb/api/user"
	"lfb/api/web"
	"lfb/internal/config"
	"lfb/internal/control"
	"lfb/internal/httpx"
	"lfb/internal/ml/catalog"
	"lfb/internal/mysql"
	"lfb/internal/registry"
	"lfb/internal/s3"
	"lfb/internal/serve"
	"lfb/internal/spool"
	"lfb/internal/telemetry"
)

// API serves the three listeners until ctx ends. It starts and answers from the
// local copy of the champion while the database, the store and Temporal are away.
func API(ctx context.Context, c *config.Config, log *zap.Logger) error {
	t := telemetry.From(ctx)
	db, err := mysql.New(c.MySQL, mysql.OpenedBy(t.OpenDB), mysql.AnsweredWithin(30*time.Second))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // what matters is in the spool
	bucket, err := s3.Open(ctx, c.S3, t.Transport)
	if err != nil {
		return err
	}
	champion := serve.NewChampion(db, bucket, filepath.Join(c.State.Dir, "champion"), c.API.Refresh, log)
	refused := &serve.RefusedLog{Store: db, Champion: champion, Now: time.Now, Log: log}
	sp, err := spool.Open(filepath.Join(c.State.Dir, "spool"), serve.Ship(db), refused.Refuse, log)
	if err != nil {
		return err
	}
	defer func() { _ = sp.Close() }() // what is not shipped stays for the next start
	o, err := clientOptions(ctx, c, log.Named("temporal"))
	if err != nil {
		return err
	}
	cl, err := client.NewLazyClient(o)
	if err != nil {
		return err
	}
	defer cl.Close()
	accounts := serve.Remember(db, filepath.Join(c.State.Dir, "accounts.json"), time.Now, log)
	auth := httpx.NewAuth(accounts)
	sessions := httpx.NewSessions(auth, httpx.SessionOptions{
		Store: db, Idle: c.API.SessionIdle, Max: c.API.SessionMax, Secure: c.API.SecureCookies,
	})
	ctl := control.New(cl, c, db, time.Now)
	placed := serve.NewPlaces(db, bucket, champion, filepath.Join(c.State.Dir, "places"), log)
	predictor := serve.NewPredictor(champion, sp, time.Now)
	predictor.Places = placed
	covers := &serve.Cover{Champion: champion, Sets: db, Blobs: bucket}
	predictor.Availability = serve.NewAvailability(db, c.API.Refresh, time.Now, log)
	predictor.Availability.KeepIn(filepath.Join(c.State.Dir, "availability.json"))
	handling := serve.NewCallHandling(db, c.API.CallHandling, log)
	handlers := map[string]http.Handler{
		"user": user.New(user.Options{
			Champion: champion, Predictor: predictor, Places: placed, Auth: auth,
			MaxBody: c.API.MaxBody, MaxTable: c.API.MaxTable, Log: log, Now: time.Now, Registry: t.Registry(),
			Backlog: sp.Backlog, MaxSpoolAge: c.API.MaxSpoolAge, Refused: refused, Predictions: db,
			Limit: httpx.NewLimiter(c.API.Rate, time.Now),
		}),
		"admin": admin.New(admin.Options{
			Store: db, Blobs: bucket, Control: ctl, Cover: covers,
			CheckStations: func(a registry.Availability) error { return champion.Now().CheckStations(a) },
			Candidates:    catalog.Names(), Columns: mysql.Columns(), Auth: auth, MaxBody: c.API.MaxBody,
			MaxResult: c.Train.ExternalBytes, Log: log,
			Limit: httpx.NewLimiter(c.API.PageRate, time.Now), TemporalUI: c.Temporal.UI, Namespace: c.Temporal.Namespace,
		}),
		"web": web.New(web.Options{
			Store: db, Champion: champion, Predictor: predictor, Places: placed, Cover: covers, Blobs: bucket,
			Handling: handling.Now, Availability: predictor.Availability,
			Control: ctl, Auth: auth, Sessions: sessions, MaxBody: c.API.MaxBody, Log: log, Now: time.Now,
			Limit:      httpx.NewLimiter(c.API.PageRate, time.Now),
			Candidates: catalog.Names(), Columns: mysql.Columns(), TemporalUI: c.Temporal.UI, Namespace: c.Temporal.Namespace,
			UserAPI: userAddress(c.API),
			Tiles:   c.Web.Tiles, TilesCredit: c.Web.TilesAttribution,
			Traffic: func() (*web.Traffic, error) { return readTraffic(t.Registry()) },
		}),
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return champion.Run(ctx) })
	g.Go(func() error { return placed.Run(ctx) })
	g.Go(func() error { return sp.Run(ctx) })
	g.Go(func() error { return handling.Run(ctx) })
	g.Go(func() error { return predictor.Availability.Run(ctx) })
	g.Go(func() error { return refused.Watch(ctx) })
	g.Go(func() error { return ctl.KeepRunsTrue(ctx, logReconciled(log)) })
	for name, address := range map[string]string{"user": c.API.User, "admin": c.API.Admin, "web": c.API.Web} {
		g.Go(func() error {
			return httpx.Server{
				Name: name, Flag: "api." + name, Address: address, Cert: c.API.TLSCert, Key: c.API.TLSKey, Log: log,
				Handler: httpx.BelieveProxies(c.API.TrustedProxies, t.Handler(name, handlers[name])),
			}.Run(ctx)
		})
	}
	return g.Wait()
}

// userAddress is where the user API listens, for examples.
func userAddress(c config.API) string {
	if c.TLSCert != "" {
		return "https://" + c.User
	}
	return "http://" + c.User
}

// logReconciled logs the passes that changed something. One that could not ask is no
// news: what keeps it from asking is logged where it is.
func logReconciled(log *zap.Logger) func(int, error) {
	return func(changed int, err error) {
		if changed > 0 {
			log.Info("runs reconciled", zap.Int("runs", changed))
		}
		if err != nil {
			log.Debug("runs not reconciled", zap.Error(err))
		}
	}
}
