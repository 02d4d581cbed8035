package user

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"lfb/internal/feature"
	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/ml"
	"lfb/internal/serve"
	"lfb/internal/serve/warning"
	"lfb/internal/table"
)

// Names of tensors beside the fields of a call and the numbers of an answer.
const (
	featuresName = "features"
	idName       = "prediction_id"
)

// maxCalls is how many calls one request may have, but for tables.
const maxCalls = 10_000

// tensors are a request's inputs: either named columns of equal length, or rows of the
// model's own features.
type tensors struct {
	rows     int
	names    []string
	cells    [][]string // by column
	features []float64  // row by row
}

// readTensors reads the request's inputs.
func readTensors(in *oipRequest) (*tensors, error) {
	if len(in.Inputs) == 0 {
		return nil, fmt.Errorf("inputs: none: %w", lfb.ErrInvalid)
	}
	out := &tensors{}
	for k := range in.Inputs {
		t := &in.Inputs[k]
		rows, width, err := t.countValues()
		if err != nil {
			return nil, err
		}
		if k == 0 {
			out.rows = rows
		}
		if rows != out.rows {
			return nil, fmt.Errorf("inputs[%d] %.60q has %d rows, the first input %d: %w", k, t.Name, rows, out.rows,
				lfb.ErrInvalid)
		}
		if t.Name == featuresName {
			if len(in.Inputs) > 1 {
				return nil, fmt.Errorf("inputs: %s and other inputs: either the one or the others: %w", featuresName,
					lfb.ErrInvalid)
			}
			out.features, err = t.readNumbers(rows * width)
			return out, err
		}
		if width != 1 || len(t.Shape) > 2 {
			return nil, fmt.Errorf("input %.60q: shape %v: a column has [N] or [N,1]: %w", t.Name, t.Shape, lfb.ErrInvalid)
		}
		cells, err := t.readColumn(rows)
		if err != nil {
			return nil, err
		}
		out.names, out.cells = append(out.names, t.Name), append(out.cells, cells)
	}
	return out, nil
}

// countValues is rows, and values a row.
func (t *oipTensor) countValues() (rows, width int, err error) {
	if len(t.Shape) == 0 {
		return 0, 0, fmt.Errorf("input %.60q: no shape: %w", t.Name, lfb.ErrInvalid)
	}
	n, w := t.Shape[0], int64(1)
	for _, d := range t.Shape[1:] {
		if d < 1 || d > 10_000 || w*d > 10_000 {
			return 0, 0, fmt.Errorf("input %.60q: shape %v is none: %w", t.Name, t.Shape, lfb.ErrInvalid)
		}
		w *= d
	}
	if n < 1 || n > maxCalls {
		return 0, 0, fmt.Errorf("input %.60q: %d rows: a request has 1 to %d: %w", t.Name, n, maxCalls, lfb.ErrInvalid)
	}
	return int(n), int(w), nil
}

// readNumbers are the values of a tensor of numbers; null is missing.
func (t *oipTensor) readNumbers(n int) ([]float64, error) {
	if t.Datatype == "BYTES" || t.Datatype == "BOOL" {
		return nil, fmt.Errorf("input %.60q: datatype %s, where numbers are wanted: %w", t.Name, t.Datatype, lfb.ErrInvalid)
	}
	out := make([]float64, 0, min(n, 1<<16))
	err := t.eachValue(n, func(v any) bool {
		x, ok := v.(float64)
		if v == nil {
			x = math.NaN()
		}
		out = append(out, x)
		return v == nil || ok && holdsNumber(t.Datatype, x)
	})
	return out, err
}

// readColumn is the values of a tensor as cells of a table; null is empty.
func (t *oipTensor) readColumn(n int) ([]string, error) {
	if _, isNumber := binaryNumbers[t.Datatype]; !isNumber && t.Datatype != "BYTES" {
		return nil, fmt.Errorf("input %.60q: datatype %.20q is not known: %w", t.Name, t.Datatype, lfb.ErrInvalid)
	}
	out := make([]string, 0, n)
	err := t.eachValue(n, func(v any) bool {
		cell, ok := "", v == nil
		switch v := v.(type) {
		case string:
			cell, ok = v, t.Datatype == "BYTES" || v == ""
		case bool:
			cell, ok = strconv.FormatBool(v), t.Datatype == "BOOL"
		case float64:
			cell, ok = strconv.FormatFloat(v, 'g', -1, 64), holdsNumber(t.Datatype, v)
		}
		out = append(out, cell)
		return ok
	})
	return out, err
}

