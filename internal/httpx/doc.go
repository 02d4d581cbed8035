// Package httpx is what the three listeners share: serving until told to stop,
// who a request is from, and errors as RFC 9457 problems.
//
//	request ─▶ Recover ─▶ Secure ─▶ Limit ─▶ Auth ─▶ handler
//	                                          │ Basic: argon2id once, then a minute from cache
//	                                          ▼
//	                                   Identity in the context
//
// Status is the one table from error to status; internal text never leaves.
package httpx
