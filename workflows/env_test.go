package workflows

import (
	"math"
	"time"

	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
)

// newTestEnvironment runs a workflow without the SDK's watches, which go by the clock of the
// wall: on a busy machine a workflow task of a second is no deadlock.
func newTestEnvironment() *testsuite.TestWorkflowEnvironment {
	var s testsuite.WorkflowTestSuite
	env := s.NewTestWorkflowEnvironment()
	env.SetTestTimeout(10 * time.Minute)
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: math.MaxInt64})
	return env
}
