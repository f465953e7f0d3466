package explain

import (
	"slices"
	"strings"
	"testing"
	"time"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
)

// failed is a job of a kind that failed with a message.
func failed(kind store.JobKind, draftID string, m store.Message) store.Job {
	return store.Job{
		Kind: kind, State: store.JobFailed, NodeID: "n1", NodeName: "attic", Member: "pve2", VMID: 104, CloneVMID: 1104, Name: "web", DraftID: draftID,
		Spec: []byte(`{"snapshot":"before"}`), Problem: &store.JobProblem{Message: m, Step: jobs.StepStart},
	}
}

// full are arguments for every message.
var full = store.Args{
	Said: "words of the host", Name: "x", VMID: 104, Disk: "rootfs", Size: 16, Script: "a", Job: "7", Tags: []string{"a"}, Count: 4,
	Addresses: []string{"192.0.2.9"}, Right: "VM.Audit", Path: "/vms/104", Lock: "backup", Service: "pvedaemon", Member: "pve2", Restart: "systemctl restart pvedaemon",
	Status: 502, Runs: "running", Took: 3 * time.Minute, Exit: 2, Times: 3, Reason: jobs.ProblemNothingListens,
}

func TestEveryProblemOfAJobHasWordsAndANextStep(t *testing.T) {
	t.Parallel()
	for _, section := range []map[store.MessageKind]row{refusals, refusalsOverSSH, failures} {
		for kind := range section {
			for _, does := range []store.JobKind{store.JobCreate, store.JobStart, store.JobSnapshot, store.JobClone} {
				for _, draft := range []string{"d1", ""} {
					j := failed(does, draft, store.Message{Kind: kind, Args: full, Cause: &store.Message{Kind: jobs.CauseNames, Args: full}})
					f := Job(j)
					if f.Status = 400; f.Why == "" {
						f.Why = "None."
					}
					if problem := tornIn(f.Problem); problem != "" && !strings.HasSuffix(f.Next, ":") {
						t.Errorf("%s of %s: %s: %+v", kind, does, problem, f)
					}
					if f.Next == "" && f.See == SeeNothing || f.Final && f.See == SeeNothing && kind != jobs.ProblemUnsure {
						t.Errorf("%s of %s: there is nothing to do next: %+v", kind, does, f)
					}
					if strings.HasSuffix(f.Next, ":") != (f.Command != "") {
						t.Errorf("%s of %s: a command is announced, or there is one, and not both: %+v", kind, does, f)
					}
					if draft == "" && f.See == SeeDraft {
						t.Errorf("%s leads to a draft that is not there", kind)
					}
				}
			}
		}
	}
}

func TestEveryMessageHasWords(t *testing.T) {
	t.Parallel()
	j := failed(store.JobBackup, "", store.Message{})
	for _, section := range []map[store.MessageKind]row{messages, causes} {
		for kind := range section {
			for _, args := range []store.Args{full, {}} {
				words := Line(j, store.LogLine{Message: store.Message{Kind: kind, Args: args}})
				if kind == jobs.MessageSaid || kind == jobs.MessageStep || kind == jobs.MessageAddresses {
					words += "x"
				}
				if words == "" || strings.ContainsAny(words, "{}[]") || strings.HasSuffix(words, ".") {
					t.Errorf("%s: %q", kind, words)
				}
			}
		}
	}
}

func TestAJobThatFailedLeadsToWhereItIsMended(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind  store.MessageKind
		does  store.JobKind
		draft string
		see   See
		says  string
	}{
		{jobs.ProblemExists, store.JobCreate, "d1", SeeDraft, "everything you entered is kept"},
		{jobs.ProblemExists, store.JobCreate, "", SeeNew, "Start again"},
		{jobs.ProblemExists, store.JobClone, "", SeeForm, "everything you entered is kept"},
		{jobs.ProblemInvalid, store.JobCreate, "d1", SeeDraft, "where the fields are marked"},
		{jobs.ProblemInvalid, store.JobBackup, "", SeeForm, "where the fields are marked"},
		{jobs.ProblemNoSnapshot, store.JobClone, "", SeeForm, "Correct it in the form"},
		{jobs.ProblemNoSnapshot, store.JobRollback, "", SeeSnapshots, "Check the current snapshots"},
		{jobs.ProblemStillRuns, store.JobDelete, "", SeeDelete, "it is stopped first"},
		{jobs.ProblemInUse, store.JobDelete, "", SeePurge, "HA, replication and backup jobs"},
	} {
		f := Job(failed(tt.does, tt.draft, store.Message{Kind: tt.kind}))
		if f.See != tt.see || !f.Final || !strings.Contains(f.Next, tt.says) {
			t.Errorf("%s of %s: %+v", tt.kind, tt.does, f)
		}
	}
}

