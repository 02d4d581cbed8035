package user

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"sort"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/serve"
)

// MLflow's scoring server, as mlflow models serve speaks it.

// invocation is a body of /invocations: exactly one of the first four.
type invocation struct {
	Split     *dataframeSplit  `json:"dataframe_split,omitempty"`
	Records   []map[string]any `json:"dataframe_records,omitempty"`
	Instances json.RawMessage  `json:"instances,omitempty"`
	Inputs    json.RawMessage  `json:"inputs,omitempty"`
	Params    struct {
		Outputs []string `json:"outputs,omitempty"`
	} `json:"params,omitempty"`
}

type dataframeSplit struct {
	Columns []string `json:"columns"`
	Index   []any    `json:"index,omitempty"`
	Data    [][]any  `json:"data"`
}

type invocationAnswer struct {
	Predictions any `json:"predictions"`
}

type invocationError struct {
	Code    string `json:"error_code"`
	Message string `json:"message"`
}

func (a *api) registerMLflow(r *routes) {
	wrong := &huma.Response{Description: "What is wrong", Content: jsonOf[invocationError](r)}
	tags := []string{"MLflow scoring"}
	content := jsonOf[invocation](r)
	content[csvType] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	r.signed(huma.Operation{
		OperationID: "mlflow-invocations", Method: "POST", Path: "/invocations", Summary: "MLflow's scoring", Tags: tags,
		Description: "dataframe_split, dataframe_records, instances or inputs with the fields of a call as columns, or rows of the model's own " +
			"features. Predictions are mean attendance times; params.outputs names others, and each is then a record.",
		RequestBody: &huma.RequestBody{Required: true, Content: content}, Responses: answers(jsonOf[invocationAnswer](r), wrong),
	}, a.invocations)
	for _, path := range []string{"/ping", "/health"} {
		r.open(huma.Operation{
			OperationID: "mlflow" + path[1:], Method: "GET", Path: path, Summary: "Does a model answer?", Tags: tags,
			Responses: map[string]*huma.Response{"200": {Description: "Yes"}, "503": {Description: "No"}},
		}, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(statusOf(a.Champion.Now() != nil))
			_, _ = w.Write([]byte("\n")) // the prober may be gone
		})
	}
	r.open(huma.Operation{
		OperationID: "mlflow-version", Method: "GET", Path: "/version", Summary: "Version of this server", Tags: tags,
		Responses: map[string]*huma.Response{"200": {Description: "Version"}},
	}, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("lfb 1\n")) // the prober may be gone
	})
}

// invocationFail writes err as MLflow does.
func invocationFail(w http.ResponseWriter, err error) {
	status, code, text := http.StatusBadRequest, "BAD_REQUEST", err.Error()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		status, text = http.StatusRequestEntityTooLarge, fmt.Sprintf("a body may have %d bytes", large.Limit)
	case errors.Is(err, lfb.ErrInvalid):
		code = "INVALID_PARAMETER_VALUE"
	case errors.Is(err, lfb.ErrUnavailable):
		status, code, text = http.StatusServiceUnavailable, "TEMPORARILY_UNAVAILABLE", "no model answers now; try again"
		w.Header().Set("Retry-After", "2")
	case httpx.Status(err) == http.StatusInternalServerError:
		status, code, text = http.StatusInternalServerError, "INTERNAL_ERROR", "something went wrong here; the log has it"
	}
	sendJSON(w, status, invocationError{Code: code, Message: text})
}

func (a *api) invocations(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	l := a.Champion.Now()
	if l == nil {
		a.Metrics.failed(lfb.ErrUnavailable)
		invocationFail(w, fmt.Errorf("%s: %w", noModel, lfb.ErrUnavailable))
		return
	}
	in, f, err := a.invocationFrame(r, l)
	if err == nil {
		err = knownOutputs(in.Params.Outputs, l)
	}
	if err != nil {
		invocationFail(w, err)
		return
	}
	replies, notes, err := a.answerFrame(r, l, f)
	if err != nil {
		a.count(err)
		invocationFail(w, err)
		return
	}
	a.Metrics.answeredMany(replies, time.Since(start))
	w.Header().Set("Server-Timing", serverTiming(replies[0].Took))
	if len(notes) > 0 {
		w.Header().Set("Warning", warnHeader(notes))
	}
	sendJSON(w, http.StatusOK, invocationAnswer{Predictions: predictionsOf(in.Params.Outputs, replies)})
}

