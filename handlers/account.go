package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/store"
	"berth/views"
)

// account is GET /account.
func (a *app) account(c echo.Context) error {
	return a.showAccount(c, http.StatusOK, forms.Password{}, views.Invite{})
}

func (a *app) showAccount(c echo.Context, status int, p forms.Password, i views.Invite) error {
	u := userOf(c)
	sessions, err := a.Store.Sessions(u.ID)
	if err != nil {
		return err
	}
	return a.page(c, status, "account", "Account", views.AccountPage(views.Account{
		User:     u,
		Sessions: sessions,
		Current:  sessionOf(c).ID,
		Now:      a.Now(),
		Password: p,
		Invite:   i,
	}))
}

// changePassword is POST /account/password.
func (a *app) changePassword(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	u := userOf(c)
	f := forms.Password{Errors: map[string]string{}}
	current, password := form.Get("current"), form.Get("password")
	if current == "" {
		f.Errors["current"] = "Type the password that you have now."
	}
	if wrong := forms.CheckNewPassword(u.Name, password); wrong != "" {
		f.Errors["password"] = wrong
	}
	if len(f.Errors) > 0 {
		return a.showAccount(c, http.StatusUnprocessableEntity, f, views.Invite{})
	}

	t, err := a.try(c, u.Name)
	if err != nil {
		return err
	}
	if !t.ok {
		var status int
		status, f.Errors["current"] = t.refuse(c, a.Now())
		return a.showAccount(c, status, f, views.Invite{})
	}
	_, err = a.Store.CheckPassword(u.Name, current)
	if errors.Is(err, store.ErrNotFound) {
		t.failed()
		f.Errors["current"] = "This is not your password. " + t.more()
		return a.showAccount(c, http.StatusUnprocessableEntity, f, views.Invite{})
	}
	if err == nil {
		t.passed()
		err = a.Store.SetPassword(u.ID, password)
	} else {
		t.unjudged()
	}
	if errors.Is(err, store.ErrHashing) {
		var status int
		status, f.Errors["password"] = busy(c)
		return a.showAccount(c, status, f, views.Invite{})
	}
	if err != nil {
		return err
	}
	// With the password goes what stood for the old one: this browser gets a new session too.
	if err := a.signIn(c, u); err != nil {
		return err
	}
	if err := a.flash(c, "ok", "The password is changed. All other sessions are signed out."); err != nil {
		return err
	}
	return a.redirect(c, "/account")
}

// endSession is POST /account/sessions/{id}/end.
func (a *app) endSession(c echo.Context) error {
	u, id := userOf(c), c.Param("id")
	if id == sessionOf(c).ID {
		return a.logout(c)
	}
	// One that has ended meanwhile, or is another's, is not there: 404 tells both the same.
	if err := a.Store.EndSession(u.ID, id); err != nil {
		return err
	}
	if err := a.flash(c, "ok", "That session is signed out."); err != nil {
		return err
	}
	return a.redirect(c, "/account")
}

// endOtherSessions is POST /account/sessions/others/end.
func (a *app) endOtherSessions(c echo.Context) error {
	if err := a.Store.EndOtherSessions(userOf(c).ID, sessionOf(c).ID); err != nil {
		return err
	}
	if err := a.flash(c, "ok", "All other sessions are signed out."); err != nil {
		return err
	}
	return a.redirect(c, "/account")
}

// makeInvite is POST /account/invites. It answers with the page itself, as the link is shown only once.
func (a *app) makeInvite(c echo.Context) error {
	token, expires, err := a.Store.MakeInvite(userOf(c).ID)
	if err != nil {
		return err
	}
	link := url.URL{Scheme: "http", Host: c.Request().Host, Path: "/invite/" + token}
	if byTLS(c.Request()) {
		link.Scheme = "https"
	}
	return a.showAccount(c, http.StatusOK, forms.Password{}, views.Invite{URL: link.String(), Expires: expires})
}
