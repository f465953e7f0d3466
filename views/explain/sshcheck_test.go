package explain

import (
	"strings"
	"testing"

	"berth/proxmox"
)

func TestATestOfSSHSaysWhichStepFailed(t *testing.T) {
	t.Parallel()
	for kind, want := range map[proxmox.Kind]sshStep{
		proxmox.KindNoSuchHost: sshAnswers, proxmox.KindRefused: sshAnswers, proxmox.KindTimeout: sshAnswers, proxmox.KindUnreachable: sshAnswers,
		proxmox.KindDropped: sshAnswers, proxmox.KindNotSSH: sshAnswers, proxmox.KindHostKeyUnknown: sshHostKey, proxmox.KindHostKeyChanged: sshHostKey,
		proxmox.KindKeyRefused: sshKey, proxmox.KindNoForcedCommand: sshGate, proxmox.KindOldForcedCommand: sshVersion, proxmox.KindNoPct: sshPct, proxmox.KindOther: sshGate,
	} {
		for _, said := range []string{"", "words of the host."} {
			all := SSHChecks("192.0.2.22:22", 3, &proxmox.Error{Kind: kind, Call: proxmox.CallSSH + "192.0.2.22:22", Message: said})
			for i, c := range all {
				state := CheckYes
				switch at := sshStep(i + 1); {
				case at == want:
					state = CheckNo
				case at > want:
					state = CheckUnknown
				}
				if c.State != state || c.Words == "" || strings.ContainsAny(c.Words, "{}[]") || (c.Next == "") != (state != CheckNo) {
					t.Errorf("%v: step %d is %+v, want %s", kind, i+1, c, state)
				}
			}
		}
	}
	for _, c := range SSHChecks("192.0.2.22:22", 3, nil) {
		if c.State != CheckYes || c.Next != "" {
			t.Errorf("when all is well: %+v", c)
		}
	}
}

func TestANodeThatRefusesIsNotCalledSilent(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"attic does not answer":                                    nil,
		"The token was refused by attic":                           &proxmox.Error{Kind: proxmox.KindUnauthorized},
		"The token does not reach attic":                           &proxmox.Error{Kind: proxmox.KindTokenLost},
		"pvedaemon does not run on attic":                          &proxmox.Error{Kind: proxmox.KindDaemonDown, Call: "GET /nodes/pve2/lxc"},
		"A proxy answers for attic, Proxmox VE behind it does not": &proxmox.Error{Kind: proxmox.KindProxy},
	} {
		if got := NoAnswer("attic", err); got != want || Refuses(err) != (err != nil) {
			t.Errorf("%v: %q, %t; want %q", err, got, Refuses(err), want)
		}
	}
	if err := (&proxmox.Error{Kind: proxmox.KindTimeout}); Refuses(err) || NoAnswer("attic", err) != "attic does not answer" {
		t.Errorf("a silent node: %q", NoAnswer("attic", err))
	}
}
