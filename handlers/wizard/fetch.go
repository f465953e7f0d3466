package wizard

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/views/parts"
	"berth/views/wizard"
)

// OSTemplate shows the choice of the OS template as it is now, with how far a download is.
func (a *Pages) OSTemplate(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	if !web.WantsPart(c) {
		return a.Redirect(c, parts.WizardURL(d.ID, "configure"))
	}
	p, err := a.listsPage(c, d, forms.OfDraft(d, nil))
	if err != nil {
		return err
	}
	p.Settle()
	p.CheckLists(false)
	return a.Part(c, http.StatusOK, wizard.OSTemplate(p))
}

// Fetch makes the node download an OS template, which is then the draft's.
func (a *Pages) Fetch(c echo.Context) error {
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	d, form, err := a.keepTyped(c)
	if err != nil {
		return err
	}
	p, err := a.listsPage(c, d, form)
	if err != nil {
		return err
	}
	p.Appliance, p.TemplateStorage = posted.Get("appliance"), posted.Get("template_storage")
	if !p.CheckFetch() {
		if web.WantsPart(c) {
			return a.Part(c, http.StatusUnprocessableEntity, wizard.OSTemplate(p))
		}
		return a.showConfigure(c, http.StatusUnprocessableEntity, p)
	}

	node := p.Node.Node
	var busy *store.BusyError
	if _, err := a.Jobs.Fetch(node.UserID, node.ID, p.TemplateStorage, p.Appliance); err != nil && !errors.As(err, &busy) {
		return err // it is fine when it is being downloaded already
	}
	d, err = a.Store.UpdateDraft(d.UserID, d.ID, func(d *store.Draft) error {
		forms.ChooseFetched(d, p.TemplateStorage+":vztmpl/"+p.Appliance)
		return nil
	})
	if err != nil {
		return err
	}
	if !web.WantsPart(c) {
		return a.Redirect(c, parts.WizardURL(d.ID, "configure")+"#ostemplate-field")
	}
	if p, err = a.listsPage(c, d, forms.OfDraft(d, nil)); err != nil {
		return err
	}
	return a.Part(c, http.StatusOK, wizard.OSTemplate(p))
}
