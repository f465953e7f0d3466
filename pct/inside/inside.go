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

// Config of an Inside. All fields may be left out.
type Config struct {
	Clock live.Clock // nil: the real one
	// Dial connects to a port of a container; nil takes a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Inside looks into containers and follows their logs, once for all who want the same at the
// same time. It is safe for concurrent use, and must be closed.
type Inside struct {
	cfg   Config
	crew  *live.Crew
	looks *live.Calls[store.Ref, Seen]
	lines live.News[*follow] // wakes listeners when lines came or were taken

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

// Close ends what is under way, also in the containers, and waits for it until ctx ends.
func (in *Inside) Close(ctx context.Context) error {
	return in.crew.Close(ctx)
}

// errClosed makes the error of calls after Close.
func errClosed() error {
	return &proxmox.Error{Kind: proxmox.KindCancelled, Call: "inside", Cause: net.ErrClosed}
}

// newRun makes up the ID of a run.
func newRun(kind string) string { return kind + "-" + strings.ToLower(rand.Text()) }

// newMark makes up the mark of a script's parts: at random, so that nothing in the container can print it before.
func newMark() string { return "BERTH-" + rand.Text() }

// brief runs a script of ours that prints parts, in one round trip, and returns its output
// and the mark. With an error, as at the limit, out has the output so far.
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
	// limit bounds the run of a script.
	limit = 20 * time.Second
	// patience bounds it together with the wait for a free session.
	patience = 45 * time.Second
	// maxAnswer bounds the output of a script, in bytes: none of ours prints as much.
	maxAnswer = 1 << 20
)
