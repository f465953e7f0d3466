package sim

import (
	"context"
	"fmt"
	"io"
	"path"
	"strconv"
	"time"
)

// The exit statuses of a shell.
const (
	statusEnded    = 128 + 15 // ended by SIGTERM
	statusNotFound = 127
	statusTimeout  = 124 // of the command timeout
	statusUnknown  = 65  // no real one: for a program that the simulated host does not know
)

// run is a program in a session of its own.
type run struct {
	end    context.CancelFunc
	signal int  // that ended it; 0: none
	ended  bool // exit is its status
	exit   int
	keeps  bool // its output stays in out and err, as it outlives the connection that began it
	out    []byte
	err    []byte
}

// begin runs a program in a session of its own, which kill and the container's stop end.
func (b *box) begin(id string, keeps bool, do func(context.Context, *run) int) *run {
	ctx, end := context.WithCancel(b.life)
	r := &run{end: end, keeps: keeps}
	b.mu.Lock()
	b.runs[id] = r
	b.mu.Unlock()
	b.work.Go(func() {
		defer end()
		exit := do(ctx, r)
		b.mu.Lock()
		defer b.mu.Unlock()
		if r.ended, r.exit = true, exit; r.signal != 0 {
			r.exit = 128 + r.signal
		}
		if !keeps && b.runs[id] == r {
			delete(b.runs, id)
		}
		b.notify()
	})
	return r
}

// kept is the standard output or error of a run that keeps its output.
type kept struct {
	b  *box
	to *[]byte
}

func (k kept) Write(p []byte) (int, error) {
	k.b.mu.Lock()
	defer k.b.mu.Unlock()
	*k.to = append(*k.to, p...)
	k.b.notify()
	return len(p), nil
}

// exec answers a program as `timeout LIMIT pct exec … /bin/sh -s` does, and returns the exit status. What the program
// started in a session of its own may go on after that.
func (b *box) exec(program string, limit time.Duration, stdout, stderr io.Writer, noNames bool) int {
	p, err := readSent(program)
	if err == nil {
		err = p.check()
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return statusUnknown
	}
	ctx, cancel := context.WithTimeout(b.life, limit)
	defer cancel()
	for _, to := range []io.Writer{stdout, stderr} {
		fmt.Fprintf(to, "\x1eberth %s begin\n", p.nonce)
	}
	status := b.answer(ctx, p, stdout, stderr, noNames)
	if ctx.Err() == nil {
		fmt.Fprintf(stderr, "\x1eberth %s end %d\n", p.nonce, status)
	}
	return status
}

// answer does the work of a program by its kind, and returns the exit status.
func (b *box) answer(ctx context.Context, p sent, stdout, stderr io.Writer, noNames bool) int {
	switch p.kind {
	case "kill":
		b.kill(ctx, p.id)
		return 0
	case "run":
		r := b.begin(p.id, false, func(ctx context.Context, _ *run) int { return b.script(ctx, p, stdout, stderr, noNames) })
		if !b.await(ctx, func() bool { return r.ended }) {
			return statusTimeout
		}
		return r.exit
	case "start":
		command := path.Base(p.command)
		if !b.hasShell(command) {
			fmt.Fprintf(stderr, "\x1enote %s missing %s\n", p.note, command)
			return 0
		}
		b.begin(p.id, true, func(ctx context.Context, r *run) int {
			return b.script(ctx, p, kept{b, &r.out}, kept{b, &r.err}, noNames)
		})
	}
	return b.attend(ctx, p, stdout, stderr)
}

// hasShell tells whether the container has a shell of that name. Other interpreters are in none.
func (b *box) hasShell(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch name {
	case "sh":
		return true
	case "ash":
		return b.os.id == "alpine"
	case "dash":
		return b.os.systemd()
	}
	return name == "bash" && (b.os.id != "alpine" || b.installed["bash"])
}

// attend copies a run's output from p.out and p.errs on until it has ended, and then writes a note of its exit status;
// "unknown" for a run that keeps no output, or does not exist.
func (b *box) attend(ctx context.Context, p sent, stdout, stderr io.Writer) int {
	for {
		var out, errs []byte
		note := ""
		so := b.await(ctx, func() bool {
			r := b.runs[p.id]
			if r == nil || !r.keeps {
				note = "unknown"
				return true
			}
			out, errs = r.out[min(p.out, len(r.out)):], r.err[min(p.errs, len(r.err)):]
			if r.ended {
				note = "ended " + strconv.Itoa(r.exit)
			}
			return note != "" || len(out)+len(errs) > 0
		})
		if !so {
			return statusTimeout
		}
		_, failed := stdout.Write(out)
		if _, err := stderr.Write(errs); err != nil || failed != nil {
			return 1
		}
		if note != "" {
			fmt.Fprintf(stderr, "\x1enote %s %s\n", p.note, note)
			return 0
		}
		p.out, p.errs = p.out+len(out), p.errs+len(errs)
	}
}

// kill ends a run, and waits until it is gone.
func (b *box) kill(ctx context.Context, id string) {
	b.mu.Lock()
	r := b.runs[id]
	if r != nil && !r.ended {
		r.signal = 15
		r.end()
	}
	b.mu.Unlock()
	if r != nil {
		b.await(ctx, func() bool { return r.ended })
	}
}
