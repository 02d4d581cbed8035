// Package web is the web UI (8501): pages made on the server, everything
// embedded, usable by keyboard, on a phone and, but for answers as one types and
// steps that move by themselves, with JavaScript off.
//
//	/            ask: form, answer, map         /coverage    the map by hour and weekday
//	/map/layer   a map's colours         /map/picture the whole map as a picture
//	/answer      the answer alone (as one types), /suggestions the places that it may be about
//	/answers/{id} an answer as it was said, and what came of it; /settings what answers assume
//	/admin       home of analysts and administrators: what serves, is it getting worse,
//	             the last retrain, what waits (overview.go, home.go)
//	/runs        runs, /runs/{id} one of them, /compare several side by side, /retrain the form
//	/models      versions, champion, ledger     /data        snapshots, files, rejects
//	/schedules   what runs by itself            /monitoring  realised error, drift, alarms
//	/about       what it is, whose data, how good
//
// An operator sees ask, coverage and about; the rest needs the role analyst. An
// administrator also changes things, by forms that POST and lead to the page that
// shows the change: promote or roll back, approve or reject, start a retrain, cancel a
// run, and pause, resume or trigger a schedule. All go through internal/control, as the
// admin API's do (change.go, schedules.go).
//
// What every page has: tables sort and export themselves (tables.go); a POST leads to a
// page that says what was done (change.go); badges and whatever moves come as server-sent
// events (home.go).
//
// Start reading at web.go; package canned has the same pages with made-up content
// for tests and for `go run ./api/web/storybook`.
package web
