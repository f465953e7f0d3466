package handlers

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"berth/handlers/auth"
	"berth/handlers/container"
	"berth/handlers/web"
	"berth/store"
	"berth/views"
	"berth/views/cards"
)

// pin is POST /containers/{node}/{vmid}/pin and unpin: the container stands before all others of its user, or among them again.
func (a *site) pin(pinned bool) echo.HandlerFunc {
	verb := "Unpinned "
	if pinned {
		verb = "Pinned "
	}
	return func(c echo.Context) error {
		at, ok := container.ParseRef(c.Param("node") + "/" + c.Param("vmid"))
		if !ok {
			return store.ErrNotFound
		}
		n, err := a.Store.Node(web.UserOf(c).ID, at.NodeID)
		if err != nil {
			return err
		}
		ct, err := a.Fleet.Pin(n, at.VMID, pinned)
		if err != nil {
			return err
		}
		words := verb + cards.New(ct, nil, a.Now()).Title() + "."
		from := auth.LocalPath(auth.CameFrom(c.Request()))
		if web.WantsPart(c) {
			return a.announce(c, words, from)
		}
		if err := a.Flash(c, "ok", words); err != nil {
			return err
		}
		return a.Redirect(c, from)
	}
}

// announce says what was done. The dashboard gets its list with it, as it is filtered in the address from: its stream may be
// paused.
func (a *site) announce(c echo.Context, words, from string) error {
	page, err := url.Parse(from)
	if err != nil || page.Path != "/" {
		return a.Part(c, http.StatusOK, views.Announced(words, templ.NopComponent))
	}
	d, _, err := a.board(c.Request().Context(), web.UserOf(c), cards.FilterOf(page.Query()), 0)
	if err != nil {
		return err
	}
	d.View = a.view(c)
	return a.Part(c, http.StatusOK, views.Announced(words, views.DashboardBoard(d, true)))
}
