package telemetry

import (
	"fmt"

	tlog "go.temporal.io/sdk/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"lfb/internal/config"
)

// NewLogger builds the process's logger, which writes to standard error. What third
// parties print through package log goes there too, as warnings.
func NewLogger(c config.Log) (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(c.Level)
	if err != nil {
		return nil, fmt.Errorf("-log.level: %w", err)
	}
	zc := zap.NewProductionConfig()
	zc.Level = zap.NewAtomicLevelAt(level)
	zc.DisableStacktrace = true
	zc.DisableCaller = true
	zc.Sampling = nil
	zc.EncoderConfig.EncodeTime = zapcore.ISO8601TimeEncoder
	zc.EncoderConfig.EncodeDuration = zapcore.StringDurationEncoder
	if c.Format == "console" {
		zc.Encoding = "console"
		zc.EncoderConfig.EncodeLevel = zapcore.CapitalLevelEncoder
	}
	l, err := zc.Build()
	if err == nil {
		_, err = zap.RedirectStdLogAt(l.Named("std"), zap.WarnLevel)
	}
	return l, err
}

// Temporal adapts l to the SDK's logger. The SDK's key-value pairs become fields.
func Temporal(l *zap.Logger) tlog.Logger { return temporalLog{l.Named("temporal").Sugar()} }

type temporalLog struct{ s *zap.SugaredLogger }

func (t temporalLog) Debug(msg string, kv ...any) { t.s.Debugw(msg, kv...) }
func (t temporalLog) Info(msg string, kv ...any)  { t.s.Debugw(msg, kv...) } // the SDK's Info is our Debug
func (t temporalLog) Warn(msg string, kv ...any)  { t.s.Warnw(msg, kv...) }
func (t temporalLog) Error(msg string, kv ...any) { t.s.Errorw(msg, kv...) }

// With returns a logger that adds kv to every message.
func (t temporalLog) With(kv ...any) tlog.Logger { return temporalLog{t.s.With(kv...)} }
