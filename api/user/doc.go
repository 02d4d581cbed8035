// Package user is the user API (8001): who asks when an engine will be there is
// answered here.
//
//	POST /predict                the original's body and text answer   legacy.go
//	POST /v1/predictions         what a caller can say is enough       predict.go
//	POST /v1/predictions:list    the same for many calls               predict.go
//	POST /v1/predictions:batch   CSV in and out                        batch.go
//	GET  /v1/predictions/{id}    what was answered                     lookup.go
//	GET  /v1/places              which place a text names              places.go
//	GET  /v1/model               which model answers, how good it is   model.go
//	/v2/...                      Open Inference Protocol               oip.go, oip_binary.go
//	GET  /livez /readyz /metrics /openapi.json /docs                   open to all
//
// From request to answer:
//
//  1. httpx.Wrap: an id, gzip, bounds, a panic becomes a problem, a 5xx is logged
//  2. httpx.Auth: who asks
//  3. httpx.Limiter: how often
//  4. huma: the route, the body decoded and held to the document
//  5. the handler, as api.predict: a Call becomes a Question
//  6. serve.Predictor.Predict
//  7. serve.Places: where the call's postcode is, by the set of places that serves
//  8. feature.Spec.CompleteAt: what was not said is inferred, findings come back as codes
//  9. bundle.Bundle.Predict: features, then the trees
//  10. spool.Spool.Append: the record is on disk
//  11. the handler: numbers as JSON, findings as sentences (serve/warning)
//
// A table's rows and a tensor's come in at step 5 by columns.go and field.go, the one
// list of what columns there may be. Handlers translate between a protocol and
// serve.Predictor, and nothing else. Errors are RFC 9457 problems; the Open Inference
// Protocol has a form of its own (protocol.go). The OpenAPI document is made from the
// handlers' types.
package user
