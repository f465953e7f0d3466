package wizard

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"berth/fleet"
	"berth/forms"
	"berth/handlers/web"
	"berth/proxmox"
	"berth/store"
	"berth/views/parts"
	"berth/views/wizard"
)

// Configure shows the form with what the draft holds, opened at the fold that the query names.
func (a *Pages) Configure(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	form := forms.OfDraft(d, nil)
	if slices.Contains(d.Done, "configure") {
		form.CheckAll()
	} else {
		form.CheckTyped()
	}
	p, err := a.askedPage(c, d, form, true)
	if err != nil {
		return err
	}
	p.Settle()
	p.CheckLists(false)
	form.MarkRefused(stillWrong(d.Refused, p.Verdict))
	p.Open = forms.Fold(c.QueryParam("open"))
	return a.showConfigure(c, http.StatusOK, p)
}

// stillWrong are the properties that a create failed for, without a VMID which is free by now.
func stillWrong(refused map[store.Property]string, v fleet.Verdict) map[store.Property]string {
	refused = maps.Clone(refused)
	if v.State == fleet.VMIDFree {
		delete(refused, store.PropertyVMID)
	}
	return refused
}

// SetConfiguration judges the whole form, and leads on to all of it in full.
func (a *Pages) SetConfiguration(c echo.Context) error {
	d, form, err := a.keepTyped(c, noteSent)
	if web.IsNotFound(err) {
		return a.draftGone(c)
	}
	if err != nil {
		return err
	}
	p, err := a.judgedPage(c, d, form)
	if err != nil {
		return err
	}
	if len(form.Wrong()) > 0 {
		return a.showWrong(c, p)
	}
	pool := form.Get("pool") // which may have been the only one
	if _, err = a.Store.UpdateDraft(d.UserID, d.ID, func(d *store.Draft) error { d.Values.Set("pool", pool); return nil }); err != nil {
		return err
	}
	return a.Redirect(c, parts.WizardURL(d.ID, "review"))
}

// noteSent makes a draft one that is judged as a whole from now on, also where nothing was typed yet.
func noteSent(d *store.Draft) {
	if !slices.Contains(d.Done, "configure") {
		d.Done = append(d.Done, "configure")
	}
}

// draftGone gives back what was typed into the form of a draft that is not there (any more).
func (a *Pages) draftGone(c echo.Context) error {
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	if len(posted) == 0 {
		return store.ErrNotFound
	}
	return a.Page(c, http.StatusNotFound, "containers", "This draft is gone", wizard.DraftGone(posted))
}

func (a *Pages) showConfigure(c echo.Context, status int, p forms.Configure) error {
	return a.Page(c, status, "containers", wizard.ConfigureTitle(p), wizard.Configure(p))
}

// showWrong shows the form as it was sent, with what is wrong with it on top.
func (a *Pages) showWrong(c echo.Context, p forms.Configure) error {
	p.Settle()
	p.Tried = true
	return a.showConfigure(c, http.StatusUnprocessableEntity, p)
}

// besideURL is where a button that keeps what was typed leads: the page of the draft that it names, where SSH is set up
// for the draft's node, else the form.
func besideURL(d store.Draft, to string) string {
	switch to {
	case "packages", "scripts", "review":
		return parts.WizardURL(d.ID, to)
	case "ssh":
		return parts.SSHURL(d.Values.Get("node"), parts.WizardURL(d.ID, "configure"))
	}
	return parts.WizardURL(d.ID, "configure")
}

// Keep keeps what was typed without judging it. It answers htmx with the
// summary, and everyone else with the page that the button names, or the form, which then says what it thinks of the VMID.
func (a *Pages) Keep(c echo.Context) error {
	d, form, err := a.keepTyped(c)
	if err != nil {
		return err
	}
	if !web.WantsPart(c) {
		posted, err := web.PostForm(c)
		if err != nil {
			return err
		}
		return a.Redirect(c, besideURL(d, posted.Get("to")))
	}
	form.CheckTyped()
	p, err := a.nodePage(c, d, form)
	if err != nil {
		return err
	}
	return a.Part(c, http.StatusOK, wizard.Kept(p))
}

// Check judges one field while it is typed, by the other fields as they are. It keeps nothing.
func (a *Pages) Check(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	field := c.QueryParam("field")
	form := forms.OfDraft(d, posted)
	form.CheckTyped()
	if row, of, is := forms.ParseAlikeField(field); is && row < len(form.Alike) {
		return a.checkAlike(c, form, row, of)
	}
	if !forms.IsContainerField(field) {
		return echo.ErrNotFound
	}
	warning := ""
	if (field == "disk" || field == "ostemplate") && form.Errors[field] == "" {
		p, err := a.listsPage(c, d, form)
		if err != nil {
			return err
		}
		p.CheckLists(false)
		warning = p.Warning(field)
	}
	return a.Part(c, http.StatusOK, parts.FieldVerdict(field, form.Errors[field], warning))
}

// List is one of the fields that are chosen from a list, with what came of that since the page was made. What
// is in the field now comes in the query.
func (a *Pages) List(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	if !web.WantsPart(c) {
		return a.Redirect(c, parts.WizardURL(d.ID, "configure"))
	}
	field := c.QueryParam("field")
	if !slices.Contains([]string{"storage", "bridge", "pool"}, field) {
		return echo.ErrNotFound
	}
	form := forms.OfDraft(d, url.Values{field: c.QueryParams()[field]})
	p, err := a.listsPage(c, d, form)
	if err != nil {
		return err
	}
	p.Settle()
	p.CheckLists(false)
	return a.Part(c, http.StatusOK, wizard.ListedField(p, field))
}

