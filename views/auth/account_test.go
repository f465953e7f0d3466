package auth

import (
	"net/url"
	"testing"
	"time"

	"github.com/a-h/templ"

	"berth/forms"
	"berth/store"
	"berth/views/golden"
	"berth/views/template"
	"berth/views/wizard"
)

func TestAccountPages(t *testing.T) {
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, golden.Zone())
	wrong := map[string]string{"username": "Wrong name.", "password": "Wrong password.", "code": "Wrong code.", "current": "Wrong current."}
	account := Account{
		User: store.User{ID: "u1", Name: "mira", Created: now.AddDate(0, -1, 0)},
		Sessions: []store.Session{
			{ID: "s1", Created: now.Add(-time.Hour), LastSeen: now, Browser: "curl/8.1", Address: "192.168.1.7"},
			{ID: "s2", Created: now.AddDate(0, 0, -2), LastSeen: now.AddDate(0, 0, -1), Browser: "<b>", Address: "192.168.1.8"},
		},
		Current: "s1",
		Now:     now,
	}
	invited := account
	invited.Invite = Invite{URL: "https://berth.home.arpa/invite/TOKEN", Expires: now.Add(store.InviteLife)}
	invited.Password.Errors = wrong
	pages := map[string]golden.Page{}
	for name, c := range map[string]templ.Component{
		"signin":       SignIn(forms.SignIn{Next: "/jobs"}),
		"signin_again": Resume("/x", url.Values{"b": {"2", "3"}, "a": {`"1"`}}),
		"draft_gone":   wizard.DraftGone(url.Values{"hostname": {"<web>"}, "tags": {"a b"}}),
		"bootstrap":    SetUp(forms.Account{}),
		"invite":       AcceptInvite(forms.Account{}, "TO/KEN", "mira"),
		"account":      AccountPage(account),
		"templates":    template.List(template.ListPage{}),
	} {
		t.Run(name, func(t *testing.T) { pages[name] = golden.Compare(t, name, c) })
	}
	pages["signin"].Variant(t, "refused", SignIn(forms.SignIn{Username: "mira", Refused: "Name or password is wrong.", Errors: wrong, Resume: "a=b"}))
	pages["bootstrap"].Variant(t, "wrong", SetUp(forms.Account{Code: "K7QF", Username: "mi ra", Errors: wrong}))
	pages["account"].Variant(t, "invited", AccountPage(invited))
}

func TestBrowserWords(t *testing.T) {
	for agent, want := range map[string]string{
		"": "An unnamed browser",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                              "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0":           "Edge on Windows",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                        "Chrome on Android",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":               "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile Safari/605.1.15": "Safari on iPhone",
		"curl/8.5.0":   "curl",
		"backup-probe": "backup-probe",
	} {
		if got := browserWords(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}
