package settings

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/crypto/ssh"

	"berth/forms"
	"berth/handlers/web"
	"berth/pct"
	"berth/proxmox"
	"berth/store"
	"berth/views/explain"
	"berth/views/layout"
	"berth/views/parts"
	"berth/views/settings"
)

// SSH is POST /settings/nodes/{id}/ssh: it keeps how the host is reached, with the
// host key that was trusted, and tests it.
func (a *Pages) SSH(c echo.Context) error {
	f, err := a.sshForm(c)
	if err != nil {
		return err
	}
	typed, err := web.PostForm(c)
	if err != nil {
		return err
	}
	f.Read(typed)
	set, ok := f.Settings(typed.Get("trust_host_key"))
	if !ok {
		return a.showSSH(c, http.StatusUnprocessableEntity, f)
	}
	n, err := a.Store.SetSSH(f.Node.UserID, f.Node.ID, set)
	if err != nil {
		return err
	}
	return a.testSSH(c, n)
}

// SSHTest is POST /settings/nodes/{id}/ssh/test.
func (a *Pages) SSHTest(c echo.Context) error {
	n, err := a.nodeOf(c)
	if err != nil {
		return err
	}
	return a.testSSH(c, n)
}

// testSSH asks the forced command of a node's host and shows what it found.
func (a *Pages) testSSH(c echo.Context, n store.Node) error {
	asked := a.Fleet.TestHost(c.Request().Context(), n)
	if _, told := errors.AsType[*proxmox.Error](asked); asked != nil && !told {
		return asked
	}
	if asked == nil {
		if err := a.Store.NoteSSHWorked(n); err != nil {
			return err
		}
	}
	f, err := a.sshForm(c)
	if err != nil {
		return err
	}
	f.Checks = explain.SSHChecks(forms.SSHAddress(n), pct.ForcedCommandVersion, asked)
	if e, ok := errors.AsType[*pct.HostKeyError](asked); ok {
		f.Key = &e.Key
	}
	return a.showSSH(c, http.StatusOK, f)
}

// sshForm is that of the node of the path.
func (a *Pages) sshForm(c echo.Context) (settings.SSHForm, error) {
	n, err := a.nodeOf(c)
	if err != nil {
		return settings.SSHForm{}, err
	}
	key, err := a.Store.SSHKey(n.UserID, n.ID)
	if err != nil {
		return settings.SSHForm{}, err
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return settings.SSHForm{}, fmt.Errorf("the SSH key of node %s: %w", n.ID, err)
	}
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public))) + " berth-" + n.ID
	f := settings.SSHForm{SSH: forms.SSHOf(n)}
	if f.Back, err = a.draftBehind(c); err != nil {
		return settings.SSHForm{}, err
	}
	f.Block = pct.PasteBlock(line, f.User)
	return f, nil
}

// draftBehind leads back to the draft that SSH is set up for: `back` is the address of its page. Whatever else it is leads nowhere.
func (a *Pages) draftBehind(c echo.Context) (layout.Link, error) {
	posted, err := web.PostForm(c)
	if err != nil {
		return layout.Link{}, err
	}
	back := cmp.Or(posted.Get("back"), c.QueryParam("back"))
	id, _ := strings.CutSuffix(strings.TrimPrefix(back, "/containers/new/"), "/configure")
	if back != parts.WizardURL(id, "configure") {
		return layout.Link{}, nil
	}
	d, err := a.Store.Draft(web.UserOf(c).ID, id)
	if web.IsNotFound(err) {
		return layout.Link{}, nil
	}
	return layout.Link{URL: back, Text: strings.TrimSpace("Back to the draft " + d.Values.Get("hostname"))}, err
}

func (a *Pages) showSSH(c echo.Context, status int, f settings.SSHForm) error {
	form := settings.NodeForm{Node: forms.NodeOf(f.Node)}
	form.SSH = &f
	return a.PageOrPart(c, status, "settings", "SSH to "+f.Node.Name, settings.NodeEdit(form), settings.SSHPanel(f))
}
