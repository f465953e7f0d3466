package web

import (
	"errors"

	"github.com/labstack/echo/v4"

	"berth/store"
	"berth/templates"
)

// DraftOf returns the draft of the request's address, if it is the user's.
func (a *App) DraftOf(c echo.Context) (store.Draft, error) {
	return a.Store.Draft(UserOf(c).ID, c.Param("draft"))
}

// TemplateOf is a starter or a template of the user; the zero one for "none" and "". store.ErrNotFound.
func (a *App) TemplateOf(userID, id string) (store.Template, error) {
	if id == "" || id == "none" {
		return store.Template{}, nil
	}
	if t, ok := templates.Starter(id); ok {
		return t, nil
	}
	return a.Store.Template(userID, id)
}

// IsNotFound tells whether what was asked for is not there, or not this user's.
func IsNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
