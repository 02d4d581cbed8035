package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"lfb/internal/lfb"
	"lfb/internal/ml/randomforest"
)

// relevance is the feature-selection report: Boruta's verdict on every column of the
// real training rows, or of the city's where there are none. It compares with no
// peer and is made only when it is asked for.
func (b *bench) relevance(ctx context.Context) error {
	data := "real"
	if b.real == "" {
		data = "city"
	}
	train, err := loadRows(b.folder, data, "train", 20_000)
	if err != nil {
		return err
	}
	found, err := randomforest.Boruta(ctx, train, randomforest.ReportSpec{Cycles: 20, Rows: 2000, Trees: 50}, 1)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("no column has a verdict: %w", lfb.ErrInvalid)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "Boruta on the %s: the column beats every shuffled copy in so many of %d forests.\n\n", names[data],
		found[0].Cycles)
	fmt.Fprintln(&out, "| column | hits | verdict |")
	fmt.Fprintln(&out, "|---|---|---|")
	for _, r := range found {
		fmt.Fprintf(&out, "| %s | %d | %s |\n", r.Column, r.Hits, r.Verdict)
	}
	if _, err := os.Stdout.Write(out.Bytes()); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.folder, "relevance.md"), out.Bytes(), 0o644)
}
