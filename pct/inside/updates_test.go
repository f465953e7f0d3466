package inside

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestUpdatesOfEachManager(t *testing.T) {
	for name, tt := range map[string]struct {
		out      string
		manager  string
		packages []Update
		failed   string
	}{
		"apt": {
			out: "\nM index\n1764000000\n\nM apt\nReading package lists...\nCalculating upgrade...\nThe following NEW packages will be installed:\n  linux-image-6.12.57\n" +
				"Inst linux-image-6.12.57 (6.12.57-1 Debian:13.2/stable [amd64])\nInst libc6 [2.41-12] (2.41-12+deb13u1 Debian:13.2/stable [amd64]) [libc6-dev:amd64 ]\n" +
				"Inst openssl [3.5.1-1] (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64])\nConf openssl (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64])\n\nM end\n",
			manager:  "apt",
			packages: []Update{{"libc6", "2.41-12", "2.41-12+deb13u1", false}, {"openssl", "3.5.1-1", "3.5.1-1+deb13u1", true}},
		},
		"Ubuntu's apt": {
			out:      "\nM apt\nInst libssl3t64 [3.0.13-0ubuntu3.4] (3.0.13-0ubuntu3.5 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [amd64])\n",
			manager:  "apt",
			packages: []Update{{"libssl3t64", "3.0.13-0ubuntu3.4", "3.0.13-0ubuntu3.5", true}},
		},
		"nothing to do": {out: "\nM index\n0\n\nM apk\nInstalled:                                Available:\n", manager: "apk"},
		"locked":        {out: "\nM apt\nE: Unmet dependencies. Try 'apt --fix-broken install'\n", manager: "apt", failed: "E: Unmet dependencies. Try 'apt --fix-broken install'"},
		"no manager":    {out: "\nM end\n"},
		"dnf with three kernels": {
			out:     "\nM dnf\nkernel.x86_64  6.17.8-200.fc42  updates\nbash.i686  5.3.0-2.fc42  updates\n\nM rpm\nkernel.x86_64\t6.16.1-200.fc42\nkernel.x86_64\t6.17.1-200.fc42\nkernel.x86_64\t6.17.5-200.fc42\nbash.x86_64\t5.2.37-1.fc42\n",
			manager: "dnf", packages: []Update{{"kernel", "", "6.17.8-200.fc42", false}, {"bash", "", "5.3.0-2.fc42", false}},
		},
		"dnf 4 without lists": {
			out: "\nM index\n0\n\nM dnf\nError: Cache-only enabled but no cache for 'fedora'\n", manager: "dnf", failed: "Error: Cache-only enabled but no cache for 'fedora'",
		},
		"dnf 5 without lists": {
			out: "\nM index\n0\n\nM dnf\nCache-only enabled but no cache for repository \"fedora\"\n", manager: "dnf", failed: `Cache-only enabled but no cache for repository "fedora"`,
		},
		"apk without lists": {
			out: "\nM index\n0\n\nM apk\nWARNING: opening from cache http://mirror.example/main: No such file or directory\nInstalled:                                Available:\n", manager: "apk",
		},
	} {
		u := parseUpdates([]byte(tt.out), "M")
		if u.Manager != tt.manager || !slices.Equal(u.Packages, tt.packages) || u.Failed != tt.failed {
			t.Errorf("%s: %+v", name, u)
		}
	}
}

// What the managers themselves answered; testdata/README.md tells which.
func TestUpdatesOfRealManagers(t *testing.T) {
	compareSamples(t, "testdata/updates", 4, func(out []byte) string {
		u := parseUpdates(out, sampleMark)
		text := fmt.Sprintf("%s, lists of %s, failed %q\n", u.Manager, u.Index.Format(time.RFC3339), u.Failed)
		for _, p := range u.Packages {
			text += fmt.Sprintf("%s %q -> %q, security %v\n", p.Name, p.Old, p.New, p.Security)
		}
		return text
	})
}

// On a machine with apk or dnf, they are asked themselves. apt would take seconds.
func TestTheUpdatesOfThisMachine(t *testing.T) {
	manager := ""
	for _, name := range []string{"dnf", "apk", "apt-get"} {
		if _, err := exec.LookPath(name); err == nil {
			manager = name
		}
	}
	if manager != "apk" && manager != "dnf" {
		t.Skip("LEFT OUT: this machine's packages are neither apk's nor dnf's")
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-s")
	cmd.Stdin = strings.NewReader(updatesScript)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "MARK=" + sampleMark}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	u := parseUpdates(out, sampleMark)
	if _, whole := parts(out, sampleMark)["end"]; !whole || u.Manager != manager {
		t.Errorf("%+v of\n%s", u, out)
	}
	t.Logf("%+v", u)
}

func FuzzUpdates(f *testing.F) {
	f.Add("Inst libc6 [2.41-12] (2.41-12+deb13u1 Debian:13.2/stable [amd64])")
	f.Add("busybox-1.37.0-r18                      < 1.37.0-r19 ")
	f.Add("kernel-core.x86_64                     6.17.8-200.fc42                updates")
	f.Fuzz(func(t *testing.T, text string) {
		all := lines([]byte(text))
		shown(t, complaint(all))
		for _, u := range slices.Concat(parseApt(all), parseApk(all), parseDnf(all, parseRpm(all), nil)) {
			shown(t, u.Name, u.Old, u.New)
		}
	})
}
