package container

import (
	"fmt"
	"net/url"
	"strconv"

	"berth/pct/consoles"
	"berth/static"
	"berth/store"
	"berth/views/human"
	"berth/views/layout"
	"berth/views/parts"
)

// ConsolePage is the console of a container.
type ConsolePage struct {
	Page
	Problem *layout.Problem // why none can be opened; nil when one can be tried
	Bare    bool            // the page has nothing else
	Ticket  string          // what opens the terminal that is shown; "" before one was asked for
}

// ConsoleTickets returns the address to POST to for a ticket, without which no console opens; bare for a page that has
// nothing else.
func ConsoleTickets(nodeID string, vmid int, bare bool) string {
	if bare {
		return parts.ContainerURL(nodeID, vmid) + "/console/tickets?alone=1"
	}
	return parts.ContainerURL(nodeID, vmid) + "/console/tickets"
}

// socket returns the address that the terminal connects to with its ticket; the page's script adds the size of its window.
func (p ConsolePage) socket() string {
	at := parts.ContainerURL(p.Card.NodeID, p.Card.VMID) + "/console/socket?ticket=" + url.QueryEscape(p.Ticket)
	if p.Bare {
		at += "&alone=1"
	}
	return at
}

func (p ConsolePage) tickets() string { return ConsoleTickets(p.Card.NodeID, p.Card.VMID, p.Bare) }

// windowURL is the page that has nothing but the terminal.
func (p ConsolePage) windowURL() string {
	return parts.ContainerURL(p.Card.NodeID, p.Card.VMID) + "/console?alone=1"
}

// state of the part of the page that has the terminal.
func (p ConsolePage) state() string {
	switch {
	case p.Ticket != "":
		return "opening" // the page's script knows when it is
	case p.Problem != nil:
		return "off"
	case !p.Card.Runs():
		return "stopped"
	}
	return "ready"
}

// command opens the same shell on the host.
func (p ConsolePage) command() string { return "pct enter " + strconv.Itoa(p.Card.VMID) }

// The files that the page's script loads when a terminal is opened.
func xtermURL() string    { return static.URL("vendor/xterm.js") }
func xtermFitURL() string { return static.URL("vendor/xterm-fit.js") }

// ConsoleEnd holds the words for the end of a console, which take the terminal's place.
type ConsoleEnd struct {
	Kind    string // of the banner
	Problem layout.Problem
	Again   string // where a new one is asked for
}

// NewConsoleEnd has the words for an outcome without an error; again is where a new one is asked for.
func NewConsoleEnd(o consoles.Outcome, again string) ConsoleEnd {
	e := ConsoleEnd{Kind: "info", Problem: layout.Problem{Title: "The console has ended"}, Again: again}
	switch o.End {
	case store.EndExit:
		e.Problem.Why = "The shell was left."
		if o.Exit != 0 {
			e.Problem.Why = fmt.Sprintf("The shell ended with status %d.", o.Exit)
		}
	case store.EndIdle:
		e.Problem.Why = fmt.Sprintf("Nothing was typed for %s, so the shell was ended.", human.Duration(consoles.IdleLimit))
	case store.EndSignedOut:
		e.Problem.Why = "The session that opened it is over, so the shell was ended."
		e.Problem.Link = layout.Link{URL: "/login", Text: "Sign in"}
	case store.EndShutdown:
		e.Problem.Why = "Berth is shutting down, and the shell was ended with it."
		e.Problem.Next = "Open a new console when Berth runs again."
	}
	return e
}

// lost and closed are what the page's own script shows: the connection broke off, or its button was pressed.
func (p ConsolePage) lost() ConsoleEnd {
	return ConsoleEnd{Kind: "warn", Again: p.tickets(), Problem: layout.Problem{
		Title: "The console has ended",
		Why:   "The connection to Berth was refused or broke off. A shell that was open was ended with it.",
		Next:  "If it stays so, a proxy before Berth may not pass WebSockets on; the README says what nginx needs.",
	}}
}

func (p ConsolePage) unloaded() ConsoleEnd {
	return ConsoleEnd{Kind: "warn", Again: p.tickets(), Problem: layout.Problem{
		Title: "The terminal could not be loaded",
		Why:   "Berth was not reached for it, or this browser is too old.",
		Next:  "Reload the page.",
	}}
}

func (p ConsolePage) closed() ConsoleEnd {
	return ConsoleEnd{Kind: "info", Again: p.tickets(), Problem: layout.Problem{Title: "The console has ended", Why: "It was closed, and the shell was ended."}}
}
