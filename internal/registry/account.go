package registry

import "time"

// Role is what an account may do.
type Role string

// The roles, each with the rights of those before it.
const (
	RoleOperator Role = "operator" // ask for predictions
	RoleAnalyst  Role = "analyst"  // and read everything
	RoleAdmin    Role = "admin"    // and change what serves, and who may do what
)

// Scopes of keys for one thing.
const (
	// RoleCandidate is for programs elsewhere, to fetch what they fit candidates on and give their models back.
	RoleCandidate Role = "candidate"
	// RoleAvailability is for a mobilising system, to say who is out.
	RoleAvailability Role = "availability"
)

// IsNarrow says whether it is the scope of keys for one thing, which no account has as its role
// and only administrators have among their rights.
func (r Role) IsNarrow() bool { return r == RoleCandidate || r == RoleAvailability }

// Scopes are what a key may be made for.
func Scopes() []Role {
	return []Role{RoleOperator, RoleAnalyst, RoleAdmin, RoleCandidate, RoleAvailability}
}

// Covers says whether r has the rights of other. Of who is out analysts have the right to read, as of everything: what
// changes it asks again.
func (r Role) Covers(other Role) bool {
	if other.IsNarrow() {
		return r == other || r == RoleAdmin || r == RoleAnalyst && other == RoleAvailability
	}
	return r.rank() >= other.rank() && r.rank() > 0
}

func (r Role) rank() int {
	switch r {
	case RoleOperator:
		return 1
	case RoleAnalyst:
		return 2
	case RoleAdmin:
		return 3
	}
	return 0
}

// Account is who may sign in.
type Account struct {
	Name         string `json:"name"`
	PasswordHash string `json:"-"` // argon2id, PHC format
	Role         Role   `json:"role"`
	Disabled     bool   `json:"disabled"`
	OneTime      bool   `json:"one_time_password,omitempty"` // pages ask for another password first
	// OneTimeUntil is when a one-time password ends; zero: it does not.
	OneTimeUntil time.Time `json:"one_time_until,omitzero"`
	CreatedAt    time.Time `json:"created_at"`
}

// APIKey is a bearer key; the key itself is shown once and never kept.
type APIKey struct {
	ID        string    `json:"id"`
	Hash      string    `json:"-"` // SHA-256 of the key, hex
	Account   string    `json:"account"`
	Scope     Role      `json:"scope"` // the most it may do
	Note      string    `json:"note"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at,omitzero"` // zero: never
	RevokedAt time.Time `json:"revoked_at,omitzero"` // zero: not revoked
	UsedAt    time.Time `json:"used_at,omitzero"`    // last use, to some minutes; zero: none known
}

// IsOver says whether it is revoked, or has expired by now.
func (k APIKey) IsOver(now time.Time) bool {
	return !k.RevokedAt.IsZero() || !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt)
}

// AuditEntry is one change: who did what to which thing, when and from where.
type AuditEntry struct {
	ID     int64     `json:"id"` // given by the store
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	From   string    `json:"from"`             // address of the client
	Key    string    `json:"key_id,omitempty"` // of the API key; empty for a password
	Action string    `json:"action"`
	Target string    `json:"target"`
	Detail string    `json:"detail"`
}

// AuditQuery is which changes are listed, newest first.
type AuditQuery struct {
	Before int64     // continue after the entry of this ID; 0 from the newest on
	Limit  int       // 0: 50
	Who    string    // of this account alone
	Text   string    // in action, target or detail
	From   time.Time // at or after; zero: any
	To     time.Time // before; zero: any
}

// Session is a browser that signed in; its token is in a cookie and never kept.
type Session struct {
	Hash      string // of the token, hex
	Account   string
	Proof     string // SHA-256 of the password hash that it was opened with, hex
	Address   string // of the client
	CreatedAt time.Time
	SeenAt    time.Time // last use, to a minute
	ExpiresAt time.Time // whatever its use
}
