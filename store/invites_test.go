package store_test

import (
	"errors"
	"testing"

	"berth/store"
	"berth/store/passwords"
)

func TestInviteIsGoodForOneAccount(t *testing.T) {
	s, _ := openWithClock(t)
	ada := addUser(t, s, "ada")
	token, expires, err := s.MakeInvite(ada.ID)
	mustNot(t, err)
	if left := expires.Sub(ada.Created); left != store.InviteLife {
		t.Errorf("holds for %v, want %v", left, store.InviteLife)
	}
	from, err := s.Invite(token)
	mustNot(t, err)
	if from != ada {
		t.Errorf("invited by %+v, want ada", from)
	}

	// What is wrong with the account does not use the invitation up.
	_, err = s.AcceptInvite(token, "ADA", goodPassword)
	wantErr(t, err, store.ErrNameTaken)
	_, err = s.AcceptInvite(token, "eve", "short")
	wantErr(t, err, passwords.ErrWeak)

	eve, err := s.AcceptInvite(token, "eve", goodPassword)
	mustNot(t, err)
	if got, err := s.CheckPassword("eve", goodPassword); err != nil || got != eve {
		t.Errorf("eve signs in as %+v, %v", got, err)
	}
	_, err = s.AcceptInvite(token, "bob", goodPassword)
	wantErr(t, err, store.ErrExpired)
	_, err = s.Invite(token)
	wantErr(t, err, store.ErrExpired)
}

func TestInviteExpires(t *testing.T) {
	s, clock := openWithClock(t)
	token, _, err := s.MakeInvite(addUser(t, s, "ada").ID)
	mustNot(t, err)
	clock.Advance(store.InviteLife)
	_, err = s.Invite(token)
	wantErr(t, err, store.ErrExpired)
	_, err = s.AcceptInvite(token, "eve", goodPassword)
	wantErr(t, err, store.ErrExpired)
	_, err = s.Invite("made up")
	wantErr(t, err, store.ErrExpired)
}

func TestInviteAcceptedTwiceAtOnceMakesOneAccount(t *testing.T) {
	s, _ := openWithClock(t)
	token, _, err := s.MakeInvite(addUser(t, s, "ada").ID)
	mustNot(t, err)
	results := make(chan error)
	for _, name := range []string{"bob", "eve"} {
		go func() {
			_, err := s.AcceptInvite(token, name, goodPassword)
			results <- err
		}()
	}
	a, b := <-results, <-results
	if (a == nil) == (b == nil) {
		t.Errorf("errors %v and %v, want exactly one", a, b)
	}
	wantErr(t, errors.Join(a, b), store.ErrExpired)
}

func TestMakeInviteNeedsAUser(t *testing.T) {
	s, _ := openWithClock(t)
	_, _, err := s.MakeInvite("nobody")
	wantErr(t, err, store.ErrNotFound)
}
