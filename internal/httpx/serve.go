package httpx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// Server is one listener.
type Server struct {
	Name    string // for the log: user, admin, web, metrics
	Flag    string // that sets its address
	Address string // host:port
	Handler http.Handler
	Cert    string // TLS certificate file; with Key switches TLS on
	Key     string
	Log     *zap.Logger
}

// How long a peer may take. Stream takes the limits on bodies off.
const (
	headerWait = 5 * time.Second
	bodyWait   = time.Minute
	answerWait = 2 * time.Minute
	idleWait   = 2 * time.Minute
	maxHeader  = 32 << 10 // bytes
)

// Run serves until ctx ends, then lets running requests finish for ten seconds.
func (s Server) Run(ctx context.Context) error {
	l, err := net.Listen("tcp", s.Address)
	if err != nil {
		return fmt.Errorf("-%s: %w", s.Flag, err)
	}
	srv := &http.Server{
		Handler:           s.Handler,
		ReadHeaderTimeout: headerWait,
		ReadTimeout:       bodyWait,
		WriteTimeout:      answerWait,
		IdleTimeout:       idleWait,
		MaxHeaderBytes:    maxHeader,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12},
		ErrorLog:          zap.NewStdLog(s.Log.Named("http")),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	done := make(chan error, 1)
	go func() {
		if s.Cert != "" {
			done <- srv.ServeTLS(l, s.Cert, s.Key)
			return
		}
		done <- srv.Serve(l)
	}()
	s.Log.Info("listening", zap.String("api", s.Name), zap.String("address", l.Addr().String()))
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err = srv.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		return srv.Close()
	}
	return err
}
