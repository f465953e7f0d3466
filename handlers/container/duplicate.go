package container

import (
	"context"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/templates"
	"berth/views/parts"
)

// manyTasks bounds the search for the task that made a container: it holds more than a year of nightly backups.
const manyTasks = 500

// Duplicate is POST /containers/{node}/{vmid}/another: it begins a draft of a container like one that is there.
func (a *Pages) Duplicate(c echo.Context) error {
	n, vmid, err := a.nodeAndVMID(c)
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
	made, err := a.creationSettings(ctx, n, at, cfg.Hostname)
	if err != nil {
		return err
	}
	buckets, err := a.Store.PackageBuckets(n.UserID)
	if err != nil {
		return err
	}
	last, err := a.LastCreated(n.UserID, "")
	if err != nil {
		return err
	}
	d := forms.DuplicateDraft(n.UserID, n.ID, cfg, known.Pool, made.template, made.volume, last)
	provisionLike(&d, made.template, templates.Resolve(made.template, buckets), made.provision)
	if d, err = a.Store.AddDraft(d); err != nil {
		return err
	}
	return a.Redirect(c, parts.WizardURL(d.ID, "configure"))
}

// creation is what Berth made a container of; the zero one for what is not known. A template that was deleted is the zero one.
type creation struct {
	template  store.Template
	provision store.Provision
	volume    string // the OS template
}

// creationSettings returns what Berth made a container of. Whether the container is still the one that was made is judged by its host's tasks,
// and where those do not tell, by its hostname.
func (a *Pages) creationSettings(ctx context.Context, n store.Node, at store.Ref, hostname string) (creation, error) {
	j, provision, t, err := a.creationOf(n, at.VMID)
	if err != nil || j.ID == "" {
		return creation{}, err
	}
	var same, sure bool
	onlyOwn, err := a.Fleet.SeesOnlyOwnTasks(ctx, n.UserID, n.ID)
	if err != nil {
		return creation{}, err
	}
	if !onlyOwn {
		tasks, err := a.Fleet.OwnTasks(ctx, n.UserID, at, proxmox.TaskPage{Limit: manyTasks})
		if err == nil { // else the name has to do
			same, sure = stillMadeBy(j, tasks)
		}
	}
	if !sure {
		same = j.Name == hostname && j.State == store.JobDone
	}
	if !same {
		return creation{}, nil
	}
	return creation{t, provision, jobs.CreationOf(j).Params.OSTemplate}, nil
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

// provisionLike selects in a draft what was provisioned in the container that it duplicates: the
// packages, the scripts in their order, and the values that are no secret. offered holds
// the packages of the draft's template.
func provisionLike(d *store.Draft, t store.Template, offered []store.Package, provision store.Provision) {
	if provision.Template == "" && provision.Empty() {
		return // nothing is known, so the template's own choice stays
	}
	selected := url.Values{"package": {""}, "script": {""}}
	var own []store.Package
	for _, p := range provision.Packages {
		if slices.Contains(offered, p) {
			selected.Add("package", forms.PackageKey(p))
		} else {
			own = append(own, p)
		}
	}
	for manager, list := range web.FormatPackages(own) {
		selected.Set("packages_"+manager, list)
	}
	for _, s := range provision.Scripts {
		selected.Add("script", s.Name)
	}
	for name, v := range provision.Inputs {
		selected.Set("input_"+name, v)
	}
	forms.KeepPackages(d, offered, selected)
	forms.KeepScripts(d, t, selected)
	forms.KeepInputs(d, t, selected)
}
