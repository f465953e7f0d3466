package passwords

import (
	"errors"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestPasswordHashKeepsItsParameters(t *testing.T) {
	hasher := NewHasher(0)
	hash := func() string {
		t.Helper()
		h, err := hasher.Hash("correct horse")
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	kept := hash()
	if want := "$argon2id$v=19$m=65536,t=3,p=4$"; !strings.HasPrefix(kept, want) {
		t.Errorf("hash %q, want it to begin with %q", kept, want)
	}
	if kept == hash() {
		t.Error("two hashes of one password are the same")
	}
	// A hash with other parameters is checked by its own.
	cheap := passwordHash{argonParams: argonParams{memory: 64, time: 1, threads: 1}, salt: []byte("saltsalt")}
	var err error
	if cheap.hash, err = hasher.derive(cheap, "correct horse", 16); err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{"correct horse": true, "wrong horse": false} {
		if got, err := hasher.Fits(cheap.String(), password); got != want || err != nil {
			t.Errorf("%q fits: %v, %v", password, got, err)
		}
	}
	for _, broken := range []string{"x", "$argon2id$v=19$m=4294967295,t=3,p=4$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"} {
		if ok, err := hasher.Fits(broken, "x"); ok || !errors.Is(err, errBadHash) {
			t.Errorf("%q: %v, %v", broken, ok, err)
		}
	}
}

func TestUnknownNameTakesAHashToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hasher := &Hasher{argonParams: argonParams{memory: 64, time: 1, threads: 1}, queue: newHashQueue()}
		leave, err := hasher.queue.enter() // whoever hashes has to wait
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan bool, 1)
		go func() {
			fits, err := hasher.Fits("", "x")
			done <- fits || err != nil
		}()
		synctest.Wait()
		if len(done) > 0 {
			t.Error("no password was hashed for an unknown name")
		}
		leave()
		if <-done {
			t.Error("an unknown name fits")
		}
	})
}

func TestManyPasswordsAtOnceWaitShortlyOrAreToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newHashQueue()
		leave, err := q.enter()
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		waited := make(chan time.Duration, 200)
		for range 200 {
			go func() {
				_, err := q.enter()
				if !errors.Is(err, ErrBusy) {
					t.Errorf("got in beside another: %v", err)
				}
				waited <- time.Since(begin)
			}()
		}
		synctest.Wait()
		if got := len(waited); got != 200-hashPlaces {
			t.Errorf("%d of 200 were told at once, want all but the %d that wait", got, hashPlaces)
		}
		time.Sleep(hashWait)
		synctest.Wait()
		if got := len(waited); got != 200 {
			t.Errorf("%d of 200 have their answer after %v", got, hashWait)
		}
		leave()
		if leave, err = q.enter(); err != nil {
			t.Fatalf("nobody is there any more: %v", err)
		}
		leave()
		if len(q.places)+len(q.turn) != 0 {
			t.Error("a place is lost")
		}
	})
}

// Not parallel: it looks at the memory of the whole process.
func TestHashingLeavesNoMemoryBehind(t *testing.T) {
	hasher := NewHasher(0)
	held := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapSys - m.HeapReleased
	}
	debug.FreeOSMemory()
	before := held()
	if _, err := hasher.Hash("correct horse"); err != nil {
		t.Fatal(err)
	}
	if after := held(); after > before+32<<20 {
		t.Errorf("%d MiB are held that were not before", (after-before)>>20)
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=+1,t=3,p=4$$")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parseHash(s)
		if err == nil && h.String() != s {
			t.Errorf("parsed %q as %q", s, h)
		}
	})
}
