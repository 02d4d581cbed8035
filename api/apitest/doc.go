// Package apitest runs scenarios: requests in testdata/*.json, each with what must
// come back. A bug report becomes a scenario.
//
//	file ─ Scenarios ─▶ Scenario.Run over a handler ─▶ status, headers, text, JSON
//
// It serves tests only.
package apitest
