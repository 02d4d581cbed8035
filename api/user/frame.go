package user

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/serve"
)

// maxCalls is how many calls one request may have, but for tables.
const maxCalls = 10_000

// frame is calls as protocols of data scientists have them: either named columns
// of equal length, or rows of the model's own features.
type frame struct {
	rows     int
	names    []string
	columns  [][]cell
	features []float64 // row by row
}

// answerFrame answers every row by one model, or says where the first wrong
// cells are.
func (a *api) answerFrame(r *http.Request, model *serve.Loaded, f *frame) ([]serve.Reply, []string, error) {
	if f.features != nil {
		replies, err := a.answerFeatures(r, model, f)
		return replies, nil, err
	}
	head := make([]tableColumn, len(f.names))
	for i, name := range f.names {
		head[i].name = name
	}
	use, notes, wrong := a.header(head)
	if len(wrong) > 0 {
		return nil, nil, fieldError(wrong)
	}
	now, who := a.Now(), account(r.Context())
	questions := make([]serve.Question, f.rows)
	for i := range questions {
		var w row
		for j, u := range use {
			if u.set == nil {
				continue
			}
			if what := u.set(&w, f.columns[j][i]); what != "" {
				wrong = append(wrong, httpx.Field{Pointer: fmt.Sprintf("row %d, column %s", i, f.names[j]), Detail: what})
			}
		}
		q, bad := w.question(now)
		for _, b := range bad {
			wrong = append(wrong, httpx.Field{Pointer: strings.TrimSuffix(fmt.Sprintf("row %d, column %s", i, strings.TrimPrefix(b.Pointer, "/")), ", column "), Detail: b.Detail})
		}
		if len(wrong) > 0 {
			if len(wrong) >= maxNamed {
				break
			}
			continue
		}
		body, err := json.Marshal(&w.Call)
		if err != nil {
			return nil, nil, err
		}
		q.Account, q.Request = who, body
		questions[i] = q
	}
	if len(wrong) > 0 {
		return nil, nil, fieldError(wrong)
	}
	replies, err := a.Desk.AskOf(r.Context(), model, questions)
	return replies, notes, err
}

// maxNamed is how many wrong cells are named at most.
const maxNamed = 20

// fieldError is the wrong fields in one sentence.
func fieldError(wrong []httpx.Field) error {
	parts := make([]string, 0, len(wrong))
	for _, f := range wrong[:min(len(wrong), maxNamed)] {
		if f.Pointer == "" {
			parts = append(parts, f.Detail)
			continue
		}
		parts = append(parts, strings.TrimPrefix(f.Pointer, "/")+": "+f.Detail)
	}
	return fmt.Errorf("%s: %w", strings.Join(parts, "; "), lfb.ErrInvalid)
}

func (a *api) answerFeatures(r *http.Request, model *serve.Loaded, f *frame) ([]serve.Reply, error) {
	schema := model.Bundle.Spec.Schema()
	width := schema.Width()
	if len(f.features) != f.rows*width {
		return nil, fmt.Errorf("%d features a row, where the model has %d: %w", len(f.features)/max(f.rows, 1), width, lfb.ErrInvalid)
	}
	x := ml.NewMatrix(schema, f.rows)
	questions := make([]serve.Question, f.rows)
	for i := range questions {
		values := f.features[i*width:][:width]
		request := append(make([]byte, 0, 12*width), `{"features":[`...)
		for j, v := range values {
			x.Col(j)[i] = v
			if j > 0 {
				request = append(request, ',')
			}
			if math.IsNaN(v) || math.IsInf(v, 0) {
				request = append(request, "null"...)
				continue
			}
			request = strconv.AppendFloat(request, v, 'g', -1, 64)
		}
		questions[i] = serve.Question{Call: serve.NewCall(a.Now()), Account: account(r.Context()), Request: append(request, "]}"...)}
	}
	return a.Desk.AskRows(r.Context(), model, x, questions)
}

// cellOfJSON is a JSON value as a cell; false for lists and objects.
func cellOfJSON(v any) (cell, bool) {
	switch v := v.(type) {
	case nil:
		return cell{}, true
	case string:
		if v == "" {
			return cell{}, true
		}
		return cell{kind: textCell, text: v}, true
	case float64:
		return cell{kind: numberCell, num: v}, true
	case bool:
		return cell{kind: textCell, text: strconv.FormatBool(v)}, true
	}
	return cell{}, false
}

// numberOf is a JSON value as a feature: null is missing.
func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case nil:
		return math.NaN(), true
	case float64:
		return v, true
	}
	return 0, false
}
