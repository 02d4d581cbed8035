// Package httpx is what the three listeners share: serving until told to stop,
// who a request is from, and errors as RFC 9457 problems.
//
//	request ─▶ Wrap: panics, headers, body limit, other sites ─▶ Auth ─▶ Limiter ─▶ Repeater ─▶ handler
//	                                                              │ argon2id or key once, then
//	                                                              │ a minute from cache; a day
//	                                                              │ while the database is away
//	                                                              ▼
//	                                                     Identity in the context
//
// Limiter bounds requests a second by key and account. Repeater does a POST with
// an Idempotency-Key once and answers it again from the store.
//
// Wrong credentials are counted by account and by address: the wait doubles, up
// to a quarter of an hour. Credentials that were good lately are let in all the
// same, so that nobody locks out an operator at work. Addresses are those of the
// connection: behind a proxy every client has the proxy's.
//
// Sessions are for pages. A person signs in with a form and gets a cookie
// (HttpOnly, SameSite=Lax, Secure under TLS); its token is random, new at each
// sign-in, and kept as a hash. A session ends by sign-out, without a click for
// SessionOptions.Idle, at SessionOptions.Max, and with its account's password.
// It is answered from the same cache as keys, so that pages work while the
// database is away. How a listener of pages uses them:
//
//	in := o.Sessions.SignInPage(func(w, r, f httpx.SignInForm) { … write f.Status, the form with f.Name, f.To, f.Problem … })
//	mux.Handle("POST /sign-out", o.Sessions.SignOutPage())            // inside of Require
//	outer.Handle("/sign-in", in)                                      // outside of it
//	outer.Handle("/", o.Sessions.Require(registry.RoleOperator, nil, mux))
//	h := httpx.Wrap(outer, …)                                         // refuses other sites' posts, by Sec-Fetch-Site and Origin
//
// The sign-in form posts name, password and to. Every other form that posts, the
// sign-out button's too, holds {{.CSRF}} with CSRF: httpx.CSRFField(r.Context());
// a script sends httpx.CSRF(r.Context()) as the header X-CSRF-Token. Without it
// the request is refused before the handler sees it. Who works as ever. A
// browser without a session is sent to /sign-in?to=…, a script of a page gets a
// plain 401, and programs go on with HTTP Basic or a key, which need no token.
//
// Status is the one table from error to status; internal text never leaves.
package httpx
