package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"berth/handlers/auth"
)

func TestSetUp(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	code, err := ta.Store.SetUpCode()
	if err != nil {
		t.Fatal(err)
	}
	c := ta.browser()

	t.Run("is where everything leads while there is no account", func(t *testing.T) {
		for _, path := range []string{"/account", "/login", "/settings/nodes"} {
			if path == "/settings/nodes" {
				path = "/settings"
			}
			c.get(path, http.StatusSeeOther).leadsTo("/setup")
		}
		c.get("/setup", http.StatusOK).says("Set up Berth")
	})

	for name, tc := range map[string]struct{ field, value, want string }{
		"no code":              {"code", " ", "Enter the code that Berth printed when it started."},
		"no name":              {"username", "", "Choose a name to sign in with."},
		"a name with a blank":  {"username", "mi ra", "Use the letters a to z, digits, dots, hyphens and underscores only."},
		"a long name":          {"username", strings.Repeat("m", 33), "Use 32 characters at most; this has 33."},
		"no password":          {"password", "", "Choose a password of 10 characters or more."},
		"a short password":     {"password", "harbour", "Use 10 characters or more; this has 7."},
		"a common one":         {"password", "Password1234", "This is one of the most common passwords, or close to one, so it would be guessed first. Choose another, such as a few unrelated words."},
		"the own name":         {"password", "M1ra-2026-mira", "This is hardly more than your name, so it would be guessed first. Choose another."},
		"a long password":      {"password", strings.Repeat("ä", 257), "Use 256 characters at most; this has 257."},
		"a code that is wrong": {"code", "K7QF-2MXP-9TRA", "This is not the latest code that Berth printed. 19 attempts left in the next 15 minutes."},
	} {
		t.Run(name, func(t *testing.T) {
			form := url.Values{"code": {code}, "username": {"mira"}, "password": {testPassword}}
			form.Set(tc.field, tc.value)
			a := c.post("/setup", form, http.StatusUnprocessableEntity)
			if got := a.fieldError(tc.field); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
			if tc.field != "username" && a.fieldValue("username") != "mira" {
				t.Error("the name is lost")
			}
			a.lacks(testPassword)
		})
	}

	t.Run("makes the first account and signs it in", func(t *testing.T) {
		form := url.Values{"code": {strings.ToLower(code)}, "username": {"mira"}, "password": {testPassword}}
		c.post("/setup", form, http.StatusSeeOther).leadsTo("/")
		c.get("/account", http.StatusOK).says("mira")
	})

	t.Run("is over then", func(t *testing.T) {
		c := ta.browser()
		c.get("/setup", http.StatusSeeOther).leadsTo("/login")
		c.post("/setup", url.Values{"code": {code}, "username": {"eve"}, "password": {testPassword}}, http.StatusSeeOther).leadsTo("/login")
		if users, _ := ta.Store.Users(); len(users) != 1 {
			t.Errorf("there are %d accounts", len(users))
		}
	})

	if strings.Contains(ta.log.String(), code) {
		t.Error("the code stands in the log")
	}
}

func TestSetUpCodeCannotBeGuessed(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	if _, err := ta.Store.SetUpCode(); err != nil {
		t.Fatal(err)
	}
	c := ta.browser()
	form := url.Values{"code": {"2222-2222-2222"}, "username": {"eve"}, "password": {testPassword}}
	for range auth.SourceTries {
		c.post("/setup", form, http.StatusUnprocessableEntity)
	}
	a := c.post("/setup", form, http.StatusTooManyRequests)
	if got := a.fieldError("code"); !strings.HasPrefix(got, "Too many failed attempts. You can try again in 15 minutes, at ") {
		t.Errorf("%q", got)
	}
}

func TestTheLinkThatIsPrintedFillsInTheCode(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	code, err := ta.Store.SetUpCode()
	if err != nil {
		t.Fatal(err)
	}
	b := ta.browser()
	a := b.get("/setup?code="+code, http.StatusOK)
	isAWholePage(a)
	if got := a.fieldValue("code"); got != code {
		t.Errorf("the field holds %q", got)
	}
	a.has(`action="/setup"`) // without it
	if got := a.header.Get("Referrer-Policy"); got != "same-origin" {
		t.Errorf("other sites are told by the policy %q", got)
	}
	b.post("/setup", url.Values{"code": {code}, "username": {"mira"}, "password": {testPassword}}, http.StatusSeeOther).leadsTo("/")
	ta.browser().get("/setup?code="+code, http.StatusSeeOther).leadsTo("/login")
	if strings.Contains(ta.log.String(), code) {
		t.Error("the code is in the log")
	}
}
