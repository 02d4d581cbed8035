// Package httpx is what the three listeners share: serving until told to stop,
// who a request is from, and errors as RFC 9457 problems.
//
//	request ─▶ Wrap: id, time, gzip, size, headers, odd text, other sites ─▶ Auth ─▶ Limiter ─▶ handler
//	                                                              │ argon2id or key once, then a
//	                                                              │ minute from the cache; while the
//	                                                              │ database is away half a day, as
//	                                                              │ serve.Accounts remembers it
//	                                                              ▼
//	                                                     Identity in the context
//
// Wrap logs every 5xx once, with the cause that Fail, Err or NoteCause were given, and
// ends a request's context before five seconds are over: what waits for a store that
// hangs is a 503. Stream and Unhurried are for what goes on for longer.
//
// Wrap refuses what a page of another site makes a browser send, by
// net/http.CrossOriginProtection: forms need no token of their own. Limiter bounds
// requests a second by key and account.
//
// Wrong credentials are counted by account and by address: the wait doubles, up
// to a quarter of an hour. Credentials that were good within a day are let in all
// the same, so that nobody locks out an operator at work. Addresses are those of
// the connection, or of whom a proxy that BelieveProxies knows forwards for.
//
// Sessions are for pages. A person signs in with a form and gets a cookie
// (HttpOnly, SameSite=Lax, Secure under TLS); its token is random, new at each
// sign-in, and kept as a hash. A session ends by sign-out, without a click for
// SessionOptions.Idle, at SessionOptions.Max, and with its account's password.
// It is answered from the same cache as keys, so that pages work while the
// database is away. How a listener of pages uses them:
//
//	in := o.Sessions.SignInPage(func(w, r, f httpx.SignInForm) { … write f.Status, the form with f.Name, f.To, f.Problem
//
// … })
//
//	mux.Handle("POST /sign-out", o.Sessions.SignOutPage())            // inside of Require
//	outer.Handle("/sign-in", in)                                      // outside of it
//	outer.Handle("/", o.Sessions.Require(registry.RoleOperator, nil, mux))
//	h := httpx.Wrap(outer, …)
//
// The sign-in form posts name, password and to. A browser without a session is
// sent to /sign-in?to=…, a script of a page gets a plain 401, and programs go on
// with HTTP Basic or a key.
//
// Status is the one table from error to status; internal text never leaves. A problem's
// code is for programs: problem.go has them all. document.go makes the OpenAPI document
// whole: problems by status, examples, open answers. A list comes in pages where its input
// embeds Page and Paginate makes its answer.
package httpx
