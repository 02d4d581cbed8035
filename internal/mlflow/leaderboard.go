package mlflow

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"lfb/internal/registry"
)

// leaderboardFiles are the parent run's artifacts about all candidates.
func leaderboardFiles(cs []registry.Candidate) ([]artifact, error) {
	body, err := json.MarshalIndent(cs, "", " ")
	if err != nil {
		return nil, fmt.Errorf("leaderboard: %w", err)
	}
	table, err := leaderboardCSV(cs)
	if err != nil {
		return nil, err
	}
	var valid, holdout []bar
	for _, c := range cs {
		if c.State == "trained" {
			valid = append(valid, bar{c.Name, c.Valid.First.RMSE})
			holdout = append(holdout, bar{c.Name, c.Holdout.First.RMSE})
		}
	}
	validPlot, err := barPlot("rmse_validation", "RMSE on validation, first engine", "s", valid)
	if err != nil {
		return nil, err
	}
	holdoutPlot, err := barPlot("rmse_holdout", "RMSE on the hold-out, first engine", "s", holdout)
	return []artifact{text("leaderboard.json", body), text("leaderboard.csv", table), validPlot, holdoutPlot}, err
}

func leaderboardCSV(cs []registry.Candidate) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{
		"rank", "candidate", "version", "valid_rmse_seconds", "holdout_rmse_seconds", "holdout_mae_seconds",
		"holdout_p90_error_seconds", "holdout_p90_coverage", "fit_seconds", "error",
	}}
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
	for _, c := range cs {
		h := c.Holdout.First
		rows = append(rows, []string{
			strconv.Itoa(c.Rank), c.Name, c.Version, number(c.Valid.First.RMSE), number(h.RMSE), number(h.MAE),
			number(h.PinballP90), number(h.CoverageP90), number(c.FitTime.Seconds()), c.Error,
		})
	}
	err := w.WriteAll(rows)
	return b.Bytes(), err
}

// note is the parent run's description, in Markdown.
func note(r registry.Run, cs []registry.Candidate) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** — %s\n\n", r.Outcome, oneLine(r.Reason))
	if len(cs) == 0 {
		return b.String()
	}
	b.WriteString("First engine, seconds:\n\n| rank | candidate | version | RMSE validation | RMSE hold-out | MAE | P90 coverage |\n|---:|---|---|---:|---:|---:|---:|\n")
	for _, c := range cs {
		if c.State != "trained" {
			fmt.Fprintf(&b, "| – | %s | failed: %s | | | | |\n", oneLine(c.Name), oneLine(c.Error))
			continue
		}
		h := c.Holdout.First
		fmt.Fprintf(&b, "| %d | %s | %s | %.1f | %.1f | %.1f | %.1f %% |\n", c.Rank, oneLine(c.Name), c.Version, c.Valid.First.RMSE, h.RMSE, h.MAE, h.CoverageP90*100)
	}
	return b.String()
}

// oneLine keeps a text inside its cell.
func oneLine(s string) string {
	return strings.NewReplacer("\n", " ", "|", `\|`, "<", "&lt;").Replace(s)
}
