package app

import (
	"lfb/activities"
	"lfb/internal/config"
	"lfb/internal/mlflow"
	"lfb/internal/telemetry"
)

// openTracker is the tracking server that runs are exported to; nil without one.
func openTracker(c *config.Config) (activities.Tracker, error) {
	if c.MLflow.URI == "" {
		return nil, nil
	}
	return mlflow.New(c.MLflow, mlflow.Options{Bucket: c.S3.Bucket, Commit: telemetry.Revision()})
}
