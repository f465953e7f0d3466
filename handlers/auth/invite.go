package auth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/store/passwords"
	"berth/views/auth"
	"berth/views/layout"
)

// InvitePage is GET /invite/{token}.
func (a *Pages) InvitePage(c echo.Context) error {
	inviter, err := a.Store.Invite(c.Param("token"))
	if err != nil {
		return inviteError(err)
	}
	return a.Page(c, http.StatusOK, "", "Invitation", auth.AcceptInvite(forms.Account{}, c.Param("token"), inviter.Name))
}

// AcceptInvite is POST /invite/{token}.
func (a *Pages) AcceptInvite(c echo.Context) error {
	token := c.Param("token")
	inviter, err := a.Store.Invite(token)
	if err != nil {
		return inviteError(err)
	}
	form, err := web.PostForm(c)
	if err != nil {
		return err
	}
	f, password := newAccount(form)
	if len(f.Errors) > 0 {
		return a.Page(c, http.StatusUnprocessableEntity, "", "Invitation", auth.AcceptInvite(f.Account, token, inviter.Name))
	}
	u, err := a.Store.AcceptInvite(token, f.Username, password)
	if errors.Is(err, store.ErrNameTaken) {
		f.set("username", forms.UsernameTaken)
		return a.Page(c, http.StatusUnprocessableEntity, "", "Invitation", auth.AcceptInvite(f.Account, token, inviter.Name))
	}
	if errors.Is(err, passwords.ErrBusy) {
		status, sentence := busy(c)
		f.set("password", sentence)
		return a.Page(c, status, "", "Invitation", auth.AcceptInvite(f.Account, token, inviter.Name))
	}
	if err != nil {
		return inviteError(err)
	}
	if err := a.signIn(c, u); err != nil {
		return err
	}
	return a.Redirect(c, "/")
}

func inviteError(err error) error {
	if !errors.Is(err, store.ErrExpired) {
		return err
	}
	return web.Problem(layout.Problem{
		Status: http.StatusNotFound,
		Title:  "This invitation is not valid",
		Why:    "An invitation works once, and for 48 hours. This one has been used, has expired, or was not copied completely.",
		Next:   "Ask for a new one.",
		Link:   layout.Link{URL: "/login", Text: "Sign in"},
	})
}

// accountForm is the form of a new account, while it is judged.
type accountForm struct{ forms.Account }

// set notes what is wrong with a field; "" is nothing.
func (f accountForm) set(field, sentence string) {
	if sentence != "" {
		f.Errors[field] = sentence
	}
}

// newAccount reads and judges the name and the password of a new account.
func newAccount(form url.Values) (f accountForm, password string) {
	f = accountForm{forms.Account{Username: strings.TrimSpace(form.Get("username")), Errors: map[string]string{}}}
	password = form.Get("password")
	f.set("username", forms.CheckNewUsername(f.Username))
	f.set("password", forms.CheckNewPassword(f.Username, password))
	return f, password
}
