package settings

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"berth/forms"
	"berth/pct"
	"berth/proxmox"
	"berth/store"
	"berth/views/human"
	"berth/views/parts"
)

// SSHForm is how a node's host is reached over SSH, with what a test has found.
type SSHForm struct {
	forms.SSH
	Block  string       // to be pasted on the host
	Checks []SSHCheck   // of the test that was just made; nil: none was
	Key    *pct.HostKey // what the host shows, to be trusted or not
}

// SSHCheck is one thing that a test looked at.
type SSHCheck struct {
	State string // yes, no, or unknown where it was not come to
	Words string
	Next  string // what to do about it; "" for nothing
}

func (f SSHForm) host() parts.Field {
	return parts.Field{Name: "ssh_host", Label: "SSH host", Note: "optional", Hint: "Empty: " + f.Node.Host, Value: f.Host, Error: f.Errors["ssh_host"], Class: "half", Mono: true}
}

func (f SSHForm) port() parts.Field {
	return parts.Field{Name: "ssh_port", Label: "Port", Value: f.Port, Error: f.Errors["ssh_port"], Class: "quarter", Mono: true, InputMode: "numeric"}
}

func (f SSHForm) user() parts.Field {
	return parts.Field{Name: "ssh_user", Label: "User", Value: f.User, Error: f.Errors["ssh_user"], Class: "quarter", Mono: true}
}

// changed tells whether the host shows another key than the trusted one.
func (f SSHForm) changed() bool { return f.Key != nil && f.Node.SSH.HostKey != "" }

// keyFile is where the host keeps the public half of the key that it shows.
func keyFile(k pct.HostKey) string {
	kind := strings.TrimPrefix(k.Type, "ssh-")
	if strings.HasPrefix(kind, "ecdsa") {
		kind = "ecdsa"
	}
	return "/etc/ssh/ssh_host_" + kind + "_key.pub"
}

// sshWords tell whether SSH is set up for a node.
func sshWords(n store.Node, now time.Time) string {
	switch {
	case n.SSH.HostKey == "":
		return "not set up"
	case n.SSHWorked.IsZero():
		return "host key trusted, not tested yet"
	}
	return "set up, tested " + human.When(n.SSHWorked, now)
}

// SSHChecks are what a test of SSH has found, by what it ended with.
func SSHChecks(n store.Node, err error) []SSHCheck {
	address := forms.SSHAddress(n)
	all := []SSHCheck{
		{Words: address + " answers"},
		{Words: "Its host key is the trusted one"},
		{Words: "It accepts Berth's key"},
		{Words: "Berth's gate is in place"},
		{Words: fmt.Sprintf("The gate is of version %d", pct.GateVersion)},
		{Words: "The gate finds pct"},
	}
	paste := "Paste the block below into a root shell of the host, then test again."
	at := len(all)
	no := func(i int, sentence, next string) { at, all[i].Words, all[i].Next = i, sentence, next }
	words := ""
	if e, ok := errors.AsType[*proxmox.Error](err); ok && e.Message != "" {
		words = ": " + e.Message
	}
	switch kind := proxmox.KindOf(err); {
	case err == nil:
	case kind == proxmox.KindNoSuchHost:
		no(0, "No address was found for "+address, "Check the spelling, or use the IP address.")
	case kind == proxmox.KindRefused:
		no(0, address+" refuses the connection: nothing listens on that port", "Does systemctl status ssh on the host say that it runs, and on this port?")
	case kind == proxmox.KindTimeout:
		no(0, address+" does not answer", "Check that it is switched on, and that no firewall is between.")
	case kind == proxmox.KindUnreachable || kind == proxmox.KindDropped:
		no(0, address+" cannot be reached, or broke the connection off", "Check that it is switched on and in the same network.")
	case kind == proxmox.KindNotSSH:
		no(0, "What answers at "+address+" is not SSH", "Correct the port; SSH has 22.")
	case kind == proxmox.KindHostKeyUnknown:
		no(1, "Its host key is not trusted yet", "Compare it below, and trust it.")
	case kind == proxmox.KindHostKeyChanged:
		no(1, "It shows another host key than the trusted one, so nothing was sent to it", "If the host was installed anew, compare the key below and trust it. Else something else answers there.")
	case kind == proxmox.KindKeyRefused:
		no(2, "It does not accept Berth's key", paste)
	case kind == proxmox.KindNoGate:
		no(3, "Berth's gate is not on the host, or the key leads elsewhere", paste)
	case kind == proxmox.KindOldGate:
		no(4, "The gate is of another version than this Berth speaks to", paste)
	case kind == proxmox.KindNoPct:
		no(5, "The gate finds no pct there", "Is it a Proxmox VE host? pct comes with it.")
	default:
		no(3, "The gate did not answer as it should"+words, paste)
	}
	for i := range all {
		switch {
		case i < at:
			all[i].State = "yes"
		case i == at:
			all[i].State = "no"
		default:
			all[i].State = "unknown"
		}
	}
	return all
}
