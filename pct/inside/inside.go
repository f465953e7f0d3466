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
)

// Config is what an Inside needs. All of it may be left out.
type Config struct {
	Now   func() time.Time                     // nil: time.Now
	After func(time.Duration) <-chan time.Time // nil: time.After
	// Dial connects to a port of a container; nil takes a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Inside looks into containers. Who wants to see the same at the same time shares it. It
// is safe for concurrent use, and must be closed.
type Inside struct {
	cfg  Config
	ctx  context.Context // ends with Close
	end  context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	looks   map[store.Ref]*look
	follows map[followed]*follow
}

// New makes an Inside.
func New(cfg Config) *Inside {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.After == nil {
		cfg.After = time.After
	}
	if cfg.Dial == nil {
		cfg.Dial = (&net.Dialer{}).DialContext
	}
	ctx, end := context.WithCancel(context.Background())
	return &Inside{cfg: cfg, ctx: ctx, end: end, looks: make(map[store.Ref]*look), follows: make(map[followed]*follow)}
}

// Close ends what is under way, also in the containers, and waits for that for as long as ctx lasts.
func (in *Inside) Close(ctx context.Context) error {
	in.mu.Lock()
	in.closed = true
	in.mu.Unlock()
	in.end()
	done := make(chan struct{})
	go func() {
		defer close(done)
		in.work.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// spawn lets work run until it is done; false after Close. in.mu is held.
func (in *Inside) spawn(work func()) bool {
	if in.closed {
		return false
	}
	in.work.Go(work)
	return true
}

// errClosed answers who asks after Close.
func errClosed() error {
	return &proxmox.Error{Kind: proxmox.KindCancelled, Call: "inside", Cause: net.ErrClosed}
}

// waited is the error of a caller whose context ended while others go on.
func waited(ctx context.Context) error {
	kind := proxmox.KindCancelled
	if ctx.Err() == context.DeadlineExceeded {
		kind = proxmox.KindTimeout
	}
	return &proxmox.Error{Kind: kind, Call: "inside", Cause: ctx.Err()}
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
