package wizard

import (
	"maps"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
)

// keepTyped reads the form and keeps what was typed, right or wrong, so that nothing
// is lost whatever comes after. What a failed create said of a field is over once it
// changed. also changes the draft further.
func (a *Pages) keepTyped(c echo.Context, also ...func(*store.Draft)) (store.Draft, forms.Container, error) {
	var form forms.Container
	d, err := a.DraftOf(c)
	if err != nil {
		return d, form, err
	}
	posted, err := web.PostForm(c)
	if err != nil {
		return d, form, err
	}
	t, err := a.TemplateOf(d.UserID, d.Values.Get("template"))
	if err != nil && !web.IsNotFound(err) {
		return d, form, err
	}
	posted.Del("template") // that is chosen on its own page
	var secrets map[string]string
	d, err = a.Store.UpdateDraft(d.UserID, d.ID, func(d *store.Draft) error {
		forms.NoteOffered(d, posted)
		form = forms.ReadContainer(d.Values, posted)
		maps.DeleteFunc(d.Refused, func(p store.Property, _ string) bool {
			field := forms.PropertyField(p)
			return d.Values.Get(field) != form.Values.Get(field)
		})
		d.Values = form.Values
		forms.KeepOwnPackages(d, posted)
		secrets = forms.KeepInputs(d, t, posted)
		forms.KeepAlike(d, posted)
		form.Values = d.Values
		for _, change := range also {
			change(d)
		}
		form.Alike = d.Alike
		return nil
	})
	if err != nil {
		return d, form, err
	}
	refused, err := a.keepSecrets(d, t, secrets)
	form.Mark(refused)
	return d, form, err
}
