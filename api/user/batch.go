package user

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/parquet-go/parquet-go"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/serve"
)

// batchRows is how many rows of a table are answered at once.
const batchRows = 512

// upload is how long the next part of a table may take to come.
const upload = time.Minute

func (a *api) registerBatch(r *routes) {
	table := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	content := map[string]*huma.MediaType{csvType: table, parquetType: table}
	r.signed(huma.Operation{
		OperationID: "predict-batch", Method: http.MethodPost, Path: tables, Summary: "A table of calls, answered",
		Description: "CSV with a header, or Parquet; columns are the fields of a call, or the original's names of them. The same rows come " +
			"back in the same order with the answers beside them, as CSV or Parquet by Accept. A row that cannot be answered says why in " +
			"the column error, with row and column; the others are answered. All are answered by one model. The trailers X-Rows and " +
			"X-Rows-Failed count them.",
		RequestBody: &huma.RequestBody{Required: true, Content: content},
		Responses:   map[string]*huma.Response{"200": {Description: "The table with answers", Content: content}, "default": problemResponse()},
	}, a.batch)
}

// batch is one request of the route.
type batch struct {
	api   *api
	in    tableReader
	out   tableWriter
	use   []column
	keep  []int // columns of the request that are given back
	model *serve.Loaded
	who   string

	numbers []output
	words   []remark

	rows, failed int
}

func (a *api) batch(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	media := tableMedia(r.Header.Get("Content-Type"))
	answer := accepted(r.Header.Get("Accept"), media)
	switch {
	case media == "":
		httpx.WriteProblem(w, httpx.Problem{Status: http.StatusUnsupportedMediaType, Detail: "a table is wanted: " + csvType + " or " + parquetType})
		return
	case answer == "":
		httpx.WriteProblem(w, httpx.Problem{Status: http.StatusNotAcceptable, Detail: "answers are " + csvType + " or " + parquetType})
		return
	}
	b := &batch{api: a, model: a.Champion.Now(), who: account(r.Context()), numbers: outputs(), words: remarks()}
	if b.model == nil {
		a.Metrics.failed(lfb.ErrUnavailable)
		httpx.WriteProblem(w, httpx.Problem{Status: http.StatusServiceUnavailable, Detail: noModel})
		return
	}
	f, size, err := receive(w, r)
	if err != nil {
		refuse(w, err)
		return
	}
	defer discard(f)
	if b.in, err = openTable(media, f, size); err != nil {
		refuse(w, err)
		return
	}
	var notes []string
	var wrong []httpx.Field
	if b.use, notes, wrong = a.header(b.in.columns()); len(wrong) > 0 {
		httpx.WriteProblem(w, httpx.Problem{Status: http.StatusUnprocessableEntity, Detail: "the table's columns are wrong", Errors: wrong})
		return
	}
	h := w.Header()
	h.Set("Content-Type", answer)
	h.Set("Trailer", "X-Rows, X-Rows-Failed")
	if len(notes) > 0 {
		h.Set("Warning", warnHeader(notes))
	}
	if err := b.stream(w, r, answer); err != nil {
		a.Log.Sugar().Infow("table not answered to its end", "rows", b.rows, "err", err.Error())
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
	h.Set("X-Rows", strconv.Itoa(b.rows))
	h.Set("X-Rows-Failed", strconv.Itoa(b.failed))
	a.Metrics.stages[len(a.Metrics.stages)-1].Observe(time.Since(start).Seconds())
}

// receive writes the request's body to a file of its own: an answer can then
// stream while a client that reads only after it has sent all is not waited for.
func receive(w http.ResponseWriter, r *http.Request) (*os.File, int64, error) {
	f, err := os.CreateTemp("", "lfb-table-*")
	if err != nil {
		return nil, 0, err
	}
	clock := http.NewResponseController(w)
	var size int64
	for err == nil {
		_ = clock.SetReadDeadline(time.Now().Add(upload)) // a test's writer has none
		var n int64
		n, err = io.CopyN(f, r.Body, 1<<20)
		size += n
	}
	if errors.Is(err, io.EOF) {
		return f, size, nil
	}
	discard(f)
	return nil, 0, err
}

func discard(f *os.File) {
	_ = f.Close()           // only read from
	_ = os.Remove(f.Name()) // a leftover is the system's to clean
}

// refuse says what is wrong with a table as a whole.
func refuse(w http.ResponseWriter, err error) {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		httpx.WriteProblem(w, httpx.Problem{Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("a table may have %d bytes", large.Limit)})
	case errors.Is(err, lfb.ErrInvalid):
		httpx.Fail(w, err)
	default: // the client was cut off, or the disk is full
		httpx.WriteProblem(w, httpx.Problem{Status: http.StatusBadRequest, Detail: "the table could not be received whole"})
	}
}

