// Package user is the user API (8001): who asks when an engine will be there is
// answered here.
//
//	POST /predict          the original's body and text answer   legacy.go
//	POST /v1/predictions   what a caller can say is enough       predict.go
//	GET  /v1/predictions/{id}   what was answered           lookup.go
//	GET  /v1/model         which model answers, how good it is   model.go
//	GET  /livez /readyz /metrics /openapi.json /docs             open to all
//
// Handlers translate between JSON and serve.Desk, and nothing else. Errors are
// RFC 9457 problems. The OpenAPI document is made from the handlers' types.
package user
