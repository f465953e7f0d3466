package consoles

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"berth/pct"
	"berth/proxmox"
	"berth/store"
)

// openWithin is how long a host may take to open a shell.
const openWithin = 20 * time.Second

// pieceSize is the longest message to a browser, in bytes.
const pieceSize = 32 << 10

// ending is the cause for which the context of a console ends.
type ending struct{ Outcome }

func (ending) Error() string { return "consoles: it has ended" }

// run opens the shell, carries it until it ends, and tells how.
func (c *Consoles) run(ctx context.Context, l *line, k Console) Outcome {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	end := func(o Outcome) { stop(ending{o}) }
	var terminal struct {
		sync.Mutex
		*pct.Terminal
	}
	size := k.Size
	l.hear(func(s pct.WindowSize) {
		terminal.Lock()
		defer terminal.Unlock()
		size = s
		if terminal.Terminal != nil {
			terminal.Resize(s)
		}
	}, func() { end(Outcome{End: store.EndLeft}) })
	host, err := c.Host(k.Holder.UserID, k.Holder.Ref)
	if err != nil {
		return Outcome{End: store.EndFailed, Err: err}
	}
	leave, err := c.enter(k.Holder, host, func() { end(Outcome{End: store.EndShutdown}) })
	if err != nil {
		return Outcome{End: store.EndFailed, Err: err}
	}
	defer leave()
	t, err := c.shell(ctx, host, k)
	if err != nil {
		return outcomeOf(ctx, Outcome{End: store.EndFailed, Err: err})
	}
	terminal.Lock()
	terminal.Terminal = t
	if size != k.Size {
		t.Resize(size)
	}
	terminal.Unlock()

	var carrying sync.WaitGroup
	carrying.Go(func() { typeInto(ctx, l, t) })
	carrying.Go(func() { show(ctx, l, t, end) })
	carrying.Go(func() { c.watchSession(ctx, k, end) })
	carrying.Go(func() { c.watchKeys(ctx, l, end) })
	carrying.Go(func() { l.ping(ctx, func() { end(Outcome{End: store.EndLeft}) }) })
	<-ctx.Done()
	t.Close()
	carrying.Wait()
	return outcomeOf(ctx, Outcome{End: store.EndShutdown})
}

// outcomeOf is why a context ended, if it was for an outcome; else it is other.
func outcomeOf(ctx context.Context, other Outcome) Outcome {
	if e, ok := errors.AsType[ending](context.Cause(ctx)); ok {
		return e.Outcome
	}
	return other
}

// shell opens the shell.
func (c *Consoles) shell(ctx context.Context, host *pct.Host, k Console) (*pct.Terminal, error) {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	return host.Enter(ctx, k.Holder.VMID, k.Size)
}

// typeInto types what comes from the browser.
func typeInto(ctx context.Context, l *line, t *pct.Terminal) {
	for taken := 0; ; {
		typed, err := l.next(ctx)
		if err != nil {
			return
		}
		n, err := t.Write(typed)
		if err != nil {
			return // the terminal is at its end, which is told by reading
		}
		if taken, err = l.took(taken + n); err != nil {
			return // the browser is gone, which is told by hearing
		}
	}
}

// show sends what the terminal shows, and ends the console at its end.
func show(ctx context.Context, l *line, t *pct.Terminal, end func(Outcome)) {
	piece := make([]byte, pieceSize)
	for {
		room, err := l.room(ctx)
		if err != nil {
			return
		}
		n, err := t.Read(piece[:min(room, pieceSize)])
		if n > 0 {
			if l.show(piece[:n]) != nil {
				end(Outcome{End: store.EndLeft})
				return
			}
		}
		if err != nil {
			if ctx.Err() == nil {
				end(endOf(ctx, t, err))
			}
			return
		}
	}
}

// endOf is how a shell ended whose output came to its end with err.
func endOf(ctx context.Context, t *pct.Terminal, err error) Outcome {
	if !errors.Is(err, io.EOF) {
		return Outcome{End: store.EndLost, Err: err}
	}
	exit, err := t.Wait(ctx)
	switch {
	case err == nil:
		return Outcome{End: store.EndExit, Exit: exit}
	case proxmox.KindOf(err) == proxmox.KindDropped:
		return Outcome{End: store.EndLost, Err: err}
	}
	return Outcome{End: store.EndFailed, Err: err}
}

// watchSession ends a console whose session is over.
func (c *Consoles) watchSession(ctx context.Context, k Console, end func(Outcome)) {
	err := k.Until(ctx)
	if err != nil && ctx.Err() == nil {
		c.Log.Error("it is not known whether the session of a console is over, so it was ended", "error", err)
	}
	end(Outcome{End: store.EndSignedOut})
}

// watchKeys ends a console into which nothing is typed any more.
func (c *Consoles) watchKeys(ctx context.Context, l *line, end func(Outcome)) {
	for {
		idle := l.lastTyped().Add(IdleLimit)
		if !c.Clock.Now().Before(idle) {
			end(Outcome{End: store.EndIdle})
			return
		}
		select {
		case <-c.Clock.At(idle):
		case <-ctx.Done():
			return
		}
	}
}
