package live

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// noon is the time at which the tests' clocks start.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// hands is a clock that a test moves.
type hands struct{ passed atomic.Int64 }

func (h *hands) now() time.Time             { return noon.Add(time.Duration(h.passed.Load())) }
func (h *hands) pass(d time.Duration)       { h.passed.Add(int64(d)) }
func never(context.Context) (string, error) { return "", errors.New("this must not be asked") }

// newCrew is one that the test ends.
func newCrew(t *testing.T) *Crew {
	t.Helper()
	c := NewCrew()
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

// says answers with a word, and counts how often it is asked.
func says(word string, asked *atomic.Int64) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		asked.Add(1)
		return word, nil
	}
}

// answer of a call, which has to come.
func answer(t *testing.T, c *Call[string]) string {
	t.Helper()
	v, err := c.Wait(t.Context())
	if err != nil {
		t.Error(err)
	}
	return v
}

func TestTheRealClockWaitsForATime(t *testing.T) {
	t.Parallel()
	var c Clock = RealClock{}
	<-c.At(c.Now().Add(-time.Hour)) // past, so at once
	begun := c.Now()
	<-c.After(time.Millisecond)
	if c.Now().Sub(begun) < time.Millisecond {
		t.Error("it was too early")
	}
}

func TestACrewEndsItsWorkAndWaitsForIt(t *testing.T) {
	t.Parallel()
	c := NewCrew()
	var ended atomic.Bool
	c.Go(func() {
		<-c.Context().Done()
		ended.Store(true)
	})
	if err := c.Close(t.Context()); err != nil || !ended.Load() {
		t.Errorf("closed before its work had ended, or %v", err)
	}
	if c.Go(func() { t.Error("begun after the end") }) {
		t.Error("it says that it was begun after the end")
	}
	if err := c.Close(t.Context()); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

func TestACrewIsNotWaitedForLongerThanWanted(t *testing.T) {
	t.Parallel()
	c, stuck := NewCrew(), make(chan struct{})
	c.Go(func() { <-stuck })
	over, end := context.WithCancel(t.Context())
	end()
	if err := c.Close(over); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(stuck)
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestACallGoesOnForOthersWhenOneLeaves(t *testing.T) {
	t.Parallel()
	goOn := make(chan struct{})
	call := Begin(newCrew(t), func(ctx context.Context) (string, error) {
		<-goOn
		return "yes", ctx.Err()
	})
	gone, leave := context.WithCancel(t.Context())
	leave()
	_, err := call.Wait(gone)
	if left, ok := errors.AsType[*LeftError](err); !ok || !errors.Is(left, context.Canceled) {
		t.Errorf("who left is told %v", err)
	}
	if call.IsDone() {
		t.Error("it is done before it was answered")
	}
	close(goOn)
	if v := answer(t, call); v != "yes" {
		t.Errorf("%q", v)
	}
	<-call.Done()
	if v, err := call.Wait(gone); v != "yes" || err != nil {
		t.Errorf("what is there is told also to who is about to leave: %q, %v", v, err)
	}
}

func TestACallEndsWithItsCrewOrWhenItIsCancelled(t *testing.T) {
	t.Parallel()
	untilItEnds := func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}
	c := NewCrew()
	one, two := Begin(c, untilItEnds), Begin(c, untilItEnds)
	one.Cancel()
	if _, err := one.Wait(t.Context()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if two.IsDone() {
		t.Error("another was cancelled too")
	}
	if err := c.Close(t.Context()); err != nil || !two.IsDone() {
		t.Errorf("%v", err)
	}
	if _, err := Begin(c, never).Wait(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

func TestAQuestionIsAskedOnceForAllWhoWantToKnow(t *testing.T) {
	t.Parallel()
	var h hands
	var asked atomic.Int64
	calls := NewCalls[string, string](newCrew(t), h.now, time.Minute, 10)
	goOn := make(chan struct{})
	ask := func(ctx context.Context) (string, error) {
		<-goOn
		return says("yes", &asked)(ctx)
	}
	first := calls.Get("a", ask)
	h.pass(time.Hour) // however long it takes
	var waiting sync.WaitGroup
	for range 10 {
		waiting.Go(func() {
			if v := answer(t, calls.Get("a", ask)); v != "yes" {
				t.Errorf("%q", v)
			}
		})
	}
	close(goOn)
	waiting.Wait()
	answer(t, first)
	h.pass(time.Minute - 1)
	answer(t, calls.Get("a", ask))
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	h.pass(1)
	answer(t, calls.Get("a", ask))
	answer(t, calls.Get("b", ask))
	if n := asked.Load(); n != 3 {
		t.Errorf("asked %d times, with another question and after the answer was over", n)
	}
	calls.Forget(func(key string) bool { return key == "a" })
	answer(t, calls.Get("a", ask))
	answer(t, calls.Get("b", ask))
	if n := asked.Load(); n != 4 {
		t.Errorf("asked %d times, after one answer was forgotten", n)
	}
}

func TestAnErrorIsNoAnswerThatIsKept(t *testing.T) {
	t.Parallel()
	var h hands
	calls := NewCalls[string, string](newCrew(t), h.now, time.Minute, 10)
	wrong := errors.New("no")
	if _, err := calls.Get("a", func(context.Context) (string, error) { return "", wrong }).Wait(t.Context()); err != wrong {
		t.Errorf("%v", err)
	}
	var asked atomic.Int64
	answer(t, calls.Get("a", says("yes", &asked)))
	if asked.Load() != 1 {
		t.Error("it was not asked again")
	}
}

func TestCallsThatKeepNothingShareOnlyWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	var h hands
	var asked atomic.Int64
	calls := NewCalls[string, string](newCrew(t), h.now, 0, 10)
	answer(t, calls.Get("a", says("yes", &asked)))
	answer(t, calls.Get("a", says("yes", &asked)))
	if n := asked.Load(); n != 2 || len(calls.kept) != 0 {
		t.Errorf("asked %d times, and %d are kept", n, len(calls.kept))
	}
}

// An answer that comes after it was forgotten does not take the place of the next one.
func TestAForgottenQuestionIsAskedAnewWhileItIsUnderWay(t *testing.T) {
	t.Parallel()
	var h hands
	calls := NewCalls[string, string](newCrew(t), h.now, time.Minute, 10)
	goOn := make(chan struct{})
	old := calls.Get("a", func(context.Context) (string, error) {
		<-goOn
		return "", errors.New("old")
	})
	calls.Forget(func(string) bool { return true })
	var asked atomic.Int64
	answer(t, calls.Get("a", says("new", &asked)))
	close(goOn)
	if _, err := old.Wait(t.Context()); err == nil {
		t.Error("the old one was answered by the new one")
	}
	if v := answer(t, calls.Get("a", never)); v != "new" {
		t.Errorf("%q", v)
	}
}

func TestAnswersThatAreKeptAreBounded(t *testing.T) {
	t.Parallel()
	var h hands
	var asked atomic.Int64
	calls := NewCalls[string, string](newCrew(t), h.now, time.Hour, 3)
	for i := range 10 {
		h.pass(time.Second)
		answer(t, calls.Get(fmt.Sprint(i), says("yes", &asked)))
	}
	if len(calls.kept) != 3 {
		t.Errorf("%d are kept", len(calls.kept))
	}
	answer(t, calls.Get("9", never))
	answer(t, calls.Get("7", never))
	h.pass(2 * time.Hour)
	answer(t, calls.Get("new", says("yes", &asked)))
	if len(calls.kept) != 1 {
		t.Errorf("%d are kept when all others are over", len(calls.kept))
	}
}

func TestAMapForgets(t *testing.T) {
	t.Parallel()
	var h hands
	m := NewMap[string, string](h.now, time.Minute, 10, nil)
	m.Put("a", "one")
	h.pass(time.Minute - 1)
	if v, ok := m.Get("a"); !ok || v != "one" {
		t.Errorf("%q, %v", v, ok)
	}
	m.Put("b", "two")
	h.pass(1)
	if _, ok := m.Get("a"); ok {
		t.Error("it is kept too long")
	}
	m.Delete("b")
	if _, ok := m.Get("b"); ok {
		t.Error("it is there after it was deleted")
	}
}

func TestAMapGivesWhatIsTakenOnce(t *testing.T) {
	t.Parallel()
	var h hands
	m := NewMap[string, string](h.now, time.Minute, 10, nil)
	m.Put("a", "one")
	if m.Take("a", func(v string) bool { return v == "two" }) {
		t.Error("taken though it does not fit")
	}
	var taken atomic.Int64
	var taking sync.WaitGroup
	for range 10 {
		taking.Go(func() {
			if m.Take("a", func(v string) bool { return v == "one" }) {
				taken.Add(1)
			}
		})
	}
	taking.Wait()
	if n := taken.Load(); n != 1 {
		t.Errorf("taken %d times", n)
	}
	m.Put("a", "one")
	h.pass(time.Minute)
	if m.Take("a", func(string) bool { return true }) {
		t.Error("taken after its time")
	}
}

func TestAMapIsBoundedForEachGroup(t *testing.T) {
	t.Parallel()
	var h hands
	m := NewMap[string, string](h.now, time.Minute, 2, func(v string) string { return v })
	for _, key := range []string{"a1", "a2", "b1", "a3", "a1"} {
		h.pass(time.Second)
		m.Put(key, key[:1])
	}
	for key, want := range map[string]bool{"a1": true, "a2": false, "a3": true, "b1": true} {
		if _, ok := m.Get(key); ok != want {
			t.Errorf("%s is there: %v", key, ok)
		}
	}
}

func TestNewsAreHeardByWhoListens(t *testing.T) {
	t.Parallel()
	var n News[string]
	n.Tell("a") // nobody does
	a, also, b := n.Listen("a"), n.Listen("a"), n.Listen("b")
	defer a.Close()
	n.Tell("a")
	n.Tell("a") // who is slow hears once
	<-a.C
	<-also.C
	for _, l := range []*Listener{a, also, b} {
		select {
		case <-l.C:
			t.Error("it heard of what is not new to it")
		default:
		}
	}
	also.Close()
	also.Close()
	n.Tell("a", "b")
	<-a.C
	<-b.C
	select {
	case <-also.C:
		t.Error("it hears although it was closed")
	default:
	}
	b.Close()
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.listeners) != 1 {
		t.Errorf("%d topics are held", len(n.listeners))
	}
}
