package main

import (
	"encoding/json"
	"os"
	"syscall"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
)

// TestCopyOfAStoppedFolder is the all-in-one's backup: stop it, copy its folder. The
// copy starts elsewhere, while the original is gone, serves the same version, answers
// the same, and has every byte of the version that it would make again.
func TestCopyOfAStoppedFolder(t *testing.T) {
	s := newSystem(t, small...)
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	ask := `{"easting":535050,"northing":179250,"time":"2024-06-01T12:00:00Z"}`
	_, before := s.post("/v1/predictions", ask)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-s.dead; err != nil {
		t.Fatalf("stopping: %v\n%s", err, s.out)
	}
	s.cmd = nil

	restored := newSystem(t, small...)
	if err := os.CopyFS(restored.dir, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}
	restored.start()
	restored.until("the champion again", 2*time.Minute, restored.ready)
	_, after := restored.post("/v1/predictions", ask)
	if attendance(t, after) != attendance(t, before) || version(before) == "" || version(after) != version(before) {
		t.Errorf("the copy answers %s, the original %s", after, before)
	}
	now, err := registry.Champion(t.Context(), restored.db(), lfb.Synthetic.Line())
	if err != nil || now.To != version(before) {
		t.Errorf("the copy's ledger: %+v, %v, want champion %s", now, err, version(before))
	}
	restored.reproduced(lfb.Synthetic.Line(), version(before))
}

// quantiles are what an answer says of the attendance time.
type quantiles struct {
	P50 float64 `json:"p50_seconds"`
	P90 float64 `json:"p90_seconds"`
}

func attendance(t *testing.T, body string) quantiles {
	t.Helper()
	var answer struct{ Attendance quantiles }
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Attendance.P50 == 0 {
		t.Fatalf("%s: %v", body, err)
	}
	return answer.Attendance
}
