package inside

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"berth/pct"
	"berth/proxmox"
	"berth/store"
	"berth/store/live"
)

// Config is what an Inside needs. All of it may be left out.
type Config struct {
	Clock live.Clock // nil: the real one
	// Dial connects to a port of a container; nil takes a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Inside looks into containers. Who wants to see the same at the same time shares it. It
// is safe for concurrent use, and must be closed.
type Inside struct {
	cfg   Config
	crew  *live.Crew
	looks *live.Calls[store.Ref, Seen]
	lines live.News[*follow] // that came or were taken

	mu      sync.Mutex
	follows map[followed]*follow
}

// New makes an Inside.
func New(cfg Config) *Inside {
	if cfg.Clock == nil {
		cfg.Clock = live.RealClock{}
	}
	if cfg.Dial == nil {
		cfg.Dial = (&net.Dialer{}).DialContext
	}
	crew := live.NewCrew()
	return &Inside{
		cfg: cfg, crew: crew,
		looks:   live.NewCalls[store.Ref, Seen](crew, cfg.Clock.Now, fresh, mostLooks),
		follows: make(map[followed]*follow),
	}
}

// Close ends what is under way, also in the containers, and waits for that for as long as ctx lasts.
func (in *Inside) Close(ctx context.Context) error {
	return in.crew.Close(ctx)
}

// errClosed answers who asks after Close.
func errClosed() error {
	return &proxmox.Error{Kind: proxmox.KindCancelled, Call: "inside", Cause: net.ErrClosed}
}

// newRun is the ID of a run.
func newRun(kind string) string { return kind + "-" + strings.ToLower(rand.Text()) }

// newMark is a word that nothing in a container knows before.
func newMark() string { return "BERTH-" + rand.Text() }

// brief runs a script of ours that prints parts, in one round trip, and returns what it
// printed with the mark. What comes of it when err says that it took too long is kept.
func brief(ctx context.Context, host *pct.Host, vmid int, kind, script string, env ...string) (out []byte, mark string, err error) {
	mark = newMark()
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var answer bytes.Buffer
	_, err = host.Run(within, pct.Run{
		ID: newRun(kind), VMID: vmid, Script: script, Env: append(env, "MARK="+mark),
		Limit: limit, Room: maxAnswer, Stdout: &answer, Stderr: io.Discard,
	})
	return answer.Bytes(), mark, err
}

const (
	// limit is how long a script may run.
	limit = 20 * time.Second
	// patience is how long one may take with the wait for a free session.
	patience = 45 * time.Second
	// maxAnswer is how much a script may print, in bytes: more than one of ours does.
	maxAnswer = 1 << 20
)