// eachValue gives the values of data, nested or flat, row by row, until one is refused.
func (t *oipTensor) eachValue(n int, accept func(any) bool) error {
	if t.binary != nil {
		return t.eachBinary(n, accept)
	}
	d := json.NewDecoder(bytes.NewReader(t.Data))
	seen := 0
	for depth := 0; ; {
		v, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return fmt.Errorf("input %.60q: no data: %w", t.Name, lfb.ErrInvalid)
		case err != nil: // data is JSON: it is a number beyond those of 64 bits
			return fmt.Errorf("input %.60q: value %d is no %s: %w", t.Name, seen, t.Datatype, lfb.ErrInvalid)
		}
		switch v {
		case json.Delim('['):
			depth++
			continue
		case json.Delim(']'):
			if depth--; depth > 0 {
				continue
			}
			if seen != n {
				return fmt.Errorf("input %.60q: %d values for shape %v: %w", t.Name, seen, t.Shape, lfb.ErrInvalid)
			}
			return nil
		case json.Delim('{'):
			return fmt.Errorf("input %.60q: data is no list of values: %w", t.Name, lfb.ErrInvalid)
		}
		if depth == 0 {
			return fmt.Errorf("input %.60q: data is no list: %w", t.Name, lfb.ErrInvalid)
		}
		if seen == n {
			return fmt.Errorf("input %.60q: more values than shape %v has: %w", t.Name, t.Shape, lfb.ErrInvalid)
		}
		if !accept(v) {
			return fmt.Errorf("input %.60q: value %d is no %s: %w", t.Name, seen, t.Datatype, lfb.ErrInvalid)
		}
		seen++
	}
}

// answerTensors answers every row by one model, or says where the first wrong cells
// are; notes are what the caller should know of the columns.
func (a *api) answerTensors(ctx context.Context, model *serve.Loaded, in *tensors,
	strict bool,
) (replies []serve.Reply, notes []string, err error) {
	if in.features != nil {
		replies, err = a.answerFeatures(ctx, model, in)
		return replies, nil, err
	}
	columns, bad := newColumns(in.names, "")
	var wrong []string
	for _, f := range bad {
		wrong = append(wrong, strings.TrimPrefix(strings.TrimPrefix(f.Pointer, "/")+": "+f.Detail, ": "))
	}
	questions, now := make([]serve.Question, in.rows), a.Now()
	for i := 0; i < in.rows && len(wrong) < maxNamed && len(bad) == 0; i++ {
		q, cells := columns.read(func(j int) string { return in.cells[j][i] }, table.ParseNumber, now)
		for _, c := range cells {
			if c.column != "" {
				c.column = ", column " + c.column
			}
			wrong = append(wrong, fmt.Sprintf("row %d%s: %s", i, c.column, c.detail))
		}
		for _, name := range columns.unused[:min(len(columns.unused), maxNamed)] { // a tensor has no other place to say so
			q.Findings = append(q.Findings, feature.Finding{Code: feature.FindingNotUsed, Fact: name})
		}
		q.Account, q.Strict = accountName(ctx), strict
		questions[i] = q
	}
	if len(wrong) > 0 {
		return nil, nil, fmt.Errorf("%s: %w", strings.Join(wrong[:min(len(wrong), maxNamed)], "; "), lfb.ErrInvalid)
	}
	if replies, err = a.Predictor.PredictWith(model, questions); err != nil {
		return nil, nil, err
	}
	for i := range replies {
		if r := replies[i].Refused; r != nil {
			code := refusalCode(r)
			return nil, nil, httpx.Refused(code, fmt.Sprintf("row %d: %s: %s", i, code, warning.RefusalText(r)))
		}
	}
	return replies, columns.notes, nil
}

func (a *api) answerFeatures(ctx context.Context, model *serve.Loaded, in *tensors) ([]serve.Reply, error) {
	schema := model.Bundle.Spec.Schema()
	width := schema.Width()
	if len(in.features) != in.rows*width {
		return nil, fmt.Errorf("%d features a row, where the model has %d: %w", len(in.features)/max(in.rows, 1), width,
			lfb.ErrInvalid)
	}
	x := ml.NewMatrix(schema, in.rows)
	questions := make([]serve.Question, in.rows)
	for i := range questions {
		asked := make([]*float64, width) // null is missing
		for j, v := range in.features[i*width:][:width] {
			if x.Col(j)[i] = v; !math.IsNaN(v) {
				asked[j] = &v
			}
		}
		request, err := json.Marshal(map[string]any{"features": asked})
		if err != nil {
			return nil, err
		}
		questions[i] = serve.Question{Call: serve.NewCall(a.Now()), Account: accountName(ctx), Request: request}
	}
	return a.Predictor.PredictRows(model, x, questions)
}
