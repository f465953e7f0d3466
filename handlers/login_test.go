package handlers

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"berth/handlers/auth"
	"berth/handlers/web"
	"berth/store"
	"berth/store/storetest"
)

func TestLogin(t *testing.T) {
	t.Parallel()
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
		for field, want := range map[string]string{"username": "Enter your name.", "password": "Enter your password."} {
			if got := a.fieldError(field); got != want {
				t.Errorf("%s: %q, want %q", field, got, want)
			}
		}
	})

	t.Run("a wrong password keeps the name and nothing else", func(t *testing.T) {
		a := ta.browser().post("/login", url.Values{"username": {"mira"}, "password": {"not this secret"}, "next": {"/jobs"}}, http.StatusUnprocessableEntity)
		a.says("Wrong name or password. Four attempts left in the next 15 minutes.")
		if got := a.fieldValue("username"); got != "mira" {
			t.Errorf("the name is %q", got)
		}
		a.has(`name="next" value="/jobs"`)
		a.lacks("not this secret")
	})

	t.Run("a name that no account can have is not remembered", func(t *testing.T) {
		long := strings.Repeat("x", 10_000)
		ta.browser().post("/login", url.Values{"username": {long}, "password": {"not this secret"}}, http.StatusUnprocessableEntity).
			says("Wrong name or password.")
		for _, l := range []*auth.Limiter{ta.auth.Guards.Pairs, ta.auth.Guards.Accounts} {
			for key := range l.Tries {
				if len(key) > 200 {
					t.Errorf("%d bytes of it are remembered", len(key))
				}
			}
		}
	})

	t.Run("a name that does not exist gets the same words", func(t *testing.T) {
		ta.browser().post("/login", url.Values{"username": {"nobody"}, "password": {"not this secret"}}, http.StatusUnprocessableEntity).
			says("Wrong name or password. Four attempts left in the next 15 minutes.")
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

// behindProxy makes every address that a test says the client's own.
func behindProxy(cfg *web.Config) {
	cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
}

// signInFrom tries a password from an address.
func (c *client) signInFrom(address, name, password string, want int) answer {
	c.t.Helper()
	return c.do(http.MethodPost, "/login", url.Values{"username": {name}, "password": {password}}, http.Header{"X-Forwarded-For": {address}}, want)
}

func TestSignInIsLimited(t *testing.T) {
	t.Parallel()
	const wrong = "wrong password"

	t.Run("by account and address, however the name is written", func(t *testing.T) {
		ta := newTestApp(t)
		ta.user("mira")
		c := ta.browser()
		for i, name := range []string{"mira", "Mira", "MIRA", "mira ", "mira"} {
			a := c.post("/login", url.Values{"username": {name}, "password": {wrong}}, http.StatusUnprocessableEntity)
			if i == 4 {
				a.says("No attempts left in the next 15 minutes.")
			}
		}
		ta.clock.Advance(2 * time.Minute)
		a := c.post("/login", url.Values{"username": {"mira"}, "password": {testPassword}}, http.StatusTooManyRequests)
		a.says("Too many failed attempts. You can try again in 13 minutes, at ")
		if got := a.header.Get("Retry-After"); got != "780" {
			t.Errorf("Retry-After %q, want 780", got)
		}
		ta.clock.Advance(13 * time.Minute)
		c.signIn("mira")
	})

	t.Run("but nobody is locked out from elsewhere", func(t *testing.T) {
		ta := newTestApp(t, behindProxy)
		ta.user("mira")
		c := ta.browser()
		for range auth.SignInTries {
			c.signInFrom("203.0.113.9", "mira", wrong, http.StatusUnprocessableEntity)
		}
		c.signInFrom("203.0.113.9", "mira", testPassword, http.StatusTooManyRequests)
		ta.browser().signInFrom("192.0.2.7", "mira", testPassword, http.StatusSeeOther)
	})

	t.Run("an address of IPv6 is its whole network", func(t *testing.T) {
		ta := newTestApp(t, behindProxy)
		ta.user("mira")
		c := ta.browser()
		for i := range auth.SignInTries {
			c.signInFrom(fmt.Sprintf("2001:db8:1:2:%d::1", i), "mira", wrong, http.StatusUnprocessableEntity)
		}
		c.signInFrom("2001:db8:1:2:ffff::1", "mira", testPassword, http.StatusTooManyRequests)
		c.signInFrom("2001:db8:1:3::1", "mira", testPassword, http.StatusSeeOther)
	})

	t.Run("by account from all new addresses together, and one that signed in before is none", func(t *testing.T) {
		ta := newTestApp(t, behindProxy)
		ta.user("mira")
		ta.browser().signInFrom("2001:db8::7", "mira", testPassword, http.StatusSeeOther)
		for _, name := range []string{"mira", "nobody"} {
			for i := range auth.AccountTries {
				a := ta.browser().signInFrom(fmt.Sprintf("203.0.113.%d", i), name, wrong, http.StatusUnprocessableEntity)
				switch left := auth.AccountTries - 1 - i; left {
				case 2:
					a.says("Wrong name or password. Two attempts left")
				case 0:
					a.says("Wrong name or password. No attempts left")
				}
			}
			a := ta.browser().signInFrom("198.51.100.1", name, wrong, http.StatusTooManyRequests)
			a.says("Too many failed attempts. You can try again in 15 minutes")
			ta.auth.Guards.Sources = auth.NewLimiter(ta.clock.Now, auth.SourceTries)
		}
		ta.browser().signInFrom("198.51.100.1", "mira", testPassword, http.StatusTooManyRequests)
		ta.browser().signInFrom("2001:db8::99", "mira", wrong, http.StatusUnprocessableEntity).says("Four attempts left")
		ta.browser().signInFrom("2001:db8::99", "mira", testPassword, http.StatusSeeOther)
	})

	t.Run("by address, whatever the names", func(t *testing.T) {
		ta := newTestApp(t)
		ta.user("mira")
		c := ta.browser()
		for i := range auth.SourceTries {
			c.post("/login", url.Values{"username": {fmt.Sprint("name", i)}, "password": {wrong}}, http.StatusUnprocessableEntity)
		}
		c.post("/login", url.Values{"username": {"mira"}, "password": {testPassword}}, http.StatusTooManyRequests)
	})

	t.Run("a right password forgives", func(t *testing.T) {
		ta := newTestApp(t)
		ta.user("mira")
		c := ta.browser()
		for range auth.SignInTries - 1 {
			c.post("/login", url.Values{"username": {"mira"}, "password": {wrong}}, http.StatusUnprocessableEntity)
		}
		c.signIn("mira")
		c.post("/login", url.Values{"username": {"mira"}, "password": {wrong}}, http.StatusUnprocessableEntity).says("Four attempts left")
	})
}

// Whoever comes when many passwords are being checked is in after a short time, or is told when to come back.
func TestManySignInsAtOnce(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t, behindProxy, func(cfg *web.Config) {
		dir := t.TempDir()
		cfg.Store = storetest.OpenAt(t, dir, store.Options{Now: cfg.Clock.Now, HashMemory: 8 << 10})
	})
	for i := range 8 {
		ta.user(fmt.Sprint("mira", i))
	}
	var in, later atomic.Int32
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, ta.server.URL+"/login",
				strings.NewReader(url.Values{"username": {fmt.Sprint("mira", i%8)}, "password": {testPassword}}.Encode()))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i))
			res, err := ta.browser().http.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			switch {
			case res.StatusCode == http.StatusSeeOther:
				in.Add(1)
			case res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") == "5" &&
				strings.Contains(string(body), "Many passwords are being checked right now, so yours was not checked. Try again in 5 seconds."):
				later.Add(1)
			default:
				t.Errorf("status %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
			}
		})
	}
	wg.Wait()
	if in.Load() == 0 || later.Load() == 0 {
		t.Errorf("%d are in, %d were told to come again; want some of both", in.Load(), later.Load())
	}
	for _, l := range []*auth.Limiter{ta.auth.Guards.Pairs, ta.auth.Guards.Accounts, ta.auth.Guards.Sources} {
		if len(l.Tries) > 0 {
			t.Errorf("what was right or not looked at is counted: %v", l.Tries)
		}
	}
}

func TestFormSentWithoutSessionIsKept(t *testing.T) {
	t.Parallel()
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
		c.follow(c.post("/jobs/1/cancel", nil, http.StatusSeeOther), http.StatusOK).says("nothing was done. Sign in and try again.")
	})
}

func TestLogout(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	c.post("/logout", nil, http.StatusSeeOther).leadsTo("/login")
	c.get("/account", http.StatusSeeOther).leadsTo("/login?next=%2Faccount")
	if sessions, _ := ta.Store.Sessions(c.user.ID); len(sessions) != 0 {
		t.Errorf("%d sessions are left", len(sessions))
	}
}
