package store_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/store"
	"berth/store/storetest"
)

func TestSessionLastsWhileItIsUsed(t *testing.T) {
	s, clock := openWithClock(t)
	ada := addUser(t, s, "ada")
	secret, err := s.StartSession(ada.ID, strings.Repeat("é", 200), "192.0.2.7", false)
	mustNot(t, err)

	session, u, err := s.SessionUser(secret)
	mustNot(t, err)
	if u != ada || session.UserID != ada.ID || session.Address != "192.0.2.7" {
		t.Errorf("got %+v of %+v", session, u)
	}
	if session.Browser != strings.Repeat("é", 100) {
		t.Errorf("browser kept as %d bytes: %q", len(session.Browser), session.Browser)
	}
	if session.ID == secret || strings.Contains(session.ID, secret) {
		t.Error("the session's ID shows its secret")
	}

	clock.Advance(30 * time.Second)
	again, _, err := s.SessionUser(secret)
	mustNot(t, err)
	if !again.LastSeen.Equal(session.LastSeen) {
		t.Error("written again within a minute")
	}

	clock.Advance(store.SessionLife - time.Minute)
	again, _, err = s.SessionUser(secret)
	mustNot(t, err)
	if want := clock.Now().Add(store.SessionLife); !again.Expires.Equal(want) || !again.LastSeen.Equal(clock.Now()) {
		t.Errorf("expires %v, last seen %v; want it prolonged to %v", again.Expires, again.LastSeen, want)
	}

	clock.Advance(store.SessionLife)
	_, _, err = s.SessionUser(secret)
	wantErr(t, err, store.ErrNotFound)
	if list, err := s.Sessions(ada.ID); err != nil || len(list) != 0 {
		t.Errorf("Sessions() = %+v, %v after its time", list, err)
	}
}

func TestSessionOutlivesARestart(t *testing.T) {
	dir := t.TempDir()
	s := storetest.OpenAt(t, dir, store.Options{})
	ada := addUser(t, s, "ada")
	secret, err := s.StartSession(ada.ID, "", "", false)
	mustNot(t, err)
	keys, err := s.CookieKeys()
	mustNot(t, err)
	storetest.Close(t, s)

	s = storetest.OpenAt(t, dir, store.Options{})
	_, u, err := s.SessionUser(secret)
	mustNot(t, err)
	if u.ID != ada.ID {
		t.Errorf("session of %q, want %q", u.ID, ada.ID)
	}
	again, err := s.CookieKeys()
	mustNot(t, err)
	if len(again) != 1 || string(again[0]) != string(keys[0]) {
		t.Error("other cookie keys after a restart")
	}
}

func TestEndSession(t *testing.T) {
	s, clock := openWithClock(t)
	ada, eve := addUser(t, s, "ada"), addUser(t, s, "eve")
	secrets := make([]string, 3)
	for i := range secrets {
		clock.Advance(time.Minute)
		var err error
		secrets[i], err = s.StartSession(ada.ID, "", "", false)
		mustNot(t, err)
	}
	list, err := s.Sessions(ada.ID)
	mustNot(t, err)
	if len(list) != 3 || !list[0].LastSeen.After(list[2].LastSeen) {
		t.Fatalf("Sessions() = %+v, want the last used first", list)
	}
	newest := list[0].ID

	wantErr(t, s.EndSession(eve.ID, newest), store.ErrNotFound)
	wantErr(t, s.EndSession(ada.ID, "none"), store.ErrNotFound)
	mustNot(t, s.EndSession(ada.ID, list[2].ID))
	_, _, err = s.SessionUser(secrets[0])
	wantErr(t, err, store.ErrNotFound)

	mustNot(t, s.EndOtherSessions(ada.ID, newest))
	list, err = s.Sessions(ada.ID)
	mustNot(t, err)
	if len(list) != 1 || list[0].ID != newest {
		t.Errorf("left are %+v, want just %s", list, newest)
	}
}

func TestStartSessionNeedsAUser(t *testing.T) {
	_, err := storetest.Open(t).StartSession("nobody", "", "", false)
	wantErr(t, err, store.ErrNotFound)
}

func TestSweepExpired(t *testing.T) {
	s, clock := openWithClock(t)
	ada := addUser(t, s, "ada")
	old, err := s.StartSession(ada.ID, "", "", false)
	mustNot(t, err)
	_, _, err = s.MakeInvite(ada.ID)
	mustNot(t, err)
	clock.Advance(store.SessionLife)
	young, err := s.StartSession(ada.ID, "", "", false)
	mustNot(t, err)
	invite, _, err := s.MakeInvite(ada.ID)
	mustNot(t, err)

	mustNot(t, s.SweepExpired())
	clock.Advance(-time.Hour) // what was swept does not come back with the time
	_, _, err = s.SessionUser(old)
	wantErr(t, err, store.ErrNotFound)
	_, _, err = s.SessionUser(young)
	mustNot(t, err)
	_, err = s.Invite(invite)
	mustNot(t, err)
}

