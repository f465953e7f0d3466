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

// openWithin bounds the wait for a host to open a shell.
const openWithin = 20 * time.Second

// pieceSize bounds a message to a browser, in bytes.
const pieceSize = 32 << 10

// ending is the cause with which the context of a console is cancelled.
type ending struct{ Outcome }

func (ending) Error() string { return "consoles: it has ended" }

// run opens the shell, carries its bytes until the console ends, and returns the outcome.
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

// outcomeOf returns the outcome for which a console's context was cancelled, or other when it ended for another cause.
func outcomeOf(ctx context.Context, other Outcome) Outcome {
	if e, ok := errors.AsType[ending](context.Cause(ctx)); ok {
		return e.Outcome
	}
	return other
}

// shell opens the shell within openWithin.
func (c *Consoles) shell(ctx context.Context, host *pct.Host, k Console) (*pct.Terminal, error) {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	return host.Enter(ctx, k.Holder.VMID, k.Size)
}

// typeInto copies the browser's input to the terminal.
func typeInto(ctx context.Context, l *line, t *pct.Terminal) {
	for taken := 0; ; {
		typed, err := l.next(ctx)
		if err != nil {
			return
		}
		n, err := t.Write(typed)
		if err != nil {
			return // the terminal is at its end, which show tells
		}
		if taken, err = l.took(taken + n); err != nil {
			return // the browser is gone, which hear tells
		}
	}
}

// show copies the terminal's output to the browser, and ends the console at its end.
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

// endOf returns the outcome of a shell whose output ended with err, io.EOF for a regular end.
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

// watchSession ends the console when its user's session is over, or when that cannot be told.
func (c *Consoles) watchSession(ctx context.Context, k Console, end func(Outcome)) {
	err := k.Until(ctx)
	if err != nil && ctx.Err() == nil {
		c.Log.Error("it is not known whether the session of a console is over, so it was ended", "error", err)
	}
	end(Outcome{End: store.EndSignedOut})
}

// watchKeys ends the console when nothing was typed for IdleLimit.
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
