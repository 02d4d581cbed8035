package app

import (
	"os"

	"lfb/activities"
	"lfb/internal/config"
	"lfb/internal/mlflow"
	"lfb/internal/telemetry"
)

// openTracker is the tracking server that runs are exported to; nil without one.
func openTracker(c *config.Config, scratch string) (activities.Tracker, error) {
	if c.MLflow.URI == "" {
		return nil, nil
	}
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return nil, err
	}
	return mlflow.New(c.MLflow, mlflow.Options{Scratch: scratch, Bucket: c.S3.Bucket, Commit: telemetry.Revision()})
}
