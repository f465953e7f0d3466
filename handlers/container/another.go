package container

import (
	"context"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/forms"
	"berth/handlers/web"
	"berth/proxmox"
	"berth/store"
	"berth/templates"
	"berth/views"
)

// manyTasks is how many tasks of a container are looked through for the one that made it: a year of nightly backups and more.
const manyTasks = 500

// Another begins a draft of a container like one that is there.
func (a *Pages) Another(c echo.Context) error {
	n, vmid, err := a.placeOf(c)
	if err != nil {
		return err
	}
	ctx, at := c.Request().Context(), n.Ref(vmid)
	cfg, err := a.Fleet.Config(ctx, n.UserID, at)
	if proxmox.KindOf(err) == proxmox.KindNotFound {
		return a.goneFrom(ctx, n, vmid)
	}
	if err != nil {
		return web.About(n, err)
	}
	inventory, err := a.Fleet.Inventory(ctx, n.UserID)
	if err != nil {
		return err
	}
	known, _ := inventory.Container(n.Ref(vmid))
	t, setup, err := a.madeFrom(ctx, n, at, cfg.Hostname)
	if err != nil {
		return err
	}
	buckets, err := a.Store.PackageBuckets(n.UserID)
	if err != nil {
		return err
	}
	d := forms.DraftLike(n.UserID, n.ID, cfg, known.Pool, t)
	setUpLike(&d, t, templates.Resolve(t, buckets), setup)
	if d, err = a.Store.AddDraft(d); err != nil {
		return err
	}
	return a.Redirect(c, views.WizardURL(d.ID, "configure"))
}

// madeFrom is the template that Berth made a container from, and what was done inside it
// then. They are the zero ones when there was none, or nobody knows any more; the template
// alone when it is gone. Whether the container is still the one that was made, its host's
// tasks tell; where they do not, it is as long as it is called what it was called then.
func (a *Pages) madeFrom(ctx context.Context, n store.Node, at store.Ref, hostname string) (store.Template, store.Setup, error) {
	j, setup, t, err := a.madeBy(n, at.VMID)
	if err != nil || j.ID == "" {
		return store.Template{}, store.Setup{}, err
	}
	var same, sure bool
	if !fleet.SeesOnlyOwnTasks(n) {
		tasks, err := a.Fleet.OwnTasks(ctx, n.UserID, at, proxmox.TaskPage{Limit: manyTasks})
		if err == nil { // else the name has to do
			same, sure = stillMadeBy(j, tasks)
		}
	}
	if !sure {
		same = j.Name == hostname && j.State == store.JobDone
	}
	if !same {
		return store.Template{}, store.Setup{}, nil
	}
	return t, setup, nil
}

// stillMadeBy tells by a host's tasks on a VMID, newest first, whether the container that
// has it now is the one that a job made. sure is false where they do not tell.
func stillMadeBy(j store.Job, tasks []proxmox.Task) (same, sure bool) {
	for _, t := range tasks {
		if !t.End.IsZero() && !(proxmox.TaskStatus{Exit: t.Exit}).OK() {
			continue
		}
		switch t.Type {
		case "vzcreate":
			return slices.ContainsFunc(j.Steps, func(s store.JobStep) bool { return slices.Contains(s.Tasks(), string(t.UPID)) }), true
		case "vzdestroy", "vzrestore": // what is there now is a clone or a backup, of whatever it may be
			return false, false
		}
	}
	return false, false
}

// setUpLike chooses in a draft what was done inside the container that it is like: the
// packages, the scripts in their order, and the values that are no secret. offered are
// the packages of the draft's template.
func setUpLike(d *store.Draft, t store.Template, offered []store.Package, setup store.Setup) {
	if setup.Template == "" && setup.Empty() {
		return // nothing is known, so the template's own choice stays
	}
	chosen := url.Values{"package": {""}, "script": {""}}
	var own []store.Package
	for _, p := range setup.Packages {
		if slices.Contains(offered, p) {
			chosen.Add("package", forms.PackageKey(p))
		} else {
			own = append(own, p)
		}
	}
	for manager, list := range web.FormatPackages(own) {
		chosen.Set("packages_"+manager, list)
	}
	for _, s := range setup.Scripts {
		chosen.Add("script", s.Name)
	}
	for name, v := range setup.Inputs {
		chosen.Set("input_"+name, v)
	}
	forms.KeepPackages(d, offered, chosen)
	forms.KeepScripts(d, t, chosen)
	forms.KeepInputs(d, t, chosen)
}
