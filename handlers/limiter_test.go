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
		if left, _, ok := l.take("a"); !ok || left != want {
			t.Fatalf("try %d: %d left, %v", i, left, ok)
		}
		clock.advance(time.Minute)
	}
	if _, wait, ok := l.take("a"); ok || wait != tryWindow-3*time.Minute {
		t.Errorf("a fourth try: %v, wait %v", ok, wait)
	}
	if left, _, ok := l.take("b"); !ok || left != 2 {
		t.Error("one key limits another")
	}

	clock.advance(tryWindow - 3*time.Minute)
	if left, _, ok := l.take("a"); !ok || left != 2 {
		t.Error("tries are not forgotten when their time is over")
	}
	l.giveBack("a")
	if left, _, _ := l.take("a"); left != 2 {
		t.Error("a try that is given back counts")
	}
	l.forget("a")
	if left, _, _ := l.take("a"); left != 2 {
		t.Error("forgotten tries count")
	}
}

func TestLimiterCountsTriesAtOnce(t *testing.T) {
	l := newLimiter(time.Now, 5)
	var let atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, _, ok := l.take("a"); ok {
				let.Add(1)
			}
		})
	}
	wg.Wait()
	if let.Load() != 5 {
		t.Errorf("%d of 50 were let through", let.Load())
	}
}

func TestLimiterIsBounded(t *testing.T) {
	clock := &testClock{now: time.Unix(0, 0)}
	l := newLimiter(clock.Now, 3)
	const keys = limiterKeys + 100
	for i := range keys {
		l.take(strconv.Itoa(i))
		clock.advance(time.Millisecond)
	}
	if n := len(l.tries); n > limiterKeys {
		t.Errorf("it holds %d keys", n)
	}
	if left, _, _ := l.take(strconv.Itoa(keys - 1)); left != 1 {
		t.Error("the newest was dropped, not the oldest")
	}
}
