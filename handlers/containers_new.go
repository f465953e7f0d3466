package handlers

import (
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/store"
	"berth/views"
)

// wizardStart shows the wizard before there is a draft, and the drafts that can be gone on with.
func (a *app) wizardStart(c echo.Context) error {
	choices, err := a.templateChoices(c, c.QueryParam("template"))
	if err != nil {
		return err
	}
	choices.URL = "/containers/new"
	if wantsPart(c) {
		return a.part(c, http.StatusOK, views.TemplateCards(choices))
	}
	return a.showStart(c, http.StatusOK, choices)
}

func (a *app) showStart(c echo.Context, status int, choices views.TemplateChoices) error {
	user := userOf(c)
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
	p := views.StartPage{Templates: choices, Drafts: drafts, Nodes: names, NoNodes: len(nodes) == 0, Now: a.Now()}
	return a.page(c, status, "containers", "New container", views.NewContainer(p))
}

// wizardBegin makes a draft, with what its template fills in. What is posted beside the
// template is kept in it.
func (a *app) wizardBegin(c echo.Context) error {
	posted, err := postForm(c)
	if err != nil {
		return err
	}
	user := userOf(c)
	node, err := a.nodeOrDefault(user.ID, "")
	if err != nil {
		return err
	}
	t, err := a.templateOf(user.ID, posted.Get("template"))
	if isNotFound(err) {
		choices, err := a.templateChoices(c, "")
		if err != nil {
			return err
		}
		choices.URL, choices.Error = "/containers/new", views.NoTemplate(posted.Get("template"))
		return a.showStart(c, http.StatusUnprocessableEntity, choices)
	}
	if err != nil {
		return err
	}
	d := forms.NewDraft(user.ID, node.ID, t)
	d.Values = forms.ReadContainer(d.Values, posted).Values
	if d, err = a.Store.AddDraft(d); err != nil {
		return err
	}
	return a.redirect(c, views.WizardURL(d.ID, "configure"))
}

// wizardResume leads to where a draft was left.
func (a *app) wizardResume(c echo.Context) error {
	d, err := a.draftOf(c)
	if err != nil {
		return err
	}
	return a.redirect(c, views.WizardURL(d.ID, forms.NextStep(d)))
}

// wizardDiscard forgets a draft.
func (a *app) wizardDiscard(c echo.Context) error {
	d, err := a.draftOf(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeleteDraft(d.UserID, d.ID); err != nil {
		return err
	}
	if err := a.flash(c, "ok", "The draft was discarded."); err != nil {
		return err
	}
	return a.redirect(c, "/containers/new")
}

// draftOf returns the draft of the request's address, if it is the user's.
func (a *app) draftOf(c echo.Context) (store.Draft, error) {
	return a.Store.Draft(userOf(c).ID, c.Param("draft"))
}

// keepTyped reads the form and keeps what was typed, right or wrong, so that nothing
// is lost whatever comes after. What a failed create said of a field is over once it
// changed. also changes the draft further.
func (a *app) keepTyped(c echo.Context, also ...func(*store.Draft)) (store.Draft, forms.Container, error) {
	posted, err := postForm(c)
	if err != nil {
		return store.Draft{}, forms.Container{}, err
	}
	posted.Del("template") // that is chosen in its own step
	var form forms.Container
	d, err := a.Store.UpdateDraft(userOf(c).ID, c.Param("draft"), func(d *store.Draft) error {
		forms.NoteOffered(d, posted)
		form = forms.ReadContainer(d.Values, posted)
		maps.DeleteFunc(d.Errors, func(field, _ string) bool { return d.Values.Get(field) != form.Values.Get(field) })
		d.Values = form.Values
		for _, change := range also {
			change(d)
		}
		return nil
	})
	return d, form, err
}

// passStep notes that a step was gone through without errors, and leads to the next.
func (a *app) passStep(c echo.Context, step, next string, also ...func(*store.Draft)) error {
	d, err := a.Store.UpdateDraft(userOf(c).ID, c.Param("draft"), func(d *store.Draft) error {
		if !slices.Contains(d.Done, step) {
			d.Done = append(d.Done, step)
		}
		for _, change := range also {
			change(d)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return a.redirect(c, views.WizardURL(d.ID, next))
}

// wizard is what the pages of a draft have in common. A template that is gone is said at its field.
func (a *app) wizard(d store.Draft, form forms.Container, step string) (forms.Wizard, error) {
	t, err := a.templateOf(d.UserID, d.Values.Get("template"))
	if isNotFound(err) {
		form.Mark(map[string]string{"template": "The template that was chosen is gone; choose another, or none"})
		err = nil
	}
	return forms.Wizard{Draft: d, Template: t, Form: form, Step: step, Now: a.Now()}, err
}

// isNotFound tells whether what was asked for is not there, or not this user's.
func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
