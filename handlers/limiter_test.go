package handlers

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"berth/handlers/auth"
	"berth/store/storetest"
)

func TestLimiter(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock(time.Unix(0, 0))
	l := auth.NewLimiter(clock.Now, 3)

	for i, want := range []int{2, 1, 0} {
		if r := l.Take("a"); !r.Ok || r.Left != want {
			t.Fatalf("try %d: %+v", i, r)
		}
		l.Failed("a")
		clock.Advance(time.Minute)
	}
	if r := l.Take("a"); r.Ok || r.Full || r.Wait != auth.TryWindow-3*time.Minute {
		t.Errorf("a fourth try: %+v", r)
	}
	if r := l.Take("b"); !r.Ok || r.Left != 2 {
		t.Error("one key limits another")
	}

	clock.Advance(auth.TryWindow - 3*time.Minute)
	if r := l.Take("a"); !r.Ok || r.Left != 2 {
		t.Error("tries are not forgotten when their time is over")
	}
	l.Unjudged("a")
	if r := l.Take("a"); r.Left != 2 {
		t.Error("a try that is taken back counts")
	}
	l.Failed("a")
	l.Take("a")
	l.Passed("a", false)
	if r := l.Take("a"); r.Left != 1 {
		t.Error("a right try makes up for a wrong one")
	}
	l.Passed("a", true)
	if r := l.Take("a"); r.Left != 2 {
		t.Error("forgiven tries count")
	}
}

func TestLimiterCountsTriesAtOnce(t *testing.T) {
	t.Parallel()
	l := auth.NewLimiter(time.Now, 5)
	var let, full atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			switch r := l.Take("a"); {
			case r.Ok:
				let.Add(1)
			case r.Full:
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
	t.Parallel()
	clock := storetest.NewClock(time.Unix(0, 0))
	l := auth.NewLimiter(clock.Now, 3)
	wrong := func(key string) {
		l.Take(key)
		l.Failed(key)
	}
	wrong("often")
	wrong("often")
	const keys = auth.LimiterKeys + 100
	for i := range keys {
		wrong(strconv.Itoa(i))
		clock.Advance(time.Millisecond)
	}
	if n := len(l.Tries); n > auth.LimiterKeys {
		t.Errorf("it holds %d keys", n)
	}
	if r := l.Take(strconv.Itoa(keys - 1)); r.Left != 1 {
		t.Error("the newest was dropped, not the oldest")
	}
	if r := l.Take("often"); r.Left != 0 {
		t.Error("many keys wash away one that matters")
	}
}
