package main

import (
	"context"
	"fmt"
	"math"
)

// boosting is LightGBM against gbdt: time, memory, error.
func (b *bench) boosting(ctx context.Context, data string, rounds, leaves, runs int) error {
	p, err := b.both(ctx, runs, "fit", "data="+data, fmt.Sprintf("rounds=%d", rounds), fmt.Sprintf("leaves=%d", leaves))
	if err != nil {
		return err
	}
	what := fmt.Sprintf("LightGBM, fit %d × %d, %s rows × %.0f of the %s", rounds, leaves, thousands(p.ours["rows"]),
		p.ours["columns"], names[data])
	b.add(line{
		what: what + ": time", theirs: seconds(p.theirs), ours: seconds(p.ours), ratio: p.ratio("seconds"),
		most: 1,
	})
	b.add(line{
		what: "the same: hold-out RMSE", theirs: rmse(p.theirs), ours: rmse(p.ours), ratio: p.ratio("rmse"),
		most: 1.002,
	})
	b.add(line{
		what: "the same: peak memory above the matrix", theirs: mib(p.theirs), ours: mib(p.ours),
		ratio: p.ratio("peak_mib"), most: 1,
	})
	return nil
}

var names = map[string]string{"city": "synthetic city", "real": "real files"}

// forests is scikit-learn against forest. The whole comparison on a million rows
// would take scikit-learn 80 minutes: 200 trees are grown on fewer rows, and two trees
// on all of them, a hundred of which make 200.
func (b *bench) forests(ctx context.Context) error {
	const few = 30_000
	p, err := b.both(ctx, 1, "forest", "data=city", "trees=200", fmt.Sprintf("rows=%d", few))
	if err != nil {
		return err
	}
	what := "scikit-learn RandomForestRegressor(200, depth 20), "
	b.add(line{
		what: what + thousands(few) + " rows: time", theirs: seconds(p.theirs), ours: seconds(p.ours),
		ratio: 1 / p.ratio("seconds"), least: 20,
	})
	b.add(line{
		what: "the same: hold-out RMSE", theirs: rmse(p.theirs), ours: rmse(p.ours), ratio: p.ratio("rmse"),
		most: 1.01,
	})
	if b.real != "" {
		if p, err = b.both(ctx, 1, "forest", "data=real", "trees=200"); err != nil {
			return err
		}
		b.add(line{
			what: what + thousands(p.ours["rows"]) + " real rows: time", theirs: seconds(p.theirs),
			ours: seconds(p.ours), ratio: 1 / p.ratio("seconds"), least: 20,
		})
		b.add(line{
			what: "the same: RMSE, 15-28 February", theirs: rmse(p.theirs), ours: rmse(p.ours),
			ratio: p.ratio("rmse"), most: 1.01,
		})
	}
	p, err = turns(1,
		func() (result, error) { return b.theirs(ctx, "forest", "data=city", "trees=2") },
		func() (result, error) { return b.ours(ctx, "forest", "data=city", "trees=20") })
	if err != nil {
		return err
	}
	theirs, ours := p.theirs["seconds"]/2, p.ours["seconds"]/20
	b.add(line{
		what:   "the same on 1.0 M rows, time of a tree (2 trees of theirs, 20 of ours, binning included)",
		theirs: fmt.Sprintf("%.2f s", theirs), ours: fmt.Sprintf("%.2f s", ours), ratio: theirs / ours, least: 20,
	})
	return nil
}

