// Package container is the web of containers that are there: their pages, and what is done with one or several.
package container

import "berth/handlers/web"

// Pages are the pages of containers, one and several, and what is done with them.
type Pages struct{ *web.App }

// New makes the pages, over what all areas share.
func New(a *web.App) *Pages { return &Pages{a} }