// warnHeader is the value of the header Warning.
func warnHeader(notes []string) string {
	text := strings.Map(func(c rune) rune {
		if c == '"' || c == '\\' {
			return '\''
		}
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, strings.Join(notes, "; "))
	return `299 - "` + text + `"`
}

// stream answers row after row.
func (b *batch) stream(w http.ResponseWriter, r *http.Request, media string) error {
	clock := http.NewResponseController(w)
	flush := func() error {
		if err := clock.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		return nil
	}
	head := b.head()
	var err error
	if media == parquetType {
		b.out, err = newParquetWriter(w, head, flush)
	} else {
		b.out, err = newCSVWriter(w, head, flush)
	}
	if err != nil {
		return err
	}
	chunk := make([]record, 0, batchRows)
	for done := false; !done; {
		chunk = chunk[:0]
		for len(chunk) < batchRows {
			rec, err := b.in.read()
			if errors.Is(err, io.EOF) {
				done = true
				break
			}
			if err != nil {
				return errors.Join(b.answer(r, chunk), err)
			}
			chunk = append(chunk, rec)
		}
		if err := b.answer(r, chunk); err != nil {
			return err
		}
	}
	return b.out.close()
}

// head is the columns of the answer. A column of the request that is called as
// one of the answer's gives way, as in a table that was answered before.
func (b *batch) head() []tableColumn {
	var own []tableColumn
	for _, c := range b.words[:2] {
		own = append(own, tableColumn{name: c.column, node: parquet.Optional(parquet.String())})
	}
	for _, o := range b.numbers {
		own = append(own, tableColumn{name: o.column, node: parquet.Optional(parquet.Leaf(parquet.DoubleType))})
	}
	for _, c := range b.words[2:] {
		own = append(own, tableColumn{name: c.column, node: parquet.Optional(parquet.String())})
	}
	own = append(own, tableColumn{name: "error", node: parquet.Optional(parquet.String())})
	var out []tableColumn
	for i, c := range b.in.columns() {
		if !slices.ContainsFunc(own, func(o tableColumn) bool { return o.name == c.name }) {
			b.keep = append(b.keep, i)
			out = append(out, c)
		}
	}
	return append(out, own...)
}

// answer answers a chunk of rows and writes them out.
func (b *batch) answer(r *http.Request, chunk []record) error {
	now := b.api.Now()
	questions := make([]serve.Question, 0, len(chunk))
	for i := range chunk {
		if q, ok := b.question(&chunk[i], now); ok {
			questions = append(questions, q)
		}
	}
	var replies []serve.Reply
	if len(questions) > 0 {
		var err error
		if replies, err = b.api.Desk.AskOf(r.Context(), b.model, questions); err != nil {
			b.api.Metrics.failed(err)
			return err
		}
		b.api.Metrics.count(b.model, "answered", len(replies))
	}
	next := 0
	for i := range chunk {
		var reply *serve.Reply
		if chunk[i].wrong == "" {
			reply = &replies[next]
			next++
		}
		if err := b.write(&chunk[i], reply); err != nil {
			return err
		}
	}
	b.rows += len(chunk)
	b.failed += len(chunk) - len(questions)
	return b.out.flush()
}

// question is the record's; what is wrong with it is written into it.
func (b *batch) question(rec *record, now time.Time) (serve.Question, bool) {
	head := b.in.columns()
	var wrong []string
	var r row
	if rec.wrong != "" {
		wrong = append(wrong, rec.wrong)
	} else {
		for i, u := range b.use {
			if u.set == nil {
				continue
			}
			if what := u.set(&r, head[i].cellOf(rec.values[i])); what != "" {
				wrong = append(wrong, "column "+head[i].name+": "+what)
			}
		}
	}
	var q serve.Question
	if len(wrong) == 0 {
		var bad []httpx.Field
		q, bad = r.question(now)
		for _, f := range bad {
			where := ""
			if f.Pointer != "" {
				where = "column " + strings.TrimPrefix(f.Pointer, "/") + ": "
			}
			wrong = append(wrong, where+f.Detail)
		}
	}
	if len(wrong) > 0 {
		rec.wrong = fmt.Sprintf("row %d: %s", rec.number, strings.Join(wrong, "; "))
		return q, false
	}
	q.Account = b.who
	body, err := json.Marshal(&r.Call)
	if err != nil {
		rec.wrong = fmt.Sprintf("row %d: %v", rec.number, err)
		return q, false
	}
	q.Request = body
	return q, true
}

func (b *batch) write(rec *record, reply *serve.Reply) error {
	values := make([]parquet.Value, 0, len(b.keep)+len(b.numbers)+len(b.words)+1)
	for _, i := range b.keep {
		values = append(values, rec.values[i])
	}
	text := func(s string) {
		if s == "" {
			values = append(values, parquet.NullValue())
			return
		}
		values = append(values, parquet.ByteArrayValue([]byte(s)))
	}
	words := func(list []remark) {
		for _, c := range list {
			if reply == nil {
				text("")
				continue
			}
			text(c.text(reply))
		}
	}
	words(b.words[:2])
	for k := range b.numbers {
		v := parquet.NullValue()
		if reply != nil {
			if n, ok := b.numbers[k].of(reply); ok {
				v = parquet.DoubleValue(n)
			}
		}
		values = append(values, v)
	}
	words(b.words[2:])
	text(rec.wrong)
	return b.out.write(values)
}
