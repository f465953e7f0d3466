package wizard

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/views/parts"
	"berth/views/template"
	"berth/views/wizard"
)

// Start shows the wizard before there is a draft, and the drafts that can be gone on with.
func (a *Pages) Start(c echo.Context) error {
	choices, err := a.templateChoices(c, c.QueryParam("template"))
	if err != nil {
		return err
	}
	choices.URL = "/containers/new"
	if web.WantsPart(c) {
		return a.Part(c, http.StatusOK, wizard.TemplateCards(choices))
	}
	return a.showStart(c, http.StatusOK, choices)
}

func (a *Pages) showStart(c echo.Context, status int, choices wizard.TemplateChoices) error {
	user := web.UserOf(c)
	drafts, err := a.Store.Drafts(user.ID)
	if err != nil {
		return err
	}
	nodes, err := a.Store.Nodes(user.ID)
	if err != nil {
		return err
	}
	names := make(map[string]string, len(nodes))
	for _, n := range nodes {
		names[n.ID] = n.Name
	}
	p := wizard.StartPage{Templates: choices, Drafts: drafts, Nodes: names, NoNodes: len(nodes) == 0, Now: a.NowFor(c.Request().Context())}
	return a.Page(c, status, "containers", "New container", wizard.Start(p))
}

// Begin makes a draft, with what its template fills in. What is posted beside the
// template is kept in it.
func (a *Pages) Begin(c echo.Context) error {
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	user := web.UserOf(c)
	node, err := a.nodeOrDefault(user.ID, "")
	if err != nil {
		return err
	}
	t, err := a.TemplateOf(user.ID, posted.Get("template"))
	if web.IsNotFound(err) {
		choices, err := a.templateChoices(c, "")
		if err != nil {
			return err
		}
		choices.URL, choices.Error = "/containers/new", template.NoTemplate(posted.Get("template"))
		return a.showStart(c, http.StatusUnprocessableEntity, choices)
	}
	if err != nil {
		return err
	}
	last, err := a.LastCreated(user.ID, "")
	if err != nil {
		return err
	}
	d := forms.NewDraft(user.ID, node.ID, t, last)
	d.Values = forms.ReadContainer(d.Values, posted).Values
	if d, err = a.Store.AddDraft(d); err != nil {
		return err
	}
	return a.Redirect(c, parts.WizardURL(d.ID, "configure"))
}

// Resume leads to where a draft was left.
func (a *Pages) Resume(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	return a.Redirect(c, parts.WizardURL(d.ID, "configure"))
}

// Discard forgets a draft.
func (a *Pages) Discard(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteDraft(d.UserID, d.ID); err != nil {
		return err
	}
	if err := a.Flash(c, "ok", "The draft was discarded."); err != nil {
		return err
	}
	return a.Redirect(c, "/containers/new")
}

// wizard gathers what the pages of a draft have in common. A deleted template is reported at its field.
func (a *Pages) wizard(ctx context.Context, d store.Draft, form forms.Container) (forms.Wizard, error) {
	t, err := a.TemplateOf(d.UserID, d.Values.Get("template"))
	if web.IsNotFound(err) {
		form.Mark(map[string]string{"template": "The selected template was deleted; choose another, or none"})
		err = nil
	}
	return forms.Wizard{Draft: d, Template: t, Form: form, Now: a.NowFor(ctx)}, err
}
