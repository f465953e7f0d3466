package forms

import (
	"cmp"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"berth/store"
)

// SSH holds the form for SSH to a node's host, with the result of a test.
type SSH struct {
	Node   store.Node
	Host   string // "" for the node's
	Port   string
	User   string
	Errors map[string]string
}

const (
	defaultSSHPort = 22
	defaultSSHUser = "root"
)

// SSHOf makes the form of a node's settings as they are kept.
func SSHOf(n store.Node) SSH {
	return SSH{Node: n, Host: n.SSH.Host, Port: strconv.Itoa(cmp.Or(n.SSH.Port, defaultSSHPort)), User: cmp.Or(n.SSH.User, defaultSSHUser)}
}

// Read takes the typed values into the form.
func (f *SSH) Read(typed url.Values) {
	text := func(name string) string { return strings.TrimSpace(typed.Get(name)) }
	f.Host, f.Port, f.User = text("ssh_host"), text("ssh_port"), text("ssh_user")
}

var (
	sshUser        = regexp.MustCompile(`^[a-z_][a-z0-9_.-]{0,31}$`)
	sshFingerprint = regexp.MustCompile(`^SHA256:[A-Za-z0-9+/]{43}$`)
)

// Settings returns the typed settings, with trusted as the host key; false, with sentences in
// Errors, when a field cannot be right. A pinned key holds only for the address that it was
// seen at.
func (f *SSH) Settings(trusted string) (store.SSHSettings, bool) {
	f.Errors = make(map[string]string)
	if len(f.Host) > 253 || strings.ContainsAny(f.Host, " \t/\\@?#'\"<>") {
		f.Errors["ssh_host"] = "This is not a host name or IP address. Leave it empty to use the node's."
	}
	port, err := strconv.Atoi(cmp.Or(f.Port, strconv.Itoa(defaultSSHPort)))
	if err != nil || port < 1 || port > 65535 {
		f.Errors["ssh_port"] = "A port is a number from 1 to 65535; SSH uses 22."
	}
	user := cmp.Or(f.User, defaultSSHUser)
	if !sshUser.MatchString(user) {
		f.Errors["ssh_user"] = "This is not a user name. On Proxmox it is root."
	}
	if trusted != "" && !sshFingerprint.MatchString(trusted) {
		f.Errors["trust_host_key"] = "This is not a host key fingerprint. Test again and compare what the host shows."
	}
	set := store.SSHSettings{Host: f.Host, Port: port, User: user, HostKey: trusted}
	if trusted == "" && SSHAddress(store.Node{Host: f.Node.Host, SSH: set}) == SSHAddress(f.Node) {
		set.HostKey = f.Node.SSH.HostKey
	}
	return set, len(f.Errors) == 0
}

// SSHAddress returns HOST:PORT of a node's SSH server.
func SSHAddress(n store.Node) string {
	return net.JoinHostPort(cmp.Or(n.SSH.Host, n.Host), strconv.Itoa(cmp.Or(n.SSH.Port, defaultSSHPort)))
}