func TestSessionHasAnEndHoweverOftenItIsUsed(t *testing.T) {
	s, clock := openWithClock(t)
	ada := addUser(t, s, "ada")
	secret, err := s.StartSession(ada.ID, "", "", false)
	mustNot(t, err)
	session, _, err := s.SessionUser(secret)
	mustNot(t, err)
	for range 8 {
		clock.Advance(store.MaxSessionLife/8 - time.Second)
		_, _, err = s.SessionUser(secret)
		mustNot(t, err)
	}
	if end, err := s.SessionEnd(ada.ID, session.ID); !end.Equal(clock.Now().Add(8*time.Second)) || err != nil {
		t.Errorf("SessionEnd() = %v, %v before its end", end, err)
	}
	clock.Advance(8 * time.Second)
	_, _, err = s.SessionUser(secret)
	wantErr(t, err, store.ErrNotFound)
	_, err = s.SessionEnd(ada.ID, session.ID)
	wantErr(t, err, store.ErrNotFound)
	if list, err := s.Sessions(ada.ID); err != nil || len(list) != 0 {
		t.Errorf("Sessions() = %+v, %v after its end", list, err)
	}
	mustNot(t, s.SweepExpired())
	clock.Advance(-time.Hour)
	_, _, err = s.SessionUser(secret)
	wantErr(t, err, store.ErrNotFound)
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7",
		"::ffff:192.0.2.7":     "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1": "2001:db8:1:2::/64",
		"2001:db8:1:3::1":      "2001:db8:1:3::/64",
		"fe80::1%eth0":         "fe80::/64",
		"a proxy's word":       "a proxy's word",
		"":                     "",
	} {
		if got := store.Network(address); got != want {
			t.Errorf("Network(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestFromWhereSomebodySignedInIsKept(t *testing.T) {
	s, clock := openWithClock(t)
	ada, eve := addUser(t, s, "ada"), addUser(t, s, "eve")
	from := func(u store.User, address string) {
		t.Helper()
		clock.Advance(time.Second)
		_, err := s.StartSession(u.ID, "", address, false)
		mustNot(t, err)
	}
	known := func(name, address string) bool {
		t.Helper()
		got, err := s.SignedInFrom(name, store.Network(address))
		mustNot(t, err)
		return got
	}
	from(ada, "2001:db8:1:2::7")
	from(eve, "192.0.2.8")
	if !known("Ada", "2001:db8:1:2:ffff::1") {
		t.Error("an address of the same network is not known")
	}
	if known("ada", "2001:db8:1:3::1") || known("ada", "192.0.2.8") || known("nobody", "192.0.2.8") {
		t.Error("known is what nobody of that name signed in from")
	}
	mustNot(t, s.EndOtherSessions(ada.ID, ""))
	if !known("ada", "2001:db8:1:2::7") {
		t.Error("it is forgotten with the session")
	}
	for i := range 20 {
		from(ada, "198.51.100."+strconv.Itoa(i))
	}
	if known("ada", "2001:db8:1:2::7") || !known("ada", "198.51.100.0") || !known("ada", "198.51.100.19") {
		t.Error("of many networks not the last ones are kept")
	}
	if !known("eve", "192.0.2.8") {
		t.Error("another's are forgotten")
	}
}

func TestWhoWatchesASessionHearsOfItsEnd(t *testing.T) {
	s, _ := openWithClock(t)
	ada := addUser(t, s, "ada")
	start := func() store.Session {
		t.Helper()
		secret, err := s.StartSession(ada.ID, "", "", false)
		mustNot(t, err)
		session, _, err := s.SessionUser(secret)
		mustNot(t, err)
		return session
	}
	for name, end := range map[string]func(store.Session) error{
		"it is ended":             func(x store.Session) error { return s.EndSession(ada.ID, x.ID) },
		"the others are":          func(store.Session) error { return s.EndOtherSessions(ada.ID, start().ID) },
		"the password is another": func(store.Session) error { return s.SetPassword(ada.ID, "lights over the harbour") },
	} {
		t.Run(name, func(t *testing.T) {
			session := start()
			at, err := s.SessionEnd(ada.ID, session.ID)
			mustNot(t, err)
			if !at.Equal(session.Expires) {
				t.Errorf("it ends at %v, want %v", at, session.Expires)
			}
			news := s.WatchSession(session.ID)
			defer news.Close()
			mustNot(t, end(session))
			<-news.C
			_, err = s.SessionEnd(ada.ID, session.ID)
			wantErr(t, err, store.ErrNotFound)
		})
	}
	session := start()
	kept := s.WatchSession(session.ID)
	defer kept.Close()
	mustNot(t, s.EndOtherSessions(ada.ID, session.ID))
	select {
	case <-kept.C:
		t.Error("the one that is kept hears of an end")
	default:
	}
	_, err := s.SessionEnd(addUser(t, s, "eve").ID, session.ID)
	wantErr(t, err, store.ErrNotFound)
}
