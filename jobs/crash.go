package jobs

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"berth/store"
)

// crash is the error of a panic in the work on a job: a fault of Berth's own, which fails that job and no other.
type crash struct {
	said  any
	stack []byte
}

func (c *crash) Error() string { return fmt.Sprintf("jobs: panic: %v", c.said) }

// newCrash makes a *crash from the result of recover, and has to be called on the stack of the panic; nil when there was none.
func newCrash(recovered any) error {
	if recovered == nil {
		return nil
	}
	return &crash{recovered, debug.Stack()}
}

// guard calls f and returns its error, or its panic as a *crash.
func guard(f func() error) (err error) {
	defer func() {
		if c := newCrash(recover()); c != nil {
			err = c
		}
	}()
	return f()
}

// work runs f for a job in a goroutine that Close waits for. A panic of f is logged.
func (r *Runner) work(jobID string, f func()) {
	r.workers.Go(func() {
		if err := guard(func() error { f(); return nil }); err != nil {
			r.logFailure(jobID, err)
		}
	})
}

// logFailure logs an error of Berth's own, with the stack of a panic, for whoever runs or develops Berth.
func (r *Runner) logFailure(jobID string, err error) {
	attrs := []any{slog.String("job", jobID), slog.Any("error", err)}
	if c, ok := errors.AsType[*crash](err); ok {
		attrs = append(attrs, slog.String("stack", string(c.stack)))
	}
	r.log.Error("a job failed", attrs...)
}

// inside returns the failure of a job for a fault of Berth's own.
func inside() *failure {
	return fail(ProblemInside, store.Args{})
}

// endBare fails the job without touching its steps, when ending it as usual panicked: left as it is, it would be taken up,
// and crash, at every start.
func (w *worker) endBare(cause error) {
	w.r.logFailure(w.id, cause)
	p := inside().JobProblem
	err := w.save(w.tell(store.StreamErr, p.Message), func(j *store.Job) {
		j.State, j.Ended, j.Problem, j.Percent = store.JobFailed, w.now(), &p, -1
	})
	if err != nil && !errors.Is(err, errStopped) {
		w.r.log.Error("a job's end could not be written", slog.String("job", w.id), slog.Any("error", err))
	}
}
