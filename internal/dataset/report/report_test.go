package report

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"lfb/internal/dataset"
	"lfb/internal/dataset/datasettest"
	"lfb/internal/lfb"
	"lfb/internal/s3/memblob"
)

// city makes n incidents, 31 a day from 1 January 2017 on.
func city(n int) datasettest.Incidents {
	start := time.Date(2017, 1, 1, 0, 10, 0, 0, lfb.London)
	out := make(datasettest.Incidents, n)
	for i := range out {
		out[i] = lfb.Incident{
			IncidentNumber: fmt.Sprintf("%06d", i), CalledAt: start.Add(time.Duration(i) * 46 * time.Minute),
			IncidentGroup: "Fire", PropertyType: fmt.Sprintf("type %d", i%7), BoroughCode: fmt.Sprintf("E09%06d", i%33),
			EastingRounded:                   lfb.Some(float64(510050 + 100*(i*37%400))),
			NorthingRounded:                  lfb.Some(float64(165050 + 100*(i*53%300))),
			FirstPumpArrivingAttendanceTime:  lfb.Some(100 + i*7%500),
			SecondPumpArrivingAttendanceTime: lfb.Opt[int]{V: 150 + i*7%500, OK: i%3 == 0},
		}
	}
	return out
}

// publish builds a data set and draws its report.
func publish(t *testing.T, blobs *memblob.Store, in datasettest.Incidents, origin lfb.Origin, job Job) (Refs, string) {
	t.Helper()
	o := dataset.Options{Origin: origin, Reported: func(*lfb.Incident) string { return "fire" }}
	var err error
	if job.Manifest, err = dataset.Build(t.Context(), in, blobs, o); err != nil {
		t.Fatal(err)
	}
	refs, err := Publish(t.Context(), blobs, job)
	if err != nil {
		t.Fatalf("Publish() = %v", err)
	}
	body, err := blobs.ReadAll(t.Context(), refs.HTML)
	if err != nil {
		t.Fatal(err)
	}
	return refs, string(body)
}

func TestPublish(t *testing.T) {
	t.Parallel()
	blobs := memblob.New()
	refs, html := publish(t, blobs, city(3000), lfb.Real, Job{})
	for _, want := range []string{
		"<!DOCTYPE html>", Attribution, "the first snapshot", "4 000", "station_ground", "Rows by month",
		"prefers-color-scheme: dark", "No row was rejected", `class="map"`, `[style*="fill:#`, "first engine",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("report lacks %q", want)
		}
	}
	for _, bad := range []string{"<script", "NaN", "Inf", "<?xml", "Synthetic", "ZgotmplZ", "%!"} {
		if strings.Contains(html, bad) {
			t.Errorf("report has %q", bad)
		}
	}
	if links := regexp.MustCompile(`(src|href)=|url\(|@import`).FindAllString(html, -1); len(links) > 0 {
		t.Errorf("report refers to %v, want nothing outside itself", links)
	}
	if !strings.HasPrefix(refs.HTML.Key, "dataset/report/"+refs.HTML.SHA256) || !strings.HasPrefix(refs.Summary.Key,
		"dataset/summary/") {
		t.Errorf("Publish() = %+v, want content addresses", refs)
	}
	again, second := publish(t, memblob.New(), city(3000), lfb.Real, Job{})
	if again != refs || second != html {
		t.Errorf("again: %+v, want %+v", again, refs)
	}
}

func TestPublishSynthetic(t *testing.T) {
	t.Parallel()
	_, html := publish(t, memblob.New(), city(100), lfb.Synthetic, Job{})
	if !strings.Contains(html, `class="banner"`) || strings.Contains(html, Attribution) {
		t.Errorf("synthetic report: banner %v, attribution %v, want true, false",
			strings.Contains(html, `class="banner"`), strings.Contains(html, Attribution))
	}
}

func TestPublishChange(t *testing.T) {
	t.Parallel()
	blobs := memblob.New()
	before, _ := publish(t, blobs, city(2000), lfb.Real, Job{})
	moved := city(3000)
	for i := range moved {
		moved[i].PropertyType = "House"
		if i%2 == 0 {
			moved[i].BoroughCode = ""
		}
	}
	_, html := publish(t, blobs, moved, lfb.Real, Job{Previous: before.Summary})
	for _, want := range []string{"compared with", `class="chip changed"`, `class="chip as before"`, "missing &#43;50.0 points", "&#43;1 333"} {
		if !strings.Contains(html, want) {
			t.Errorf("report lacks %q", want)
		}
	}
	gone := lfb.Ref{Key: "dataset/summary/gone.json"}
	if _, html := publish(t, blobs, moved, lfb.Real, Job{Previous: gone}); !strings.Contains(html, "the first snapshot") {
		t.Error("a summary that is gone: want a report of a first snapshot")
	}
}

