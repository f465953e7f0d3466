package wizard

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/templates"
	"berth/views/parts"
	"berth/views/template"
	"berth/views/wizard"
)

// TemplatePage shows the step Template of a draft.
func (a *Pages) TemplatePage(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	chosen := d.Values.Get("template")
	if web.WantsPart(c) {
		chosen = c.QueryParam("template") // as marked on the page that is searched
	}
	choices, err := a.templateChoices(c, chosen)
	if err != nil {
		return err
	}
	return a.showTemplates(c, http.StatusOK, d, choices)
}

func (a *Pages) showTemplates(c echo.Context, status int, d store.Draft, choices wizard.TemplateChoices) error {
	choices.URL = parts.WizardURL(d.ID, "template")
	w, err := a.wizard(c.Request().Context(), d, forms.OfDraft(d, nil))
	if err != nil {
		return err
	}
	if choices.Error == "" {
		choices.Error = w.Form.Errors["template"]
	}
	return a.PageOrPart(c, status, "containers", "Template · New container", wizard.TemplateStep(w, choices), wizard.TemplateCards(choices))
}

// ChooseTemplate keeps the choice. Another template fills in its own settings, and
// leaves what was typed.
func (a *Pages) ChooseTemplate(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	id := posted.Get("template")
	t, err := a.TemplateOf(d.UserID, id)
	if web.IsNotFound(err) {
		choices, err := a.templateChoices(c, d.Values.Get("template"))
		if err != nil {
			return err
		}
		choices.Error = template.NoTemplate(id)
		return a.showTemplates(c, http.StatusUnprocessableEntity, d, choices)
	}
	if err != nil {
		return err
	}
	if before, err := a.TemplateOf(d.UserID, d.Values.Get("template")); err != nil && !web.IsNotFound(err) {
		return err
	} else if err == nil && before.ID == t.ID {
		return a.Redirect(c, parts.WizardURL(d.ID, "configure"))
	}
	if err := a.Store.PutDraftSecrets(d.UserID, d.ID, nil); err != nil {
		return err // they were typed for the scripts of the other
	}
	_, err = a.Store.UpdateDraft(d.UserID, d.ID, func(d *store.Draft) error {
		forms.Prefill(d, t)
		d.Unticked, d.Scripts, d.LikeOS = nil, nil, ""
		return nil
	})
	if err != nil {
		return err
	}
	return a.Redirect(c, parts.WizardURL(d.ID, "configure"))
}

// templateChoices are the templates that the user can choose from, as far as the request searches them.
func (a *Pages) templateChoices(c echo.Context, chosen string) (wizard.TemplateChoices, error) {
	own, err := a.Store.Templates(web.UserOf(c).ID)
	choices := wizard.TemplateChoices{Own: own, Starters: templates.Starters(), Query: c.QueryParam("q"), Chosen: chosen}
	if _, err := a.TemplateOf(web.UserOf(c).ID, chosen); web.IsNotFound(err) {
		choices.Chosen = "none"
	}
	return choices, err
}
