package places_test

import (
	"archive/zip"
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"lfb/internal/places"
)

// Rows of the real files, about.
const (
	codePointRows = 1_700_000
	openNameRows  = 3_000_000
)

// BenchmarkLoad reads files of the real files' size, of made-up rows; a tenth is in London and its margin.
func BenchmarkLoad(b *testing.B) {
	codes, names := bigFile(b, writeCodePoint, codePointRows, 10), bigFile(b, writeOpenNames, openNameRows, 10)
	for b.Loop() {
		debug.FreeOSMemory()
		_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // the peak begins anew
		set := loadFiles(b, codes, names)
		b.ReportMetric(peakMiB(), "peakMiB")
		b.ReportMetric(float64(set.Meta.Names), "names")
		b.ReportMetric(float64(set.Meta.Units), "units")
		path := filepath.Join(b.TempDir(), "set")
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		n, err := set.WriteTo(f)
		if err != nil || f.Close() != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n)/(1<<20), "fileMiB")
	}
}

// BenchmarkOpen reads a file as every api does, and says what stays in memory.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "set")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := asKept(b).WriteTo(f); err != nil || f.Close() != nil {
		b.Fatal(err)
	}
	before, kept := heapMiB(), (*places.Set)(nil)
	for b.Loop() {
		if kept, err = places.Open(path); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(heapMiB()-before, "keptMiB")
	kept.Search("x", 1)
}

// BenchmarkSearch asks what people ask, as they type it, of all that is kept.
func BenchmarkSearch(b *testing.B) {
	set := asKept(b)
	for _, text := range []string{
		"kitchen fire in a flat near Brixton station", "High Street", "h", "s", "Staton Raod", "SE10 9NF", "A406/A40",
		"smell of gas, Acacia Road Walthamstow", strings.Repeat("high street church road ", 6),
	} {
		b.Run(text[:min(len(text), 24)], func(b *testing.B) {
			for b.Loop() {
				set.Search(text, 10)
			}
		})
	}
}

// asKept is a set of as many places as the real files leave of London and its margin, about.
func asKept(b *testing.B) *places.Set {
	return loadFiles(b, bigFile(b, writeCodePoint, codePointRows/10, 1), bigFile(b, writeOpenNames, openNameRows/10, 1))
}

func loadFiles(b *testing.B, codes, names string) *places.Set {
	b.Helper()
	build := places.NewBuilder()
	build.AddLondon()
	type adder func(io.ReaderAt, int64, places.Source) error
	for path, add := range map[string]adder{codes: build.AddCodePoint, names: build.AddOpenNames} {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			b.Fatal(err)
		}
		if err := add(f, info.Size(), places.Source{Name: filepath.Base(path)}); err != nil {
			b.Fatal(err)
		}
	}
	return build.Build()
}

func heapMiB() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// peakMiB is the most memory that the process had, since it was told to forget.
func peakMiB() float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kib, _ := strconv.Atoi(strings.Fields(rest)[0])
	return float64(kib) / 1024
}

// bigFile writes a zip once for all benchmarks of a run.
func bigFile(b *testing.B, write func(out *bufio.Writer, rows, oneIn int), rows, oneIn int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "big.zip")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create("Data/all.csv")
	if err != nil {
		b.Fatal(err)
	}
	out := bufio.NewWriterSize(w, 1<<20)
	write(out, rows, oneIn)
	if out.Flush() != nil || z.Close() != nil || f.Close() != nil {
		b.Fatal("not written")
	}
	return path
}

// somewhere is in London and its margin for one row in so many.
func somewhere(r *rand.Rand, oneIn int) (x, y int) {
	if r.IntN(oneIn) == 0 {
		return 500_000 + r.IntN(66_000), 152_000 + r.IntN(53_000)
	}
	return 200_000 + r.IntN(250_000), 100_000 + r.IntN(800_000)
}

func writeCodePoint(w *bufio.Writer, rows, oneIn int) {
	r := rand.New(rand.NewPCG(5, 6))
	const letters = "ABDEFGHJLNPQRSTUWXYZ"
	for i := range rows {
		x, y := somewhere(r, oneIn)
		c := i % (20 * 400)
		code := fmt.Sprintf("%s%2d%d%c%c", []string{"SE", "SW", "NW", "BR", "CR", "EN", "HA", "IG"}[i/(90*8000)%8],
			10+i/8000%90, c/400%10, letters[c%400/20], letters[c%20])
		fmt.Fprintf(w, "%q,10,%d,%d,\"E92000001\",\"E19000003\",\"E18000007\",\"\",\"E090000%02d\",\"E05000001\"\r\n", code,
			x, y, 1+i%33)
	}
}

func writeOpenNames(w *bufio.Writer, rows, oneIn int) {
	r := rand.New(rand.NewPCG(7, 8))
	row := nameRow(1, "transportNetwork", "Named Road", "NAME", 0, 0, 100, "Town", "E09000011", "SE10")
	for i := range rows {
		x, y := somewhere(r, oneIn)
		name := repeated[r.IntN(len(repeated))].name
		if i%4 > 0 {
			name = roadWords[r.IntN(len(roadWords))] + " " + roadKinds[r.IntN(len(roadKinds))]
		}
		if i%3 == 0 {
			name = roadWords[r.IntN(len(roadWords))] + strings.ToLower(roadWords[r.IntN(len(roadWords))]) + " " +
				roadKinds[r.IntN(len(roadKinds))]
		}
		row[0], row[2], row[7] = fmt.Sprintf("osgb%019d", i), name, "Named Road"
		if i%100 < 57 { // most rows are postcodes
			row[2], row[7] = fmt.Sprintf("SE%d %dAB", i%90, i%10), "Postcode"
		}
		row[8], row[9] = strconv.Itoa(x), strconv.Itoa(y)
		row[12], row[13], row[14], row[15] = strconv.Itoa(x-100), strconv.Itoa(y-100), strconv.Itoa(x+100),
			strconv.Itoa(y+100)
		row[18] = roadWords[r.IntN(len(roadWords))]
		w.WriteString(strings.Join(row, ","))
		w.WriteString("\r\n")
	}
}
