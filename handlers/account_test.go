package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"berth/handlers/auth"
)

func TestChangePassword(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	elsewhere := ta.browser()
	elsewhere.signIn("mira")
	const next = "another harbour"

	for name, tc := range map[string]struct{ field, current, password, want string }{
		"no current":      {"current", "", next, "Enter your current password."},
		"a wrong current": {"current", "wrong password", next, "This is not your password. Four attempts left in the next 15 minutes."},
		"no new":          {"password", testPassword, "", "Choose a password of 10 characters or more."},
		"a short new":     {"password", testPassword, "short", "Use 10 characters or more; this has 5."},
		"a common new":    {"password", testPassword, "Sunshine2026!", "This is one of the most common passwords, or close to one, so it would be guessed first. Choose another, such as a few unrelated words."},
		"the own name":    {"password", testPassword, "mira-mira-2026", "This is hardly more than your name, so it would be guessed first. Choose another."},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.post("/account/password", url.Values{"current": {tc.current}, "password": {tc.password}}, http.StatusUnprocessableEntity)
			if got := a.fieldError(tc.field); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
			a.lacks(testPassword, next, "wrong password")
		})
	}

	before := c.cookie(ta.auth.Sessions.Name())
	a := c.post("/account/password", url.Values{"current": {testPassword}, "password": {next}}, http.StatusSeeOther)
	c.follow(a, http.StatusOK).says("Your password was changed. All other sessions were signed out.")
	c.get("/account", http.StatusOK).lacks("Your password was changed.")
	elsewhere.get("/account", http.StatusSeeOther)
	stolen := ta.browser()
	stolen.setCookie(ta.auth.Sessions.Name(), before)
	stolen.get("/account", http.StatusSeeOther)
	ta.browser().post("/login", url.Values{"username": {"mira"}, "password": {testPassword}}, http.StatusUnprocessableEntity)
	ta.browser().post("/login", url.Values{"username": {"mira"}, "password": {next}}, http.StatusSeeOther)
}

func TestGuessingTheCurrentPasswordIsLimited(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	form := url.Values{"current": {"wrong password"}, "password": {"another harbour"}}
	for range auth.SignInTries {
		c.post("/account/password", form, http.StatusUnprocessableEntity)
	}
	c.post("/account/password", form, http.StatusTooManyRequests)
}

func TestSessions(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	own := func() []string {
		t.Helper()
		list, err := ta.Store.Sessions(c.user.ID)
		if err != nil {
			t.Fatal(err)
		}
		ids := make([]string, len(list))
		for i, s := range list {
			ids[i] = s.ID
		}
		return ids
	}
	current := own()[0]

	t.Run("are listed", func(t *testing.T) {
		phone := ta.browser()
		phone.do(http.MethodPost, "/login", url.Values{"username": {"mira"}, "password": {testPassword}},
			http.Header{"User-Agent": {"Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"}}, http.StatusSeeOther)
		c.get("/account", http.StatusOK).says("Firefox on Android", "127.0.0.1", "this session", "Sign out everywhere else")

		t.Run("and ended from another", func(t *testing.T) {
			for _, id := range own() {
				if id != current {
					c.follow(c.post("/account/sessions/"+id+"/end", nil, http.StatusSeeOther), http.StatusOK).says("That session was signed out.")
				}
			}
			phone.get("/account", http.StatusSeeOther)
			c.get("/account", http.StatusOK)
		})
	})

	t.Run("all others at once", func(t *testing.T) {
		phone := ta.browser()
		phone.signIn("mira")
		c.follow(c.post("/account/sessions/others/end", nil, http.StatusSeeOther), http.StatusOK).says("All other sessions were signed out.")
		phone.get("/account", http.StatusSeeOther)
	})

	t.Run("nobody ends another's", func(t *testing.T) {
		ta.signedIn("jonas").post("/account/sessions/"+current+"/end", nil, http.StatusNotFound)
		c.get("/account", http.StatusOK)
	})

	t.Run("the own one signs out", func(t *testing.T) {
		c.post("/account/sessions/"+current+"/end", nil, http.StatusSeeOther).leadsTo("/login")
		c.get("/account", http.StatusSeeOther)
	})
}
