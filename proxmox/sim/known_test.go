package sim_test

import (
	"io"
	"os"
	"testing"
	"time"

	"berth/pct"
)

// A changed program of Berth's is refused until somebody has checked its answer. Each program has its test here, which
// fails then and says so.
func TestTheSimulatedHostKnowsTheProgramsOfBerth(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	if exit, _, stderr, err := run(t, h, 100, "true", "A=it's\na line"); exit != 0 || err != nil {
		t.Errorf("Run: exit %d, %q, %v", exit, stderr, err)
	}
	prelude := source(t, "../../jobs/prelude.sh")
	long := detached("true", io.Discard)
	long.Command, long.Wrap, long.Env, long.Over, long.Prelude = []string{"bash", "-u"}, []string{"env", "X=it is"}, []string{"B='\n''"}, "job1-", prelude
	for name, do := range map[string]func() error{
		"Start":                        func() error { _, err := h.Start(t.Context(), detached("true", io.Discard)); return err },
		"Start with all that there is": func() error { long.ID = "other"; _, err := h.Start(t.Context(), long); return err },
		"Attend":                       func() error { _, err := h.Attend(t.Context(), detached("", io.Discard)); return err },
		"Kill":                         func() error { return h.Kill(t.Context(), 100, "long") },
		"steps": func() error {
			l := detached(prelude+"\n"+source(t, "../../jobs/steps.sh")+"\nberth_wait_init\n", io.Discard)
			l.ID = "steps"
			_, err := h.Start(t.Context(), l)
			return err
		},
	} {
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"look", "log", "updates", "credentials"} {
		r := pct.Run{ID: name, VMID: 100, Script: source(t, "../../pct/inside/"+name+".sh"), Env: []string{"MARK=m", "NAME=nginx", "LINES=1", "FOLLOW=no"}, Limit: time.Minute, Stdout: io.Discard, Stderr: io.Discard}
		if exit, err := h.Run(t.Context(), r); exit != 0 || err != nil {
			t.Errorf("%s: exit %d, %v", name, exit, err)
		}
	}
	if _, err := h.Run(t.Context(), pct.Run{ID: "r2", VMID: 100, Script: "echo another question", Env: []string{"MARK=m"}, Limit: time.Minute, Stdout: io.Discard, Stderr: io.Discard}); err == nil {
		t.Error("a question that it does not know is answered")
	}
}

// source reads a script of the repository.
func source(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
