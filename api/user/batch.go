package user

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"lfb/internal/httpx"
	"lfb/internal/lfb"
	"lfb/internal/serve"
	"lfb/internal/serve/warning"
	"lfb/internal/table"
)

// batchRows is how many rows of a table are answered at once.
const batchRows = 512

// partWait is how long the next part of a table may take to come, and of its answer to be taken.
const partWait = time.Minute

// tablePath is the path whose bodies may have MaxTable bytes.
const tablePath = "/v1/predictions:batch"

const csvType = "text/csv"

func (a *api) registerTable(doc huma.API) {
	table := func(example string) map[string]*huma.MediaType {
		return map[string]*huma.MediaType{csvType: {Schema: &huma.Schema{Type: huma.TypeString}, Example: example}}
	}
	a.handle(doc, httpx.Signed(huma.Operation{
		OperationID: "predict-batch", Method: http.MethodPost, Path: tablePath, Summary: "A table of calls, answered",
		Tags: predictTags,
		Description: "CSV with a header, as tools save it: separated by commas, semicolons, tabs or bars, as UTF-8, " +
			"UTF-16, Windows-1252 or the " +
			"charset that the content type names. Times have a zone or are London's, days come first. " +
			"Columns are the fields of a call, or the original's and the brigade's names of them, in any case. The same rows " +
			"come back in the same order with the answers beside them. A row that cannot be answered says why in the column " +
			"error, with row and column; the others are answered. All are answered by one model. The trailers X-Rows and " +
			"X-Rows-Failed count them.",
		Parameters: []*huma.Param{{
			Name: "strict", In: "query", Schema: &huma.Schema{Type: huma.TypeBoolean},
			Description: "Refuse, in its row, any fact that would not be used, was corrected or is taken less exactly than it " +
				"was given",
		}},
		RequestBody: &huma.RequestBody{
			Required: true,
			Content:  table("my id,postcode,time\n7,SE10 9NF,2026-06-01T12:00:00Z\n"),
		},
		Responses: map[string]*huma.Response{
			"200": {
				Description: "The table with answers",
				Content: table("my id,postcode,time,prediction_id,attendance_p50_seconds,error\n7,SE10 " +
					"9NF,2026-06-01T12:00:00Z,019ad5a6-1f3c-7c60-9c7b-3f1f0e6b7d10,301.2,\n"),
				Headers: map[string]*huma.Param{"Warning": {
					Description: "Columns that were not used",
					Schema:      &huma.Schema{Type: huma.TypeString},
				}},
			},
			"406": {Description: "Answers are CSV", Content: map[string]*huma.MediaType{"application/problem+json": {}}},
		},
	}), a.predictTable)
}

// batch answers a table row by row.
type batch struct {
	api     *api
	model   *serve.Loaded
	account string
	strict  bool

	in      *table.Reader
	columns columns
	kept    []int // columns of the request that are given back

	out          *csv.Writer
	outputs      []output
	rows, failed int
}

// inputRow is one row of the table.
type inputRow struct {
	number int
	cells  []string
	wrong  string     // why it is not answered
	code   httpx.Code // of that
}

