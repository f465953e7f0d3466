package jobs

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"berth/store"
)

// newTestOutput is an output without a store: to write a line is a panic.
func newTestOutput(hangUp func()) (*output, *Runner) {
	r := New(Config{})
	return newOutput(r, "1", hangUp, &secrets{}, store.Heard{}, store.Heard{}), r
}

func wantCrash(t *testing.T, err error) {
	t.Helper()
	if c, ok := errors.AsType[*crash](err); !ok || !strings.Contains(string(c.stack), "output") {
		t.Errorf("error %v, want a panic with its stack", err)
	}
}

func TestAPanicOfWhoWritesOutputHangsUp(t *testing.T) {
	t.Parallel()
	hungUp := make(chan struct{})
	o, r := newTestOutput(func() { close(hungUp) })
	if _, err := o.out().Write([]byte("one\n")); err != nil {
		t.Error(err)
	}
	<-hungUp
	if _, err := o.out().Write([]byte("two\n")); err == nil {
		t.Error("what nobody writes is taken")
	}
	_, err := o.close(false)
	wantCrash(t, err)
	r.workers.Wait()
}

func TestAPanicOfWhoReadsOutputHangsUp(t *testing.T) {
	t.Parallel()
	hungUp := make(chan struct{})
	o, r := newTestOutput(func() { close(hungUp) })
	o.streams[0].split.Emit = func(string) { panic("a fault of Berth's") }
	_, err := o.out().Write([]byte("one\n"))
	wantCrash(t, err)
	<-hungUp
	_, err = o.close(false)
	wantCrash(t, err)
	r.workers.Wait()
}

func TestAPanicAtTheEndOfOutputIsGiven(t *testing.T) {
	t.Parallel()
	o, r := newTestOutput(func() {})
	if _, err := o.out().Write([]byte("no end of line")); err != nil {
		t.Error(err)
	}
	o.streams[0].split.Emit = func(string) { panic("a fault of Berth's") }
	_, err := o.close(true)
	wantCrash(t, err)
	r.workers.Wait()
}

func TestAPanicInAGoroutineOfTheRunnerIsLogged(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	r := New(Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	r.work("1", func() { panic("a fault of Berth's") })
	r.workers.Wait()
	if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "output_test.go") {
		t.Errorf("logged: %s", log.String())
	}
}
