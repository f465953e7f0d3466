package handlers

import (
	"strings"

	"berth/handlers/web"
	"berth/store"
	"berth/views"
	"berth/views/cards"
)

// ready is the container that a create job has made, with what a person wants of it next. It asks no node. The zero Ready
// where the node or the container is gone.
func (a *site) ready(j store.Job, provision store.Provision) (views.Ready, error) {
	n, err := a.Store.Node(j.UserID, j.NodeID)
	if web.IsNotFound(err) {
		return views.Ready{}, nil
	}
	if err != nil {
		return views.Ready{}, err
	}
	ct, is, err := a.Fleet.MadeBy(n, j)
	if err != nil || !is {
		return views.Ready{}, err
	}
	return views.Ready{Card: cards.New(ct, nil, a.Now()), Login: leavesLogin(provision)}, nil
}

// leavesLogin tells whether a script of a template leaves credentials in its container: by the helper for that, or in one of
// the folders where they are looked for.
func leavesLogin(provision store.Provision) bool {
	for _, s := range provision.Scripts {
		for _, mark := range []string{"save_credential", "/berth/credentials", "/infrahaus/credentials"} {
			if strings.Contains(s.Content, mark) {
				return true
			}
		}
	}
	return false
}
