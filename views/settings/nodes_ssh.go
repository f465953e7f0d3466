package settings

import (
	"slices"
	"strings"
	"time"

	"berth/forms"
	"berth/pct"
	"berth/store"
	"berth/views/explain"
	"berth/views/human"
	"berth/views/layout"
	"berth/views/parts"
)

// SSHForm has the data for a node's panel on SSH: the address, the block to paste, and the results of a test.
type SSHForm struct {
	forms.SSH
	Block  string             // to be pasted on the host
	Checks []explain.SSHCheck // of the test that was just made; nil: none was
	Key    *pct.HostKey       // what the host shows, to be trusted or not
	Back   layout.Link        // to the draft that it is set up for; the zero one: for none
}

// worked tells whether the test that was just made found nothing wrong.
func (f SSHForm) worked() bool {
	return len(f.Checks) > 0 && !slices.ContainsFunc(f.Checks, func(c explain.SSHCheck) bool { return c.State != explain.CheckYes })
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

// keyFile returns the path at which a host has the public half of the key that it showed, to compare fingerprints there.
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
