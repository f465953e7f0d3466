package auth

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/store/passwords"
	"berth/views/auth"
)

// BootstrapPage is GET /setup, which is there until the first account exists. The link that Berth printed has the code in its
// query, for the form; requests are logged by their route alone.
func (a *Pages) BootstrapPage(c echo.Context) error {
	has, err := a.Store.HasUsers()
	if err != nil {
		return err
	}
	if has {
		return a.Redirect(c, "/login")
	}
	return a.Page(c, http.StatusOK, "", "Set up", auth.SetUp(forms.Account{Code: strings.TrimSpace(c.QueryParam("code"))}))
}

// Bootstrap is POST /setup.
func (a *Pages) Bootstrap(c echo.Context) error {
	has, err := a.Store.HasUsers()
	if err != nil {
		return err
	}
	if has {
		return a.Redirect(c, "/login")
	}
	form, err := web.PostForm(c)
	if err != nil {
		return err
	}
	f, password := newAccount(form)
	f.Code = strings.TrimSpace(form.Get("code"))
	f.set("code", forms.CheckBootstrapCode(f.Code))
	if len(f.Errors) > 0 {
		return a.Page(c, http.StatusUnprocessableEntity, "", "Set up", auth.SetUp(f.Account))
	}

	t, err := a.try(c, "")
	if err != nil {
		return err
	}
	if !t.Ok {
		status, sentence := t.refuse(c, a.NowFor(c.Request().Context()))
		f.set("code", sentence)
		return a.Page(c, status, "", "Set up", auth.SetUp(f.Account))
	}
	u, err := a.Store.SetUp(f.Code, f.Username, password)
	switch {
	case errors.Is(err, store.ErrExpired):
		t.failed()
		f.set("code", "This is not the latest code that Berth printed. "+t.more())
		return a.Page(c, http.StatusUnprocessableEntity, "", "Set up", auth.SetUp(f.Account))
	case errors.Is(err, passwords.ErrBusy):
		t.unjudged()
		status, sentence := busy(c)
		f.set("password", sentence)
		return a.Page(c, status, "", "Set up", auth.SetUp(f.Account))
	}
	t.passed()
	if errors.Is(err, store.ErrSetUp) {
		return a.Redirect(c, "/login") // somebody was quicker
	}
	if err != nil {
		return err
	}
	if err := a.signIn(c, u); err != nil {
		return err
	}
	return a.Redirect(c, "/")
}
