// Package settings holds the page of nodes, and the forms that add and change them.
package settings

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"berth/fleet"
	"berth/forms"
	"berth/proxmox"
	"berth/store"
	"berth/views/human"
	"berth/views/layout"
	"berth/views/parts"
)

// NodesPage is the list of a user's nodes.
type NodesPage struct {
	Nodes  []fleet.NodeState
	Silent map[string]layout.Problem // by node: why it does not answer
	Now    time.Time
}

// NodeForm is the form of a node as it is shown.
type NodeForm struct {
	forms.Node
	SSH     *SSHForm        // of a node that is there, on its page
	Problem *layout.Problem // why the connection did not work
}

// Refuse puts a problem of the connection above the form and marks the field that it is about.
func (f *NodeForm) Refuse(p layout.Problem, kind proxmox.Kind) {
	p.Link = layout.Link{}
	p.Next = strings.TrimSpace(p.Next + " Nothing has been saved.")
	f.Problem = &p
	field := ""
	switch kind {
	case proxmox.KindNoSuchHost, proxmox.KindUnreachable, proxmox.KindTimeout, proxmox.KindNotProxmox, proxmox.KindProxy, proxmox.KindTokenLost:
		field = "host"
	case proxmox.KindRefused:
		field = "port"
	case proxmox.KindUnauthorized:
		field = "token_secret"
	}
	if field != "" {
		f.Errors[field] = p.Title + "."
	}
}

// Title is the heading of the form's page.
func (f NodeForm) Title() string {
	if f.ID == "" {
		return "Add a node"
	}
	return "Edit " + f.Saved
}

func (f NodeForm) action() string {
	if f.ID == "" {
		return parts.NodesURL
	}
	return parts.NodeURL(f.ID)
}

func (f NodeForm) submitWords() string {
	switch {
	case f.Certificate != nil:
		return "Trust and save"
	case f.ID == "":
		return "Connect"
	}
	return "Test and save"
}

func (f NodeForm) field(name, label, value string) parts.Field {
	return parts.Field{Name: name, Label: label, Value: value, Error: f.Errors[name]}
}

func (f NodeForm) name() parts.Field {
	x := f.field("name", "Name", f.Name)
	x.Note, x.Required = "for you; Proxmox does not see it", true
	return x
}

func (f NodeForm) host() parts.Field {
	x := f.field("host", "Address", f.Host)
	x.Class, x.Mono, x.Required, x.Hint = "half", true, true, "A name or an IP address in your network."
	return x
}

func (f NodeForm) port() parts.Field {
	x := f.field("port", "Port", f.Port)
	x.Class, x.Mono, x.InputMode = "half", true, "numeric"
	return x
}

func (f NodeForm) tokenID() parts.Field {
	x := f.field("token_id", "Token ID", f.Token)
	x.Class, x.Mono, x.Required, x.Hint = "half", true, true, "User, realm and token name, as in berth@pve!app."
	return x
}

func (f NodeForm) secret() parts.Field {
	x := f.field("token_secret", "Token secret", "")
	x.Class, x.Mono, x.Type, x.Hint = "half", true, "password", "Kept encrypted; never shown again."
	switch {
	case f.Held != "":
		x.Hint = "As typed before; it need not be typed again."
	case f.ID != "":
		x.Hint = "Leave it empty to keep the one that is stored."
	default:
		x.Required = true
	}
	return x
}

func (f NodeForm) memberOptions() []forms.Option {
	options := []forms.Option{{Value: "", Text: "Choose"}}
	for _, m := range f.Members {
		options = append(options, forms.Option{Value: m, Text: m})
	}
	return options
}

func (f NodeForm) member() parts.Field {
	x := f.field("member", "Which host of the cluster is this?", f.Member)
	x.Required, x.Hint = true, "The token may not ask, and the certificate fits more than one of them."
	return x
}

// fingerprintWords writes a fingerprint to be compared: in pairs, eight to a group.
func fingerprintWords(s string) string {
	var b strings.Builder
	for i := 0; i+2 <= len(s); i += 2 {
		switch {
		case i == 0:
		case i%16 == 0:
			b.WriteByte(' ')
		default:
			b.WriteByte(':')
		}
		b.WriteString(s[i : i+2])
	}
	return b.String()
}

// pinWords say how a node's certificate is trusted.
func pinWords(n store.Node) (before, fingerprint string) {
	if len(n.Fingerprint) < 8 {
		return "trusted by the system", ""
	}
	f := n.Fingerprint
	return "pinned, ", f[:2] + ":" + f[2:4] + ":…:" + f[len(f)-4:len(f)-2] + ":" + f[len(f)-2:]
}

