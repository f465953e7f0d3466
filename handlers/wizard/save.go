package wizard

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/templates"
	"berth/views/parts"
)

// SaveTemplate makes a template of a draft, and leads to where it is looked through.
func (a *Pages) SaveTemplate(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	w, plan, err := a.planStep(c.Request().Context(), d)
	if err != nil {
		return err
	}
	buckets, err := a.Store.PackageBuckets(d.UserID)
	if err != nil {
		return err
	}
	t := plan.AsTemplate(w.Form, buckets)
	t.Name = strings.TrimSpace(posted.Get("template_name"))
	save := forms.SaveTemplate{Name: t.Name}
	if wrong := templates.Check(t); len(wrong) > 0 {
		save.Error = wrong["name"]
		if save.Error == "" {
			save.Error = wrong[slices.Sorted(maps.Keys(wrong))[0]]
		}
		return a.showReview(c, http.StatusUnprocessableEntity, d, save)
	}
	t, err = a.Store.PutTemplate(t)
	if errors.Is(err, store.ErrNameTaken) {
		save.Error = "You already have a template with that name; choose another one"
		return a.showReview(c, http.StatusUnprocessableEntity, d, save)
	}
	if err != nil {
		return err
	}
	if err := a.Flash(c, "ok", "The template "+t.Name+" was saved. The draft was kept, too."); err != nil {
		return err
	}
	return a.Redirect(c, parts.TemplateURL(t.ID)+"/edit")
}