// count counts a request that failed for no fault of its own.
func (a *api) count(err error) {
	if !errors.Is(err, lfb.ErrInvalid) {
		a.Metrics.failed(err)
	}
}

func knownOutputs(asked []string, l *serve.Loaded) error {
	names := make([]oipName, len(asked))
	for i, n := range asked {
		names[i].Name = n
	}
	return oipKnown(names, l)
}

// predictionsOf is the means, or a record of the outputs that were asked for.
func predictionsOf(asked []string, replies []serve.Reply) any {
	if len(asked) == 0 {
		out := make([]float64, len(replies))
		for i := range replies {
			out[i] = replies[i].Attendance.Mean
		}
		return out
	}
	out := make([]map[string]any, len(replies))
	for i := range replies {
		out[i] = map[string]any{}
		for _, o := range outputs() {
			if v, ok := o.of(&replies[i]); ok && slices.Contains(asked, o.tensor) {
				out[i][o.tensor] = v
			}
		}
		if slices.Contains(asked, idName) {
			out[i][idName] = replies[i].ID
		}
	}
	return out
}

// invocationFrame reads the body.
func (a *api) invocationFrame(r *http.Request, l *serve.Loaded) (*invocation, *frame, error) {
	in := &invocation{}
	if tableMedia(r.Header.Get("Content-Type")) == csvType {
		f, err := frameOfCSV(r.Body)
		return in, f, err
	}
	if err := decodeBody(r, in); err != nil {
		return nil, nil, err
	}
	given := 0
	for _, is := range []bool{in.Split != nil, in.Records != nil, in.Instances != nil, in.Inputs != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		return nil, nil, fmt.Errorf("exactly one of dataframe_split, dataframe_records, instances and inputs is wanted: %w", lfb.ErrInvalid)
	}
	f, err := in.frame()
	if err == nil && (f.rows < 1 || f.rows > maxCalls) {
		err = fmt.Errorf("%d rows: a request has 1 to %d: %w", f.rows, maxCalls, lfb.ErrInvalid)
	}
	return in, f, err
}

func (in *invocation) frame() (*frame, error) {
	switch {
	case in.Split != nil:
		return frameOfSplit(in.Split)
	case in.Records != nil:
		return frameOfRecords("dataframe_records", in.Records)
	case in.Instances != nil:
		var records []map[string]any
		if json.Unmarshal(in.Instances, &records) == nil {
			return frameOfRecords("instances", records)
		}
		return frameOfRows("instances", in.Instances)
	}
	var columns map[string]any
	if json.Unmarshal(in.Inputs, &columns) == nil {
		return frameOfColumns(columns)
	}
	return frameOfRows("inputs", in.Inputs)
}

func frameOfSplit(s *dataframeSplit) (*frame, error) {
	f := &frame{rows: len(s.Data), names: s.Columns, columns: make([][]cell, len(s.Columns))}
	for j := range f.columns {
		f.columns[j] = make([]cell, f.rows)
	}
	for i, values := range s.Data {
		if len(values) != len(s.Columns) {
			return nil, fmt.Errorf("dataframe_split.data[%d]: %d values for %d columns: %w", i, len(values), len(s.Columns), lfb.ErrInvalid)
		}
		for j, v := range values {
			c, ok := cellOfJSON(v)
			if !ok {
				return nil, fmt.Errorf("dataframe_split.data[%d][%d]: no plain value: %w", i, j, lfb.ErrInvalid)
			}
			f.columns[j][i] = c
		}
	}
	return f, nil
}

