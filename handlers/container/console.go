package container

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/coder/websocket"
	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/pct"
	"berth/pct/consoles"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/container"
	"berth/views/layout"
	"berth/views/parts"
)

// Console is GET /containers/{node}/{vmid}/console, with alone=1 on a page that has nothing else. It opens nothing: the page asks for a ticket.
func (a *Pages) Console(c echo.Context) error {
	p, silence, err := a.containerOrSilence(c)
	if err != nil {
		return err
	}
	page := container.ConsolePage{Page: p, Problem: silence, Bare: alone(c)}
	if silence == nil {
		page.Problem = a.noConsole(p)
	}
	if page.Bare {
		return a.BarePage(c, http.StatusOK, "Console of "+p.Card.Title(), container.ConsoleWindow(page))
	}
	return a.Page(c, http.StatusOK, "containers", "Console of "+p.Card.Title(), container.Console(page))
}

// alone tells whether the console has a page, and mostly a window, of its own.
func alone(c echo.Context) bool { return c.QueryParam("alone") == "1" }

// noConsole is asked when the page of the console is made, and returns the problem that is shown in place of a terminal.
// It returns nil where a console may open: that is not known for certain until it is tried.
func (a *Pages) noConsole(p container.Page) *layout.Problem {
	if p.Card.Hinders(proxmox.VerbEnter) == proxmox.HindersTemplate {
		return problemOf(a.isTemplate(p.Card.Container))
	}
	_, err := a.Fleet.Host(p.Node.UserID, p.Ref())
	return problemOf(web.About(p.Node, err))
}

// ConsoleTicket is POST /containers/{node}/{vmid}/console/tickets: the page's part that has the terminal, with
// what opens it once. The container is looked at first, so that nobody enters one that the token may not see.
func (a *Pages) ConsoleTicket(c echo.Context) error {
	p, silence, err := a.containerOrSilence(c)
	if err != nil {
		return err
	}
	if !web.WantsPart(c) { // there is nothing to show it in without the page's script
		return c.Redirect(http.StatusSeeOther, parts.ContainerURL(p.Node.ID, p.Card.VMID)+"/"+cards.TabConsole)
	}
	page := container.ConsolePage{Page: p, Bare: alone(c)}
	if silence != nil {
		return web.Problem(*silence)
	}
	if page.Ticket, err = a.Consoles.Ticket(consoleHolder(c, p.Node, p.Card.VMID)); err != nil {
		return web.About(p.Node, err)
	}
	return a.Part(c, http.StatusOK, container.ConsolePanel(page))
}

// consoleHolder identifies the user, the session and the container of a request, to which its ticket and console are bound.
func consoleHolder(c echo.Context, n store.Node, vmid int) consoles.Holder {
	return consoles.Holder{UserID: n.UserID, SessionID: web.SessionOf(c).ID, Ref: n.Ref(vmid)}
}

// ConsoleSocket is GET /containers/{node}/{vmid}/console/socket: the WebSocket of a terminal. What it opens, a
// ticket pays for; its query has the size of the window too.
func (a *Pages) ConsoleSocket(c echo.Context) error {
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return err
	}
	if !ownOrigin(c.Request()) {
		return web.ErrForeign
	}
	if !strings.EqualFold(c.Request().Header.Get("Upgrade"), "websocket") {
		return echo.NewHTTPError(http.StatusUpgradeRequired) // a proxy between may not pass it on
	}
	holder := consoleHolder(c, n, vmid)
	if !a.Consoles.Redeem(c.QueryParam("ticket"), holder) {
		return errNoTicket
	}
	inventory, err := a.Fleet.Inventory(c.Request().Context(), n.UserID)
	if err != nil {
		return err
	}
	ct, _ := inventory.Container(n.Ref(vmid)) // of one that is not known the name is left out
	ws, err := websocket.Accept(c.Response(), c.Request(), nil)
	if err != nil {
		return nil // it has answered
	}
	// A browser that leaves just before the connection is taken over ends the request; the console is to see that itself.
	a.Consoles.Serve(context.WithoutCancel(c.Request().Context()), ws, consoles.Console{
		Holder: holder,
		Event:  store.Event{UserID: n.UserID, NodeID: n.ID, NodeName: n.Name, Scope: n.Scope, VMID: vmid, Name: ct.Name},
		Size:   pct.WindowSize{Columns: windowSide(c, "columns", 80), Rows: windowSide(c, "rows", 24)},
		Until:  func(ctx context.Context) error { return a.UntilSignedOut(ctx, web.SessionOf(c)) },
		Tell:   func(o consoles.Outcome) consoles.Words { return a.consoleWords(c, n, vmid, o) },
	})
	return nil
}

var errNoTicket = web.Problem(layout.Problem{
	Status: http.StatusForbidden,
	Title:  "The console was not opened",
	Why:    "The ticket that opens it works once, within half a minute, and only for the person who asked for it.",
	Next:   "Open the container's page and go to its console there.",
	Link:   layout.Link{URL: "/", Text: "Containers"},
})

// ownOrigin tells whether a page of ours opens a WebSocket. Browsers let every site open one, cookies and all, and
// say from where; what says nothing is no browser and has no business here.
func ownOrigin(r *http.Request) bool {
	u, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && !web.ByTLS(r)
}

// windowSide is a number of columns or rows in the query; usual when it is none.
func windowSide(c echo.Context, name string, usual int) int {
	n, err := strconv.Atoi(c.QueryParam(name))
	if err != nil || n < 1 {
		return usual
	}
	return n
}

// consoleWords say how a console ended.
func (a *Pages) consoleWords(c echo.Context, n store.Node, vmid int, o consoles.Outcome) consoles.Words {
	end := container.NewConsoleEnd(o, container.ConsoleTickets(n.ID, vmid, alone(c)))
	var words consoles.Words
	if o.Err != nil {
		a.Log.Info("a console was not opened or broke off", "request", web.RequestIDOf(c), "error", o.Err)
		end.Kind, end.Problem = "bad", web.Explained(web.About(n, o.Err))
		end.Problem.Request = web.RequestIDOf(c)
		words.Detail = web.MessageOf(web.About(n, o.Err))
	}
	html, err := rendered(context.WithoutCancel(c.Request().Context()), container.ConsoleEnded(end)) // it may be the end of Berth
	if err != nil {
		a.Log.Error("the end of a console could not be shown", "request", web.RequestIDOf(c), "error", err)
	}
	words.HTML = html
	return words
}
