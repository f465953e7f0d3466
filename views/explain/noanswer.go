package explain

import "berth/proxmox"

// NoAnswer says in a few words that a node does not do what it is asked, and why where that is more than silence.
func NoAnswer(node string, err error) string {
	switch proxmox.KindOf(err) {
	case proxmox.KindUnauthorized:
		return "The token was refused by " + node
	case proxmox.KindTokenLost:
		return "The token does not arrive at " + node
	case proxmox.KindDaemonDown:
		return "pvedaemon does not run on " + node
	case proxmox.KindProxy:
		return "A proxy answers for " + node + ", Proxmox VE behind it does not"
	}
	return node + " does not answer"
}

// Refuses tells whether a node that does not do what it is asked says why.
func Refuses(err error) bool { return NoAnswer("", err) != NoAnswer("", nil) }
