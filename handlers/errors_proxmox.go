package handlers

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"berth/proxmox"
	"berth/store"
	"berth/views"
)

// explainProxmox has a sentence and a next step for every way in which a call to a
// node fails. n may be the zero Node where it is not known; its fields are what was
// typed where the node is only being added.
func explainProxmox(n store.Node, err *proxmox.Error) views.Problem {
	if strings.HasPrefix(err.Call, sshCall) {
		return explainSSH(n, err)
	}
	name := n.Name
	if name == "" {
		name = n.Host
	}
	if name == "" {
		name = "The node"
	}
	address := fmt.Sprintf("%s on port %d", n.Host, n.Port)
	if n.Host == "" {
		address = name
	}
	edit := views.Link{URL: "/settings/nodes", Text: "Nodes"}
	if n.ID != "" {
		edit = views.Link{URL: views.NodeURL(n.ID), Text: "Settings of " + n.Name}
	}
	words := ""
	if err.Message != "" {
		words = fmt.Sprintf("Proxmox says: %s. ", trimStop(err.Message))
	}

	switch err.Kind {
	case proxmox.KindNoSuchHost:
		return views.Problem{
			Status: http.StatusBadGateway,
			Title:  fmt.Sprintf("The name %s is not known", cmp.Or(n.Host, name)),
			Why:    "No address was found for it by the host that Berth runs on.",
			Next:   "Check the spelling, or use the IP address.",
			Link:   edit,
		}
	case proxmox.KindRefused:
		return views.Problem{
			Status: http.StatusBadGateway,
			Title:  fmt.Sprintf("%s refused the connection", address),
			Why:    "The host is there, but nothing listens on that port.",
			Next:   "Is Proxmox VE installed on it, and does systemctl status pveproxy say that it runs?",
			Link:   edit,
		}
	case proxmox.KindUnreachable:
		return views.Problem{
			Status: http.StatusBadGateway,
			Title:  fmt.Sprintf("%s cannot be reached", address),
			Why:    "There is no way to it in the network, or the connection broke off.",
			Next:   "Check that it is switched on and in the same network, and that no firewall is between.",
			Link:   edit,
		}
	case proxmox.KindTimeout:
		return views.Problem{
			Status: http.StatusGatewayTimeout,
			Title:  fmt.Sprintf("%s does not answer", address),
			Why:    "No answer came in time. It may be off, very busy, or behind a firewall that drops what it does not want.",
			Next:   "Check that it is switched on and that the address is right, then try again.",
			Link:   edit,
		}
	case proxmox.KindUntrusted:
		return views.Problem{
			Status: http.StatusBadGateway,
			Title:  fmt.Sprintf("The certificate of %s is not known", name),
			Why:    "The system does not trust it and it has not been pinned.",
			Next:   "Open the node's settings, compare the fingerprint with the one on the host, and trust it there.",
			Link:   edit,
		}
	case proxmox.KindCertChanged:
		return views.Problem{
			Status: http.StatusBadGateway,
			Title:  fmt.Sprintf("%s shows another certificate than the one that was trusted", name),
			Why:    "Either it was renewed, or something else answers at this address. Berth sent nothing to it.",
			Next:   "Compare the new fingerprint with the one on the host before trusting it in the node's settings.",
			Link:   edit,
		}
	case proxmox.KindNotProxmox:
		return views.Problem{
			Status: http.StatusBadGateway,
			Title:  fmt.Sprintf("What answers at %s is not Proxmox VE", address),
			Why:    "It speaks, but not as the API of Proxmox VE does.",
			Next:   "Check the address and the port; as installed, Proxmox VE listens on 8006. Proxmox Backup Server and Mail Gateway are other products.",
			Link:   edit,
		}
	case proxmox.KindProxy:
		return views.Problem{
			Status: http.StatusBadGateway,
			Title:  fmt.Sprintf("A proxy answers at %s, Proxmox VE behind it does not", address),
			Why:    fmt.Sprintf("The answer is %d, which is the proxy's own: it does not reach the host behind it, or not in time.", err.Status),
			Next:   "Check that the host is switched on and that the proxy leads to it by https on port 8006. Or give Berth the host's own address.",
			Link:   edit,
		}
	case proxmox.KindTokenLost:
		return views.Problem{
			Status: http.StatusBadGateway,
			Title:  fmt.Sprintf("The token does not arrive at %s", name),
			Why:    "Proxmox saw a request without one. Something between takes the header Authorization away, as a reverse proxy with a sign-in of its own does; the secret is not the cause.",
			Next:   "Let the proxy pass Authorization on for /api2/, or give Berth the host's own address, with port 8006.",
			Link:   edit,
		}
	case proxmox.KindUnauthorized:
		return views.Problem{
			Status: http.StatusBadGateway,
			Title:  fmt.Sprintf("The token was refused by %s", name),
			Why:    "Its ID or secret is wrong, or the token or its user has expired, was disabled or removed.",
			Next:   "Check the ID, which reads like berth@pve!app, and type the secret anew. It can be seen only when the token is made; if it is lost, make a new one.",
			Link:   edit,
		}
	case proxmox.KindForbidden:
		return explainForbidden(n, name, words, edit, err)
	case proxmox.KindInvalid:
		return views.Problem{
			Status: http.StatusUnprocessableEntity,
			Title:  fmt.Sprintf("%s did not take what was sent", name),
			Why:    words + fieldWords(err.Fields) + "Nothing was changed.",
			Next:   "Correct it and send it again.",
		}
	case proxmox.KindExists:
		return views.Problem{
			Status: http.StatusConflict,
			Title:  "The VMID is taken",
			Why:    fmt.Sprintf("%s has a guest with this number, perhaps one that the token may not see. Nothing was created.", name),
			Next:   "Choose another VMID.",
		}
	case proxmox.KindNotFound:
		return views.Problem{
			Status: http.StatusNotFound,
			Title:  "It is not there any more",
			Why:    fmt.Sprintf("%s does not know it: it was deleted or moved, perhaps from elsewhere.", name),
			Next:   "The list of containers shows what is there now.",
			Link:   views.Link{URL: "/", Text: "Containers"},
		}
	case proxmox.KindNoSuchNode:
		return views.Problem{
			Status: http.StatusBadGateway,
			Title:  fmt.Sprintf("%s has another name in Proxmox now", name),
			Why:    fmt.Sprintf("Proxmox knows no host called %s there. It may have been renamed or installed anew.", cmp.Or(n.Member, "that")),
			Next:   "Open the node's settings and test the connection; Berth then takes the name that it has.",
			Link:   edit,
		}
	case proxmox.KindDaemonDown:
		return explainDaemon(n, name, edit, err)
	case proxmox.KindMemberDown:
		return views.Problem{
			Status: http.StatusBadGateway,
			Title:  fmt.Sprintf("%s is not reached by its cluster", name),
			Why:    "The host that was asked answered, but could not pass the call on to the one that it is for.",
			Next:   "Check that this member of the cluster is switched on, then try again.",
			Link:   edit,
		}
	case proxmox.KindAlreadyRunning:
		return views.Problem{
			Status: http.StatusConflict,
			Title:  "It runs already",
			Why:    "Somebody or something else started it meanwhile, so there was nothing to do.",
		}
	case proxmox.KindNotRunning:
		return views.Problem{
			Status: http.StatusConflict,
			Title:  "It does not run",
			Why:    "It ended or was stopped meanwhile, so there was nothing to do.",
		}
	case proxmox.KindStillRunning:
		return views.Problem{
			Status: http.StatusConflict,
			Title:  "It still runs",
			Why:    "Proxmox deletes only what is stopped. Nothing was deleted.",
			Next:   "Stop it first.",
		}
	case proxmox.KindLocked:
		return views.Problem{
			Status: http.StatusConflict,
			Title:  fmt.Sprintf("It is locked: %s", cmp.Or(err.Lock, "something is at work on it")),
			Why:    "Proxmox holds it for other work, such as a backup or a snapshot, and lets nothing else change it until then. Nothing was changed.",
			Next:   "Wait for that to end and try again. If nothing is at work on it, pct unlock on the host removes the lock.",
		}
	case proxmox.KindTemplate:
		return views.Problem{
			Status: http.StatusConflict,
			Title:  "It is a template",
			Why:    "A template never runs and does not change. Nothing was changed.",
			Next:   "Clone it to get a container.",
		}
	case proxmox.KindProtected:
		return views.Problem{
			Status: http.StatusConflict,
			Title:  "It is protected",
			Why:    "Its configuration says that neither it nor its disks can be deleted or changed. Nothing was changed.",
			Next:   "Switch the protection off first, in Proxmox among the container's options.",
		}
	case proxmox.KindInUse:
		return views.Problem{
			Status: http.StatusConflict,
			Title:  "It is still used elsewhere",
			Why:    words + "Nothing was deleted.",
			Next:   "Delete it together with what names it.",
		}
	case proxmox.KindBusy:
		return views.Problem{
			Status: http.StatusConflict,
			Title:  "Other work holds it",
			Why:    fmt.Sprintf("Something else is at work on it on %s, and did not let go of it in time. Nothing was changed.", name),
			Next:   "Try again in a minute.",
		}
	case proxmox.KindNoSnapshot:
		return views.Problem{
			Status: http.StatusNotFound,
			Title:  "The snapshot is not there any more",
			Why:    "It was deleted meanwhile, perhaps from elsewhere. Nothing was changed.",
			Next:   "Load the list of snapshots again.",
		}
	case proxmox.KindNameTaken:
		return views.Problem{
			Status: http.StatusConflict,
			Title:  "There is a snapshot of that name already",
			Why:    "Proxmox tells the snapshots of a container apart by their names. Nothing was changed.",
			Next:   "Choose another name.",
		}
	case proxmox.KindNoFeature:
		return views.Problem{
			Status: http.StatusConflict,
			Title:  "The storage of its disks cannot do this",
			Why:    words + "Nothing was changed.",
			Next:   "Move the disks to a storage that can, such as LVM-thin or ZFS.",
		}
	case proxmox.KindNotNewest:
		return views.Problem{
			Status: http.StatusConflict,
			Title:  "Newer snapshots stand in the way",
			Why:    "Its storage can be rolled back to the newest snapshot only. Nothing was changed.",
			Next:   "Delete the newer snapshots first.",
		}
	case proxmox.KindModified:
		return views.Problem{
			Status: http.StatusConflict,
			Title:  "It was changed meanwhile",
			Why:    "Somebody else changed its configuration after this page was made. Nothing was overwritten.",
			Next:   "Load the page again and look at what it says now.",
		}
	}
	return views.Problem{
		Status: http.StatusBadGateway,
		Title:  fmt.Sprintf("%s refused", name),
		Why:    cmp.Or(words, "It gave no reason. "),
		Next:   "The task log on the host may say more.",
		Link:   edit,
	}
}