func frameOfRecords(where string, records []map[string]any) (*frame, error) {
	f := &frame{rows: len(records)}
	at := map[string]int{}
	for _, rec := range records {
		for name := range rec {
			if _, ok := at[name]; !ok {
				at[name] = -1
				f.names = append(f.names, name)
			}
		}
	}
	if len(f.names) > 1000 {
		return nil, fmt.Errorf("%s: %d columns: %w", where, len(f.names), lfb.ErrInvalid)
	}
	sort.Strings(f.names) // a map's order is none
	f.columns = make([][]cell, len(f.names))
	for j, name := range f.names {
		at[name], f.columns[j] = j, make([]cell, f.rows)
	}
	for i, rec := range records {
		for name, v := range rec {
			c, ok := cellOfJSON(v)
			if !ok {
				return nil, fmt.Errorf("%s[%d], column %.60q: no plain value: %w", where, i, name, lfb.ErrInvalid)
			}
			f.columns[at[name]][i] = c
		}
	}
	return f, nil
}

// frameOfColumns reads a value or a list of values for each column.
func frameOfColumns(columns map[string]any) (*frame, error) {
	f := &frame{rows: -1}
	for name := range columns {
		f.names = append(f.names, name)
	}
	sort.Strings(f.names)
	for _, name := range f.names {
		list, ok := columns[name].([]any)
		if !ok {
			list = []any{columns[name]}
		}
		if f.rows < 0 {
			f.rows = len(list)
		}
		if len(list) != f.rows {
			return nil, fmt.Errorf("inputs, column %.60q: %d values, the first column has %d: %w", name, len(list), f.rows, lfb.ErrInvalid)
		}
		cells := make([]cell, f.rows)
		for i, v := range list {
			if cells[i], ok = cellOfJSON(v); !ok {
				return nil, fmt.Errorf("inputs, column %.60q, value %d: no plain value: %w", name, i, lfb.ErrInvalid)
			}
		}
		f.columns = append(f.columns, cells)
	}
	return f, nil
}

// frameOfRows reads rows of the model's own features.
func frameOfRows(where string, data json.RawMessage) (*frame, error) {
	var rows [][]*float64 // null is missing
	if err := json.Unmarshal(data, &rows); err != nil {
		return nil, fmt.Errorf("%s: records, columns or rows of numbers are wanted: %w", where, lfb.ErrInvalid)
	}
	f := &frame{rows: len(rows), features: []float64{}}
	for i, values := range rows {
		if len(values) != len(rows[0]) {
			return nil, fmt.Errorf("%s[%d]: %d values, the first row has %d: %w", where, i, len(values), len(rows[0]), lfb.ErrInvalid)
		}
		for _, v := range values {
			if v == nil {
				f.features = append(f.features, math.NaN())
				continue
			}
			f.features = append(f.features, *v)
		}
	}
	return f, nil
}

// frameOfCSV reads a table whose rows must all be right.
func frameOfCSV(body io.Reader) (*frame, error) {
	t, err := openCSV(body)
	if err != nil {
		return nil, err
	}
	head := t.columns()
	f := &frame{columns: make([][]cell, len(head))}
	for _, c := range head {
		f.names = append(f.names, c.name)
	}
	for {
		rec, err := t.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && rec.wrong != "" {
			err = fmt.Errorf("row %d: %s: %w", f.rows, rec.wrong, lfb.ErrInvalid)
		}
		if err != nil {
			return nil, err
		}
		if f.rows++; f.rows > maxCalls {
			return nil, fmt.Errorf("more than %d rows: %w", maxCalls, lfb.ErrInvalid)
		}
		for j := range head {
			f.columns[j] = append(f.columns[j], head[j].cellOf(rec.values[j]))
		}
	}
	if f.rows == 0 {
		return nil, fmt.Errorf("a table without rows: %w", lfb.ErrInvalid)
	}
	return f, nil
}
