package proxmox

import (
	"strings"
	"testing"
)

func TestNamesThatProxmoxTakes(t *testing.T) {
	label := strings.Repeat("a", MaxHostnameLabel)
	tests := []struct {
		format string
		valid  func(string) bool
		takes  []string
		leaves []string
	}{
		{
			"search domain", ValidDomain,
			[]string{"a", "7", "lan", "Web-01", "home.arpa", "1.2.3.4", label + "." + label + "." + label},
			[]string{"", "lan ", "-lan", "lan-", "l_n", "lan.", ".lan", "a..b", "län", "lan\n", label + "a", label + "." + label + "." + label + "." + label},
		},
		{
			"node name", validNodeName,
			[]string{"pve1", "P", "pve-1"},
			[]string{"", "pve.1", "pve_1", "-pve", "pve-", "pve/1"},
		},
		{
			"tag", ValidTag,
			[]string{"web", "WEB", "_x", "1", "a-b", "a+b", "a.b", "c++"},
			[]string{"", "-a", "+a", ".a", "a b", "a;b", "a,b", "ä", "a\n"},
		},
		{
			"storage", ValidStorage,
			[]string{"local", "local-lvm", "A1", "nas_2.x"},
			[]string{"", "a", "1local", "local-", "lo cal", "local:x", "lo/cal"},
		},
		{
			"bridge", ValidBridge,
			[]string{"vmbr0", "0", "my_net.5"},
			[]string{"", "vmbr 0", "vmbr0,tag=5", "vmbr/0", "vmbrö"},
		},
		{
			"snapshot", ValidSnapshotName,
			[]string{"ab", "Before-2", "before_upgrade", strings.Repeat("a", MaxSnapshotName)},
			[]string{"", "a", "1a", "_a", "a b", "a.b", "ä1", "current", "vzdump", strings.Repeat("a", MaxSnapshotName+1)},
		},
		{
			"a backup's note", ValidNote,
			[]string{"", "before the upgrade", "two\nlines", `C:\x`, "{{guestname}} on {{node}}, {{ }}", strings.Repeat("ä", maxBackupNote)},
			[]string{"{{hostname}}", strings.Repeat("a", maxBackupNote+1), strings.Repeat("\n", maxBackupNote)},
		},
		{
			"pool", ValidPool,
			[]string{"prod", "prod/web", "a/b/c", "a.b_c-d"},
			[]string{"", "/", "prod/", "/prod", "a//b", "a/b/c/d", "a b"},
		},
	}
	for _, tt := range tests {
		for _, s := range tt.takes {
			if !tt.valid(s) {
				t.Errorf("%s %q: refused", tt.format, s)
			}
		}
		for _, s := range tt.leaves {
			if tt.valid(s) {
				t.Errorf("%s %q: taken", tt.format, s)
			}
		}
	}
}

func TestSplitTokenID(t *testing.T) {
	tests := []struct {
		id, user, name string
		ok             bool
	}{
		{"berth@pve!app", "berth@pve", "app", true},
		{"root@pam!berth-1", "root@pam", "berth-1", true},
		{"me@example.org@ldap!x1", "me@example.org@ldap", "x1", true},
		{"a!b@pve!app", "a!b@pve", "app", true},
		{id: ""},
		{id: "berth@pve"},
		{id: "berth!app"},
		{id: "@pve!app"},
		{id: "berth@pve!"},
		{id: "berth@pve!1app"},
		{id: "berth@pve!a"},
		{id: "berth@p!app"},
		{id: "be rth@pve!app"},
		{id: "be/rth@pve!app"},
		{id: "be:rth@pve!app"},
		{id: "berth@pve!app=0123"},
	}
	for _, tt := range tests {
		user, name, ok := SplitTokenID(tt.id)
		if user != tt.user || name != tt.name || ok != tt.ok {
			t.Errorf("SplitTokenID(%q) = %q, %q, %v; want %q, %q, %v", tt.id, user, name, ok, tt.user, tt.name, tt.ok)
		}
	}
}
