package handlers

import (
	"sync"
	"time"
)

const (
	// signInTries is how often a password may be wrong for one account in tryWindow …
	signInTries = 5
	// … and sourceTries how often anything secret may be wrong from one address.
	sourceTries = 20
	tryWindow   = 15 * time.Minute
	// limiterKeys bounds the memory of a limiter.
	limiterKeys = 4096
)

// limiter counts failed tries by key, within a window that begins with the first. It
// is kept in memory: a restart forgives. A try is counted before it is judged, so that
// many at once get no more tries than one after the other.
type limiter struct {
	now func() time.Time
	max int

	mu    sync.Mutex
	tries map[string]tries
}

type tries struct {
	n     int
	until time.Time // when they are forgotten
}

func newLimiter(now func() time.Time, max int) *limiter {
	return &limiter{now: now, max: max, tries: map[string]tries{}}
}

// take counts a try. left is how many more there are after it; when ok is false there
// was none left, and wait says for how long.
func (l *limiter) take(key string) (left int, wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	t, known := l.tries[key]
	if !known || !now.Before(t.until) {
		if !known {
			l.makeRoom(now)
		}
		t = tries{until: now.Add(tryWindow)}
	}
	if t.n >= l.max {
		return 0, t.until.Sub(now), false
	}
	t.n++
	l.tries[key] = t
	return l.max - t.n, t.until.Sub(now), true
}

// giveBack takes one try back, as what was tried was right.
func (l *limiter) giveBack(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t, ok := l.tries[key]; ok && t.n > 0 {
		t.n--
		l.tries[key] = t
	}
}

// forget forgives all tries of a key.
func (l *limiter) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, key)
}

// makeRoom drops what is over, and, when that is nothing, the key that is over first.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.tries) < limiterKeys {
		return
	}
	var first string
	for key, t := range l.tries {
		if !now.Before(t.until) {
			delete(l.tries, key)
		} else if first == "" || t.until.Before(l.tries[first].until) {
			first = key
		}
	}
	if len(l.tries) >= limiterKeys {
		delete(l.tries, first)
	}
}
