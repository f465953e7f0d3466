package container

import (
	"strings"
	"testing"
	"time"

	"berth/fleet"
	"berth/pct/consoles"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/golden"
	"berth/views/layout"
)

// consoleOf is the console's page of a container in that state.
func consoleOf(status proxmox.GuestStatus, change func(*ConsolePage)) ConsolePage {
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, golden.Zone())
	ct := fleet.Container{NodeID: "n1", NodeName: "pve1", Fresh: true}
	ct.VMID, ct.Name, ct.Status = 120, `<b>"web"</b>`, status
	p := ConsolePage{Page: Page{Card: cards.New(ct, nil, now), Node: store.Node{ID: "n1", Name: "pve1"}, Now: now}}
	if change != nil {
		change(&p)
	}
	return p
}

func TestConsole(t *testing.T) {
	page := golden.Compare(t, "container_console", consoleBody(consoleOf("running", nil)))
	panel := page.Part(t, "console")
	panel.Variant(t, "stopped", ConsolePanel(consoleOf("stopped", nil)))
	panel.Variant(t, "no_ssh", ConsolePanel(consoleOf("running", func(p *ConsolePage) {
		p.Problem = &layout.Problem{Title: "This needs SSH to pve1", Why: "SSH is not set up for it.", Next: "Set it up.", Link: layout.Link{URL: "/settings/nodes/n1#ssh", Text: "SSH to pve1"}}
	})))
	panel.Variant(t, "open", ConsolePanel(consoleOf("running", func(p *ConsolePage) { p.Ticket = `A"&B` })))
}

func TestConsoleEnded(t *testing.T) {
	left := consoles.Outcome{End: store.EndExit}
	page := golden.Compare(t, "container_console_ended", ConsoleEnded(NewConsoleEnd(left, ConsoleTickets("n1", 120, false))))
	for name, o := range map[string]consoles.Outcome{
		"exit_status": {End: store.EndExit, Exit: 7},
		"idle":        {End: store.EndIdle},
		"signed_out":  {End: store.EndSignedOut},
		"shutdown":    {End: store.EndShutdown},
	} {
		e := NewConsoleEnd(o, ConsoleTickets("n1", 120, false))
		if !strings.HasSuffix(e.Problem.Why, ".") {
			t.Errorf("%s: %+v", name, e)
		}
		page.Variant(t, name, ConsoleEnded(e))
	}
}
