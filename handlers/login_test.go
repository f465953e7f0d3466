package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestLogin(t *testing.T) {
	ta := newTestApp(t)
	ta.user("mira")

	t.Run("leads to the dashboard", func(t *testing.T) {
		c := ta.browser()
		c.post("/login", url.Values{"username": {"mira"}, "password": {testPassword}}, http.StatusSeeOther).leadsTo("/")
		c.get("/account", http.StatusOK).says("mira")
	})

	t.Run("and back to where one was going", func(t *testing.T) {
		c := ta.browser()
		a := c.get("/account?a=b", http.StatusSeeOther)
		a.leadsTo("/login?next=%2Faccount%3Fa%3Db")
		page := c.follow(a, http.StatusOK)
		page.has(`name="next" value="/account?a=b"`)
		c.post("/login", url.Values{"username": {"mira"}, "password": {testPassword}, "next": {"/account?a=b"}}, http.StatusSeeOther).leadsTo("/account?a=b")
	})

	t.Run("never to another site", func(t *testing.T) {
		for _, next := range []string{"https://evil.example/", "/\\evil.example"} {
			c := ta.browser()
			c.post("/login", url.Values{"username": {"mira"}, "password": {testPassword}, "next": {next}}, http.StatusSeeOther).leadsTo("/")
		}
	})

	t.Run("every field has its own sentence", func(t *testing.T) {
		a := ta.browser().post("/login", url.Values{}, http.StatusUnprocessableEntity)
		for field, want := range map[string]string{"username": "Type your name.", "password": "Type your password."} {
			if got := a.fieldError(field); got != want {
				t.Errorf("%s: %q, want %q", field, got, want)
			}
		}
	})

	t.Run("a wrong password keeps the name and nothing else", func(t *testing.T) {
		a := ta.browser().post("/login", url.Values{"username": {"mira"}, "password": {"not this secret"}, "next": {"/jobs"}}, http.StatusUnprocessableEntity)
		a.says("Name or password is wrong. Four more tries in the next 15 minutes.")
		if got := a.fieldValue("username"); got != "mira" {
			t.Errorf("the name is %q", got)
		}
		a.has(`name="next" value="/jobs"`)
		a.lacks("not this secret")
	})

	t.Run("a name that no account can have is counted by its address alone", func(t *testing.T) {
		long := strings.Repeat("x", 10_000)
		ta.browser().post("/login", url.Values{"username": {long}, "password": {"not this secret"}}, http.StatusUnprocessableEntity).
			says("Name or password is wrong.")
		if _, kept := ta.signIns.tries[long]; kept {
			t.Error("it is remembered")
		}
	})

	t.Run("a name that does not exist gets the same words", func(t *testing.T) {
		ta.browser().post("/login", url.Values{"username": {"nobody"}, "password": {"not this secret"}}, http.StatusUnprocessableEntity).
			says("Name or password is wrong. Four more tries in the next 15 minutes.")
	})

	t.Run("signed-in people need no form", func(t *testing.T) {
		c := ta.browser()
		c.signIn("mira")
		c.get("/login?next=/jobs", http.StatusSeeOther).leadsTo("/jobs")
	})

	if log := ta.log.String(); strings.Contains(log, testPassword) || strings.Contains(log, "not this secret") {
		t.Error("a password stands in the log")
	}
}

func TestSignInIsLimited(t *testing.T) {
	t.Run("by account, however it is written", func(t *testing.T) {
		ta := newTestApp(t)
		ta.user("mira")
		c := ta.browser()
		for i, name := range []string{"mira", "Mira", "MIRA", "mira ", "mira"} {
			a := c.post("/login", url.Values{"username": {name}, "password": {"wrong password"}}, http.StatusUnprocessableEntity)
			if i == 4 {
				a.says("No more tries in the next 15 minutes.")
			}
		}
		ta.clock.advance(2 * time.Minute)
		a := c.post("/login", url.Values{"username": {"mira"}, "password": {testPassword}}, http.StatusTooManyRequests)
		a.says("Too many wrong tries. The next one is possible in 13 minutes, at ")
		if got := a.header.Get("Retry-After"); got != "780" {
			t.Errorf("Retry-After %q, want 780", got)
		}
		ta.clock.advance(13 * time.Minute)
		c.signIn("mira")
	})

	t.Run("by address, whatever the names", func(t *testing.T) {
		ta := newTestApp(t)
		ta.user("mira")
		for range sourceTries {
			ta.sources.take("127.0.0.1")
		}
		ta.browser().post("/login", url.Values{"username": {"mira"}, "password": {testPassword}}, http.StatusTooManyRequests)
	})

	t.Run("a right password forgives", func(t *testing.T) {
		ta := newTestApp(t)
		ta.user("mira")
		for range signInTries - 1 {
			ta.try("127.0.0.1", "mira")
		}
		ta.browser().signIn("mira")
		if got := ta.try("127.0.0.1", "mira"); got.n != signInTries-1 {
			t.Errorf("%d more tries, want %d", got.n, signInTries-1)
		}
	})
}

func TestFormSentWithoutSessionIsKept(t *testing.T) {
	ta := newTestApp(t)
	ta.user("mira")
	c := ta.browser()
	form := url.Values{"hostname": {"pi <hole>"}, "tags": {"dns web"}}

	a := c.post("/account/invites?x=1", form, http.StatusUnauthorized)
	a.says("Your session has ended. What you sent is kept")
	resume := hiddenValue(a, "resume")
	a = c.post("/login", url.Values{"username": {"mira"}, "password": {"wrong password"}, "next": {"/account/invites?x=1"}, "resume": {resume}}, http.StatusUnprocessableEntity)
	if hiddenValue(a, "resume") != resume {
		t.Error("a wrong password loses the form")
	}
	a = c.post("/login", url.Values{"username": {"mira"}, "password": {testPassword}, "next": {"/account/invites?x=1"}, "resume": {resume}}, http.StatusOK)
	a.has(`action="/account/invites?x=1"`, `name="hostname" value="pi &lt;hole&gt;"`, `name="tags" value="dns web"`)

	t.Run("not one with a secret", func(t *testing.T) {
		c := ta.browser()
		a := c.post("/account/password", url.Values{"current": {"a secret of mine"}}, http.StatusUnauthorized)
		isAWholePage(a)
		a.says("You are signed out", "your browser still has it", "reload this page")
		a.has(`href="/login" target="_blank"`)
		a.lacks("a secret of mine")
	})

	t.Run("a button without a form is to be pressed again", func(t *testing.T) {
		c := ta.browser()
		c.follow(c.post("/jobs/1/cancel", nil, http.StatusSeeOther), http.StatusOK).says("nothing was done. Sign in, then do it again.")
	})
}

func TestLogout(t *testing.T) {
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	c.post("/logout", nil, http.StatusSeeOther).leadsTo("/login")
	c.get("/account", http.StatusSeeOther).leadsTo("/login?next=%2Faccount")
	if sessions, _ := ta.Store.Sessions(c.user.ID); len(sessions) != 0 {
		t.Errorf("%d sessions are left", len(sessions))
	}
}
