package web

import (
	"github.com/labstack/echo/v4"

	"berth/store"
)

// The keys of echo's context under which auth.Pages.RequireUser leaves what it found.
const (
	CtxUser    = "user"
	CtxSession = "session"
)

// userIn returns the signed-in user, and false where the route needs none and there is none.
func userIn(c echo.Context) (store.User, bool) {
	u, ok := c.Get(CtxUser).(store.User)
	return u, ok
}

// UserOf returns the signed-in user of a route behind auth.Pages.RequireUser.
func UserOf(c echo.Context) store.User {
	u, _ := userIn(c)
	return u
}

// SessionOf returns the session of a route behind auth.Pages.RequireUser.
func SessionOf(c echo.Context) store.Session {
	s, _ := c.Get(CtxSession).(store.Session)
	return s
}
