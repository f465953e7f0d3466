package inside

import (
	"context"
	_ "embed"
	"net/netip"
	"time"

	"berth/pct"
	"berth/proxmox"
	"berth/store"
)

//go:embed look.sh
var lookScript string

// fresh is for how long a look answers all who ask.
const fresh = 5 * time.Second

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

// look is one that is under way, or has come back.
type look struct {
	back chan struct{} // closed when seen and err are set
	seen Seen
	err  error
}

func (l *look) isBack() bool {
	select {
	case <-l.back:
		return true
	default:
		return false
	}
}

// Look tells what runs in a container: one program over one session of SSH, for all who
// ask at the same time or a few seconds later. Its errors are *proxmox.Error.
func (in *Inside) Look(ctx context.Context, at store.Ref, ways Ways) (Seen, error) {
	l := in.lookAt(at, ways)
	select {
	case <-l.back:
		return l.seen, l.err
	case <-ctx.Done():
		return Seen{}, waited(ctx)
	}
}

// lookAt is the look that is under way or still fresh, or else a new one.
func (in *Inside) lookAt(at store.Ref, ways Ways) *look {
	in.mu.Lock()
	defer in.mu.Unlock()
	now := in.cfg.Now()
	for other, l := range in.looks {
		if l.isBack() && (l.err != nil || now.Sub(l.seen.At) >= fresh) {
			delete(in.looks, other)
		}
	}
	if l := in.looks[at]; l != nil {
		return l
	}
	l := &look{back: make(chan struct{})}
	begun := in.spawn(func() {
		defer close(l.back)
		l.seen, l.err = in.look(in.ctx, at, ways)
	})
	if !begun {
		l.err = errClosed()
		close(l.back)
	}
	in.looks[at] = l
	return l
}

// look looks.
func (in *Inside) look(ctx context.Context, at store.Ref, ways Ways) (Seen, error) {
	addresses := make(chan []netip.Prefix, 1)
	in.work.Go(func() { addresses <- ways.Addresses(ctx) })
	out, mark, err := brief(ctx, ways.Host, at.VMID, "look", lookScript)
	seen := Seen{Report: parseReport(out, mark), Addresses: <-addresses}
	if err != nil && (proxmox.KindOf(err) != proxmox.KindTimeout || !seen.told()) {
		return Seen{}, err
	}
	seen.Schemes = in.schemes(ctx, seen.Addresses, webPorts(seen.Report, seen.Addresses, ways.Ask))
	seen.At = in.cfg.Now()
	return seen, nil
}

// told tells whether a look that was cut off has said anything worth showing.
func (r Report) told() bool { return r.Init != InitUnknown || r.OS != OS{} }
