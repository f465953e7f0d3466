package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"berth/store"
)

func TestInvitation(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	mira := ta.signedIn("mira")

	invite := func(t *testing.T) string {
		a := mira.post("/account/invites", nil, http.StatusOK)
		link := textOf(find(a.doc(), func(n *html.Node) bool { return attr(n, "id") == "invite-link" }))
		path, ok := strings.CutPrefix(link, ta.server.URL)
		if !ok {
			t.Fatalf("the link is %q", link)
		}
		return path
	}

	t.Run("makes a further account, once", func(t *testing.T) {
		path := invite(t)
		c := ta.browser()
		c.get(path, http.StatusOK).says("mira invites you to Berth")
		c.post(path, url.Values{"username": {"jonas"}, "password": {testPassword}}, http.StatusSeeOther).leadsTo("/")
		c.get("/account", http.StatusOK).says("jonas")
		ta.browser().get(path, http.StatusNotFound).says("This invitation is not valid")
		ta.browser().post(path, url.Values{"username": {"eve"}, "password": {testPassword}}, http.StatusNotFound)
	})

	t.Run("is shown only once", func(t *testing.T) {
		path := invite(t)
		mira.get("/account", http.StatusOK).lacks(path)
	})

	t.Run("holds 48 hours", func(t *testing.T) {
		path := invite(t)
		ta.clock.Advance(store.InviteLife)
		ta.browser().get(path, http.StatusNotFound)
	})

	t.Run("is not used up by what is wrong", func(t *testing.T) {
		path := invite(t)
		c := ta.browser()
		for _, tc := range []struct{ username, password, field, want string }{
			{"MIRA", testPassword, "username", "This name is already taken. Choose another."},
			{"", testPassword, "username", "Choose a name to sign in with."},
			{"karl", "short", "password", "Use 10 characters or more; this has 5."},
			{"karl", "qwertyuiop", "password", "This is one of the most common passwords, or close to one, so it would be guessed first. Choose another, such as a few unrelated words."},
			{"karl", "karlkarl-2026", "password", "This is hardly more than your name, so it would be guessed first. Choose another."},
		} {
			a := c.post(path, url.Values{"username": {tc.username}, "password": {tc.password}}, http.StatusUnprocessableEntity)
			if got := a.fieldError(tc.field); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		}
		c.post(path, url.Values{"username": {"karl"}, "password": {testPassword}}, http.StatusSeeOther)
	})

	t.Run("is a secret, so not in the log", func(t *testing.T) {
		token := strings.TrimPrefix(invite(t), "/invite/")
		ta.browser().get("/invite/"+token, http.StatusOK)
		if strings.Contains(ta.log.String(), token) {
			t.Error("the token stands in the log")
		}
	})
}
