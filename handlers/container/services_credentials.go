package container

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/pct"
	"berth/pct/inside"
	"berth/views/container"
)

// Credentials is POST /containers/{node}/{vmid}/services/credentials. It changes
// nothing, but a POST is neither fetched beforehand nor kept by a browser. With ?login=1 it is asked on the page of a job.
func (a *Pages) Credentials(c echo.Context) error {
	p, silence, err := a.servicesPage(c)
	if err != nil {
		return err
	}
	p.Credentials = &container.InsideCredentials{}
	err = a.reach(c.Request().Context(), silence, p.Page, func(ctx context.Context, host *pct.Host) (err error) {
		p.Credentials.Files, err = inside.Credentials(ctx, host, p.Card.VMID)
		return err
	})
	p.Credentials.Problem = problemOf(err)
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	if c.QueryParam("login") != "" && web.WantsPart(c) {
		return a.Part(c, http.StatusOK, container.Login(p))
	}
	return a.PageOrPart(c, http.StatusOK, "containers", "Credentials of "+p.Card.Title(), container.Services(p), container.CredentialsPanel(p))
}
