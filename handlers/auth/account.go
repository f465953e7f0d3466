package auth

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/store/passwords"
	"berth/views/auth"
)

// Account is GET /account.
func (a *Pages) Account(c echo.Context) error {
	return a.showAccount(c, http.StatusOK, forms.Password{}, auth.Invite{})
}

func (a *Pages) showAccount(c echo.Context, status int, p forms.Password, i auth.Invite) error {
	u := web.UserOf(c)
	sessions, err := a.Store.Sessions(u.ID)
	if err != nil {
		return err
	}
	return a.Page(c, status, "account", "Account", auth.AccountPage(auth.Account{
		User:     u,
		Sessions: sessions,
		Current:  web.SessionOf(c).ID,
		Now:      a.NowFor(c.Request().Context()),
		Password: p,
		Invite:   i,
	}))
}

// ChangePassword is POST /account/password.
func (a *Pages) ChangePassword(c echo.Context) error {
	form, err := web.PostForm(c)
	if err != nil {
		return err
	}
	u := web.UserOf(c)
	f := forms.Password{Errors: map[string]string{}}
	current, password := form.Get("current"), form.Get("password")
	if current == "" {
		f.Errors["current"] = "Enter your current password."
	}
	if wrong := forms.CheckNewPassword(u.Name, password); wrong != "" {
		f.Errors["password"] = wrong
	}
	if len(f.Errors) > 0 {
		return a.showAccount(c, http.StatusUnprocessableEntity, f, auth.Invite{})
	}

	t, err := a.try(c, u.Name)
	if err != nil {
		return err
	}
	if !t.Ok {
		var status int
		status, f.Errors["current"] = t.refuse(c, a.NowFor(c.Request().Context()))
		return a.showAccount(c, status, f, auth.Invite{})
	}
	_, err = a.Store.CheckPassword(u.Name, current)
	if errors.Is(err, store.ErrNotFound) {
		t.failed()
		f.Errors["current"] = "This is not your password. " + t.more()
		return a.showAccount(c, http.StatusUnprocessableEntity, f, auth.Invite{})
	}
	if err == nil {
		t.passed()
		err = a.Store.SetPassword(u.ID, password)
	} else {
		t.unjudged()
	}
	if errors.Is(err, passwords.ErrBusy) {
		var status int
		status, f.Errors["password"] = busy(c)
		return a.showAccount(c, status, f, auth.Invite{})
	}
	if err != nil {
		return err
	}
	// With the password goes what stood for the old one: this browser gets a new session too.
	if err := a.signIn(c, u); err != nil {
		return err
	}
	if err := a.Flash(c, "ok", "Your password was changed. All other sessions were signed out."); err != nil {
		return err
	}
	return a.Redirect(c, "/account")
}

// EndSession is POST /account/sessions/{id}/end.
func (a *Pages) EndSession(c echo.Context) error {
	u, id := web.UserOf(c), c.Param("id")
	if id == web.SessionOf(c).ID {
		return a.Logout(c)
	}
	// One that has ended meanwhile, or is another's, is not there: 404 tells both the same.
	if err := a.Store.EndSession(u.ID, id); err != nil {
		return err
	}
	if err := a.Flash(c, "ok", "That session was signed out."); err != nil {
		return err
	}
	return a.Redirect(c, "/account")
}

// EndOtherSessions is POST /account/sessions/others/end.
func (a *Pages) EndOtherSessions(c echo.Context) error {
	if err := a.Store.EndOtherSessions(web.UserOf(c).ID, web.SessionOf(c).ID); err != nil {
		return err
	}
	if err := a.Flash(c, "ok", "All other sessions were signed out."); err != nil {
		return err
	}
	return a.Redirect(c, "/account")
}

// MakeInvite is POST /account/invites. It answers with the page itself, as the link is shown only once.
func (a *Pages) MakeInvite(c echo.Context) error {
	token, expires, err := a.Store.MakeInvite(web.UserOf(c).ID)
	if err != nil {
		return err
	}
	link := url.URL{Scheme: "http", Host: c.Request().Host, Path: "/invite/" + token}
	if web.ByTLS(c.Request()) {
		link.Scheme = "https"
	}
	return a.showAccount(c, http.StatusOK, forms.Password{}, auth.Invite{URL: link.String(), Expires: expires})
}
