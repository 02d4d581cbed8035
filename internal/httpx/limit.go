package httpx

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter bounds how many requests a second one caller has answered: an API key,
// or an account where it came with a password or a session. Each process counts
// for itself. A nil Limiter bounds nothing.
type Limiter struct {
	perSecond rate.Limit
	burst     int
	now       func() time.Time

	mu       sync.RWMutex // callers are known by then, so there are not many
	keys     map[string]*rate.Limiter
	accounts map[string]*rate.Limiter
}

// NewLimiter allows so many requests a second, and twice as many at once; 0 is
// no limit.
func NewLimiter(perSecond float64, now func() time.Time) *Limiter {
	if perSecond <= 0 {
		return nil
	}
	return &Limiter{
		perSecond: rate.Limit(perSecond), burst: max(1, int(math.Ceil(2*perSecond))), now: now,
		keys: map[string]*rate.Limiter{}, accounts: map[string]*rate.Limiter{},
	}
}

// Around puts the limit around handlers that stand inside of Require. What needs
// no account is not counted.
func (l *Limiter) Around(next http.Handler) http.Handler {
	if l == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := Who(r.Context())
		if wait := l.take(id); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			WriteProblem(w, Problem{
				Status: http.StatusTooManyRequests,
				Detail: fmt.Sprintf("more than %v requests a second for this %s", float64(l.perSecond), kindOf(id)),
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func kindOf(id Identity) string {
	if id.Key != "" {
		return "API key"
	}
	return "account"
}

// take takes one request, and says how long to wait where there is none left.
func (l *Limiter) take(id Identity) time.Duration {
	if id.Name == "" {
		return 0
	}
	lim, now := l.of(id), l.now()
	if lim.AllowN(now, 1) {
		return 0
	}
	missing := 1 - lim.TokensAt(now)
	return max(time.Duration(missing/float64(l.perSecond)*float64(time.Second)), time.Millisecond)
}

func (l *Limiter) of(id Identity) *rate.Limiter {
	by, name := l.accounts, id.Name
	if id.Key != "" {
		by, name = l.keys, id.Key
	}
	l.mu.RLock()
	lim, ok := by[name]
	l.mu.RUnlock()
	if ok {
		return lim
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if lim, ok = by[name]; !ok {
		lim = rate.NewLimiter(l.perSecond, l.burst)
		by[name] = lim
	}
	return lim
}
