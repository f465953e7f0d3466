package handlers

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	clock := &testClock{now: time.Unix(0, 0)}
	l := newLimiter(clock.Now, 3)

	for i, want := range []int{2, 1, 0} {
		if r := l.take("a"); !r.ok || r.left != want {
			t.Fatalf("try %d: %+v", i, r)
		}
		l.failed("a")
		clock.advance(time.Minute)
	}
	if r := l.take("a"); r.ok || r.full || r.wait != tryWindow-3*time.Minute {
		t.Errorf("a fourth try: %+v", r)
	}
	if r := l.take("b"); !r.ok || r.left != 2 {
		t.Error("one key limits another")
	}

	clock.advance(tryWindow - 3*time.Minute)
	if r := l.take("a"); !r.ok || r.left != 2 {
		t.Error("tries are not forgotten when their time is over")
	}
	l.unjudged("a")
	if r := l.take("a"); r.left != 2 {
		t.Error("a try that is taken back counts")
	}
	l.failed("a")
	l.take("a")
	l.passed("a", false)
	if r := l.take("a"); r.left != 1 {
		t.Error("a right try makes up for a wrong one")
	}
	l.passed("a", true)
	if r := l.take("a"); r.left != 2 {
		t.Error("forgiven tries count")
	}
}

func TestLimiterCountsTriesAtOnce(t *testing.T) {
	l := newLimiter(time.Now, 5)
	var let, full atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			switch r := l.take("a"); {
			case r.ok:
				let.Add(1)
			case r.full:
				full.Add(1)
			}
		})
	}
	wg.Wait()
	if let.Load() != 5 || full.Load() != 45 {
		t.Errorf("%d of 50 were let through, %d asked to wait until those are judged", let.Load(), full.Load())
	}
}

func TestLimiterIsBounded(t *testing.T) {
	clock := &testClock{now: time.Unix(0, 0)}
	l := newLimiter(clock.Now, 3)
	wrong := func(key string) {
		l.take(key)
		l.failed(key)
	}
	wrong("often")
	wrong("often")
	const keys = limiterKeys + 100
	for i := range keys {
		wrong(strconv.Itoa(i))
		clock.advance(time.Millisecond)
	}
	if n := len(l.tries); n > limiterKeys {
		t.Errorf("it holds %d keys", n)
	}
	if r := l.take(strconv.Itoa(keys - 1)); r.left != 1 {
		t.Error("the newest was dropped, not the oldest")
	}
	if r := l.take("often"); r.left != 0 {
		t.Error("many keys wash away one that matters")
	}
}