func (a *api) predictTable(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	b := &batch{
		api: a, model: a.Champion.Now(), account: accountName(r.Context()), outputs: outputs(),
	}
	switch strict, wrong := readStrict(r); {
	case len(wrong) > 0:
		refuseFields(w, "the request has wrong fields", wrong)
		return
	case !isCSV(r.Header.Get("Content-Type")):
		refuse(w, http.StatusUnsupportedMediaType, "a table is wanted as "+csvType+
			"; Parquet and other formats are not read, save them as CSV")
		return
	case httpx.Negotiate(r.Header.Get("Accept"), csvType, "application/csv") == "":
		refuse(w, http.StatusNotAcceptable, "answers are "+csvType)
		return
	case b.model == nil:
		a.Metrics.countFailure(lfb.ErrUnavailable)
		httpx.WriteProblem(w, httpx.Problem{Status: http.StatusServiceUnavailable, Code: httpx.CodeNoModel, Detail: noModel})
		return
	default:
		b.strict = strict
	}
	f, err := receiveBody(w, r)
	if err != nil {
		refuseTable(w, err)
		return
	}
	defer removeFile(f)
	charset := charsetOf(r.Header.Get("Content-Type"))
	if _, ok := table.DecodeCharset(f, charset); !ok {
		refuse(w, http.StatusUnsupportedMediaType, fmt.Sprintf("charset %.40q is not read: send the table as UTF-8", charset))
		return
	}
	if b.in, err = openTable(f, charset); err != nil {
		refuseTable(w, err)
		return
	}
	var wrong []httpx.Field
	if b.columns, wrong = newColumns(b.in.Header(), b.in.Format()+", "); len(wrong) > 0 {
		refuseFields(w, "the table's columns are wrong", wrong)
		return
	}
	h := w.Header()
	h.Set("Content-Type", csvType)
	h.Set("Trailer", "X-Rows, X-Rows-Failed")
	if len(b.columns.notes) > 0 {
		h.Set("Warning", warnHeader(b.columns.notes))
	}
	if err := b.answerTable(w); err != nil {
		a.Log.Warn("table not answered to its end", zap.Int("rows", b.rows), zap.Error(err))
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
	h.Set("X-Rows", strconv.Itoa(b.rows))
	h.Set("X-Rows-Failed", strconv.Itoa(b.failed))
	a.Metrics.observeTotal(time.Since(start))
}

// readStrict reads the parameter strict as other operations do.
func readStrict(r *http.Request) (strict bool, wrong []httpx.Field) {
	text := r.URL.Query().Get("strict")
	strict, err := strconv.ParseBool(cmp.Or(text, "false"))
	if err != nil {
		return false, []httpx.Field{{Pointer: "query/strict", Detail: fmt.Sprintf("%.20q is neither true nor false", text)}}
	}
	return strict, nil
}

func isCSV(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == csvType || media == "application/csv")
}

// openTable reads the table to its end, so that one that breaks off is refused before the
// first row is answered, and opens it again at its start.
func openTable(f io.ReadSeeker, charset string) (*table.Reader, error) {
	open := func() (*table.Reader, error) {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		text, _ := table.DecodeCharset(f, charset)
		return table.NewReader(text)
	}
	r, err := open()
	for err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return open()
}

func charsetOf(contentType string) string {
	_, params, _ := mime.ParseMediaType(contentType) // isCSV has parsed it
	return params["charset"]
}

// receiveBody writes the request's body to a file of its own: an answer can then
// stream while a client that reads only after it has sent all is not waited for.
func receiveBody(w http.ResponseWriter, r *http.Request) (*os.File, error) {
	f, err := os.CreateTemp("", "lfb-table-*")
	if err != nil {
		return nil, err
	}
	clock := http.NewResponseController(w)
	for err == nil {
		_ = clock.SetReadDeadline(time.Now().Add(partWait)) // a test's writer has none
		_, err = io.CopyN(f, r.Body, 1<<20)
	}
	if !errors.Is(err, io.EOF) {
		removeFile(f)
		return nil, err
	}
	return f, nil
}

func removeFile(f *os.File) {
	_ = f.Close()           // only read from
	_ = os.Remove(f.Name()) // a leftover is the system's to clean
}

func refuse(w http.ResponseWriter, status int, detail string) {
	httpx.WriteProblem(w, httpx.Problem{Status: status, Detail: detail})
}

// refuseFields names what is wrong with a request.
func refuseFields(w http.ResponseWriter, detail string, wrong []httpx.Field) {
	httpx.WriteProblem(w, httpx.Problem{Status: http.StatusUnprocessableEntity, Detail: detail, Errors: wrong})
}

// refuseTable says what is wrong with a table as a whole.
func refuseTable(w http.ResponseWriter, err error) {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("a table may have %d bytes", large.Limit))
	case errors.Is(err, lfb.ErrInvalid):
		httpx.Fail(w, err)
	default: // the client was cut off, or the disk is full
		refuse(w, http.StatusBadRequest, "the table could not be received whole")
	}
}

// answerTable answers row after row.
func (b *batch) answerTable(w http.ResponseWriter) error {
	b.out = csv.NewWriter(w)
	if err := b.out.Write(b.answerHeader()); err != nil {
		return err
	}
	clock, chunk := http.NewResponseController(w), make([]inputRow, 0, batchRows)
	for done := false; !done; {
		var broken error
		for chunk = chunk[:0]; len(chunk) < batchRows; {
			row, err := b.in.Next()
			if err != nil {
				if done = true; !errors.Is(err, io.EOF) {
					broken = fmt.Errorf("row %d: %w", b.rows+len(chunk)+1, err)
				}
				break
			}
			chunk = append(chunk, inputRow{cells: slices.Clone(row.Fields)})
		}
		_ = clock.SetWriteDeadline(time.Now().Add(partWait)) // likewise; all of a large table takes longer
		if err := errors.Join(b.answerRows(chunk), broken); err != nil {
			return err
		}
		b.out.Flush()
		if err := clock.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
	}
	return b.out.Error()
}

