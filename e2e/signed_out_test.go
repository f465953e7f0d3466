//go:build e2e

package e2e

import "testing"

// endSessions signs out everywhere, as another browser's "end the other sessions" does.
func (h *house) endSessions() {
	h.t.Helper()
	users, err := h.store.Users()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, u := range users {
		if err := h.store.EndOtherSessions(u.ID, ""); err != nil {
			h.t.Fatal(err)
		}
	}
}

// signInElsewhere signs in as another tab of the same browser does.
func (b *tab) signInElsewhere() {
	b.t.Helper()
	b.is(`fetch("/login", {method: "POST", body: new URLSearchParams({username: "` + username + `", password: "` + password + `"})}).then(() => { document.body.dataset.known = 1; })`)
	b.until("another tab has signed in", `document.body.dataset.known`)
}

func TestWhatIsTypedOutlastsTheSession(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		b := h.open(script)
		b.signIn()
		b.visit("/templates/new")
		b.write("name", "Links")
		b.addRow("service", "service_name.0")
		b.write("service_name.0", "links")
		h.endSessions()
		b.press("button[value='add:service']")
		if script {
			b.says("You are signed out", "Sign in in another tab, then continue here.")
			b.until("that is seen from down there", `(() => { const r = document.querySelector("#flash").getBoundingClientRect(); return scrollY > 0 && r.top >= 0 && r.bottom <= innerHeight; })()`)
			b.accessible("signed out")
			b.signInElsewhere()
			b.press("button[value='add:service']")
		} else {
			b.says("Your session has ended. What you sent is kept")
			b.accessible("signed out without script")
			b.write("username", username)
			b.write("password", password)
			b.press("main form button[type=submit]")
			b.says("You are signed in again")
			b.press("Send it now")
		}
		b.until("there is a row more, and all that was typed", `document.querySelector('[name="service_name.1"]') && document.querySelector('[name="service_name.0"]').value == "links" && document.querySelector("[name=name]").value == "Links"`)
		b.until("the word is gone", `!document.querySelector("#flash [role=alert]")`)
	})
}

func TestASecretThatWasSentWithoutASessionIsSentAgain(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		b := h.open(script)
		b.signIn()
		b.visit("/account")
		b.write("current", password)
		b.write("password", "another harbour")
		h.endSessions()
		b.press("main form[action='/account/password'] button[type=submit]")
		b.says("You are signed out", "your browser still has it")
		b.accessible("signed out with a secret")
		b.signInElsewhere()
		b.reload("the password is changed", `document.readyState == "complete" && document.querySelector("#flash")?.innerText.includes("password")`)
		if _, err := h.store.CheckPassword(username, "another harbour"); err != nil {
			t.Error(err)
		}
	})
}
