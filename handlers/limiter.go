package handlers

import (
	"sync"
	"time"
)

const (
	// signInTries is how often a password may be wrong for one account from one address in tryWindow …
	signInTries = 5
	// … accountTries how often from all addresses together that the account never signed in from …
	accountTries = 50
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
	failed  int
	pending int       // are not judged yet
	until   time.Time // when those that failed are forgotten
}

func newLimiter(now func() time.Time, max int) *limiter {
	return &limiter{now: now, max: max, tries: map[string]tries{}}
}

// room is what a limiter says of a try.
type room struct {
	ok   bool
	full bool          // not ok, but only until those that are judged now are: none may have failed
	left int           // how many more there are, should this one fail too
	wait time.Duration // until they are forgotten
}

// take counts a try, unless there was none left. Whoever takes one says how it went: failed, passed or unjudged.
func (l *limiter) take(key string) room {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	t := l.current(key, now)
	r := room{left: l.max - t.failed - 1, wait: t.until.Sub(now)}
	switch {
	case t.failed >= l.max:
		r.left = 0
		return r
	case t.failed+t.pending >= l.max:
		r.full = true
		return r
	}
	t.pending++
	l.tries[key] = t
	r.ok, r.left = true, l.max-t.failed-t.pending
	return r
}

// current are the tries of a key that count now. l.mu is held.
func (l *limiter) current(key string, now time.Time) tries {
	t, known := l.tries[key]
	if !known {
		l.makeRoom(now)
	}
	if !known || !now.Before(t.until) {
		t.failed, t.until = 0, now.Add(tryWindow)
	}
	return t
}

// failed says that a try was wrong.
func (l *limiter) failed(key string) { l.judge(key, func(t *tries) { t.failed++ }) }

// passed says that a try was right; what failed before is forgiven when it shows that all were by the same person.
func (l *limiter) passed(key string, forgive bool) {
	l.judge(key, func(t *tries) {
		if forgive {
			t.failed = 0
		}
	})
}

// unjudged takes a try back.
func (l *limiter) unjudged(key string) { l.judge(key, func(*tries) {}) }

func (l *limiter) judge(key string, change func(*tries)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.current(key, l.now())
	t.pending = max(t.pending-1, 0)
	change(&t)
	if t.failed == 0 && t.pending == 0 {
		delete(l.tries, key)
		return
	}
	l.tries[key] = t
}

// makeRoom drops what is over, and, when that is nothing, the key with the fewest tries, of several the one that is
// over first: whoever has many addresses or makes up many names cannot wash a count away that matters.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.tries) < limiterKeys {
		return
	}
	var first string
	for key, t := range l.tries {
		f := l.tries[first]
		switch n, least := t.failed+t.pending, f.failed+f.pending; {
		case t.pending == 0 && !now.Before(t.until):
			delete(l.tries, key)
		case first == "" || n < least || n == least && t.until.Before(f.until):
			first = key
		}
	}
	if len(l.tries) >= limiterKeys {
		delete(l.tries, first)
	}
}