func addressOf(n store.Node) string {
	host := n.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return fmt.Sprintf("https://%s:%d", host, n.Port)
}

// nodeStatus returns the status and the words of a node's badge.
func nodeStatus(n fleet.NodeState, now time.Time) (status parts.Status, words string) {
	switch n.State {
	case fleet.NodeAnswers:
		return parts.StatusRunning, "Answers"
	case fleet.NodeSilent:
		if proxmox.KindOf(n.Err) == proxmox.KindUnauthorized {
			return parts.StatusWarn, "Token refused"
		}
		return parts.StatusWarn, "No answer for " + human.Age(now.Sub(n.Since))
	}
	return parts.StatusUnknown, "Not asked yet"
}

// latencyWords follow when a node was last seen; "" where it has not answered.
func latencyWords(n fleet.NodeState) string {
	if n.Latency <= 0 {
		return ""
	}
	return fmt.Sprintf("· answered in %d ms", max(n.Latency.Milliseconds(), 1))
}

func callsWords(n fleet.NodeState) string {
	if n.CallsPerMinute == 0 {
		return "none: nobody looks"
	}
	return strconv.Itoa(n.CallsPerMinute) + " per minute"
}

// abilitiesOf a node's token, as judged when it was last tested; none before.
func abilitiesOf(n store.Node) []proxmox.Ability {
	var all []proxmox.Ability
	if json.Unmarshal(n.Abilities, &all) != nil {
		return nil
	}
	return all
}

func abilityWords(name string) string {
	switch name {
	case "see":
		return "List containers"
	case "create":
		return "Create containers"
	case "power":
		return "Start, shut down, stop, reboot"
	case "delete":
		return "Delete containers"
	case "snapshot":
		return "Snapshots"
	case "clone":
		return "Clone containers"
	case "backup":
		return "Back up, and list backups"
	case "fetch":
		return "Fetch OS templates"
	case "host":
		return "The host's own metrics"
	}
	return name
}

func rightsWords(rights []proxmox.Right) string {
	var words []string
	for _, r := range rights {
		words = append(words, r.Privilege+" on "+r.Path)
	}
	return human.List(words)
}

// whereWords say to what an ability is confined: "in pool lab, on storage tank"; "" when to nothing.
func whereWords(w proxmox.Where) string {
	var words []string
	add := func(before, one, many string, names []string) {
		switch len(names) {
		case 0:
		case 1:
			words = append(words, before+one+" "+names[0])
		default:
			words = append(words, before+many+" "+human.List(names))
		}
	}
	if slices.Contains(w.Pools, proxmox.AnyPool) {
		words = append(words, "in every pool")
	} else {
		add("in ", "pool", "the pools", w.Pools)
	}
	if n := len(w.Guests); n == 1 {
		words = append(words, "for container "+strconv.Itoa(w.Guests[0]))
	} else if n > 1 {
		words = append(words, "for "+human.Count(n, "container", "containers"))
	}
	add("on ", "storage", "the storages", w.Storages)
	add("on ", "the network", "the networks", w.Bridges)
	add("of ", "the host", "the hosts", w.Hosts)
	return strings.Join(words, ", ")
}

func missingOf(abilities []proxmox.Ability) []proxmox.Right {
	var missing []proxmox.Right
	for _, a := range abilities {
		for _, r := range a.Missing {
			if !slices.Contains(missing, r) {
				missing = append(missing, r)
			}
		}
	}
	return missing
}

// grantLines give the token what it lacks.
func grantLines(n store.Node) []string {
	missing := missingOf(abilitiesOf(n))
	if len(missing) == 0 {
		return nil
	}
	return proxmox.Grants(n.TokenID, missing)
}

// strangers are the other members of a node's cluster that have no record yet.
func (p NodesPage) strangers(n store.Node) []string {
	var names []string
	for _, m := range n.Members {
		added := slices.ContainsFunc(p.Nodes, func(o fleet.NodeState) bool { return o.Node.Scope == n.Scope && o.Node.Member == m.Name })
		if !added {
			names = append(names, m.Name)
		}
	}
	return names
}

// addMemberURL is the form with what is known of another member: in a cluster, the token is the same.
func addMemberURL(n store.Node, member string) string {
	return parts.NodesURL + "/new?" + url.Values{"name": {member}, "host": {member}, "port": {strconv.Itoa(n.Port)}, "token_id": {n.TokenID}}.Encode()
}
