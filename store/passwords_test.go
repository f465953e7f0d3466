package store

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
)

func TestPasswordHashKeepsItsParameters(t *testing.T) {
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	kept := s.hashPassword("correct horse")
	if want := "$argon2id$v=19$m=65536,t=3,p=4$"; !strings.HasPrefix(kept, want) {
		t.Errorf("hash %q, want it to begin with %q", kept, want)
	}
	if kept == s.hashPassword("correct horse") {
		t.Error("two hashes of one password are the same")
	}
	// A hash with other parameters is checked by its own.
	cheap := passwordHash{argonParams: argonParams{memory: 64, time: 1, threads: 1}, salt: []byte("saltsalt")}
	cheap.hash = s.derive(cheap, "correct horse", 16)
	for password, want := range map[string]bool{"correct horse": true, "wrong horse": false} {
		if got, err := s.passwordFits(cheap.String(), password); got != want || err != nil {
			t.Errorf("%q fits: %v, %v", password, got, err)
		}
	}
	for _, broken := range []string{"x", "$argon2id$v=19$m=4294967295,t=3,p=4$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"} {
		if ok, err := s.passwordFits(broken, "x"); ok || !errors.Is(err, errBadHash) {
			t.Errorf("%q: %v, %v", broken, ok, err)
		}
	}
}

func TestUnknownNameTakesAHashToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Store{hashes: safeHashes(), hashing: make(chan struct{}, maxHashing)}
		for range maxHashing { // no place is left: whoever hashes has to wait
			s.hashing <- struct{}{}
		}
		done := make(chan bool, 1)
		go func() {
			fits, err := s.passwordFits("", "x")
			done <- fits || err != nil
		}()
		synctest.Wait()
		if len(done) > 0 {
			t.Error("no password was hashed for an unknown name")
		}
		for range maxHashing {
			<-s.hashing
		}
		if <-done {
			t.Error("an unknown name fits")
		}
	})
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