func TestWhatACauseIsAboutIsNamedAndWhatToCheckIsSaid(t *testing.T) {
	t.Parallel()
	j := failed(store.JobCreate, "", store.Message{})
	j.Spec = []byte(`{"params":{"Bridge":"vmbr0","VLAN":20,"IP":"dhcp"}}`)
	if p := jobs.CreationOf(j).Params; p.Bridge != "vmbr0" {
		t.Fatalf("the job makes %+v", p)
	}
	there := []string{"192.0.2.9"}
	for _, tt := range []struct {
		kind      store.MessageKind
		addresses []string
		wants     []string
	}{
		{jobs.CauseNames, there, []string{"cannot resolve deb.debian.org", "DNS", "192.0.2.9", "DNS field is empty", "the bridge vmbr0 with VLAN 20", "gateway"}},
		{jobs.CauseNames, nil, []string{"cannot resolve", "DNS servers"}},
		{jobs.CauseNoAddress, nil, []string{"the container has no address", "the bridge vmbr0 with VLAN 20", "DHCP"}},
		{jobs.CauseNamesOnHost, nil, []string{"attic cannot resolve", "DNS servers of attic"}},
		{jobs.CauseRoute, there, []string{"no network route from the container to deb.debian.org", "gateway", "VLAN 20"}},
		{jobs.CauseSilent, there, []string{"deb.debian.org does not answer", "firewall"}},
		{jobs.CauseClock, there, []string{"the clock of attic", "timedatectl"}},
		{jobs.CauseSpace, there, []string{"the disk of the container is full", "Resize its disk"}},
		{jobs.CauseSpaceOnHost, nil, []string{"no space left on attic"}},
		{jobs.CauseRefused, there, []string{"deb.debian.org refuses", "mirror"}},
		{jobs.CauseAway, there, []string{"404"}},
		{jobs.CausePackage, there, []string{"no repository has deb.debian.org"}},
		{jobs.CauseLock, there, []string{"another program holds the lock"}},
		{jobs.CauseMemory, there, []string{"no memory left"}},
		{jobs.CauseNoName, there, []string{"finds no address for deb.debian.org"}},
	} {
		j.Problem = &store.JobProblem{Message: store.Message{Kind: jobs.ProblemPackages, Cause: &store.Message{
			Kind: tt.kind, Args: store.Args{Name: "deb.debian.org", Addresses: tt.addresses, Said: "E: it failed"},
		}}}
		f := Job(j)
		for _, want := range append(tt.wants, "The packages could not be installed: ", "It said: E: it failed.") {
			if !strings.Contains(f.Title+" "+f.Why+" "+f.Next, want) {
				t.Errorf("%s: %+v lacks %q", tt.kind, f, want)
			}
		}
	}
}

func TestWhatAnEarlierVersionToldIsShownAsItWas(t *testing.T) {
	t.Parallel()
	j := failed(store.JobStart, "", store.Message{Kind: "power", Args: store.Args{Told: "web (104) runs already.", Check: "Look at it."}})
	f := Job(j)
	if f.Title != "web (104) runs already" || Title(j) != f.Title || !strings.HasPrefix(f.Next, "Look at it. ") || f.See != SeeContainer {
		t.Errorf("%+v", f)
	}
	step := store.JobStep{Name: jobs.StepStart, Detail: store.Message{Kind: store.MessageTold, Args: store.Args{Told: "It was already running"}}}
	if words := Detail(j, step); words != "It was already running" {
		t.Errorf("the step says %q", words)
	}
	j.Problem.Kind = "of a later version"
	if f := Job(j); f.Title == "" || f.Next == "" {
		t.Errorf("a kind that is not known: %+v", f)
	}
}

func TestAStepReadsTheSameInTheListAndInTheLog(t *testing.T) {
	t.Parallel()
	j := store.Job{Kind: store.JobRollback, Spec: []byte(`{"snapshot":"before"}`)}
	for step, want := range map[string]string{
		jobs.StepRollback: "Roll back to the snapshot before", jobs.StepStart: "Start it", jobs.StepScript + "a": "Run the script a", "unknown": "unknown",
	} {
		line := store.LogLine{Stream: store.StreamStep, Message: store.Message{Kind: jobs.MessageStep, Args: store.Args{Name: step}}}
		if got := []string{Step(j, step), Line(j, line)}; !slices.Equal(got, []string{want, want}) {
			t.Errorf("%s reads %q, want %q", step, got, want)
		}
	}
}

func TestWhatWasRefusedIsToldAtItsField(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		property    store.Property
		said, typed string
		want        string
	}{
		{store.PropertyVMID, "", "120", "120 is taken"},
		{store.PropertySnapshot, "", "before", "A snapshot with that name already exists"},
		{store.PropertyMemory, "must be at least 16.\n", "1", "Proxmox refused this: must be at least 16"},
	} {
		if got := Refused(tt.property, tt.said, tt.typed); got != tt.want {
			t.Errorf("it says %q, want %q", got, tt.want)
		}
	}
}

func TestNetworksAreToldByWhatToCheck(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]proxmox.CreateParams{
		"without a network":              {},
		"leave the address to be set up": {Bridge: "vmbr0", IP: "manual"},
		"its address 192.0.2.9/24":       {Bridge: "vmbr0", IP: "192.0.2.9/24"},
		"neither IPv4 nor IPv6":          {Bridge: "vmbr0"},
		"that a DHCP server answers":     {Bridge: "vmbr0", IP: "dhcp"},
	} {
		if got := checkNetwork(p); !strings.Contains(got, want) {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
