package inside

import (
	"slices"
	"testing"
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
		"apk": {
			out:     "\nM apk\nInstalled:                                Available:\nbusybox-1.37.0-r18                      < 1.37.0-r19 \nlibcrypto3-3.5.0-r0                     < 3.5.4-r0 \n",
			manager: "apk", packages: []Update{{"busybox", "1.37.0-r18", "1.37.0-r19", false}, {"libcrypto3", "3.5.0-r0", "3.5.4-r0", false}},
		},
		"dnf": {
			out:     "\nM dnf\n\nkernel-core.x86_64                     6.17.8-200.fc42                updates\nvim-data.noarch    2:9.1.1914-1.fc42   updates\nObsoleting Packages\ngrub2-tools.x86_64   1:2.12-40.fc42   updates\n",
			manager: "dnf", packages: []Update{{"kernel-core", "", "6.17.8-200.fc42", false}, {"vim-data", "", "2:9.1.1914-1.fc42", false}},
		},
		"nothing to do": {out: "\nM index\n0\n\nM apk\nInstalled:                                Available:\n", manager: "apk"},
		"locked":        {out: "\nM apt\nE: Unmet dependencies. Try 'apt --fix-broken install'\n", manager: "apt", failed: "E: Unmet dependencies. Try 'apt --fix-broken install'"},
		"no manager":    {out: "\nM end\n"},
	} {
		u := parseUpdates([]byte(tt.out), "M")
		if u.Manager != tt.manager || !slices.Equal(u.Packages, tt.packages) || u.Failed != tt.failed {
			t.Errorf("%s: %+v", name, u)
		}
	}
}

func FuzzUpdates(f *testing.F) {
	f.Add("Inst libc6 [2.41-12] (2.41-12+deb13u1 Debian:13.2/stable [amd64])")
	f.Add("busybox-1.37.0-r18                      < 1.37.0-r19 ")
	f.Add("kernel-core.x86_64                     6.17.8-200.fc42                updates")
	f.Fuzz(func(t *testing.T, text string) {
		all := lines([]byte(text))
		shown(t, complaint(all))
		for _, u := range slices.Concat(parseApt(all), parseApk(all), parseDnf(all)) {
			shown(t, u.Name, u.Old, u.New)
		}
	})
}
