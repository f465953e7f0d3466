package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/store"
	"berth/views"
	"berth/views/cards"
	"berth/views/human"
	"berth/views/layout"
)

// dashboard is GET /: all containers of all the user's nodes.
func (a *site) dashboard(c echo.Context) error {
	f, err := a.filter(c)
	if err != nil {
		return err
	}
	d, nodes, err := a.board(c.Request().Context(), web.UserOf(c), f, a.Fleet.RefreshWait())
	if err != nil {
		return err
	}
	if nodes == 0 {
		return a.Page(c, http.StatusOK, "containers", "Containers", views.FirstNode())
	}
	if c.QueryParam("open") != "" {
		if only, is := d.OnlyOne(); is {
			return a.Redirect(c, only.URL())
		}
		c.Response().Header().Set("HX-Push-Url", f.URL()) // without the wish, which a reload would have again
	}
	d.View = a.view(c)
	d.Choose(c.QueryParam("choose") == "all", c.QueryParams()["c"])
	return a.PageOrPart(c, http.StatusOK, "containers", "Containers", views.DashboardView(d), views.DashboardPart(d))
}

// board is the dashboard as it is now, and how many nodes the user has. patience is how long it may wait for what alerts need.
func (a *site) board(ctx context.Context, u store.User, f cards.Filter, patience time.Duration) (views.Dashboard, int, error) {
	inventory, err := a.Fleet.Inventory(ctx, u.ID)
	if err != nil {
		return views.Dashboard{}, 0, err
	}
	open, err := a.Store.OpenJobsOf(u.ID)
	if err != nil {
		return views.Dashboard{}, 0, err
	}
	shown, hidden, err := a.Fleet.Alerts(ctx, u.ID, inventory, patience)
	if err != nil {
		return views.Dashboard{}, 0, err
	}
	alerts := views.NewAlerts(shown, hidden, open, a.NowFor(ctx))
	return views.NewDashboard(inventory, open, alerts, f, a.NowFor(ctx), web.WhySilent), len(inventory.Nodes), nil
}

// viewLife is how long a browser keeps how its user likes the list, in seconds.
const viewLife = 365 * 24 * 60 * 60

// view is how the list is laid out: as the query says, which the browser then keeps, or as it was kept.
func (a *site) view(c echo.Context) views.View {
	cookies := web.NewCookieOptions(a.Config)
	name := cookies.Name(c.Request(), "berth_view")
	if v := views.View(c.QueryParam("view")); v == views.ViewList || v == views.ViewCards {
		http.SetCookie(c.Response(), sessions.NewCookie(name, string(v), cookies.Of(c.Request(), viewLife)))
		return v
	}
	if kept, err := c.Cookie(name); err == nil && (kept.Value == string(views.ViewList) || kept.Value == string(views.ViewCards)) {
		return views.View(kept.Value)
	}
	return views.ViewAuto
}

// filter reads and judges what the dashboard is to show.
func (a *site) filter(c echo.Context) (cards.Filter, error) {
	f := cards.FilterOf(c.QueryParams())
	all := layout.Link{URL: "/", Text: "All containers"}
	if f.Status != "" && !slices.Contains(cards.FilterStatuses(), f.Status) {
		return f, web.Problem(layout.Problem{
			Status: http.StatusUnprocessableEntity,
			Title:  fmt.Sprintf("There is no status “%s”", f.Status),
			Why:    "A container is " + human.List(cards.FilterStatuses()) + ".",
			Link:   all,
		})
	}
	if f.Node != "" {
		_, err := a.Store.Node(web.UserOf(c).ID, f.Node)
		if web.IsNotFound(err) {
			return f, web.Problem(layout.Problem{
				Status: http.StatusNotFound,
				Title:  "There is no such node",
				Why:    "The address is wrong, or the node was removed from Berth.",
				Link:   all,
			})
		}
		return f, err
	}
	return f, nil
}
