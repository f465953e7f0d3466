package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/proxmox"
	"berth/store"
	"berth/views/layout"
	"berth/views/settings"
)

// tryNode tests the connection with what was typed, and returns the node as it would be stored. It returns nil
// where something is to be corrected or answered first: the form says what.
func (a *Pages) tryNode(c echo.Context, f *settings.NodeForm, before store.Node, secret string) (*store.Node, error) {
	n := before
	n.Name, n.Host, n.Port, n.TokenID = f.Name, f.Host, f.PortNumber(), f.Token
	if n.Host != before.Host || n.Port != before.Port {
		n.Fingerprint = "" // it was another host's
	}
	if f.Trust != "" {
		n.Fingerprint = f.Trust
	}
	probed, err := proxmox.Probe(c.Request().Context(), proxmox.Config{
		Host: n.Host, Port: n.Port, TokenID: n.TokenID, TokenSecret: secret, Fingerprint: n.Fingerprint,
	})
	if err != nil {
		return nil, refuseNode(f, n, err)
	}
	if !a.knowsItself(f, probed) || !mayDoSomething(f, n, probed) {
		return nil, nil
	}
	n.Member, n.Cluster, n.Version, n.Tested = probed.Member, probed.Cluster, probed.Version.Version, a.Now()
	if n.Member == "" {
		n.Member = f.Member
	}
	n.Members = nil
	for _, m := range probed.Members {
		n.Members = append(n.Members, store.NodeMember{Name: m.Name, Fingerprint: m.Fingerprint})
	}
	if n.Abilities, err = json.Marshal(probed.Abilities()); err != nil {
		return nil, err
	}
	if isNew, err := a.isNew(f, n); err != nil || !isNew {
		return nil, err
	}
	return &n, nil
}

// refuseNode puts into the form why the connection did not work.
func refuseNode(f *settings.NodeForm, n store.Node, err error) error {
	e, ok := errors.AsType[*proxmox.Error](err)
	if !ok {
		return err
	}
	switch e.Kind {
	case proxmox.KindUntrusted, proxmox.KindCertChanged:
		f.Certificate = e.Certificate
		if e.Kind == proxmox.KindCertChanged {
			f.Pinned = n.Fingerprint
		}
		if f.Asked == e.Certificate.Fingerprint && f.Trust == "" {
			f.Errors["trust_fingerprint"] = "Compare the fingerprints, and confirm that they are the same."
		}
		return nil
	case proxmox.KindCancelled:
		return err
	}
	f.Refuse(web.Explained(web.About(n, err)), e.Kind)
	return nil
}

// knowsItself asks which host of the cluster this is, where it cannot be told.
func (a *Pages) knowsItself(f *settings.NodeForm, p proxmox.Probed) bool {
	if p.Member != "" {
		return true
	}
	for _, m := range p.Members {
		f.Members = append(f.Members, m.Name)
	}
	switch {
	case f.Member == "":
		f.Errors["member"] = "Choose the name of this host in Proxmox."
	case !slices.Contains(f.Members, f.Member):
		f.Errors["member"] = fmt.Sprintf("The cluster has no host called %s.", f.Member)
	default:
		return true
	}
	return false
}

// mayDoSomething refuses a token without any right: nobody makes one on purpose.
func mayDoSomething(f *settings.NodeForm, n store.Node, p proxmox.Probed) bool {
	for _, a := range p.Abilities() {
		if a.OK {
			return true
		}
	}
	f.Refuse(layout.Problem{
		Title: "The token is accepted, but has no rights",
		Why:   "A token with privilege separation starts without rights: it may do only what both it and its user are allowed to do.",
		Next:  fmt.Sprintf("Give the roles to the user and to the token %s; the commands next to this form do both. Then try again.", n.TokenID),
	}, proxmox.KindForbidden)
	f.Errors["token_id"] = "It has none of the rights that Berth needs."
	return false
}

// isNew refuses a host that is there already under another name. The certificate tells hosts of one name apart.
func (a *Pages) isNew(f *settings.NodeForm, n store.Node) (bool, error) {
	nodes, err := a.Store.Nodes(n.UserID)
	if err != nil {
		return false, err
	}
	own := slices.IndexFunc(n.Members, func(m store.NodeMember) bool { return m.Name == n.Member })
	if own < 0 {
		return true, nil
	}
	for _, o := range nodes {
		if o.ID != n.ID && o.Member == n.Member && slices.Contains(o.Members, n.Members[own]) {
			f.Refuse(layout.Problem{
				Title: fmt.Sprintf("This host has already been added as %s", o.Name),
				Why:   fmt.Sprintf("It is %s in Proxmox, whatever its address.", o.Member),
				Next:  fmt.Sprintf("Edit %s instead.", o.Name),
			}, proxmox.KindOther)
			f.Errors["host"] = fmt.Sprintf("The same host as %s.", o.Name)
			return false, nil
		}
	}
	return true, nil
}
