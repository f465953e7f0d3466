package handlers

import (
	"slices"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/templates"
	"berth/views"
	"berth/views/cards"
	"berth/views/template"
)

// palette is GET /palette: what can be gone to or done from any page, as JSON for the script that searches it. It is as it
// was last known, and costs no host a call.
func (a *site) palette(c echo.Context) error {
	u := web.UserOf(c)
	inventory, alerts, err := a.Fleet.Known(u.ID)
	if err != nil {
		return err
	}
	open, err := a.Store.OpenJobsOf(u.ID)
	if err != nil {
		return err
	}
	own, err := a.Store.Templates(u.ID)
	if err != nil {
		return err
	}
	var list []views.PaletteTemplate
	for _, t := range slices.Concat(own, templates.Starters()) {
		list = append(list, views.PaletteTemplate{Template: t, Facts: template.FactsOf(t)})
	}
	all := cards.Filter{Group: cards.Whole}
	d := views.NewDashboard(inventory, open, views.NewAlerts(alerts, nil, open, a.Now()), all, a.Now(), web.WhySilent)
	return a.Data(c, views.NewPalette(d, list))
}
