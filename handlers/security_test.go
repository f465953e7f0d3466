package handlers

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/gorilla/securecookie"
	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/static"
)

func TestCrossOriginWritesAreRefused(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	for name, tc := range map[string]struct {
		header http.Header
		want   int
	}{
		"another site, as browsers say":         {http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}, http.StatusForbidden},
		"another site of the same domain":       {http.Header{"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://nas.home.arpa"}}, http.StatusForbidden},
		"another origin, by an old browser":     {http.Header{"Sec-Fetch-Site": nil, "Origin": {"https://evil.example"}}, http.StatusForbidden},
		"no browser at all":                     {http.Header{"Sec-Fetch-Site": nil, "Origin": nil}, http.StatusOK},
		"our own page on plain HTTP in the LAN": {http.Header{"Sec-Fetch-Site": nil, "Origin": {ta.server.URL}}, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			before := ta.dump(t)
			a := c.do(http.MethodPost, "/account/invites", nil, tc.header, tc.want)
			if tc.want == http.StatusForbidden {
				a.says("This came from another site", "Nothing was changed.")
				isAWholePage(a)
				if ta.dump(t) != before {
					t.Error("it changed something")
				}
			}
		})
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	form := url.Values{"username": {"mira"}, "password": {testPassword}}
	cookie := func(t *testing.T, a answer) *http.Cookie {
		t.Helper()
		list := (&http.Response{Header: a.header}).Cookies()
		if len(list) != 1 {
			t.Fatalf("%d cookies", len(list))
		}
		return list[0]
	}

	t.Run("on plain HTTP", func(t *testing.T) {
		ta := newTestApp(t)
		ta.user("mira")
		a := ta.browser().post("/login", form, http.StatusSeeOther)
		got := cookie(t, a)
		if got.Name != "berth" || !got.HttpOnly || got.SameSite != http.SameSiteLaxMode || got.Path != "/" || got.Secure {
			t.Errorf("%+v", got)
		}
		if a.header.Get("Strict-Transport-Security") != "" {
			t.Error("plain HTTP asks for TLS")
		}
	})

	t.Run("behind a proxy that speaks TLS", func(t *testing.T) {
		ta := newTestApp(t)
		ta.user("mira")
		a := ta.browser().do(http.MethodPost, "/login", form, http.Header{"X-Forwarded-Proto": {"https"}}, http.StatusSeeOther)
		if got := cookie(t, a); got.Name != "__Host-berth" || !got.Secure || !got.HttpOnly || got.Path != "/" || got.Domain != "" {
			t.Errorf("%+v", got)
		}
		if a.header.Get("Strict-Transport-Security") == "" {
			t.Error("no HSTS")
		}
	})

	t.Run("a demonstration has its own", func(t *testing.T) {
		ta := newTestApp(t, func(cfg *web.Config) { cfg.Demo = true })
		ta.user("mira")
		if got := cookie(t, ta.browser().post("/login", form, http.StatusSeeOther)).Name; got != "berth_demo" {
			t.Errorf("it is called %q", got)
		}
	})

	t.Run("one of before Berth was behind TLS is taken once, and replaced", func(t *testing.T) {
		ta := newTestApp(t)
		old := ta.auth.Sessions.Name() + "=" + ta.signedIn("mira").cookie(ta.auth.Sessions.Name())
		a := ta.browser().do(http.MethodGet, "/account", nil, byTLSWith(old), http.StatusOK)
		set := (&http.Response{Header: a.header}).Cookies()
		if len(set) != 2 || set[0].Name != "__Host-berth" || set[1].Name != "berth" || set[1].MaxAge >= 0 {
			t.Fatalf("%+v", set)
		}
		a = ta.browser().do(http.MethodGet, "/account", nil, byTLSWith("__Host-berth="+set[0].Value), http.StatusOK)
		a.says("mira")
		if a.header.Get("Set-Cookie") != "" {
			t.Error("it is set again")
		}
	})

	t.Run("one that anything can set does not stand for a session that began behind TLS", func(t *testing.T) {
		ta := newTestApp(t)
		ta.user("mira")
		secret := cookie(t, ta.browser().do(http.MethodPost, "/login", form, byTLSWith(""), http.StatusSeeOther)).Value
		var raw string
		if err := securecookie.DecodeMulti("__Host-berth", secret, &raw, ta.auth.Sessions.Codecs...); err != nil {
			t.Fatal(err)
		}
		plain, err := securecookie.EncodeMulti("berth", raw, ta.auth.Sessions.Codecs...)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{plain, secret} {
			ta.browser().do(http.MethodGet, "/account", nil, byTLSWith("berth="+value), http.StatusSeeOther)
			ta.browser().do(http.MethodGet, "/account", nil, http.Header{"Cookie": {"berth=" + value}}, http.StatusSeeOther)
		}
		ta.browser().do(http.MethodGet, "/account", nil, byTLSWith("berth=x; __Host-berth="+secret), http.StatusOK)
	})

	t.Run("none is left after signing out behind TLS", func(t *testing.T) {
		ta := newTestApp(t)
		old := ta.auth.Sessions.Name() + "=" + ta.signedIn("mira").cookie(ta.auth.Sessions.Name())
		gone := map[string]bool{}
		for _, k := range (&http.Response{Header: ta.browser().do(http.MethodPost, "/logout", nil, byTLSWith(old), http.StatusSeeOther).header}).Cookies() {
			gone[k.Name] = k.MaxAge < 0
		}
		if !gone["berth"] || !gone["__Host-berth"] {
			t.Errorf("%v", gone)
		}
	})

	t.Run("one that is there before signing in is not kept", func(t *testing.T) {
		ta := newTestApp(t)
		c := ta.signedIn("mira")
		before := c.cookie(ta.auth.Sessions.Name())
		c.signIn("mira")
		if c.cookie(ta.auth.Sessions.Name()) == before {
			t.Error("the session was kept")
		}
		if list, _ := ta.Store.Sessions(c.user.ID); len(list) != 1 {
			t.Errorf("%d sessions", len(list))
		}
	})
}

