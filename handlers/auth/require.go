package auth

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/views/auth"
	"berth/views/layout"
)

// RequireUser lets only signed-in people through. Others are led to the sign-in page,
// or to the set-up while there is no account, and come back afterwards.
func (a *Pages) RequireUser(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		known, err := a.know(c)
		if err != nil {
			return err
		}
		if known {
			return next(c)
		}
		return a.askToSignIn(c)
	}
}

// askToSignIn leads to the sign-in page and, afterwards, back to where one was. What was
// typed is not lost: htmx gets a word that leaves the page as it is, and a form that was
// sent is kept on the sign-in page, to be sent again.
func (a *Pages) askToSignIn(c echo.Context) error {
	r := c.Request()
	has, err := a.Store.HasUsers()
	switch {
	case err != nil:
		return err
	case !has:
		return a.unauthorized(c, "/setup")
	case web.WantsPart(c):
		return errSignedOut
	case r.Method == http.MethodPost:
		return a.keepSent(c)
	}
	return a.unauthorized(c, loginURL(r.URL.RequestURI()))
}

// keepSent answers a form that was sent while nobody was signed in.
func (a *Pages) keepSent(c echo.Context) error {
	r := c.Request()
	form, err := web.PostedWithFiles(c)
	if err != nil {
		return err
	}
	if len(form) == 0 { // a button alone
		if err := a.Flash(c, "info", "Your session has ended, so nothing was done. Sign in and try again."); err != nil {
			return err
		}
		return a.unauthorized(c, loginURL(CameFrom(r)))
	}
	kept := resumable(form)
	if kept == "" {
		return errNotKept
	}
	return a.Page(c, http.StatusUnauthorized, "", "Sign in", auth.SignIn(forms.SignIn{Next: LocalPath(r.URL.RequestURI()), Resume: kept}))
}

// errSignedOut answers htmx, which asks from a page that somebody may have typed into.
var errSignedOut = web.Problem(layout.Problem{
	Status: http.StatusUnauthorized,
	Title:  "You are signed out",
	Why:    "Your session has ended. What you entered on this page is still here, but not saved.",
	Next:   "Sign in in another tab, then continue here.",
	Link:   layout.Link{URL: "/login", Text: "Sign in"},
	Tab:    true,
})

// errNotKept answers a form that is no good to keep on a page: it holds a secret, or too much.
var errNotKept = web.Problem(layout.Problem{
	Status: http.StatusUnauthorized,
	Title:  "You are signed out",
	Why:    "Your session has ended, so what you sent was not accepted. It contains a secret or is too large to be kept here, but your browser still has it.",
	Next:   "Sign in in another tab, then reload this page: your browser will offer to send it again.",
	Link:   layout.Link{URL: "/login", Text: "Sign in"},
	Tab:    true,
})

// unauthorized leads to another page: htmx would follow a redirect by itself, and put what it finds into this page.
func (a *Pages) unauthorized(c echo.Context, url string) error {
	if web.IsHtmx(c) {
		c.Response().Header().Set("HX-Redirect", url)
		return c.NoContent(http.StatusUnauthorized)
	}
	return c.Redirect(http.StatusSeeOther, url)
}

// loginURL is the sign-in page that leads to next afterwards.
func loginURL(next string) string {
	if next = LocalPath(next); next == "/" {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(next)
}

// CameFrom is the page of ours from which a request was made, or "".
func CameFrom(r *http.Request) string {
	from := r.Header.Get("HX-Current-URL")
	if from == "" {
		from = r.Referer()
	}
	u, err := url.Parse(from)
	if err != nil || u.Host != r.Host {
		return ""
	}
	return u.RequestURI()
}

// LocalPath returns next when it is a path of this server, and "/" for everything
// else: nobody is led away by a link to the sign-in page. Browsers read a backslash as
// a slash and skip tabs and line ends, so neither may be in it.
func LocalPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\t\r\n") {
		return "/"
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	if u.Path == "/login" || u.Path == "/logout" || u.Path == "/setup" {
		return "/"
	}
	return next
}
