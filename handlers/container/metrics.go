package container

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/handlers/web"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/container"
	"berth/views/layout"
	"berth/views/parts"
)

// Metrics is GET /containers/{node}/{vmid}/figures. The container itself is taken from the inventory,
// so that the page costs one call to its node.
func (a *Pages) Metrics(c echo.Context) error {
	timeframe, err := timeframeOf(c)
	if err != nil {
		return err
	}
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return err
	}
	p, err := a.metricsPage(c.Request().Context(), n, vmid, timeframe)
	if err != nil {
		return err
	}
	return a.Page(c, http.StatusOK, "containers", "Metrics of "+p.Card.Title(), container.Metrics(p))
}

// RecentMetrics is GET /containers/{node}/{vmid}/figures/recent: the last hour, which the overview loads when it is shown.
func (a *Pages) RecentMetrics(c echo.Context) error {
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return err
	}
	if !web.WantsPart(c) {
		return c.Redirect(http.StatusSeeOther, parts.ContainerURL(n.ID, vmid)+"/"+cards.TabMetrics)
	}
	p, err := a.metricsPage(c.Request().Context(), n, vmid, proxmox.LastHour)
	if err != nil {
		return err
	}
	return a.Part(c, http.StatusOK, container.RecentMetrics(p))
}

// timeframeOf the query; the hour when it names none.
func timeframeOf(c echo.Context) (proxmox.Timeframe, error) {
	typed := c.QueryParam("timeframe")
	timeframe := proxmox.Timeframe(typed)
	switch {
	case typed == "":
		return proxmox.LastHour, nil
	case slices.Contains(proxmox.Timeframes(), timeframe):
		return timeframe, nil
	}
	return "", web.Problem(layout.Problem{
		Status: http.StatusUnprocessableEntity,
		Title:  fmt.Sprintf("There are no metrics for “%s”", typed),
		Why:    "Proxmox keeps them for the last hour, day, week, month and year.",
		Link:   layout.Link{URL: "?", Text: "Last hour"},
	})
}

// metricsPage returns a container with its metrics, or why there are none.
func (a *Pages) metricsPage(ctx context.Context, n store.Node, vmid int, timeframe proxmox.Timeframe) (container.MetricsPage, error) {
	p := container.MetricsPage{Timeframe: timeframe}
	var silent *fleet.NodeState
	var err error
	if p.Page, silent, err = a.containerAsKnown(ctx, n, vmid); err != nil {
		return p, err
	}
	if silent != nil {
		p.Why = web.WhySilent(*silent) // asking it again would only make the page wait
		return p, nil
	}
	if p.Samples, err = a.Fleet.Metrics(ctx, n.UserID, n.Ref(vmid), timeframe); err != nil {
		p.Why = web.Explained(web.About(n, err))
	}
	return p, nil
}
