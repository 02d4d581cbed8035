package activities

import (
	"testing"
	"time"

	"lfb/internal/s3/memblob"
)

// TestStepsAtOnce has two executions of one step at work at the same time. What they make
// says when it was made, so that it differs; both give what the first one made.
func TestStepsAtOnce(t *testing.T) {
	t.Parallel()
	type made struct {
		At   time.Time
		Note string `json:",omitempty"`
	}
	blobs := memblob.New()
	early := made{At: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)}
	late, again, err := rememberStep(t.Context(), blobs, stepClean, "files", func() (made, error) {
		got, again, err := rememberStep(t.Context(), blobs, stepClean, "files", func() (made, error) { return early, nil })
		if got != early || again || err != nil {
			t.Errorf("the first = %v, again %v, %v", got, again, err)
		}
		return made{At: early.At.Add(time.Second), Note: "the second's"}, nil
	})
	if late != early || !again || err != nil {
		t.Errorf("the second = %v, again %v, %v; want the first's", late, again, err)
	}
}
