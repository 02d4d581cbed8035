package user

import (
	"lfb/internal/serve"
)

// Why is what each fact contributes to the mean attendance time. Base,
// calibration and all contributions sum to the mean.
type Why struct {
	Base          float64        `json:"base_seconds" doc:"What the model expects of any call"`
	Calibration   float64        `json:"calibration_seconds" doc:"Added to the model's own mean afterwards"`
	Mean          float64        `json:"mean_seconds" doc:"The sum: the mean that is answered"`
	Contributions []Contribution `json:"contributions" doc:"Heaviest first"`
}

// Contribution is what one fact adds.
type Contribution struct {
	Fact    string  `json:"fact"`
	Value   string  `json:"value"`
	Seconds float64 `json:"seconds"`
}

// explainReply asks the model that answered.
func explainReply(r *serve.Reply) (*Why, error) {
	e, err := r.Explain()
	if err != nil {
		return nil, err
	}
	w := &Why{
		Base: e.Base, Calibration: r.Attendance.Mean - e.Mean, Mean: r.Attendance.Mean,
		Contributions: make([]Contribution, len(e.Contributions)),
	}
	for i, c := range e.Contributions {
		w.Contributions[i] = Contribution{Fact: c.Column, Value: c.Value, Seconds: c.Seconds}
	}
	return w, nil
}
