package handlers

import (
	"fmt"
	"strings"
	"testing"

	"berth/proxmox"
	"berth/store"
)

// Every way SSH to a host can fail has words of its own.
func TestExplainSSH(t *testing.T) {
	n := store.Node{ID: "n1", Name: "attic", Host: "192.168.1.22", Port: 8006}
	seen := map[string]proxmox.Kind{}
	for _, kind := range []proxmox.Kind{
		proxmox.KindOther, proxmox.KindNoSuchHost, proxmox.KindRefused, proxmox.KindUnreachable, proxmox.KindTimeout, proxmox.KindDropped,
		proxmox.KindNotSSH, proxmox.KindHostKeyUnknown, proxmox.KindHostKeyChanged, proxmox.KindKeyRefused, proxmox.KindNoGate,
		proxmox.KindOldGate, proxmox.KindNoPct, proxmox.KindNoShell, proxmox.KindNoTerminal, proxmox.KindNoSession, proxmox.KindTooMuch, proxmox.KindNotRunning, proxmox.KindNotFound,
	} {
		p := explain(fmt.Errorf("wrapped: %w", about(n, &proxmox.Error{Kind: kind, Call: "ssh 192.168.1.22:22", Message: "words of the host.\n"})))
		if other, ok := seen[p.Title]; ok {
			t.Errorf("kinds %v and %v have the same title %q", kind, other, p.Title)
		}
		seen[p.Title] = kind
		if isEndedWell(p) != "" || p.Next == "" || p.Status < 400 {
			t.Errorf("kind %v: %s: %+v", kind, isEndedWell(p), p)
		}
		if strings.Contains(p.Title+p.Why+p.Next, "8006") || strings.Contains(p.Title+p.Why+p.Next, "pveproxy") {
			t.Errorf("kind %v speaks of the API: %+v", kind, p)
		}
		bare := explainSSH(store.Node{}, &proxmox.Error{Kind: kind, Call: "ssh pve:22"})
		for _, words := range []string{bare.Title, bare.Why, bare.Next} {
			if strings.Contains(words, "  ") {
				t.Errorf("kind %v without a node: %q", kind, words)
			}
		}
	}
}

func TestExplainNoSSH(t *testing.T) {
	n := store.Node{ID: "n1", Name: "attic"}
	p := explain(about(n, &store.NoSSHError{Node: "attic"}))
	if isEndedWell(p) != "" || p.Link.URL != "/settings/nodes/n1#ssh" || !strings.Contains(p.Title, "attic") {
		t.Errorf("%+v", p)
	}
	p = explain(about(n, &store.NoSSHError{Node: "attic", Member: "pve2"}))
	if isEndedWell(p) != "" || p.Link.URL != "/settings/nodes/new" || !strings.Contains(p.Title, "pve2") {
		t.Errorf("%+v", p)
	}
}