// rows is one row at a time.
func (b *bench) rows(ctx context.Context) error {
	const n = "rows=5000"
	p, err := b.both(ctx, min(b.runs, 3), "row", n)
	if err != nil {
		return err
	}
	fast, err := b.theirs(ctx, "fast_row", n)
	if err != nil {
		return err
	}
	if math.Abs(p.ours["sum"]/fast["sum"]-1) > 1e-9 || math.Abs(p.ours["sum"]/p.theirs["sum"]-1) > 1e-9 {
		return fmt.Errorf("predictions differ: ours sum to %v, theirs to %v and %v", p.ours["sum"], p.theirs["sum"],
			fast["sum"])
	}
	b.add(line{
		what: "LightGBM Booster.predict, one row, 500 × 63, from Python, P50", theirs: micros(p.theirs),
		ours: micros(p.ours), ratio: 1 / p.ratio("p50_us"), least: 5,
	})
	b.add(line{
		what: "the same by its C API's single-row fast path, P50", theirs: micros(fast), ours: micros(p.ours),
		ratio: p.ours["p50_us"] / fast["p50_us"], most: 1,
	})
	b.add(line{
		what: "one row, 500 × 63, P50 (P99 " + fmt.Sprintf("%.1f µs)", p.ours["p99_us"]), ours: micros(p.ours),
		ratio: p.ours["p50_us"], most: 20, unit: " µs",
	})
	return nil
}

// batches is a million rows on two threads.
func (b *bench) batches(ctx context.Context) error {
	p, err := b.both(ctx, min(b.runs, 3), "batch")
	if err != nil {
		return err
	}
	if math.Abs(p.ratio("sum")-1) > 1e-9 {
		return fmt.Errorf("predictions differ: ours sum to %v, theirs to %v", p.ours["sum"], p.theirs["sum"])
	}
	b.add(line{
		what:   "LightGBM predict, " + thousands(p.ours["rows"]) + " rows, 500 × 63, two threads",
		theirs: seconds(p.theirs), ours: seconds(p.ours), ratio: p.ratio("seconds"), most: 1,
	})
	return nil
}

// contributions is TreeSHAP: a batch beside LightGBM's, then single rows.
func (b *bench) contributions(ctx context.Context) error {
	p, err := b.both(ctx, min(b.runs, 3), "contrib", "rows=1000")
	if err != nil {
		return err
	}
	b.add(line{
		what: "LightGBM pred_contrib, 1,000 rows, 500 × 63", theirs: seconds(p.theirs), ours: seconds(p.ours),
		ratio: p.ratio("seconds"), most: 1,
	})
	b.add(line{
		what: "the same: largest difference, seconds", ours: fmt.Sprintf("%.1e", p.ours["worst"]),
		ratio: p.ours["worst"], most: 1e-6, unit: " s",
	})
	for _, m := range []struct{ model, what string }{
		{"gbdt", "TreeSHAP, one row, 500 × 63"},
		{"forest", "TreeSHAP, one row, the candidate forest: 100 trees of up to 5,000 leaves"},
	} {
		r, err := b.ours(ctx, "shap", "rows=200", "model="+m.model)
		if err != nil {
			return err
		}
		ms := r["p50_us"] / 1e3
		l := line{
			what: fmt.Sprintf("%s, P50 (P99 %.1f ms)", m.what, r["p99_us"]/1e3), ours: fmt.Sprintf("%.1f ms", ms),
			ratio: ms, most: 10, unit: " ms",
		}
		b.add(l)
	}
	return nil
}

// cleaning is pandas, with the reader that read_csv has by default, against clean and
// dataset. Its ratio is reported, whatever it is: nobody waits for this path without the
// database in it.
func (b *bench) cleaning(ctx context.Context) error {
	p, err := b.both(ctx, min(b.runs, 3), "clean")
	if err != nil {
		return err
	}
	what := fmt.Sprintf("pandas.read_csv and the original's cleaning, %s + %s rows to Parquet",
		thousands(p.ours["incidents"]), thousands(p.ours["mobilisations"]))
	b.add(line{what: what, theirs: seconds(p.theirs), ours: seconds(p.ours), ratio: 1 / p.ratio("seconds")})
	b.add(line{
		what: "the same: peak memory of the process", theirs: mib(p.theirs), ours: mib(p.ours),
		ratio: p.ratio("peak_mib"), unit: "",
	})
	return nil
}
