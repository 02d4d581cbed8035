// Package ask is how people ask: what they say is read into a question, and the answer is
// put into sentences. The Ask page and the command ask show the same ones.
//
//	Form ── Reader.ReadQuestion ──▶ Question ── PutQuestion ──▶ serve.Predictor ──▶ Answer
//	place and words of a caller      first and second engine      headline, lines, reasons
//
// An Answer is kept with the logged prediction as JSON: its permanent page says what was said
// then, whatever serves now.
//
// Start reading at PutQuestion.
package ask
