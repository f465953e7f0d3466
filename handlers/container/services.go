package container

import (
	"context"
	"errors"
	"net/http"
	"net/netip"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/handlers/web"
	"berth/pct"
	"berth/pct/inside"
	"berth/proxmox"
	"berth/store"
	"berth/views/container"
	"berth/views/layout"
)

// Services is GET /containers/{node}/{vmid}/services. It waits for nothing inside
// the container; with ?look=1 it does.
func (a *Pages) Services(c echo.Context) error {
	p, silence, err := a.servicesPage(c)
	if err != nil {
		return err
	}
	if c.QueryParam("look") != "" && silence == nil {
		p.Look = a.inspect(c.Request().Context(), p.Page)
	}
	return a.PageOrPart(c, http.StatusOK, "containers", "Services of "+p.Card.Title(), container.Services(p), container.InsidePanel(p))
}

// servicesPage is that of the container of the path, with nothing from inside yet. silence is why there can be nothing now.
func (a *Pages) servicesPage(c echo.Context) (p container.ServicesPage, silence *layout.Problem, err error) {
	if p.Page, silence, err = a.containerOrSilence(c); silence != nil {
		p.Look = &container.InsideLook{Problem: silence}
	}
	return p, silence, err
}

// orMember is err, or of a container on a member of the cluster without a record which node to add.
func (a *Pages) orMember(n store.Node, vmid int, err error) error {
	_, way := a.Fleet.Host(n.UserID, n.Ref(vmid))
	if missing, ok := errors.AsType[*store.NoSSHError](way); ok && missing.Member != "" {
		return web.About(n, way)
	}
	return err
}

// inspect finds the services that run in a container. Simultaneous requests share one answer.
func (a *Pages) inspect(ctx context.Context, p container.Page) *container.InsideLook {
	seen := &container.InsideLook{}
	err := a.reach(ctx, nil, p, func(ctx context.Context, host *pct.Host) (err error) {
		if seen.Planned, err = a.plannedServices(p.Node, p.Card.VMID); err != nil {
			return err
		}
		ways := inside.Ways{Host: host, Addresses: a.addressesNow(p.Node, p.Card.Container)}
		for _, s := range seen.Planned {
			if s.Port > 0 && s.Port < 1<<16 {
				ways.Ask = append(ways.Ask, uint16(s.Port))
			}
		}
		if seen.Seen, err = a.Inside.Look(ctx, p.Ref(), ways); err != nil {
			return err
		}
		a.Fleet.NoteSystem(p.Ref(), seen.Seen.OS.Short)
		return a.foundLinks(p, seen)
	})
	seen.Problem = problemOf(err)
	return seen
}

// addressesNow asks a container's node for its addresses, and takes those that were known
// before where it does not answer.
func (a *Pages) addressesNow(n store.Node, ct fleet.Container) func(context.Context) []netip.Prefix {
	return func(ctx context.Context) []netip.Prefix {
		if now := a.Fleet.Addresses(ctx, n.UserID, n.Ref(ct.VMID)); len(now) > 0 {
			return now
		}
		return ct.Addresses
	}
}

// reach does something over the way into a container that runs, unless its node does not answer.
func (a *Pages) reach(ctx context.Context, silence *layout.Problem, p container.Page, do func(context.Context, *pct.Host) error) error {
	if p.Card.Hinders(proxmox.VerbEnter) == proxmox.HindersTemplate {
		return a.isTemplate(p.Card.Container)
	}
	if silence != nil {
		return web.Problem(*silence)
	}
	if p.Card.Fresh && p.Card.Status != proxmox.GuestRunning {
		return web.About(p.Node, &proxmox.Error{Kind: proxmox.KindNotRunning, Call: proxmox.CallSSH})
	}
	host, err := a.Fleet.Host(p.Node.UserID, p.Ref())
	if err != nil {
		return web.About(p.Node, err)
	}
	return web.About(p.Node, do(ctx, host))
}

// problemOf is an error in words, for a part of a page that stays empty for it; nil for none.
func problemOf(err error) *layout.Problem {
	if err == nil {
		return nil
	}
	p := web.Explained(err)
	return &p
}

// plannedServices are those that the template of a container's creation names.
func (a *Pages) plannedServices(n store.Node, vmid int) ([]store.Service, error) {
	_, provision, _, err := a.creationOf(n, vmid)
	return provision.Services, err
}
