// Package httpx is what the three listeners share: serving until told to stop,
// who a request is from, and errors as RFC 9457 problems.
//
//	request ─▶ Wrap: panics, headers, body limit, other sites ─▶ Auth ─▶ handler
//	                                                              │ argon2id or key once, then
//	                                                              │ a minute from cache; a day
//	                                                              │ while the database is away
//	                                                              ▼
//	                                                     Identity in the context
//
// Wrong credentials are counted by account and by address: the wait doubles, up
// to a quarter of an hour. Credentials that were good lately are let in all the
// same, so that nobody locks out an operator at work. Addresses are those of the
// connection: behind a proxy every client has the proxy's.
//
// Status is the one table from error to status; internal text never leaves.
package httpx