// answerHeader is the columns of the answer. A column of the request that is called as one of
// the answer's gives way, as in a table that was answered before.
func (b *batch) answerHeader() []string {
	own := []string{"prediction_id", "model_version"}
	for _, o := range b.outputs {
		own = append(own, o.column)
	}
	own = append(own, "assumed", "warnings", "error")
	for _, d := range details() {
		own = append(own, d.name)
	}
	own = append(own, "error_code")
	var head []string
	for i, name := range b.columns.names {
		if !slices.Contains(own, name) {
			b.kept = append(b.kept, i)
			head = append(head, name)
		}
	}
	return append(head, own...)
}

// answerRows answers a chunk of rows and writes them out.
func (b *batch) answerRows(chunk []inputRow) error {
	questions := make([]serve.Question, 0, len(chunk))
	for i := range chunk {
		b.rows++
		chunk[i].number = b.rows
		q, wrong := b.readQuestion(chunk[i].cells)
		if wrong != "" {
			b.failRow(&chunk[i], "invalid", wrong)
			continue
		}
		questions = append(questions, q)
	}
	var replies []serve.Reply
	if len(questions) > 0 {
		var err error
		if replies, err = b.api.Predictor.PredictWith(b.model, questions); err != nil {
			b.api.Metrics.countFailure(err)
			return err
		}
		b.api.Metrics.countAnswers(replies)
	}
	for i := range chunk {
		var reply *serve.Reply
		if chunk[i].wrong == "" {
			reply, replies = &replies[0], replies[1:]
			if r := reply.Refused; r != nil {
				b.failRow(&chunk[i], refusalCode(r), warning.RefusalText(r))
			}
		}
		if err := b.out.Write(b.formatRow(&chunk[i], reply)); err != nil {
			return err
		}
	}
	return nil
}

// failRow says why a row is not answered.
func (b *batch) failRow(row *inputRow, code httpx.Code, wrong string) {
	row.wrong, row.code = fmt.Sprintf("row %d: %s", row.number, wrong), code
	b.failed++
}

// readQuestion is a row's, or what is wrong with it.
func (b *batch) readQuestion(cells []string) (serve.Question, string) {
	if head := b.columns.names; len(cells) != len(head) {
		wrong := fmt.Sprintf("%d fields, where the header has %d", len(cells), len(head))
		if len(cells) > len(head) {
			wrong += fmt.Sprintf("; beyond it: %q", cells[len(head):])
		}
		return serve.Question{}, wrong
	}
	q, wrong := b.columns.read(func(i int) string { return cells[i] }, b.in.ParseNumber, b.api.Now())
	q.Account, q.Strict = b.account, b.strict
	parts := make([]string, len(wrong))
	for i, c := range wrong {
		if parts[i] = c.detail; c.column != "" {
			parts[i] = "column " + c.column + ": " + c.detail
		}
	}
	return q, strings.Join(parts, "; ")
}

// formatRow is a row of the answer; reply is of use where the row is not wrong.
func (b *batch) formatRow(row *inputRow, reply *serve.Reply) []string {
	line := make([]string, 0, len(b.kept)+len(b.outputs)+5)
	for _, i := range b.kept {
		cell := ""
		if i < len(row.cells) {
			cell = row.cells[i]
		}
		line = append(line, cell)
	}
	if row.wrong != "" { // and nothing that an answer has
		line = append(line, make([]string, len(b.outputs)+4)...)
		line = append(line, row.wrong)
		line = append(line, make([]string, len(details()))...)
		return append(line, string(row.code))
	}
	line = append(line, reply.ID, reply.Model.Version.ID)
	for _, o := range b.outputs {
		text := ""
		if v, ok := o.value(reply); ok {
			text = strconv.FormatFloat(v, 'g', -1, 64)
		}
		line = append(line, text)
	}
	line = append(line, strings.Join(reply.Assumed, "; "), strings.Join(warning.Texts(reply), "; "), "")
	for _, d := range details() {
		line = append(line, fmt.Sprint(d.value(reply)))
	}
	return append(line, "")
}
