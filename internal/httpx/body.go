package httpx

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klauspost/compress/gzhttp"

	"lfb/internal/lfb"
)

// decodeBody bounds a request's body to so many bytes, counted as they are once
// decompressed, and writes its media type in lower case. False: the encoding is none that
// is read, and w says so.
func decodeBody(w http.ResponseWriter, r *http.Request, most int64) bool {
	media, parameters, has := strings.Cut(r.Header.Get("Content-Type"), ";")
	if lower := strings.ToLower(media); lower != media {
		if has {
			lower += ";" + parameters
		}
		r.Header.Set("Content-Type", lower)
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	switch encoding := strings.ToLower(strings.Join(r.Header.Values("Content-Encoding"), ", ")); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		r.Body = http.MaxBytesReader(w, &gunzipBody{packed: r.Body}, most)
		r.ContentLength = -1
		r.Header.Del("Content-Encoding")
	default:
		w.Header().Set("Accept-Encoding", "gzip")
		WriteProblem(w, Problem{
			Status: http.StatusUnsupportedMediaType,
			Detail: fmt.Sprintf("Content-Encoding %.40q is not read; gzip is", encoding),
		})
		return false
	}
	return true
}

// gunzipBody is a body as it was before it was packed by gzip. It reads nothing before it
// is read from.
type gunzipBody struct {
	packed   io.ReadCloser
	unpacked *gzip.Reader
}

// Read fails with lfb.ErrInvalid where the body is damaged, or no gzip at all.
func (b *gunzipBody) Read(p []byte) (n int, err error) {
	if b.unpacked == nil {
		b.unpacked, err = gzip.NewReader(b.packed)
	}
	if err == nil {
		n, err = b.unpacked.Read(p)
	}
	var large *http.MaxBytesError
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &large) {
		err = fmt.Errorf("Content-Encoding says gzip, the body is none or damaged (%w): %w", err, lfb.ErrInvalid)
	}
	return n, err
}

// Close closes what was packed.
func (b *gunzipBody) Close() error { return b.packed.Close() }

// compressFrom is the smallest answer, in bytes, that is worth compressing.
const compressFrom = 4 << 10

// Compress packs the larger answers of h by gzip for those who accept it.
func Compress(h http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(compressFrom), gzhttp.EnableZstd(false),
		gzhttp.ExceptContentTypes([]string{"text/event-stream"})) // goes on and is read as it comes
	if err != nil {
		panic(err) // of a constant
	}
	return wrap(h)
}

// UnmarshalJSON is json.Unmarshal for what a client sends: it takes nothing that is not
// UTF-8, nor an object with a name twice, of whose values one would not be looked at. It
// passes over a byte-order mark, and its errors speak of JSON, not of Go.
func UnmarshalJSON(data []byte, v any) error {
	if err := decodeJSON(data, v); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(TrimMark(data)))
	d.UseNumber() // which may be too large for what nobody reads
	return refuseRepeats(d)
}

// unmarshalBody reads a body as huma does: to validate it, into an any, and then into what the
// operation takes. A name that stands twice is looked for the first time.
func unmarshalBody(data []byte, v any) error {
	if _, isFirst := v.(*any); isFirst {
		return UnmarshalJSON(data, v)
	}
	return decodeJSON(data, v)
}

// decodeJSON is UnmarshalJSON where names may stand twice.
func decodeJSON(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("not UTF-8, as JSON is")
	}
	data = TrimMark(data)
	err := json.Unmarshal(data, v)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		word := wordAt(data, int(syntax.Offset)-1)
		switch strings.ToLower(word) {
		case "nan", "infinity", "inf", "none", "undefined":
			return fmt.Errorf("%s, at byte %d, is not JSON: send null for what is missing", word, syntax.Offset)
		}
		return fmt.Errorf("%w, at byte %d", err, syntax.Offset)
	case errors.As(err, &kind):
		where := cmp.Or(kind.Field, fmt.Sprintf("byte %d", kind.Offset))
		number, isNumber := strings.CutPrefix(kind.Value, "number ")
		if k := kind.Type.Kind(); isNumber && (k == reflect.Float32 || k == reflect.Float64) {
			return fmt.Errorf("%s: %.40s is too large a number", where, number)
		}
		return fmt.Errorf("%s: %s, where %s is wanted", where, kind.Value, jsonKind(kind.Type))
	}
	return err
}

// TrimMark is JSON without the byte-order mark that some programs put before it.
func TrimMark(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\ufeff")) }

// refuseRepeats reads a value, and fails where an object in it has a name twice, in whatever
// case, as names are looked for.
func refuseRepeats(d *json.Decoder) error {
	start, err := d.Token()
	open, isNested := start.(json.Delim)
	if err != nil || !isNested {
		return err
	}
	var seen map[string]bool
	if open == '{' {
		seen = map[string]bool{}
	}
	for d.More() {
		if open == '{' {
			token, _ := d.Token() // data was read before: nothing is wrong with it
			name, _ := token.(string)
			key := strings.ToLower(name)
			if seen[key] {
				return fmt.Errorf("%.60q, at byte %d, stands twice in one object", name, d.InputOffset())
			}
			seen[key] = true
		}
		if err := refuseRepeats(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// wordAt is the word around a byte of data.
func wordAt(data []byte, i int) string {
	isLetter := func(c rune) bool { return unicode.IsLetter(c) }
	i = min(max(i, 0), len(data))
	before := len(bytes.TrimRightFunc(data[:i], isLetter))
	after := len(data) - len(bytes.TrimLeftFunc(data[i:], isLetter))
	return string(data[before:after])
}

// jsonKind is what a Go type is called in JSON.
func jsonKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a whole number"
}
