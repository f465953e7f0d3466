// Package settings is the web of a user's nodes.
package settings

import "berth/handlers/web"

// Pages are the pages of a user's nodes.
type Pages struct {
	*web.App
	held *heldSecrets
}

// New makes the pages, over what all areas share.
func New(a *web.App) *Pages {
	return &Pages{App: a, held: newHeldSecrets(a.Now)}
}