// Node changes the node: other lists, other VMIDs, the same typed values.
func (a *Pages) Node(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	w, err := a.wizard(c.Request().Context(), d, forms.ReadContainer(nil, nil))
	if err != nil {
		return err
	}
	d, _, err = a.keepTyped(c, func(d *store.Draft) { forms.ForgetOffered(d, w.Template) })
	if err != nil {
		return err
	}
	if !web.WantsPart(c) {
		return a.Redirect(c, parts.WizardURL(d.ID, "configure"))
	}
	form := forms.OfDraft(d, nil)
	form.CheckTyped()
	p, err := a.askedPage(c, d, form, true)
	if err != nil {
		return err
	}
	p.Settle()
	p.CheckLists(false)
	p.NodeChanged = true
	return a.Part(c, http.StatusOK, wizard.ConfigureParts(p))
}

// judgedPage is the page with everything that is wrong with a form that was sent.
func (a *Pages) judgedPage(c echo.Context, d store.Draft, form forms.Container) (forms.Configure, error) {
	form.CheckAll()
	p, err := a.askedPage(c, d, form, false)
	if err != nil {
		return p, err
	}
	p.CheckLists(true)
	return p, nil
}

// NodeGone is shown at the field when the node is not, or no longer, one of the user's.
const NodeGone = "The selected node is not one of yours; choose another"

// nodePage is the page with what is known of the node without asking it. A node that
// is gone is said at its field, and the default one shown in its place.
func (a *Pages) nodePage(c echo.Context, d store.Draft, form forms.Container) (forms.Configure, error) {
	w, err := a.wizard(c.Request().Context(), d, form)
	p := forms.Configure{Wizard: w}
	if err != nil {
		return p, err
	}
	inventory, err := a.Fleet.Inventory(c.Request().Context(), web.UserOf(c).ID)
	if err != nil {
		return p, err
	}
	if len(inventory.Nodes) == 0 {
		return p, web.ErrNoNode
	}
	if p.Plan, err = a.planOf(d, w.Template, form.Errors); err != nil {
		return p, err
	}
	p.Nodes, p.Node = inventory.Nodes, inventory.Nodes[0]
	id := form.Get("node")
	i := slices.IndexFunc(inventory.Nodes, func(s fleet.NodeState) bool { return s.Node.ID == id })
	switch {
	case i >= 0:
		p.Node = inventory.Nodes[i]
	case id != "":
		form.Mark(map[string]string{"node": NodeGone})
	}
	return p, nil
}

// listsPage is the page with the node's lists, and how far a download is.
func (a *Pages) listsPage(c echo.Context, d store.Draft, form forms.Container) (forms.Configure, error) {
	p, err := a.nodePage(c, d, form)
	if err != nil {
		return p, err
	}
	err = a.askLists(c.Request().Context(), &p)
	return p, err
}

// askedPage is the page with all that the node says: its lists, and beside them whether
// the VMID is free. refresh reads anew which VMIDs are taken.
func (a *Pages) askedPage(c echo.Context, d store.Draft, form forms.Container, refresh bool) (forms.Configure, error) {
	p, err := a.nodePage(c, d, form)
	if err != nil {
		return p, err
	}
	node, ctx := p.Node.Node, c.Request().Context()
	var verdict fleet.Verdict
	var g errgroup.Group
	g.Go(func() error { return a.askLists(ctx, &p) })
	g.Go(func() (err error) {
		if refresh {
			a.refreshVMIDs(ctx, node)
		}
		verdict, err = a.Fleet.Check(ctx, node.UserID, node.ID, form.Get("vmid"))
		return err
	})
	if err := g.Wait(); err != nil {
		return p, err
	}
	p.ChoosePool()
	p.Verdict, p.Unknown = verdict, web.WhyUnknown(node, verdict)
	if s := forms.VMIDSentence(verdict); s != "" {
		form.Mark(map[string]string{"vmid": s})
	}
	err = a.judgeAlike(ctx, &p)
	return p, err
}

// askLists adds the node's lists to a page, and the draft's download.
func (a *Pages) askLists(ctx context.Context, p *forms.Configure) (err error) {
	node := p.Node.Node
	if p.Fetch, err = a.fetchOf(node, p.Form); err != nil {
		return err
	}
	if p.Last, err = a.LastCreated(node.UserID, node.ID); err != nil {
		return err
	}
	var rights proxmox.Permissions
	var g errgroup.Group
	g.Go(func() (err error) {
		p.Choices, err = a.Fleet.Choices(ctx, node.UserID, node.ID)
		return err
	})
	g.Go(func() (err error) {
		rights, err = a.Fleet.Rights(ctx, node.UserID, node.ID)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	p.Gaps = web.ListGaps(node, p.Choices)
	p.Allow(rights)
	return nil
}

// refreshVMIDs reads anew which VMIDs are taken. When that fails, the check that
// follows says so.
func (a *Pages) refreshVMIDs(ctx context.Context, n store.Node) {
	if err := a.Fleet.RefreshVMIDs(ctx, n.UserID, n.ID); err != nil {
		a.Log.InfoContext(ctx, "taken VMIDs not read anew", "node", n.ID, "error", err)
	}
}

// fetchOf finds the last download of the OS template that the form names to the node; nil: there was none.
func (a *Pages) fetchOf(n store.Node, form forms.Container) (*store.Job, error) {
	volume := form.Get("ostemplate")
	if volume == "" {
		return nil, nil
	}
	job, err := a.Store.LastFetch(n.UserID, n.ID, path.Base(volume))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &job, nil
}
