package settings

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/views/parts"
	"berth/views/settings"
)

// New is GET /settings/nodes/new. Its query may hold what is known already.
func (a *Pages) New(c echo.Context) error {
	return a.showNodeForm(c, http.StatusOK, settings.NodeForm{Node: forms.NewNode(c.QueryParams())})
}

func (a *Pages) showNodeForm(c echo.Context, status int, f settings.NodeForm) error {
	if f.ID != "" {
		form, err := a.sshForm(c)
		if err != nil {
			return err
		}
		f.SSH = &form
	}
	return a.PageOrPart(c, status, "settings", f.Title(), settings.NodeEdit(f), settings.NodeFormPart(f))
}

// Add is POST /settings/nodes.
func (a *Pages) Add(c echo.Context) error {
	return a.saveNode(c, settings.NodeForm{}, store.Node{UserID: web.UserOf(c).ID})
}

// Edit is GET /settings/nodes/{id}.
func (a *Pages) Edit(c echo.Context) error {
	n, err := a.nodeOf(c)
	if err != nil {
		return err
	}
	return a.showNodeForm(c, http.StatusOK, settings.NodeForm{Node: forms.NodeOf(n)})
}

// Update is POST /settings/nodes/{id}.
func (a *Pages) Update(c echo.Context) error {
	n, err := a.nodeOf(c)
	if err != nil {
		return err
	}
	return a.saveNode(c, settings.NodeForm{Node: forms.NodeOf(n)}, n)
}

// saveNode reads the form over before, tries the connection and stores the node.
func (a *Pages) saveNode(c echo.Context, f settings.NodeForm, before store.Node) error {
	typed, err := web.PostForm(c)
	if err != nil {
		return err
	}
	f.Read(typed)
	secret, fresh, err := a.secretFor(typed.Get("token_secret"), &f, before)
	if err != nil {
		return err
	}
	f.Check(secret != "")
	if err := a.nameIsFree(&f, before); err != nil {
		return err
	}
	if len(f.Errors) > 0 {
		switch wrongToken := f.Errors["token_id"] != ""; {
		case !wrongToken:
			a.hold(&f, before, fresh)
		case fresh != "":
			a.hold(&f, before, "") // a secret is held for its token alone
		}
		return a.showNodeForm(c, http.StatusUnprocessableEntity, f)
	}
	n, err := a.tryNode(c, &f, before, secret)
	if err != nil {
		return err
	}
	if n == nil {
		a.hold(&f, before, fresh)
		return a.showNodeForm(c, http.StatusUnprocessableEntity, f)
	}
	return a.storeNode(c, f, *n, fresh)
}

// secretFor is the secret to try: the one that was typed now or in the step before, else the one
// that is kept. fresh is empty for a kept one.
func (a *Pages) secretFor(typed string, f *settings.NodeForm, before store.Node) (secret, fresh string, err error) {
	fresh = strings.TrimSpace(typed)
	if fresh == "" && f.Held != "" {
		fresh = a.held.get(before.UserID, f.Token, f.Held)
	}
	if fresh != "" || before.ID == "" {
		return fresh, fresh, nil
	}
	secret, err = a.Store.TokenSecret(before.ID)
	return secret, "", err
}

// hold keeps a secret that was typed until the next step.
func (a *Pages) hold(f *settings.NodeForm, before store.Node, fresh string) {
	a.held.drop(f.Held)
	f.Held = ""
	if fresh != "" && f.Errors["token_secret"] == "" {
		f.Held = a.held.hold(before.UserID, f.Token, fresh)
	}
}

// nameIsFree marks a name that another node has, before the host is asked in vain.
func (a *Pages) nameIsFree(f *settings.NodeForm, before store.Node) error {
	nodes, err := a.Store.Nodes(before.UserID)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		if n.ID != before.ID && strings.EqualFold(n.Name, f.Name) {
			f.Errors["name"] = NameTaken
		}
	}
	return nil
}

// NameTaken is shown at the field when the user has another node of that name.
const NameTaken = "You already have a node with this name. Choose another."

// storeNode keeps what was tried.
func (a *Pages) storeNode(c echo.Context, f settings.NodeForm, n store.Node, fresh string) error {
	save := a.Store.UpdateNode
	if n.ID == "" {
		save = a.Store.AddNode
	}
	kept, err := save(n, fresh)
	if errors.Is(err, store.ErrNameTaken) { // it was free a moment ago
		f.Errors["name"] = NameTaken
		a.hold(&f, n, fresh)
		return a.showNodeForm(c, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	a.held.drop(f.Held)
	a.Fleet.NodeChanged(kept.ID)
	if n.ID == "" {
		return a.Redirect(c, parts.NodeURL(kept.ID, "added"))
	}
	return a.toNodes(c, "ok", fmt.Sprintf("%s was saved. It answers: Proxmox VE %s.", kept.Name, kept.Version))
}

// DeletePage is GET /settings/nodes/{id}/delete.
func (a *Pages) DeletePage(c echo.Context) error {
	n, err := a.nodeOf(c)
	if err != nil {
		return err
	}
	jobs, err := a.Store.OpenJobsOf(n.UserID)
	if err != nil {
		return err
	}
	open := 0
	for _, j := range jobs {
		if j.NodeID == n.ID {
			open++
		}
	}
	next, err := a.nextDefault(n)
	if err != nil {
		return err
	}
	return a.Page(c, http.StatusOK, "settings", "Delete "+n.Name+"?", settings.NodeDelete(n, open, next))
}

// nextDefault returns the name of the node that becomes the default when n is deleted; "" when the default stays.
func (a *Pages) nextDefault(n store.Node) (string, error) {
	if !n.Default {
		return "", nil
	}
	nodes, err := a.Store.Nodes(n.UserID)
	if err != nil {
		return "", err
	}
	var oldest store.Node
	for _, o := range nodes {
		if o.ID != n.ID && (oldest.ID == "" || o.Created.Before(oldest.Created)) {
			oldest = o
		}
	}
	return oldest.Name, nil
}

// Delete is POST /settings/nodes/{id}/delete.
func (a *Pages) Delete(c echo.Context) error {
	n, err := a.nodeOf(c)
	if err != nil {
		return err
	}
	next, err := a.nextDefault(n)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteNode(n.UserID, n.ID); err != nil {
		return err
	}
	a.Fleet.NodeChanged(n.ID)
	sentence := fmt.Sprintf("%s and its secret were removed from Berth. Its containers keep running.", n.Name)
	if next != "" {
		sentence += fmt.Sprintf(" %s is the default now.", next)
	}
	return a.toNodes(c, "ok", sentence)
}
