package auth

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/store/passwords"
	"berth/views/auth"
)

// LoginPage is GET /login.
func (a *Pages) LoginPage(c echo.Context) error {
	next := LocalPath(c.QueryParam("next"))
	known, err := a.know(c)
	if err != nil {
		return err
	}
	if known {
		return a.Redirect(c, next)
	}
	return a.showLogin(c, http.StatusOK, forms.SignIn{Next: next})
}

// Login is POST /login.
func (a *Pages) Login(c echo.Context) error {
	form, err := web.PostForm(c)
	if err != nil {
		return err
	}
	f := forms.SignIn{
		Username: strings.TrimSpace(form.Get("username")),
		Next:     LocalPath(form.Get("next")),
		Resume:   form.Get("resume"),
		Errors:   map[string]string{},
	}
	password := form.Get("password")
	if f.Username == "" {
		f.Errors["username"] = "Enter your name."
	}
	if password == "" {
		f.Errors["password"] = "Enter your password."
	}
	if len(f.Errors) > 0 {
		return a.showLogin(c, http.StatusUnprocessableEntity, f)
	}

	t, err := a.try(c, f.Username)
	if err != nil {
		return err
	}
	if !t.Ok {
		var status int
		status, f.Refused = t.refuse(c, a.NowFor(c.Request().Context()))
		return a.showLogin(c, status, f)
	}
	u, err := a.Store.CheckPassword(f.Username, password)
	switch {
	case errors.Is(err, store.ErrNotFound):
		t.failed()
		f.Refused = "Wrong name or password. " + t.more()
		return a.showLogin(c, http.StatusUnprocessableEntity, f)
	case errors.Is(err, passwords.ErrBusy):
		t.unjudged()
		var status int
		status, f.Refused = busy(c)
		return a.showLogin(c, status, f)
	case err != nil:
		t.unjudged()
		return err
	}
	t.passed()
	if err := a.signIn(c, u); err != nil {
		return err
	}
	if fields := resumed(f.Resume); len(fields) > 0 {
		return a.Page(c, http.StatusOK, "", "Signed in again", auth.Resume(f.Next, fields))
	}
	return a.Redirect(c, f.Next)
}

// Logout is POST /logout.
func (a *Pages) Logout(c echo.Context) error {
	if err := a.signOut(c); err != nil {
		return err
	}
	return a.Redirect(c, "/login")
}

func (a *Pages) showLogin(c echo.Context, status int, f forms.SignIn) error {
	has, err := a.Store.HasUsers()
	if err != nil {
		return err
	}
	if !has {
		return a.Redirect(c, "/setup")
	}
	return a.Page(c, status, "", "Sign in", auth.SignIn(f))
}

// secretFields are never written into a page again; nor is what scripts ask for, in the fields input_NAME.
var secretFields = []string{"password", "current", "token_secret", "code"}

// resumable returns the fields of a form that was sent without a session, encoded to
// be sent again after signing in; "" when there is nothing that may be kept.
func resumable(form url.Values) string {
	for name := range form {
		isInput := strings.HasPrefix(name, "input_") && !forms.IsTemplateField(name)
		if slices.Contains(secretFields, name) || isInput {
			return ""
		}
	}
	if kept := form.Encode(); len(kept) <= maxResumed {
		return kept
	}
	return ""
}

// maxResumed is the most of a form that is kept while one signs in, in bytes: encoded
// once more, it fits into the form of the sign-in.
const maxResumed = web.MaxBody / 4

// resumed decodes what resumable encoded; nil for anything else.
func resumed(encoded string) url.Values {
	fields, err := url.ParseQuery(encoded)
	if err != nil || resumable(fields) == "" {
		return nil
	}
	return fields
}