// byTLSWith are the headers of a request that came by TLS, with cookies.
func byTLSWith(cookies string) http.Header {
	return http.Header{"X-Forwarded-Proto": {"https"}, "Cookie": {cookies}, "Origin": nil, "Sec-Fetch-Site": nil}
}

func TestSessionsOutliveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var kept string
	t.Run("before", func(t *testing.T) {
		ta := newTestAppAt(t, dir)
		kept = ta.signedIn("mira").cookie(ta.auth.Sessions.Name())
	})
	ta := newTestAppAt(t, dir)
	c := ta.browser()
	c.setCookie(ta.auth.Sessions.Name(), kept)
	c.get("/account", http.StatusOK).says("mira")
}

func TestTooLargeAForm(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	a := ta.signedIn("mira").post("/account/password", url.Values{"current": {strings.Repeat("x", web.MaxBody)}}, http.StatusRequestEntityTooLarge)
	a.says("The form is too large", "A form may have up to 1 MiB")
}

func TestABrokenForm(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	r := httptest.NewRequest(http.MethodPost, "/account/password", strings.NewReader("current=%zz"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: ta.auth.Sessions.Name(), Value: c.cookie(ta.auth.Sessions.Name())})
	w := httptest.NewRecorder()
	ta.echo().ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "The form could not be read") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

func TestPagesAreCompressed(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	a := ta.signedIn("mira").do(http.MethodGet, "/account", nil, http.Header{"Accept-Encoding": {"gzip"}}, http.StatusOK)
	if a.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("Content-Encoding %q", a.header.Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil || !bytes.Contains(body, []byte("<h1>Account</h1>")) {
		t.Errorf("%v: %s", err, body)
	}
}

func TestStaticFiles(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	a := ta.browser().get(static.URL("berth.css"), http.StatusOK)
	isHeadedSafely(a)
	a.has("@layer")
	ta.browser().get("/static/berth.css", http.StatusNotFound)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	isHeadedSafely(ta.browser().get("/healthz", http.StatusOK))
	ta.browser().do(http.MethodHead, "/healthz", nil, nil, http.StatusOK)
	if err := ta.Store.Close(); err != nil {
		t.Fatal(err)
	}
	ta.browser().do(http.MethodHead, "/healthz", nil, nil, http.StatusServiceUnavailable)
	a := ta.browser().get("/healthz", http.StatusServiceUnavailable)
	a.has("the data folder cannot be written")
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::1/128")}
	for name, tc := range map[string]struct {
		proxies    []netip.Prefix
		from, says string
		want       string
	}{
		"nobody is trusted":           {nil, "192.168.1.7:1234", "1.2.3.4", "192.168.1.7"},
		"not even this host":          {nil, "127.0.0.1:1234", "1.2.3.4", "127.0.0.1"},
		"a named proxy is":            {proxies, "10.1.2.3:1234", "1.2.3.4", "1.2.3.4"},
		"one by IPv6":                 {proxies, "[fd00::1]:1234", "2001:db8::9", "2001:db8::9"},
		"who is none is not":          {proxies, "192.168.1.7:1234", "1.2.3.4", "192.168.1.7"},
		"what came before is ignored": {proxies, "10.1.2.3:1234", "6.6.6.6, 1.2.3.4, 10.0.0.9", "1.2.3.4"},
		"nothing said":                {proxies, "10.1.2.3:1234", "", "10.1.2.3"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tc.from
			if tc.says != "" {
				r.Header.Set(echo.HeaderXForwardedFor, tc.says)
			}
			if got := web.ClientAddress(tc.proxies)(r); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}
