// Package user is the user API (8001): who asks when an engine will be there is
// answered here.
//
//	POST /predict                the original's body and text answer   legacy.go
//	POST /v1/predictions         what a caller can say is enough       predict.go
//	POST /v1/predictions:batch   CSV or Parquet in and out             batch.go, table*.go
//	GET  /v1/predictions/{id}    what was answered                     lookup.go
//	GET  /v1/model               which model answers, how good it is   model.go
//	/v2/...                      Open Inference Protocol               oip.go
//	POST /invocations            MLflow's scoring                      mlflow.go
//	GET  /livez /readyz /metrics /openapi.json /docs                   open to all
//
// Handlers translate between a protocol and serve.Desk, and nothing else. Columns
// of tables, data frames and tensors all become a Call in column.go. Errors are RFC
// 9457 problems, but for the two protocols that have their own (protocol.go). The
// OpenAPI document is made from the handlers' types.
package user
