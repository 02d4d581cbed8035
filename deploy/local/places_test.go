package main

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/registry"
	"lfb/workflows"
)

// writeCodePoint drops Code-Point Open with one postcode into a folder.
func writeCodePoint(t *testing.T, dir, postcode string, easting, northing int) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "codepo_gb.zip"))
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create("Data/CSV/se.csv")
	if err == nil {
		_, err = fmt.Fprintf(w, "%q,10,%d,%d,\"E92000001\",\"E19000003\",\"E18000007\",\"\",\"E09000011\",\"E05000226\"\r\n",
			postcode, easting, northing)
	}
	if err = errors.Join(err, z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestPlacesEndToEnd loads rows, which makes a set of places of what they teach and of the file
// in the folder; the api takes it, and each new one, without a restart. It keeps the histories
// where `make histories` asks for them.
func TestPlacesEndToEnd(t *testing.T) {
	dir := t.TempDir()
	writeCodePoint(t, dir, "SE109NF", 539_100, 178_300)
	args := append(slices.Clone(small), "-source.dir", dir)
	args[len(small)-1] = "baseline-mean,baseline"
	s := newSystem(t, args...)
	s.start()
	s.until("a champion", 5*time.Minute, s.ready)
	easting := func() (float64, string) {
		var got struct {
			Place   struct{ Easting float64 }
			Quality string
		}
		status, body := s.post("/v1/predictions", `{"postcode":"SE10 9NF"}`)
		if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 {
			t.Fatalf("a prediction = %d %s, %v", status, body, err)
		}
		return got.Place.Easting, got.Quality
	}
	at := func(want float64) func() bool {
		return func() bool {
			e, quality := easting()
			return e == want && quality == "exact"
		}
	}
	s.until("the places of the file", time.Minute, at(539_150))
	set, err := s.db().PlaceSet(t.Context(), lfb.Synthetic)
	if err != nil {
		t.Fatal(err)
	}
	s.until("the places of the rows", time.Minute, func() bool {
		set, err = s.db().PlaceSet(t.Context(), lfb.Synthetic)
		return err == nil && countOf(set, "postcode") > 100
	})
	if len(set.Products) != 1 || countOf(set, "borough") != 33 || countOf(set, "postcode_sector") < 20 {
		t.Errorf("the set = %+v", set)
	}
	if said := s.verb("places", "refresh", "-source", "synthetic", "-source.dir", dir); !strings.Contains(said,
		"unchanged: nothing new") {
		t.Errorf("starter places refresh said %s", said)
	}
	unchanged := s.newestRun(workflows.PlacesID(lfb.Synthetic))
	writeCodePoint(t, dir, "SE109NF", 539_500, 178_300)
	if said := s.verb("places", "refresh", "-source", "synthetic", "-source.dir", dir); !strings.Contains(said,
		"published: set") || !strings.Contains(said, "OS data") {
		t.Errorf("starter places refresh of another file said %s", said)
	}
	s.until("the other file's place", 10*time.Second, at(539_550))
	if said := s.verb("places", "list", "-source", "synthetic"); !strings.Contains(said, "codepo_gb.zip") {
		t.Errorf("starter places list said %s", said)
	}
	if dir := os.Getenv("LFB_RECORD_HISTORIES"); dir != "" {
		r := &recorder{t: t, s: s, cl: s.temporal(), dir: dir}
		r.keep("places-unchanged", workflows.PlacesID(lfb.Synthetic), unchanged)
		r.keep("places", workflows.PlacesID(lfb.Synthetic), "")
		r.keep("retrain-starts-places", workflows.RetrainID(lfb.Synthetic.Line()), "")
	}
}

// countOf is how many places of a kind a set has.
func countOf(s registry.PlaceSet, kind string) int64 {
	for _, c := range s.Counts {
		if c.Kind == kind {
			return c.Places
		}
	}
	return 0
}

// newestRun is the run id of a workflow's newest execution.
func (s *system) newestRun(id string) string {
	s.t.Helper()
	d, err := s.temporal().DescribeWorkflowExecution(s.t.Context(), id, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
}