// TestPublishEscapes sends markup through every text that a file can hold.
func TestPublishEscapes(t *testing.T) {
	t.Parallel()
	const evil = `<script>alert("1")</script>&'`
	in := city(20)
	for i := range in {
		in[i].PropertyType, in[i].IncidentStationGround, in[i].IncidentGroup = evil, evil, evil
		in[i].FirstPumpArrivingDeployedFromStation = evil
	}
	_, html := publish(t, memblob.New(), in, lfb.Real, Job{
		Rejects: []Reject{{Table: lfb.IncidentFile, Column: evil, Reason: evil, Rows: 3, Example: evil, Line: 17}},
	})
	if strings.Contains(html, "<script") {
		t.Error("a text of the file reached the page as markup")
	}
	if n := strings.Count(html, "&lt;script&gt;"); n < 6 {
		t.Errorf("the text shows %d times, want it in each of its columns and in the reject", n)
	}
	if !strings.Contains(html, "line 17") {
		t.Error("the reject's line is missing")
	}
}

// TestPublishSparse draws what a fresh installation may have.
func TestPublishSparse(t *testing.T) {
	t.Parallel()
	one := city(1)
	one[0].SecondPumpArrivingAttendanceTime.OK = false
	one[0].EastingRounded.OK = false
	second := city(1)
	second[0].FirstPumpArrivingAttendanceTime.OK = false
	for name, in := range map[string]datasettest.Incidents{
		"one first engine, no coordinates": one,
		"one second engine":                second,
	} {
		_, html := publish(t, memblob.New(), in, lfb.Real, Job{})
		if strings.Contains(html, "NaN") || strings.Contains(html, `class="map"`) {
			t.Errorf("%s: report has NaN or a map of nothing", name)
		}
	}
}

func TestHTMLRefuses(t *testing.T) {
	t.Parallel()
	if _, err := HTML(Input{}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("HTML(nothing) = %v, want %v", err, lfb.ErrInvalid)
	}
	if _, err := HTML(Input{Manifest: &dataset.Manifest{}, Summary: &dataset.Summary{
		DataSet: "other",
		Rows:    1,
	}}); !errors.Is(err, lfb.ErrInvalid) {
		t.Errorf("HTML(another's summary) = %v, want %v", err, lfb.ErrInvalid)
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, got, want string }{
		{"whole", formatWhole(1234567), "1 234 567"},
		{"whole, small", formatWhole(-999), "−999"},
		{"minutes", formatMinutes(318.6), "5:19"},
		{"minutes, carry", formatMinutes(59.7), "1:00"},
		{"percent", formatPercent(0.7031), "70.3 %"},
		{"percent, tiny", formatPercent(0.0001), "< 0.1 %"},
		{"percent, nearly all", formatPercent(0.99999), "> 99.9 %"},
		{"percent, all", formatPercent(1), "100.0 %"},
		{"signed", formatSignedSeconds(-1.26), "−1.3 s"},
		{"signed, nothing", formatSignedSeconds(0.04), noChange},
		{"signed whole", formatSignedWhole(1000), "+1 000"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s = %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func BenchmarkHTML(b *testing.B) {
	blobs := memblob.New()
	o := dataset.Options{Origin: lfb.Real, Reported: func(*lfb.Incident) string { return "fire" }}
	m, err := dataset.Build(b.Context(), city(20_000), blobs, o)
	if err != nil {
		b.Fatal(err)
	}
	table, err := dataset.Load(b.Context(), blobs, m, dataset.LoadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	s, err := dataset.Summarise(b.Context(), table, m)
	if err != nil {
		b.Fatal(err)
	}
	var body []byte
	for b.Loop() {
		if body, err = HTML(Input{Manifest: m, Summary: s}); err != nil {
			b.Fatal(err)
		}
	}
	if !bytes.HasPrefix(body, []byte("<!DOCTYPE")) {
		b.Fatal("no page")
	}
}
