// Package admin is the admin API (8002): what administrators and analysts read
// and change. Reading needs the role analyst, changing the role admin.
//
//	GET / /data/... /model/...     the original's routes              original.go
//	/v1/runs                       runs and leaderboards              runs.go
//	/v1/retrains .../cancel        start, stop, watch                 retrain.go
//	/v1/versions champion ledger   models; a version's files          models.go download.go
//	/v1/promotions                 promote, roll back; approve        promotions.go approvals.go
//	/v1/monitoring backfills       monitor runs, replays     monitoring.go backfills.go
//	/v1/data-sets files            snapshots, reports, rejects        data.go
//	/v1/cover                      what stations out do to London     cover.go
//	/v1/schedules                  what runs by itself                schedules.go
//	/v1/accounts api-keys audit    who may do what, and who did       accounts.go
//
// A change is written into the audit log before it is made: what cannot be logged
// is not done. What serves changes through a workflow only, decided from the
// revision in If-Match; that, and the workflow ids, are what makes a request that
// is sent twice harmless. A header Idempotency-Key is ignored. What is protected
// how is in docs/SECURITY.md. Start reading at admin.go.
package admin
