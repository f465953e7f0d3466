package template

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/templates"
	"berth/views/parts"
	"berth/views/template"
)

// New shows the form of a template that is to be made.
func (a *Pages) New(c echo.Context) error {
	f, err := a.templateForm(c, store.Template{Unprivileged: true, Nesting: true})
	if err != nil {
		return err
	}
	return a.showTemplateForm(c, f)
}

// EditPage shows the form of a template of the user's. A starter has none: it offers a copy.
func (a *Pages) EditPage(c echo.Context) error {
	if t, ok := templates.Starter(c.Param("id")); ok {
		return a.Page(c, http.StatusOK, "templates", "Edit "+t.Name, template.StarterEdit(t))
	}
	t, err := a.Store.Template(web.UserOf(c).ID, c.Param("id"))
	if err != nil {
		return err
	}
	f, err := a.templateForm(c, t)
	if err != nil {
		return err
	}
	return a.showTemplateForm(c, f)
}

// Rows answers the form of a new template or of one of the user's as it was typed,
// with a row more or less or in another place. Nothing is saved.
func (a *Pages) Rows(c echo.Context) error {
	f, err := a.typedTemplateForm(c)
	if err != nil {
		return err
	}
	f.ChangeRows(f.Values.Get("row"))
	if _, err := a.judgeTemplate(f); err != nil {
		return err
	}
	f.ForgiveEmpty()
	return a.showTemplateForm(c, f)
}

// Save keeps what was typed, as a new template or as one of the user's, if nothing is wrong with it.
func (a *Pages) Save(c echo.Context) error {
	f, err := a.typedTemplateForm(c)
	if err != nil {
		return err
	}
	if f.Deleted {
		return a.showTemplateForm(c, f)
	}
	t, err := a.judgeTemplate(f)
	if err != nil {
		return err
	}
	if len(f.Errors) > 0 {
		return a.refuseTemplate(c, f)
	}
	kept, err := a.Store.PutTemplate(t)
	switch {
	case errors.Is(err, store.ErrChanged):
		f.Changed, f.Differs = true, template.DifferingParts(f.Before, t)
		f.Values.Set("revision", strconv.Itoa(f.Before.Revision)) // so that it can be saved knowingly
		return a.showTemplateForm(c, f)
	case web.IsNotFound(err): // it was there a moment ago
		f.WasDeleted()
		return a.showTemplateForm(c, f)
	case errors.Is(err, store.ErrNameTaken): // it was free a moment ago
		f.Errors["name"] = TemplateNameTaken
		return a.refuseTemplate(c, f)
	case errors.Is(err, store.ErrNoBucket):
		f.Errors["buckets"] = "A selected bucket no longer exists; check the others"
		return a.refuseTemplate(c, f)
	case err != nil:
		return err
	}
	if err := a.Flash(c, "ok", "The template "+kept.Name+" was saved."); err != nil {
		return err
	}
	return a.Redirect(c, parts.TemplateURL(kept.ID))
}

// refuseTemplate shows the form with what is wrong.
func (a *Pages) refuseTemplate(c echo.Context, f forms.Template) error {
	f.Refused = true
	return a.showTemplateForm(c, f)
}

// Check judges one field while it is typed, by those fields beside it that come along.
func (a *Pages) Check(c echo.Context) error {
	field := c.QueryParam("field")
	if !forms.IsTemplateField(field) {
		return echo.ErrNotFound
	}
	f := forms.Template{
		Before: store.Template{ID: c.QueryParam("id"), UserID: web.UserOf(c).ID},
		Values: c.QueryParams(), Errors: map[string]string{},
	}
	if _, err := a.judgeTemplate(f); err != nil {
		return err
	}
	return a.Part(c, http.StatusOK, parts.FieldError(field, f.Errors[field]))
}

// TemplateNameTaken is shown at the field when the user has another template of that name.
const TemplateNameTaken = "You already have a template with that name; choose another one"

// judgeTemplate is the template that was typed. What is wrong with it is said at the form's fields.
func (a *Pages) judgeTemplate(f forms.Template) (t store.Template, err error) {
	t = f.Template()
	if t.Packages, err = web.TypedPackages(f.Values, f.Errors); err != nil {
		return t, err
	}
	web.AddWrong(f.Errors, templates.Check(t))
	others, err := a.Store.Templates(t.UserID)
	if err != nil {
		return t, err
	}
	for _, o := range others {
		if o.ID != t.ID && strings.EqualFold(o.Name, t.Name) {
			f.Errors["name"] = TemplateNameTaken
		}
	}
	return t, nil
}

// templateForm is the form of a template as it is saved.
func (a *Pages) templateForm(c echo.Context, t store.Template) (forms.Template, error) {
	f := forms.NewTemplate(t, web.FormatPackages(t.Packages))
	return f, a.offerTo(c, &f)
}

// typedTemplateForm is the form as it was sent, of the template of the path or of a new one.
func (a *Pages) typedTemplateForm(c echo.Context) (forms.Template, error) {
	f := forms.Template{Errors: map[string]string{}}
	var err error
	if f.Values, err = web.PostedWithFiles(c); err != nil {
		return f, err
	}
	if id := c.Param("id"); id != "" {
		f.Before, err = a.Store.Template(web.UserOf(c).ID, id)
	}
	f.Before.UserID = web.UserOf(c).ID
	if web.IsNotFound(err) {
		f.WasDeleted()
	} else if err != nil {
		return f, err
	}
	return f, a.offerTo(c, &f)
}

// offerTo adds what the form lets one choose from.
func (a *Pages) offerTo(c echo.Context, f *forms.Template) error {
	own, err := a.Store.Templates(web.UserOf(c).ID)
	if err != nil {
		return err
	}
	f.Systems = template.OSTemplatesOf(append(own, templates.Starters()...))
	f.Buckets, err = a.Store.PackageBuckets(web.UserOf(c).ID)
	return err
}

func (a *Pages) showTemplateForm(c echo.Context, f forms.Template) error {
	return a.PageOrPart(c, web.FormStatus(f.Deleted, f.Changed, f.Refused), "templates", template.FormTitle(f), template.Edit(f), template.FormParts(f))
}
