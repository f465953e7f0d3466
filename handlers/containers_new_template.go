package handlers

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/store"
	"berth/templates"
	"berth/views"
)

// wizardTemplate shows the step Template of a draft.
func (a *app) wizardTemplate(c echo.Context) error {
	d, err := a.draftOf(c)
	if err != nil {
		return err
	}
	chosen := d.Values.Get("template")
	if wantsPart(c) {
		chosen = c.QueryParam("template") // as marked on the page that is searched
	}
	choices, err := a.templateChoices(c, chosen)
	if err != nil {
		return err
	}
	return a.showTemplates(c, http.StatusOK, d, choices)
}

func (a *app) showTemplates(c echo.Context, status int, d store.Draft, choices views.TemplateChoices) error {
	choices.URL = views.WizardURL(d.ID, "template")
	w, err := a.wizard(d, forms.ReadContainer(d.Values, nil), "template")
	if err != nil {
		return err
	}
	if choices.Error == "" {
		choices.Error = w.Form.Errors["template"]
	}
	return a.pageOrPart(c, status, "containers", "Template · New container", views.TemplateStep(w, choices), views.TemplateCards(choices))
}

// wizardChooseTemplate keeps the choice. Another template fills in its own settings, and
// leaves what was typed.
func (a *app) wizardChooseTemplate(c echo.Context) error {
	d, err := a.draftOf(c)
	if err != nil {
		return err
	}
	posted, err := postForm(c)
	if err != nil {
		return err
	}
	id := posted.Get("template")
	t, err := a.templateOf(d.UserID, id)
	if isNotFound(err) {
		choices, err := a.templateChoices(c, d.Values.Get("template"))
		if err != nil {
			return err
		}
		choices.Error = views.NoTemplate(id)
		return a.showTemplates(c, http.StatusUnprocessableEntity, d, choices)
	}
	if err != nil {
		return err
	}
	if before, err := a.templateOf(d.UserID, d.Values.Get("template")); err != nil && !isNotFound(err) {
		return err
	} else if err == nil && before.ID == t.ID {
		return a.passStep(c, "template", "configure")
	}
	if err := a.Store.PutDraftSecrets(d.UserID, d.ID, nil); err != nil {
		return err // they were typed for the scripts of the other
	}
	_, err = a.Store.UpdateDraft(d.UserID, d.ID, func(d *store.Draft) error {
		forms.Prefill(d, t)
		d.Unticked, d.Scripts = nil, nil
		d.Done = slices.DeleteFunc(d.Done, func(step string) bool { return step == "packages" || step == "scripts" })
		return nil
	})
	if err != nil {
		return err
	}
	return a.passStep(c, "template", "configure")
}

// templateChoices are the templates that the user can choose from, as far as the request searches them.
func (a *app) templateChoices(c echo.Context, chosen string) (views.TemplateChoices, error) {
	own, err := a.Store.Templates(userOf(c).ID)
	choices := views.TemplateChoices{Own: own, Starters: templates.Starters(), Query: c.QueryParam("q"), Chosen: chosen}
	if _, err := a.templateOf(userOf(c).ID, chosen); isNotFound(err) {
		choices.Chosen = "none"
	}
	return choices, err
}

// templateOf is a starter or a template of the user; the zero one for "none" and "". store.ErrNotFound.
func (a *app) templateOf(userID, id string) (store.Template, error) {
	if id == "" || id == "none" {
		return store.Template{}, nil
	}
	if t, ok := templates.Starter(id); ok {
		return t, nil
	}
	return a.Store.Template(userID, id)
}
