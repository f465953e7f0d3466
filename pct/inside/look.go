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
	// fresh is for how long a look answers all who ask.
	fresh = 5 * time.Second
	// mostLooks bounds the looks that are kept.
	mostLooks = 1000
)

// Seen is what a look has found.
type Seen struct {
	Report
	At        time.Time
	Addresses []netip.Prefix // that the host says the container has, asked in the same moment
	// Schemes tells http or https for the TCP ports that answered as a web server does.
	Schemes map[uint16]string
}

// Ways are how a look gets its answers.
type Ways struct {
	Host      *pct.Host
	Addresses func(context.Context) []netip.Prefix
	// Ask are ports to be asked for a web page before all others.
	Ask []uint16
}

// Look tells what runs in a container: one program over one session of SSH, for all who
// ask at the same time or a few seconds later. Its errors are *proxmox.Error.
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

// look looks.
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

// isKnown tells whether a look that was cut off has said anything worth showing.
func (r Report) isKnown() bool { return r.Init != InitUnknown || r.OS != OS{} }