// explainDaemon says which service of Proxmox's does not run, and the command that starts it.
func explainDaemon(n store.Node, name string, edit views.Link, err *proxmox.Error) views.Problem {
	service, member, restart := err.StoppedService(n.Member)
	if member == n.Member {
		member = name
	}
	return views.Problem{
		Status: http.StatusBadGateway,
		Title:  fmt.Sprintf("%s does not run on %s", service, member),
		Why:    "The host is up, but this service of Proxmox VE, which does the work, is stopped or has failed.",
		Next:   fmt.Sprintf("Run %s on %s, then try again.", restart, member),
		Link:   edit,
	}
}

func explainForbidden(n store.Node, name, words string, edit views.Link, err *proxmox.Error) views.Problem {
	p := views.Problem{
		Status: http.StatusForbidden,
		Title:  fmt.Sprintf("The token may not do this on %s", name),
		Next:   "Give the right to the token and to its user: a token has only what both have. The node's page has the commands.",
		Link:   edit,
	}
	switch {
	case err.Privilege != "" && err.Path != "":
		p.Why = fmt.Sprintf("It lacks %s on %s. Nothing was changed.", err.Privilege, err.Path)
	case words != "":
		p.Why = words + "Nothing was changed."
	default:
		p.Why = "Proxmox does not say which right is missing. Nothing was changed."
	}
	return p
}

// fieldWords writes what Proxmox says of each parameter, as sentences.
func fieldWords(fields map[string]string) string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	words := ""
	for _, name := range names {
		words += fmt.Sprintf("%s: %s. ", name, trimStop(fields[name]))
	}
	return words
}

// trimStop takes the full stop from Proxmox's words, as a sentence of ours goes around them.
func trimStop(s string) string {
	for len(s) > 0 && (s[len(s)-1] == '.' || s[len(s)-1] == '\n' || s[len(s)-1] == ' ') {
		s = s[:len(s)-1]
	}
	return s
}
