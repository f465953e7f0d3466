// Package wizard is the web of a new container: the steps in which a draft becomes one.
package wizard

import "berth/handlers/web"

// Pages are the steps by which a new container is described.
type Pages struct{ *web.App }

// New makes the pages, over what all areas share.
func New(a *web.App) *Pages { return &Pages{a} }
