package source

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"lfb/internal/clean"
	"lfb/internal/lfb"
	"lfb/internal/testdata"
)

const (
	incidentCSV     = "IncidentNumber,DateOfCall,TimeOfCall,IncidentGroup,StopCodeDescription\n1091,2009-01-01,00:02:11,Fire,Primary Fire\n"
	mobilisationCSV = "IncidentNumber,ResourceMobilisationId,Resource_Code,PerformanceReporting,DateAndTimeMobilised\n1091,7,H271,1,01/01/2009 00:02\n"
)

// folder writes files, name to content, into a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestDirList(t *testing.T) {
	t.Parallel()
	book := workbookBytes(t, func(f *excelize.File) { putRows(t, f, "Sheet1", tableHeader()) })
	metadata := workbookBytes(t, func(f *excelize.File) { putRows(t, f, "Sheet1", []any{"Column", "Description"}) })
	root := folder(t, map[string]string{
		"b/mobilisations.CSV":    mobilisationCSV,
		"b/c/incidents.csv.xlsx": string(book),
		"text.xlsx":              incidentCSV,
		"old.zip":                string(zipOf(t, "LFB.csv", incidentCSV)),
		"keyless.csv":            strings.Replace(incidentCSV, "IncidentNumber", "Nr", 1),
		"stations.csv":           "name,callsign\nSoho,A24\n",
		"Metadata.xlsx":          string(metadata),
		"README.md":              "# hello",
		".DS_Store":              "x",
		"~$text.xlsx":            "lock",
	})
	d := NewDir(root, clean.KindOf)
	items, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]lfb.Kind{}
	for _, item := range items {
		got[item.Name] = item.Kind
		if item.Version == "" || item.Size <= 0 || item.URL != "" {
			t.Errorf("item %+v, want a version and a size", item)
		}
	}
	want := map[string]lfb.Kind{
		"b/mobilisations.CSV": lfb.MobilisationFile, "b/c/incidents.csv.xlsx": lfb.IncidentFile,
		"text.xlsx": lfb.IncidentFile, "old.zip": lfb.IncidentFile, "keyless.csv": lfb.IncidentFile,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	if items[0].Name != "b/c/incidents.csv.xlsx" || items[4].Name != "text.xlsx" {
		t.Errorf("List = %v, want sorted by name", items)
	}
}

func TestDirErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		spec string
		want error
		says string
	}{
		{"empty folder", t.TempDir(), lfb.ErrNotFound, "no incident or mobilisation file among 0"},
		{"only others", folder(t, map[string]string{"a.txt": "x", "stations.csv": "a,b\n"}), lfb.ErrNotFound, "among 2"},
		{"no folder", filepath.Join(t.TempDir(), "none"), lfb.ErrNotFound, "none"},
		{"nothing given", " ", lfb.ErrInvalid, "no folder"},
		{
			"XLSX that is none", folder(t, map[string]string{"a/bad.xlsx": "PK\x03\x04 not at all"}), lfb.ErrInvalid,
			"a/bad.xlsx: ",
		},
		{"empty file", folder(t, map[string]string{"zero.csv": "", "a.csv": incidentCSV}), lfb.ErrInvalid, "zero.csv: empty"},
		{"address and no address", "http://127.0.0.1:1/a,ftp://x", lfb.ErrUnavailable, "127.0.0.1:1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := NewDir(tt.spec, clean.KindOf).List(t.Context())
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("List = %v, want %v that says %q", err, tt.want, tt.says)
			}
		})
	}
}

func TestDirOpen(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"a/x.csv": incidentCSV})
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	d := NewDir(link, clean.KindOf)
	items, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	body, start, err := d.Open(t.Context(), items[0], 10)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(body)
	if err = errors.Join(err, body.Close()); err != nil || start != 10 || string(got) != incidentCSV[10:] {
		t.Errorf("Open at 10 = %q from %d (%v), want the rest", got, start, err)
	}
	if _, _, err := d.Open(t.Context(), Item{Name: "a/none.csv"}, 0); !errors.Is(err, lfb.ErrNotFound) {
		t.Errorf("Open of no file = %v, want lfb.ErrNotFound", err)
	}
	if _, _, err := d.Open(t.Context(), Item{Name: "../../etc/passwd"}, 0); err == nil {
		t.Error("Open went out of the folder")
	}
	path := filepath.Join(t.TempDir(), "x")
	sum, err := Download(t.Context(), d, items[0], path, ignoreProgress)
	checkFile(t, path, []byte(incidentCSV), sum, err)
}

func TestDirAddresses(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	s.files["7d5b4e2f"].breakAt = 100_000
	a, b := s.URL+"/download/24r65/7d5b4e2f/LFB.csv?token=s3cr3t", s.URL+"/download/24r65/7d5b4e2f/LFB.csv"
	d := NewDir(a+", "+b+",", clean.KindOf)
	items, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(s.URL, "http://")
	if len(items) != 2 || items[0].Name != host+"/download/24r65/7d5b4e2f/LFB.csv" || items[1].Name != items[0].Name+"#2" {
		t.Fatalf("List = %+v, want two names without a query", items)
	}
	if items[0].URL != a || items[0].Version != `etag:"7d5b4e2f-1"` || items[0].Kind != "" {
		t.Errorf("item = %+v, want the whole address, the tag, no kind yet", items[0])
	}
	path := filepath.Join(t.TempDir(), "x")
	sum, err := downloadAgain(t, d, items[0], path)
	checkFile(t, path, s.content("7d5b4e2f"), sum, err)
}

// The folder of real rows: five incident files and three of mobilisations.
func TestDirRealRows(t *testing.T) {
	t.Parallel()
	d := NewDir(testdata.Path(t), clean.KindOf)
	items, err := d.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[lfb.Kind]int{}
	for _, item := range items {
		kinds[item.Kind]++
	}
	if diff := cmp.Diff(map[lfb.Kind]int{lfb.IncidentFile: 5, lfb.MobilisationFile: 3}, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

// A reader of anything ends or says what is wrong.
func FuzzReader(f *testing.F) {
	f.Add([]byte(incidentCSV))
	f.Add([]byte("\ufeffa;b\n\"1\";\"2\"\"\n\"\n"))
	f.Add(zipOf(f, "x.csv", incidentCSV))
	f.Add(handMade(f, `<x:row r="1"><x:c r="A1" t="s"><x:v>1</x:v></x:c><x:c s="2"><x:v>43101.5</x:v></x:c></x:row>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := NewReader(bytes.NewReader(data), int64(len(data)), "fuzz")
		if err != nil {
			return
		}
		for i := 0; i <= len(data); i++ {
			if _, err = r.Next(); err != nil {
				break
			}
		}
		if err == nil {
			t.Error("more rows than bytes")
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, lfb.ErrInvalid) {
			t.Errorf("Next = %v, want io.EOF or lfb.ErrInvalid", err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}
