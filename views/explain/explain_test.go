package explain

import (
	"strings"
	"testing"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
)

// Nothing of the table's own marks is left in what people read, and no sentence is torn where a value lacks.
func TestEveryKindOfErrorHasWordsOfItsOwn(t *testing.T) {
	t.Parallel()
	attic := store.Node{ID: "n1", Name: "attic", Host: "192.0.2.22", Port: 8006, Member: "pve2"}
	for _, n := range []store.Node{attic, {}} {
		for _, call := range []string{"GET /nodes/pve2/lxc", proxmox.CallSSH + "192.0.2.22:22"} {
			titles := map[string]proxmox.Kind{}
			for kind := proxmox.KindOther; kind <= proxmox.KindNoTerminal; kind++ {
				for _, said := range []string{"", "words of the host.\n"} {
					p := refused(n, &proxmox.Error{Kind: kind, Call: call, Message: said})
					if problem := tornIn(p); problem != "" {
						t.Errorf("%v by %s: %s: %+v", kind, call, problem, p)
					}
					if other, ok := titles[p.Title]; ok && other != kind {
						t.Errorf("%v and %v have the same title %q", kind, other, p.Title)
					}
					titles[p.Title] = kind
				}
			}
		}
	}
}

func TestWhatFailsOverSSHIsNotToldInWordsOfTheAPI(t *testing.T) {
	t.Parallel()
	n := store.Node{ID: "n1", Name: "attic", Host: "192.0.2.22", Port: 8006}
	for _, kind := range []proxmox.Kind{
		proxmox.KindOther, proxmox.KindNoSuchHost, proxmox.KindRefused, proxmox.KindUnreachable, proxmox.KindTimeout, proxmox.KindDropped,
		proxmox.KindNotSSH, proxmox.KindHostKeyUnknown, proxmox.KindHostKeyChanged, proxmox.KindKeyRefused, proxmox.KindNoForcedCommand, proxmox.KindOldForcedCommand,
		proxmox.KindNoPct, proxmox.KindNoShell, proxmox.KindNoTerminal, proxmox.KindNoSession, proxmox.KindTooMuch, proxmox.KindNotRunning, proxmox.KindNotFound,
	} {
		p := refused(n, &proxmox.Error{Kind: kind, Call: proxmox.CallSSH + "192.0.2.22:22"})
		if words := p.Title + p.Why + p.Next; strings.Contains(words, "8006") || strings.Contains(words, "pveproxy") || p.Next == "" {
			t.Errorf("%v: %+v", kind, p)
		}
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*proxmox.Error{
		"The token of attic lacks the right VM.Allocate on /vms/104": {Kind: proxmox.KindForbidden, Privilege: "VM.Allocate", Path: "/vms/104"},
		"The token of attic lacks a right for this":                  {Kind: proxmox.KindForbidden},
		"attic refused the request: cores: too many; rootfs: bad":    {Kind: proxmox.KindInvalid, Fields: map[string]string{"rootfs": "bad", "cores": "too\nmany"}},
		"attic refused: storage is full":                             {Kind: proxmox.KindOther, Message: "storage is full."},
		"It is locked on attic (backup)":                             {Kind: proxmox.KindLocked, Lock: "backup"},
		"It is locked on attic (the host does not say why)":          {Kind: proxmox.KindLocked},
		"pvedaemon is not running on attic":                          {Kind: proxmox.KindDaemonDown, Call: "GET /nodes/pve2/lxc"},
		"pveproxy or pvedaemon is not running on pve3":               {Kind: proxmox.KindDaemonDown, Call: "GET /nodes/pve3/lxc"},
	} {
		if p := refused(store.Node{ID: "n1", Name: "attic", Member: "pve2"}, e); p.Title != want {
			t.Errorf("it says %q, want %q", p.Title, want)
		}
	}
}

func TestTheWantOfSSHLeadsToWhereItIsSetUp(t *testing.T) {
	t.Parallel()
	n := store.Node{ID: "n1", Name: "attic"}
	if p := Request(n, jobs.NoSSH(&store.NoSSHError{Node: "attic"})); tornIn(p) != "" || p.See != SeeSSH || !strings.Contains(p.Title, "attic") {
		t.Errorf("%+v", p)
	}
	if p := Request(n, jobs.NoSSH(&store.NoSSHError{Node: "attic", Member: "pve2"})); tornIn(p) != "" || p.See != SeeAddNode || !strings.Contains(p.Title, "pve2") {
		t.Errorf("%+v", p)
	}
}

// What a host says is data: it never becomes a part of the table.
func TestWordsOfOthersArePutInAsTheyAre(t *testing.T) {
	t.Parallel()
	p := refused(store.Node{Name: "{said}"}, &proxmox.Error{Kind: proxmox.KindOther, Message: "[{node}] {right}"})
	if p.Title != "{said} refused: [{node}] {right}" {
		t.Errorf("it says %q", p.Title)
	}
}

// refused explains an error of a call.
func refused(n store.Node, e *proxmox.Error) Problem { return Request(n, jobs.Refusal(e, n.Member)) }

// tornIn says what is wrong with how a problem is set.
func tornIn(p Problem) string {
	switch all := p.Title + "|" + p.Why + "|" + p.Next; {
	case p.Title == "" || p.Why == "" || p.Status < 400:
		return "something lacks"
	case strings.HasSuffix(p.Title, "."):
		return "the title is no heading"
	case strings.ContainsAny(all, "{}[]") || strings.Contains(all, "  ") || strings.Contains(all, "..") || strings.Contains(all, "port 0"):
		return "a mark of the table is left, or a value lacks"
	}
	for _, s := range []string{p.Why, p.Next} {
		if s != "" && !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") {
			return "the sentences do not end like sentences"
		}
	}
	return ""
}

func TestEveryKindOfARefusalIsInTheTable(t *testing.T) {
	t.Parallel()
	seen := map[store.MessageKind]bool{}
	for _, section := range sections {
		for kind, r := range section {
			if seen[kind] {
				t.Errorf("%s is in the table twice", kind)
			}
			seen[kind] = true
			if r.of != "" && rowOf(r.of).title == "" {
				t.Errorf("%s is of %s, which is no row", kind, r.of)
			}
		}
	}
	for kind := proxmox.KindOther; kind <= proxmox.KindNoTerminal; kind++ {
		if m := jobs.Refusal(&proxmox.Error{Kind: kind}, ""); !seen[m.Kind] {
			t.Errorf("%v becomes %q, which is not in the table", kind, m.Kind)
		}
	}
}
