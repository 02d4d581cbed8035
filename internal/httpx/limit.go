package httpx

import (
	"cmp"
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

	mu      sync.Mutex
	buckets map[string]*rate.Limiter // by API key or account: callers are known by then, so there are not many
}

// NewLimiter allows so many requests a second, and twice as many at once; 0 is
// no limit.
func NewLimiter(perSecond float64, now func() time.Time) *Limiter {
	if perSecond <= 0 {
		return nil
	}
	return &Limiter{
		perSecond: rate.Limit(perSecond), burst: max(1, int(math.Ceil(2*perSecond))), now: now,
		buckets: map[string]*rate.Limiter{},
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
		if wait := l.reserve(id); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			WriteProblem(w, Problem{
				Status: http.StatusTooManyRequests,
				Detail: fmt.Sprintf("more than %v requests a second for this %s", float64(l.perSecond), callerKind(id)),
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func callerKind(id Identity) string {
	if id.Key != "" {
		return "API key"
	}
	return "account"
}

// reserve counts one request, and says how long to wait where none is left.
func (l *Limiter) reserve(id Identity) time.Duration {
	if id.Name == "" {
		return 0
	}
	bucket, now := l.bucket(callerKind(id)+" "+cmp.Or(id.Key, id.Name)), l.now()
	if bucket.AllowN(now, 1) {
		return 0
	}
	missing := 1 - bucket.TokensAt(now)
	return max(time.Duration(missing/float64(l.perSecond)*float64(time.Second)), time.Millisecond)
}

func (l *Limiter) bucket(caller string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets[caller]
	if !ok {
		b = rate.NewLimiter(l.perSecond, l.burst)
		l.buckets[caller] = b
	}
	return b
}
