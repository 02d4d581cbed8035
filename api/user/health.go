package user

import (
	"encoding/json"
	"net/http"
	"time"
)

// silence is after how long without an answer the ledger counts as away.
const silence = 10 * time.Second

// ready is what /readyz answers.
type ready struct {
	Status       string    `json:"status"` // ready | degraded | not ready
	Version      string    `json:"version,omitempty"`
	LedgerSeen   time.Time `json:"ledger_seen,omitzero"`
	SpooledBytes int64     `json:"spooled_bytes"`
	Detail       string    `json:"detail,omitempty"`
}

func (a *api) registerHealth(mux *http.ServeMux) {
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("live\n")) // the prober may be gone
	})
	mux.HandleFunc("GET /readyz", a.readyz)
}

// readyz answers 200 while predictions are answered, also from a copy while the
// database is away (degraded), and 503 without any model.
func (a *api) readyz(w http.ResponseWriter, _ *http.Request) {
	out, status := ready{Status: "ready", LedgerSeen: a.Champion.LedgerSeen()}, http.StatusOK
	if a.Pending != nil {
		if n, err := a.Pending(); err == nil {
			out.SpooledBytes = n
		}
	}
	switch l := a.Champion.Now(); {
	case l == nil:
		out.Status, out.Detail, status = "not ready", "no model serves yet", http.StatusServiceUnavailable
	case a.Now().Sub(out.LedgerSeen) > silence:
		out.Version, out.Status, out.Detail = l.Version.ID, "degraded", "the database does not answer; predictions come from the model in memory"
	default:
		out.Version = l.Version.ID
	}
	body, err := json.Marshal(out)
	if err != nil {
		http.Error(w, "readyz", http.StatusInternalServerError) // plain values always encode
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the prober may be gone
}
