package handlers

import (
	"strings"
	"testing"

	"berth/handlers/web"
	"berth/store"
)

func TestExplainNoSSH(t *testing.T) {
	t.Parallel()
	n := store.Node{ID: "n1", Name: "attic"}
	p := web.Explained(web.About(n, &store.NoSSHError{Node: "attic"}))
	if isEndedWell(p) != "" || p.Link.URL != "/settings/nodes/n1#ssh" || !strings.Contains(p.Title, "attic") {
		t.Errorf("%+v", p)
	}
	p = web.Explained(web.About(n, &store.NoSSHError{Node: "attic", Member: "pve2"}))
	if isEndedWell(p) != "" || p.Link.URL != "/settings/nodes/new" || !strings.Contains(p.Title, "pve2") {
		t.Errorf("%+v", p)
	}
}
