package user

import (
	"slices"
	"strings"

	"lfb/internal/bundle"
	"lfb/internal/feature"
	"lfb/internal/ml"
	"lfb/internal/serve"
)

// output is one number of an answer, as tables and tensors name it.
type output struct {
	tensor   string
	column   string
	response bool // of the response time, which not every model gives
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
	all := make([]output, 0, 2*len(one))
	for _, o := range one {
		o.column = "attendance_" + o.column
		all = append(all, o)
	}
	for _, o := range one {
		o.tensor, o.column, o.response = "response_"+o.tensor, "response_"+o.column, true
		all = append(all, o)
	}
	return all
}

// detail is what an answer says beside its numbers, as tables and tensors name it.
type detail struct {
	name     string
	datatype string // as a tensor
	value    func(*serve.Reply) any
}

// details are those, in their order.
func details() []detail {
	list := func(findings []feature.Finding, one func(feature.Finding) string) string {
		texts := make([]string, len(findings))
		for i, f := range findings {
			texts[i] = one(f)
		}
		return strings.Join(texts, "; ")
	}
	return []detail{
		{"quality", "BYTES", func(r *serve.Reply) any { return string(r.Quality) }},
		{"precision_m", "FP64", func(r *serve.Reply) any { return r.PrecisionM }},
		{"unused", "BYTES", func(r *serve.Reply) any {
			return list(r.Unused(), func(f feature.Finding) string { return apiField(f.Fact) + ": " + string(f.Code) })
		}},
		{"warning_codes", "BYTES", func(r *serve.Reply) any {
			return list(r.Findings, func(f feature.Finding) string { return string(f.Code) })
		}},
		{"provisional", "BYTES", func(r *serve.Reply) any { return strings.Join(failingChecks(r.Model), "; ") }},
	}
}

// value is the output of a reply; false where the model has no such answer.
func (o *output) value(r *serve.Reply) (float64, bool) {
	switch {
	case r.Refused != nil:
		return 0, false
	case !o.response:
		return o.number(&r.Attendance), true
	case r.Response == nil:
		return 0, false
	}
	return o.number(r.Response), true
}

// modelOutputs are the outputs that a model gives.
func modelOutputs(l *serve.Loaded) []output {
	response := slices.ContainsFunc(l.Bundle.Heads, func(h bundle.Head) bool { return h.Target == bundle.Response })
	return slices.DeleteFunc(outputs(), func(o output) bool { return o.response && !response })
}
