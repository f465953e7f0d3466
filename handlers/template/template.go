// Package template is the web of templates, of the folder that they may come from, and of package buckets.
package template

import "berth/handlers/web"

// Pages are the pages of templates, of the folder that they may come from, and of package buckets.
type Pages struct{ *web.App }

// New makes the pages, over what all areas share.
func New(a *web.App) *Pages { return &Pages{a} }
