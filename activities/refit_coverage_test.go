package activities

import (
	"math"
	"os"
	"strconv"
	"testing"

	"lfb/internal/dataset"
	"lfb/internal/ml"
)

// TestRefitCoverageEvidence decides anew before each month of the changing city, and asks how many of the month's first
// engines come within P90: as the judged version was calibrated, by its one calibration span, and as its refit is,
// across blocks. LFB_REFIT_COVERAGE is the city's seed; the figures are those of docs/MODELS.md.
func TestRefitCoverageEvidence(t *testing.T) {
	seed, err := strconv.ParseUint(os.Getenv("LFB_REFIT_COVERAGE"), 10, 64)
	if err != nil {
		t.Skip("LFB_REFIT_COVERAGE is no seed")
	}
	a := newActivities(t)
	d, months := changingCity(t, a, seed)
	policies := []*replayedPolicy{{line: "plain", always: true}, {line: "blocks", always: true, refits: true}}
	replayMonths(t, a, d, months, func(k int, plan PlanBackfillResult, table *dataset.Table) {
		for _, p := range policies {
			p.decide(t, a, d, plan, months[k])
			p.answerMonth(t, a, table)
			share, chance, rows := coverageByDay(table, p.now)
			t.Logf("%s %-6s rows %d coverage %.2f %% days move it by %.2f", months[k], p.line, rows, share*100, chance*100)
		}
	})
}

// coverageByDay is the share of first engines that came within P90, and the standard error that a promise of 90 % has
// of it where days are drawn whole.
func coverageByDay(table *dataset.Table, answers []ml.Answer) (share, chance float64, rows int) {
	facts, days := rowFactsOf(table), map[int32]float64{}
	for i, a := range answers {
		if !facts.first[i] {
			continue
		}
		rows++
		days[facts.day[i]] -= ml.Q90
		if table.Attendance(i) <= a.P90 {
			share++
			days[facts.day[i]]++
		}
	}
	for _, beyond := range days {
		chance += beyond * beyond
	}
	return share / float64(rows), math.Sqrt(chance) / float64(rows), rows
}
