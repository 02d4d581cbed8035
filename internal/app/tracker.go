package app

import (
	"os"
	"runtime/debug"

	"lfb/activities"
	"lfb/internal/config"
	"lfb/internal/mlflow"
)

// openTracker is the tracking server that runs are exported to; nil without one.
func openTracker(c *config.Config, scratch string) (activities.Tracker, error) {
	if c.MLflow.URI == "" {
		return nil, nil
	}
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return nil, err
	}
	e, err := mlflow.New(c.MLflow, mlflow.Options{Scratch: scratch, Bucket: c.S3.Bucket, Commit: revision()})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// revision is the git revision that the program was built from; empty where it is
// not known.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
