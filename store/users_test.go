package store_test

import (
	"errors"
	"strings"
	"testing"

	"berth/store"
	"berth/store/passwords"
	"berth/store/storetest"
)

func TestCheckUserName(t *testing.T) {
	for name, want := range map[string]error{
		"ada":                   nil,
		"A.da_L-9":              nil,
		strings.Repeat("a", 32): nil,
		"":                      store.ErrBadUserName,
		strings.Repeat("a", 33): store.ErrBadUserName,
		"ada lovelace":          store.ErrBadUserName,
		"ada/1":                 store.ErrBadUserName,
		"jörg":                  store.ErrBadUserName,
		"ada\n":                 store.ErrBadUserName,
	} {
		if got := store.CheckUserName(name); got != want {
			t.Errorf("CheckUserName(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestAddUser(t *testing.T) {
	s := storetest.Open(t)
	ada := addUser(t, s, "Ada")

	_, err := s.AddUser("ada", goodPassword)
	wantErr(t, err, store.ErrNameTaken)
	_, err = s.AddUser("b b", "short")
	wantErr(t, err, store.ErrBadUserName)
	wantErr(t, err, passwords.ErrWeak)

	addUser(t, s, "aaron")
	users, err := s.Users()
	mustNot(t, err)
	if len(users) != 2 || users[0].Name != "aaron" || users[1] != ada {
		t.Errorf("Users() = %+v, want aaron, then Ada", users)
	}
	got, err := s.User(ada.ID)
	mustNot(t, err)
	if got != ada {
		t.Errorf("User() = %+v, want %+v", got, ada)
	}
	_, err = s.User("nobody")
	wantErr(t, err, store.ErrNotFound)
}

func TestCheckPassword(t *testing.T) {
	s := storetest.Open(t)
	ada := addUser(t, s, "ada")
	for _, c := range []struct {
		about, name, password string
		ok                    bool
	}{
		{"right", "ada", goodPassword, true},
		{"name in another case", "ADA", goodPassword, true},
		{"wrong password", "ada", goodPassword + "x", false},
		{"empty password", "ada", "", false},
		{"password too long to be one", "ada", strings.Repeat("x", 1<<20), false},
		{"unknown name", "eve", goodPassword, false},
		{"unknown name, empty password", "eve", "", false},
		{"no name", "", "", false},
	} {
		t.Run(c.about, func(t *testing.T) {
			u, err := s.CheckPassword(c.name, c.password)
			if c.ok && (err != nil || u != ada) {
				t.Errorf("got %+v, %v", u, err)
			}
			if !c.ok && !errors.Is(err, store.ErrNotFound) {
				t.Errorf("got %+v, %v, want ErrNotFound", u, err)
			}
		})
	}
}

func TestSetPassword(t *testing.T) {
	s := storetest.Open(t)
	ada := addUser(t, s, "ada")
	secrets := make([]string, 2)
	for i := range secrets {
		var err error
		secrets[i], err = s.StartSession(ada.ID, "", "", false)
		mustNot(t, err)
	}
	allEnded := func() {
		t.Helper()
		for _, secret := range secrets {
			_, _, err := s.SessionUser(secret)
			wantErr(t, err, store.ErrNotFound)
		}
	}

	wantErr(t, s.SetPassword(ada.ID, "short"), passwords.ErrWeak)
	wantErr(t, s.SetPassword("nobody", "another password"), store.ErrNotFound)
	mustNot(t, s.SetPassword(ada.ID, "another password"))

	_, err := s.CheckPassword("ada", goodPassword)
	wantErr(t, err, store.ErrNotFound)
	_, err = s.CheckPassword("ada", "another password")
	mustNot(t, err)
	allEnded()

	secrets[0], err = s.StartSession(ada.ID, "", "", false)
	mustNot(t, err)
	mustNot(t, s.SetPasswordByName("Ada", goodPassword))
	allEnded()
	wantErr(t, s.SetPasswordByName("eve", goodPassword), store.ErrNotFound)
}

func TestSetUp(t *testing.T) {
	s := storetest.Open(t)
	first, err := s.SetUpCode()
	mustNot(t, err)
	code, err := s.SetUpCode()
	mustNot(t, err)
	if first == code {
		t.Error("two starts have the same code")
	}
	_, err = s.SetUp(first, "ada", goodPassword)
	wantErr(t, err, store.ErrExpired)
	_, err = s.SetUp("", "ada", goodPassword)
	wantErr(t, err, store.ErrExpired)
	_, err = s.SetUp(code, "ada", "short")
	wantErr(t, err, passwords.ErrWeak)
	if has, err := s.HasUsers(); has || err != nil {
		t.Fatalf("HasUsers() = %v, %v before the set-up", has, err)
	}

	typed := strings.ToLower(strings.ReplaceAll(code, "-", " "))
	_, err = s.SetUp(typed, "ada", goodPassword)
	mustNot(t, err)
	if has, err := s.HasUsers(); !has || err != nil {
		t.Errorf("HasUsers() = %v, %v after the set-up", has, err)
	}
	_, err = s.SetUp(code, "eve", goodPassword)
	wantErr(t, err, store.ErrSetUp)
	_, err = s.SetUpCode()
	wantErr(t, err, store.ErrSetUp)
}

func TestSetUpNeedsACodeThatWasMade(t *testing.T) {
	s := storetest.Open(t)
	_, err := s.SetUp("", "eve", goodPassword)
	wantErr(t, err, store.ErrExpired)
}

func TestOnlyOneOfTwoSetUpsAtOnceSucceeds(t *testing.T) {
	s := storetest.Open(t)
	code, err := s.SetUpCode()
	mustNot(t, err)
	results := make(chan error)
	for _, name := range []string{"ada", "eve"} {
		go func() {
			_, err := s.SetUp(code, name, goodPassword)
			results <- err
		}()
	}
	a, b := <-results, <-results
	if (a == nil) == (b == nil) {
		t.Errorf("errors %v and %v, want exactly one", a, b)
	}
	wantErr(t, errors.Join(a, b), store.ErrSetUp)
}
