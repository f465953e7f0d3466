package inside

import (
	"context"
	_ "embed"
	"errors"
	"net/netip"
	"time"

	"berth/pct"
	"berth/proxmox"
	"berth/store"
	"berth/store/live"
)

//go:embed look.sh
var lookScript string

const (
	// fresh is the time for which a look answers everyone who asks for the same container.
	fresh = 5 * time.Second
	// mostLooks bounds the looks that are kept.
	mostLooks = 1000
)

// Seen is the result of a look: the container's own report, and what was found from outside.
type Seen struct {
	Report
	At        time.Time
	Addresses []netip.Prefix // of the container, asked of the host at the same time
	// Schemes maps those TCP ports that answered as a web server does to "http" or "https".
	Schemes map[uint16]string
}

// Ways give a look access to its container.
type Ways struct {
	Host      *pct.Host
	Addresses func(context.Context) []netip.Prefix // asks the host for the container's addresses, best first
	// Ask lists ports to try for a web server before all others, as maxAsked bounds their number.
	Ask []uint16
}

// Look returns a report of what runs in a container. It runs one program over one SSH session,
// for all who ask at the same time or within fresh after that. Its errors are *proxmox.Error.
func (in *Inside) Look(ctx context.Context, at store.Ref, ways Ways) (Seen, error) {
	seen, err := in.looks.Get(at, func(ctx context.Context) (Seen, error) { return in.look(ctx, at, ways) }).Wait(ctx)
	if left, is := errors.AsType[*live.LeftError](err); is {
		return seen, proxmox.Ended("inside", left.Cause)
	}
	if errors.Is(err, live.ErrClosed) {
		return seen, errClosed()
	}
	return seen, err
}

// look runs look.sh, asks for addresses meanwhile, and then tries the ports. A look that was cut off counts if it isKnown.
func (in *Inside) look(ctx context.Context, at store.Ref, ways Ways) (Seen, error) {
	addresses := live.Begin(in.crew, func(ctx context.Context) ([]netip.Prefix, error) { return ways.Addresses(ctx), nil })
	out, mark, err := brief(ctx, ways.Host, at.VMID, "look", lookScript)
	seen := Seen{Report: parseReport(out, mark)}
	seen.Addresses, _ = addresses.Wait(ctx) // none, where Berth is shutting down
	if err != nil && (proxmox.KindOf(err) != proxmox.KindTimeout || !seen.isKnown()) {
		return Seen{}, err
	}
	seen.Schemes = in.schemes(ctx, seen.Addresses, webPorts(seen.Report, seen.Addresses, ways.Ask))
	seen.At = in.cfg.Clock.Now()
	return seen, nil
}

// isKnown tells whether a report that was cut off has enough to be shown.
func (r Report) isKnown() bool { return r.Init != InitUnknown || r.OS != OS{} }
