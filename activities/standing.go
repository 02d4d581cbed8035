package activities

import (
	"strconv"
	"time"

	"lfb/internal/registry"
)

// Standing is one line of a leaderboard as people see it: seconds, first engine,
// attendance time.
type Standing struct {
	Rank        int           `json:"rank"` // 1 = winner; 0 = not ranked: champion and failures
	Candidate   string        `json:"candidate"`
	Version     string        `json:"version"`
	Error       string        `json:"error"`
	ValidRMSE   float64       `json:"valid_rmse"` // 0 where not measured: of the champion
	RMSE        float64       `json:"rmse"`       // on the hold-out, like what follows
	SentRMSE    float64       `json:"sent_rmse"`  // with the station known that arrived, an upper bound; 0 where no head takes it
	MAE         float64       `json:"mae"`
	PinballP90  float64       `json:"pinball_p90"`
	CoverageP90 float64       `json:"coverage_p90"`
	FitTime     time.Duration `json:"fit_time"` // 0 where there was no fit in this run
}

// SentText is SentRMSE, or a dash.
func (s Standing) SentText() string { return formatFigure(s.SentRMSE) }

// ValidText is ValidRMSE, or a dash where it was not measured: of the champion, which was
// trained on other rows.
func (s Standing) ValidText() string { return formatFigure(s.ValidRMSE) }

// FitText is the time of the fit in seconds, or a dash where there was none in this run.
func (s Standing) FitText() string { return formatFigure(s.FitTime.Seconds()) }

// formatFigure is a figure, or a dash for one that was not measured.
func formatFigure(v float64) string {
	if v == 0 {
		return "–"
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

// RankText is the rank, or a dash.
func (s Standing) RankText() string {
	if s.Rank == 0 {
		return "–"
	}
	return strconv.Itoa(s.Rank)
}

// StandingOf is the line of one candidate.
func StandingOf(c registry.Candidate) Standing {
	h := c.Holdout.First
	s := Standing{
		Rank: c.Rank, Candidate: c.Name, Version: c.Version, Error: c.Error, ValidRMSE: c.Valid.First.RMSE,
		RMSE: h.RMSE, MAE: h.MAE, PinballP90: h.PinballP90, CoverageP90: h.CoverageP90, FitTime: c.FitTime,
	}
	if c.HoldoutSent != nil {
		s.SentRMSE = c.HoldoutSent.RMSE
	}
	return s
}
