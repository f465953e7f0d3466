package forms

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"berth/proxmox"
	"berth/store"
)

// Node holds the fields of a node, as typed. The secret is not in it: it is never sent back.
type Node struct {
	ID     string // empty for a new one
	Saved  string // the name that it has
	Name   string
	Host   string
	Port   string
	Token  string // its ID
	Member string
	Trust  string // the fingerprint that was confirmed
	Asked  string // the fingerprint that was shown for confirmation
	Held   string // the handle of a secret that was typed in the step before
	Errors map[string]string

	Certificate *proxmox.Certificate // to be trusted or not
	Pinned      string               // the fingerprint that was trusted before, where it changed
	Members     []string             // to choose from, where it cannot be told which one the host is
}

const (
	defaultPort = 8006 // Proxmox's own
	httpsPort   = 443  // what a browser means by https without a port
)

// maxNodeName is the length of a node's label, in characters.
const maxNodeName = 40

// NewNode is an empty one, with what is known from a link to it.
func NewNode(known url.Values) Node {
	return Node{Name: known.Get("name"), Host: known.Get("host"), Port: cmp.Or(known.Get("port"), strconv.Itoa(defaultPort)), Token: known.Get("token_id")}
}

// NodeOf is that of a node as it is kept.
func NodeOf(n store.Node) Node {
	return Node{ID: n.ID, Saved: n.Name, Name: n.Name, Host: n.Host, Port: strconv.Itoa(n.Port), Token: n.TokenID, Member: n.Member}
}

// Read takes what was typed. An address may be one as copied from a browser, with scheme, port and path.
func (f *Node) Read(typed url.Values) {
	text := func(name string) string { return strings.TrimSpace(typed.Get(name)) }
	f.Name, f.Host, f.Port, f.Token = text("name"), text("host"), text("port"), text("token_id")
	f.Member, f.Trust, f.Asked, f.Held = text("member"), text("trust_fingerprint"), text("asked"), text("held")
	f.Errors = make(map[string]string)
	f.splitAddress()
}

// splitAddress takes an address apart as it is copied from a browser: "https://host:port/…", "host:port", "[v6]:port".
// Without a port, https means 443, as in the browser, unless another one was typed into its field. What an address
// has and Berth cannot use is said at the field.
func (f *Node) splitAddress() {
	typed := f.Host
	scheme, rest, hasScheme := strings.Cut(typed, "://")
	if !hasScheme {
		if _, err := netip.ParseAddr(typed); err == nil { // an IPv6 address without brackets has colons of its own
			return
		}
		rest = strings.TrimPrefix(typed, "//")
	}
	u, err := url.Parse("https://" + rest)
	switch {
	case typed == "" || strings.ContainsAny(typed, " \t"):
		return
	case hasScheme && !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http"):
		f.Errors["host"] = "Berth talks to Proxmox VE over https, not " + scheme + ". Enter an address like https://192.168.1.20:8006."
		return
	case err != nil || u.Hostname() == "":
		return // Check says what an address looks like
	case u.User != nil:
		f.Errors["host"] = "An address has no user name in it: the token identifies Berth. Leave out everything up to the @."
		return
	}
	f.Host = u.Hostname()
	switch {
	case u.Port() != "":
		f.Port = u.Port()
	case strings.EqualFold(scheme, "https") && hasScheme && (f.Port == "" || f.Port == strconv.Itoa(defaultPort)):
		f.Port = strconv.Itoa(httpsPort)
	}
}

// isHost tells whether s can be the name or IP address of a host.
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return len(s) <= 253 && !strings.ContainsAny(s, " \t/\\@?#'\"<>:[]%") && !strings.ContainsFunc(s, unicode.IsControl)
}

// PortNumber is the port; 0 for what is none.
func (f Node) PortNumber() int {
	n, err := strconv.Atoi(f.Port)
	if err != nil || n < 1 || n > 65535 {
		return 0
	}
	return n
}

// Check has a sentence for each field that cannot be right, before anybody is asked.
// secret tells whether there is one, typed or kept.
func (f *Node) Check(secret bool) {
	wrong := func(name, sentence string) { f.Errors[name] = sentence }
	switch n := utf8.RuneCountInString(f.Name); {
	case n == 0:
		wrong("name", "Give the node a name of your own.")
	case n > maxNodeName:
		wrong("name", fmt.Sprintf("Use %d characters at most; this has %d.", maxNodeName, n))
	case strings.ContainsFunc(f.Name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		wrong("name", "Use only visible characters.")
	}
	switch {
	case f.Host == "":
		wrong("host", "Enter the address of the host: a name or an IP address.")
	case f.Errors["host"] != "": // said while it was taken apart
	case !isHost(f.Host):
		wrong("host", "This is not a host name or IP address. It looks like 192.168.1.20 or pve.home.arpa.")
	}
	if f.PortNumber() == 0 {
		wrong("port", "A port is a number from 1 to 65535; Proxmox VE uses 8006.")
	}
	_, _, isToken := proxmox.SplitTokenID(f.Token)
	switch {
	case f.Token == "":
		wrong("token_id", "Enter the ID of the API token; it looks like berth@pve!app.")
	case strings.Contains(f.Token, "="):
		wrong("token_id", "The part after the = is the secret: enter it in the next field.")
	case !isToken:
		wrong("token_id", "A token ID is user, realm and token name, as in berth@pve!app.")
	}
	if !secret {
		wrong("token_secret", "Enter the secret of the token. Proxmox shows it once, when the token is created.")
	}
	if f.Trust != "" && !isFingerprint(f.Trust) {
		wrong("trust_fingerprint", "This is not a SHA-256 fingerprint.")
	}
}

func isFingerprint(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789ABCDEF") == ""
}
