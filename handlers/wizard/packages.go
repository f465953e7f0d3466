package wizard

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/views/parts"
	"berth/views/wizard"
)

// Packages shows the page on which packages are chosen.
func (a *Pages) Packages(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	return a.showPackages(c, http.StatusOK, d)
}

func (a *Pages) showPackages(c echo.Context, status int, d store.Draft) error {
	w, p, err := a.planStep(c.Request().Context(), d)
	if err != nil {
		return err
	}
	return a.Page(c, status, "containers", "Packages · New container", wizard.PackagesStep(w, p))
}

// SetPackages keeps what is ticked and what was added.
func (a *Pages) SetPackages(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	_, p, err := a.planStep(c.Request().Context(), d)
	if err != nil {
		return err
	}
	d, err = a.Store.UpdateDraft(d.UserID, d.ID, func(d *store.Draft) error {
		forms.KeepPackages(d, p.Offered, posted)
		return nil
	})
	if err != nil {
		return err
	}
	if p, err = a.planOf(d, p.Template, map[string]string{}); err != nil {
		return err
	}
	if wrong := p.Wrong(); len(wrong) > 0 && wrong[0].Step == "packages" {
		return a.showPackages(c, http.StatusUnprocessableEntity, d)
	}
	return a.Redirect(c, parts.WizardFoldURL(d.ID, forms.FoldInside))
}
