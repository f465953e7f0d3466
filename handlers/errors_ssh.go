package handlers

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"berth/proxmox"
	"berth/store"
	"berth/views"
)

// sshCall begins the call of an error that came over SSH; the address follows it.
const sshCall = "ssh "

// explainNoSSH says that what needs SSH cannot be done for want of settings. n may be the zero Node.
func explainNoSSH(n store.Node, err *store.NoSSHError) views.Problem {
	if err.Member != "" {
		return views.Problem{
			Status: http.StatusConflict,
			Title:  fmt.Sprintf("This needs SSH to %s", err.Member),
			Why:    fmt.Sprintf("The container is on %s, a member of the cluster that is no node of yours yet. Nothing was done.", err.Member),
			Next:   fmt.Sprintf("Add %s as a node and set SSH up on its page.", err.Member),
			Link:   views.Link{URL: "/settings/nodes/new", Text: "Add a node"},
		}
	}
	return views.Problem{
		Status: http.StatusConflict,
		Title:  fmt.Sprintf("This needs SSH to %s", err.Node),
		Why:    "SSH is not set up for it: Berth reaches into containers over SSH and in no other way. Nothing was done.",
		Next:   "Set it up on the node's page; it is one block to paste into a shell of the host.",
		Link:   sshLink(n),
	}
}

// sshLink leads to where SSH to a node is set up.
func sshLink(n store.Node) views.Link {
	if n.ID == "" {
		return views.Link{URL: "/settings/nodes", Text: "Nodes"}
	}
	return views.Link{URL: views.NodeURL(n.ID) + "#ssh", Text: "SSH to " + n.Name}
}

// explainSSH has a sentence and a next step for every way in which SSH to a host fails. n may be the zero Node.
func explainSSH(n store.Node, err *proxmox.Error) views.Problem {
	name := cmp.Or(n.Name, "The host")
	address := strings.TrimPrefix(err.Call, sshCall)
	words := ""
	if err.Message != "" {
		words = fmt.Sprintf("It says: %s. ", trimStop(err.Message))
	}
	const paste = "Paste the block from the node's page into a root shell of the host, then try again."
	p := views.Problem{Status: http.StatusBadGateway, Link: sshLink(n)}
	switch err.Kind {
	case proxmox.KindNoSuchHost:
		p.Title = fmt.Sprintf("No address was found for %s", address)
		p.Why = "The host that Berth runs on does not know the name."
		p.Next = "Check the spelling, or use the IP address."
	case proxmox.KindRefused:
		p.Title = fmt.Sprintf("%s refuses the connection", address)
		p.Why = "The host is there, but nothing listens on that port."
		p.Next = "Does systemctl status ssh on the host say that it runs, and on this port?"
	case proxmox.KindUnreachable:
		p.Title = fmt.Sprintf("%s cannot be reached over SSH", address)
		p.Why = "There is no way to it in the network, or the connection broke off."
		p.Next = "Check that it is switched on and in the same network, and that no firewall is between."
	case proxmox.KindTimeout:
		p.Status = http.StatusGatewayTimeout
		p.Title = fmt.Sprintf("%s did not answer over SSH in time", address)
		p.Why = "It may be off, very busy, or behind a firewall that drops what it does not want."
		p.Next = "Check that it is switched on, then try again."
	case proxmox.KindDropped:
		p.Title = fmt.Sprintf("The connection to %s was lost", address)
		p.Why = "It broke off while it was in use. What was begun in the container may still be running."
		p.Next = "Try again in a moment."
	case proxmox.KindNotSSH:
		p.Title = fmt.Sprintf("What answers at %s is not SSH", address)
		p.Why = "Something else listens on that port."
		p.Next = "Correct the port on the node's page; SSH has 22."
	case proxmox.KindHostKeyUnknown:
		p.Title = fmt.Sprintf("The SSH host key of %s is not trusted yet", name)
		p.Why = "Nothing was sent to it."
		p.Next = "Compare and trust it on the node's page, then try again."
	case proxmox.KindHostKeyChanged:
		p.Title = fmt.Sprintf("%s shows another SSH host key than the one that is trusted", name)
		p.Why = "Either the host was installed anew, or something else answers at this address. Nothing was sent to it."
		p.Next = "Test SSH on the node's page, and compare the new key with the one on the host before trusting it."
	case proxmox.KindKeyRefused:
		p.Title = fmt.Sprintf("%s does not accept Berth's SSH key", name)
		p.Why = "Its line in authorized_keys is missing or was changed."
		p.Next = paste
	case proxmox.KindNoGate:
		p.Title = fmt.Sprintf("Berth's gate script is not on %s", name)
		p.Why = words + "It was never put there, or the key leads elsewhere."
		p.Next = paste
	case proxmox.KindOldGate:
		p.Title = fmt.Sprintf("Berth's gate script on %s is of another version", name)
		p.Why = words + "It does not know what this Berth asks of it."
		p.Next = paste
	case proxmox.KindNoPct:
		p.Title = fmt.Sprintf("The gate script on %s finds no pct", name)
		p.Why = "pct comes with Proxmox VE, and is how Berth reaches into a container."
		p.Next = "Is it a Proxmox VE host?"
	case proxmox.KindNoShell:
		p.Title = "There is no shell in the container"
		p.Why = "Berth looks inside by a short script of /bin/sh, and the container has none: it may hold one program and nothing else."
		p.Next = "Its figures, snapshots and backups need no shell. For the rest, install one in it."
		p.Link = views.Link{}
	case proxmox.KindNoSession:
		p.Status = http.StatusGatewayTimeout
		p.Title = fmt.Sprintf("%s takes the connection, but opens no session", address)
		p.Why = "Berth asked for one, and the SSH server neither opened nor refused it: the host may be frozen, or very busy. Nothing was done."
		p.Next = "Look at the host, then try again."
	case proxmox.KindTooMuch:
		p.Title = "The container says more than Berth reads"
		p.Why = "A short answer was due, and what came instead did not end, so Berth hung up. Its /bin/sh, or what that reads when it starts, prints without end."
		p.Next = "On the host, pct exec VMID -- /bin/sh -c true should print nothing. Mend that, then try again."
		p.Link = views.Link{}
	case proxmox.KindNoTerminal:
		p.Title = fmt.Sprintf("%s gives Berth's key no terminal", name)
		p.Why = "Its line in authorized_keys lacks the word pty, or the SSH server has PermitTTY no."
		p.Next = paste
	case proxmox.KindNotRunning:
		p.Status = http.StatusConflict
		p.Title = "The container does not run"
		p.Why = "There is nothing inside to reach. Nothing was done."
		p.Next = "Start it, then try again."
		p.Link = views.Link{}
	case proxmox.KindNotFound:
		p.Status = http.StatusNotFound
		p.Title = "The container is not there any more"
		p.Why = fmt.Sprintf("%s does not know it: it was deleted or moved, perhaps from elsewhere.", name)
		p.Next = "The list of containers shows what is there now."
		p.Link = views.Link{URL: "/", Text: "Containers"}
	default:
		p.Title = fmt.Sprintf("%s did not do it over SSH", name)
		p.Why = cmp.Or(words, "It gave no reason. ")
		p.Next = "Test SSH on the node's page; it says which step fails."
	}
	return p
}
