package proxmox

import (
	"strings"
	"testing"
	"time"
)

func TestParseUPID(t *testing.T) {
	u, err := ParseUPID(upidStart0)
	if err != nil {
		t.Fatal(err)
	}
	if u.Node() != "pve1" || u.Type() != "vzstart" || u.ID() != "105" || u.User() != "berth@pve!app" || !u.Started().Equal(time.Unix(0x69246C60, 0)) {
		t.Errorf("%s read as %s, %s, %s, %s, %v", u, u.Node(), u.Type(), u.ID(), u.User(), u.Started())
	}
	for _, s := range []string{
		"UPID:pve-2:000A3F2B:1C5E1D77A:69246C60:download:d13.tar.zst:root@pam:", // up for 600 days
		"UPID:p:00000000:00000000:00000000:srvreload::root@pam:",
	} {
		if _, err := ParseUPID(s); err != nil {
			t.Error(err)
		}
	}
	for _, s := range []string{
		"", "UPID:", "UPID:pve1:1:2:3:vzstart:105:root@pam:", strings.TrimSuffix(upidStart0, ":"), upidStart0 + "\n", upidStart0 + upidStart0, " " + upidStart0,
		strings.Replace(upidStart0, "pve1", "", 1), strings.Replace(upidStart0, "pve1", "../x", 1), strings.Replace(upidStart0, "pve1", "-pve", 1),
		strings.Replace(upidStart0, "vzstart", "vz/start", 1), strings.Replace(upidStart0, "105", "10 5", 1), strings.Replace(upidStart0, "000A", "000G", 1),
	} {
		if _, err := ParseUPID(s); err == nil {
			t.Errorf("%q passes for a UPID", s)
		}
		if u := UPID(s); u.Node() != "" || u.Type() != "" || u.ID() != "" || u.User() != "" || !u.Started().IsZero() {
			t.Errorf("%q is read in part", s)
		}
	}
}

// FuzzUPID holds that what parses is made of the parts that are read from it, and nothing else.
func FuzzUPID(f *testing.F) {
	f.Add(upidStart0)
	f.Add("UPID:pve-2:000a3f2b:1C5E1D77A:FFFFFFFF:download:d13.tar.zst:root@pam:")
	f.Add("UPID:p:00000000:00000000:00000000:srvreload::root@pam:")
	f.Add("UPID:pve1:1:2:3:vzstart:105:root@pam:")
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseUPID(s)
		if err != nil {
			if UPID(s).Node() != "" {
				t.Errorf("%q has a node", s)
			}
			return
		}
		if !validNodeName(u.Node()) {
			t.Errorf("node %q", u.Node())
		}
		pid, pstart, start := u.part(upidPID), u.part(upidPStart), u.part(upidStart)
		printed := strings.Join([]string{"UPID", u.Node(), pid, pstart, start, u.Type(), u.ID(), u.User(), ""}, ":")
		if printed != s {
			t.Errorf("%q prints as %q", s, printed)
		}
		if u.Started().Unix() < 0 || u.Started().Unix() > 0xFFFFFFFF {
			t.Errorf("%q started %v", s, u.Started())
		}
	})
}
