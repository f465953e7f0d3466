package auth

import (
	"sync"
	"time"
)

const (
	// SignInTries bounds the wrong passwords for one account from one address in a TryWindow.
	SignInTries = 5
	// AccountTries bounds those for one account from all addresses together that it never signed in from.
	AccountTries = 50
	// SourceTries bounds the wrong secrets of any kind from one address.
	SourceTries = 20
	// TryWindow begins with the first wrong one; at its end they are forgotten.
	TryWindow = 15 * time.Minute
	// LimiterKeys bounds the memory of a limiter.
	LimiterKeys = 4096
)

// Limiter counts failed tries by key, within a window that begins with the first. It
// is kept in memory: a restart forgives. A try is counted before it is judged, so that
// many at once get no more tries than one after the other.
type Limiter struct {
	now func() time.Time
	max int

	mu    sync.Mutex
	Tries map[string]tries
}

type tries struct {
	failed  int
	pending int       // are not judged yet
	until   time.Time // when those that failed are forgotten
}

// NewLimiter is one that lets max tries of a key fail before the next has to wait.
func NewLimiter(now func() time.Time, max int) *Limiter {
	return &Limiter{now: now, max: max, Tries: map[string]tries{}}
}

// room tells whether a try is allowed, and how many are left.
type room struct {
	Ok   bool
	Full bool          // not ok, but only until those that are judged now are: none may have failed
	Left int           // how many more there are, should this one fail too
	Wait time.Duration // until they are forgotten
}

// Take counts a try, unless there was none left. Whoever takes one says how it went: failed, passed or unjudged.
func (l *Limiter) Take(key string) room {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	t := l.current(key, now)
	r := room{Left: l.max - t.failed - 1, Wait: t.until.Sub(now)}
	switch {
	case t.failed >= l.max:
		r.Left = 0
		return r
	case t.failed+t.pending >= l.max:
		r.Full = true
		return r
	}
	t.pending++
	l.Tries[key] = t
	r.Ok, r.Left = true, l.max-t.failed-t.pending
	return r
}

// current are the tries of a key that count now. l.mu is held.
func (l *Limiter) current(key string, now time.Time) tries {
	t, known := l.Tries[key]
	if !known {
		l.makeRoom(now)
	}
	if !known || !now.Before(t.until) {
		t.failed, t.until = 0, now.Add(TryWindow)
	}
	return t
}

// Failed says that a try was wrong.
func (l *Limiter) Failed(key string) { l.judge(key, func(t *tries) { t.failed++ }) }

// Passed says that a try was right; what failed before is forgiven when it shows that all were by the same person.
func (l *Limiter) Passed(key string, forgive bool) {
	l.judge(key, func(t *tries) {
		if forgive {
			t.failed = 0
		}
	})
}

// Unjudged takes a try back.
func (l *Limiter) Unjudged(key string) { l.judge(key, func(*tries) {}) }

func (l *Limiter) judge(key string, change func(*tries)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.current(key, l.now())
	t.pending = max(t.pending-1, 0)
	change(&t)
	if t.failed == 0 && t.pending == 0 {
		delete(l.Tries, key)
		return
	}
	l.Tries[key] = t
}

// makeRoom drops what is over, and, when that is nothing, the key with the fewest tries, of several the one that is
// over first: whoever has many addresses or makes up many names cannot wash a count away that matters.
func (l *Limiter) makeRoom(now time.Time) {
	if len(l.Tries) < LimiterKeys {
		return
	}
	var first string
	for key, t := range l.Tries {
		f := l.Tries[first]
		switch n, least := t.failed+t.pending, f.failed+f.pending; {
		case t.pending == 0 && !now.Before(t.until):
			delete(l.Tries, key)
		case first == "" || n < least || n == least && t.until.Before(f.until):
			first = key
		}
	}
	if len(l.Tries) >= LimiterKeys {
		delete(l.Tries, first)
	}
}
