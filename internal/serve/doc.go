// Package serve holds what answers predictions: the champion, swapped without
// a failed request when the ledger moves, and the spool from which answers
// reach the database later.
//
//	ledger ── every 250 ms ──▶ Champion ── Now() ─▶ Predictor ◀── questions of the handlers
//	   bundle from S3, verified, kept on local disk      │ answer, with findings as codes
//	                                                     ▼
//	                              Spool: local file ── in batches ─▶ prediction table
//
// Package warning has the sentences for the findings; nothing here decides by them.
//
// Both work while everything but this process is down: the champion is in
// memory and on disk, and the spool grows until the database is back.
package serve
