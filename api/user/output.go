package user

import (
	"strings"

	"lfb/internal/ml"
	"lfb/internal/serve"
	"lfb/internal/serve/warning"
)

// output is one number of an answer, as tables and tensors name it.
type output struct {
	tensor   string // in tensors and data frames
	column   string // in CSV and Parquet
	response bool   // of the response time, which not every model gives
	number   func(*ml.Answer) float64
}

// outputs are all numbers of an answer: attendance, then response.
func outputs() []output {
	one := []output{
		{tensor: "mean", column: "mean_seconds", number: func(a *ml.Answer) float64 { return a.Mean }},
		{tensor: "p50", column: "p50_seconds", number: func(a *ml.Answer) float64 { return a.P50 }},
		{tensor: "p90", column: "p90_seconds", number: func(a *ml.Answer) float64 { return a.P90 }},
		{tensor: "p_le_360", column: "p_within_6_minutes", number: func(a *ml.Answer) float64 { return a.Within6 }},
		{tensor: "p_le_600", column: "p_within_10_minutes", number: func(a *ml.Answer) float64 { return a.Within10 }},
	}
	out := make([]output, 0, 2*len(one))
	for _, o := range one {
		o.column = "attendance_" + o.column
		out = append(out, o)
	}
	for _, o := range one {
		o.tensor, o.column, o.response = "response_"+o.tensor, "response_"+o.column, true
		out = append(out, o)
	}
	return out
}

// of is the output of a reply; false where the model has no such answer.
func (o *output) of(r *serve.Reply) (float64, bool) {
	if !o.response {
		return o.number(&r.Attendance), true
	}
	if r.Response == nil {
		return 0, false
	}
	return o.number(r.Response), true
}

// answersResponse says whether a model tells of the response time.
func answersResponse(l *serve.Loaded) bool {
	for _, h := range l.Bundle.Heads {
		if h.Target == "response" {
			return true
		}
	}
	return false
}

// remark is a column of words beside the numbers.
type remark struct {
	column string
	text   func(*serve.Reply) string
}

func remarks() []remark {
	return []remark{
		{"prediction_id", func(r *serve.Reply) string { return r.ID }},
		{"model_version", func(r *serve.Reply) string { return r.Model.Version.ID }},
		{"assumed", func(r *serve.Reply) string { return strings.Join(r.Assumed, "; ") }},
		{"warnings", func(r *serve.Reply) string { return strings.Join(warning.Texts(r), "; ") }},
	}
}
