package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"lfb/internal/lfb"
)

// The folder and the files of rows in key order, which both sides read.
const (
	orderedFolder     = "csv"
	incidentsFile     = "incidents.csv"
	mobilisationsFile = "mobilisations.csv"
)

// orderRows writes the lines of all CSV files with one header into one, in the order of
// their first field, the IncidentNumber: as the database would hand them out. No files
// write none.
func orderRows(paths []string, to string) error {
	if len(paths) == 0 {
		return nil
	}
	var header []byte
	var lines [][]byte
	for _, path := range paths {
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		first, rest, _ := bytes.Cut(bytes.TrimPrefix(body, []byte("\ufeff")), []byte("\n"))
		if header != nil && !bytes.Equal(first, header) {
			return fmt.Errorf("%s: another header than the files before: %w", path, lfb.ErrInvalid)
		}
		header = first
		for line := range bytes.Lines(rest) {
			lines = append(lines, bytes.TrimSuffix(line, []byte("\n")))
		}
	}
	slices.SortStableFunc(lines, func(a, b []byte) int { return bytes.Compare(incidentNumber(a), incidentNumber(b)) })
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for _, line := range append([][]byte{header}, lines...) {
		w.Write(line) // its errors stay until Flush
		w.WriteByte('\n')
	}
	return errors.Join(w.Flush(), f.Close())
}

func incidentNumber(line []byte) []byte {
	number, _, _ := bytes.Cut(line, []byte(","))
	return bytes.Trim(number, ` "`)
}

// orderFolder orders the files of both kinds that a folder of published files has.
func orderFolder(from, to string) error {
	for pattern, name := range map[string]string{"*ncident*.csv": incidentsFile, "*obilisation*.csv": mobilisationsFile} {
		paths, err := filepath.Glob(filepath.Join(from, pattern))
		if err != nil {
			return err
		}
		if err := orderRows(paths, filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return nil
}
