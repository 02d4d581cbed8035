package user

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"lfb/internal/lfb"
	"lfb/internal/serve"
)

// Names of tensors beside the fields of a call and the numbers of an answer.
const (
	featuresName = "features"
	idName       = "prediction_id"
)

// decodeBody reads a JSON body; anything after it is an error.
func decodeBody(r *http.Request, v any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("body: %w: %w", err, lfb.ErrInvalid)
	}
	return nil
}

// callShapes are the fields of a call as inputs.
func callShapes() []oipShape {
	t := reflect.TypeFor[Call]()
	out := make([]oipShape, t.NumField())
	for i := range out {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		kind := "FP64"
		switch t.Field(i).Type {
		case reflect.TypeFor[string](), reflect.TypeFor[*time.Time]():
			kind = "BYTES"
		case reflect.TypeFor[Whole]():
			kind = "INT64"
		}
		out[i] = oipShape{Name: name, Datatype: kind, Shape: []int{-1}, Parameters: map[string]any{"optional": true}}
	}
	return out
}

// oipFrame is the request's inputs as a frame.
func oipFrame(in *oipRequest) (*frame, error) {
	if len(in.Inputs) == 0 {
		return nil, fmt.Errorf("inputs: none: %w", lfb.ErrInvalid)
	}
	f := &frame{}
	for k := range in.Inputs {
		t := &in.Inputs[k]
		rows, width, err := t.size()
		if err != nil {
			return nil, err
		}
		if k == 0 {
			f.rows = rows
		}
		if rows != f.rows {
			return nil, fmt.Errorf("inputs[%d] %.60q has %d rows, the first input %d: %w", k, t.Name, rows, f.rows, lfb.ErrInvalid)
		}
		if t.Name == featuresName {
			if len(in.Inputs) > 1 {
				return nil, fmt.Errorf("inputs: %s and other inputs: either the one or the others: %w", featuresName, lfb.ErrInvalid)
			}
			f.features, err = t.numbers(rows * width)
			return f, err
		}
		if width != 1 || len(t.Shape) > 2 {
			return nil, fmt.Errorf("input %.60q: shape %v: a column has [N] or [N,1]: %w", t.Name, t.Shape, lfb.ErrInvalid)
		}
		cells, err := t.cells(rows)
		if err != nil {
			return nil, err
		}
		f.names, f.columns = append(f.names, t.Name), append(f.columns, cells)
	}
	return f, nil
}

// size is rows, and values a row.
func (t *oipTensor) size() (rows, width int, err error) {
	if len(t.Shape) == 0 {
		return 0, 0, fmt.Errorf("input %.60q: no shape: %w", t.Name, lfb.ErrInvalid)
	}
	n, w := t.Shape[0], int64(1)
	for _, d := range t.Shape[1:] {
		if d < 1 || d > 10_000 || w*d > 10_000 {
			return 0, 0, fmt.Errorf("input %.60q: shape %v: %w", t.Name, t.Shape, lfb.ErrInvalid)
		}
		w *= d
	}
	if n < 1 || n > maxCalls {
		return 0, 0, fmt.Errorf("input %.60q: %d rows: a request has 1 to %d: %w", t.Name, n, maxCalls, lfb.ErrInvalid)
	}
	return int(n), int(w), nil
}

// numbers are the values of a tensor of numbers; null is missing.
func (t *oipTensor) numbers(n int) ([]float64, error) {
	if t.Datatype == "BYTES" || t.Datatype == "BOOL" {
		return nil, fmt.Errorf("input %.60q: datatype %s, where numbers are wanted: %w", t.Name, t.Datatype, lfb.ErrInvalid)
	}
	out := make([]float64, 0, min(n, 1<<16))
	err := t.each(n, func(v any) error {
		x, ok := numberOf(v)
		if !ok {
			return fmt.Errorf("input %.60q: value %d is no number: %w", t.Name, len(out), lfb.ErrInvalid)
		}
		out = append(out, x)
		return nil
	})
	return out, err
}

func (t *oipTensor) cells(n int) ([]cell, error) {
	if !slices.Contains([]string{"BYTES", "BOOL", "FP16", "FP32", "FP64", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"}, t.Datatype) {
		return nil, fmt.Errorf("input %.60q: datatype %.20q: %w", t.Name, t.Datatype, lfb.ErrInvalid)
	}
	out := make([]cell, 0, n)
	err := t.each(n, func(v any) error {
		c, ok := cellOfJSON(v)
		if !ok || c.kind == numberCell && t.Datatype == "BYTES" || c.kind == textCell && t.Datatype != "BYTES" && t.Datatype != "BOOL" {
			return fmt.Errorf("input %.60q: value %d is no %s: %w", t.Name, len(out), t.Datatype, lfb.ErrInvalid)
		}
		out = append(out, c)
		return nil
	})
	return out, err
}

// each gives the values of data, nested or flat, row by row.
func (t *oipTensor) each(n int, take func(any) error) error {
	d := json.NewDecoder(bytes.NewReader(t.Data))
	seen := 0
	for depth := 0; ; {
		v, err := d.Token()
		if err != nil {
			return fmt.Errorf("input %.60q: data: %w: %w", t.Name, err, lfb.ErrInvalid)
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
		if err := take(v); err != nil {
			return err
		}
		seen++
	}
}

// oipKnown refuses outputs that the model does not have.
func oipKnown(asked []oipName, l *serve.Loaded) error {
	for _, o := range asked {
		ok := o.Name == idName || slices.ContainsFunc(outputs(), func(k output) bool {
			return k.tensor == o.Name && (!k.response || answersResponse(l))
		})
		if !ok {
			return fmt.Errorf("output %.60q: the model has none of this name: %w", o.Name, lfb.ErrInvalid)
		}
	}
	return nil
}

// oipResults are the outputs that were asked for, all where none was.
func oipResults(asked []oipName, replies []serve.Reply) []oipResult {
	wanted := func(name string) bool {
		return len(asked) == 0 || slices.ContainsFunc(asked, func(o oipName) bool { return o.Name == name })
	}
	var out []oipResult
	for _, o := range outputs() {
		if !wanted(o.tensor) {
			continue
		}
		values := make([]float64, len(replies))
		have := true
		for i := range replies {
			values[i], have = o.of(&replies[i])
		}
		if have {
			out = append(out, oipResult{Name: o.tensor, Shape: []int{len(values)}, Datatype: "FP64", Data: values})
		}
	}
	if wanted(idName) {
		ids := make([]string, len(replies))
		for i := range replies {
			ids[i] = replies[i].ID
		}
		out = append(out, oipResult{Name: idName, Shape: []int{len(ids)}, Datatype: "BYTES", Data: ids})
	}
	return out
}
