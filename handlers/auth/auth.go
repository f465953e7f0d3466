// Package auth is who may use Berth: set-up, sign-in, invitations, the own account, sessions, and how often a password is tried.
package auth

import "berth/handlers/web"

// Pages are the pages of accounts: set-up, sign-in, invitations, the own account. They say who makes a request.
type Pages struct {
	*web.App
	Sessions *sessionStore
	Guards   guards
}

// New makes the pages, and tells a how to find out who makes a request. keys sign the cookies.
func New(a *web.App, keys [][]byte) *Pages {
	p := &Pages{App: a, Sessions: newSessionStore(a.Config, keys), Guards: newGuards(a.Now)}
	a.Know = p.know
	return p
}
