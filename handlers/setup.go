package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/store"
	"berth/views"
)

// setupPage is GET /setup, which is there until the first account exists.
func (a *app) setupPage(c echo.Context) error {
	has, err := a.Store.HasUsers()
	if err != nil {
		return err
	}
	if has {
		return a.redirect(c, "/login")
	}
	return a.page(c, http.StatusOK, "", "Set up", views.SetUp(forms.Account{}))
}

// setup is POST /setup.
func (a *app) setup(c echo.Context) error {
	has, err := a.Store.HasUsers()
	if err != nil {
		return err
	}
	if has {
		return a.redirect(c, "/login")
	}
	form, err := postForm(c)
	if err != nil {
		return err
	}
	f, password := newAccount(form)
	f.Code = strings.TrimSpace(form.Get("code"))
	f.set("code", forms.CheckSetUpCode(f.Code))
	if len(f.Errors) > 0 {
		return a.page(c, http.StatusUnprocessableEntity, "", "Set up", views.SetUp(f.Account))
	}

	t, err := a.try(c, "")
	if err != nil {
		return err
	}
	if !t.ok {
		status, sentence := t.refuse(c, a.Now())
		f.set("code", sentence)
		return a.page(c, status, "", "Set up", views.SetUp(f.Account))
	}
	u, err := a.Store.SetUp(f.Code, f.Username, password)
	switch {
	case errors.Is(err, store.ErrExpired):
		t.failed()
		f.set("code", "This is not the code that Berth printed last. "+t.more())
		return a.page(c, http.StatusUnprocessableEntity, "", "Set up", views.SetUp(f.Account))
	case errors.Is(err, store.ErrHashing):
		t.unjudged()
		status, sentence := busy(c)
		f.set("password", sentence)
		return a.page(c, status, "", "Set up", views.SetUp(f.Account))
	}
	t.passed()
	if errors.Is(err, store.ErrSetUp) {
		return a.redirect(c, "/login") // somebody was quicker
	}
	if err != nil {
		return err
	}
	if err := a.signIn(c, u); err != nil {
		return err
	}
	return a.redirect(c, "/")
}
