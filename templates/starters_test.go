package templates_test

import (
	"bytes"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"berth/store"
	"berth/templates"
)

func TestStartersAreThere(t *testing.T) {
	var ids []string
	for _, s := range templates.Starters() {
		ids = append(ids, s.ID)
		if s.UserID != "" || s.Origin != "" {
			t.Errorf("%s belongs to %q, from %q", s.ID, s.UserID, s.Origin)
		}
		if one, ok := templates.Starter(s.ID); !ok || !reflect.DeepEqual(one, s) {
			t.Errorf("asked for alone, %s is another: %+v", s.ID, one)
		}
	}
	slices.Sort(ids)
	want := []string{
		"starter-alpine", "starter-caddy", "starter-debian", "starter-dns", "starter-docker",
		"starter-forge", "starter-media", "starter-postgresql", "starter-samba", "starter-wireguard",
	}
	if !slices.Equal(ids, want) {
		t.Errorf("the starters are %v, want %v", ids, want)
	}
	for _, id := range []string{"", "docker", "starter-", "starter-.", "starter-..", "starter-none", "starter-docker/scripts", "starter-../starters/docker"} {
		if s, ok := templates.Starter(id); ok {
			t.Errorf("Starter(%q) is %q", id, s.Name)
		}
	}
}

func TestChangingAStarterChangesNoOther(t *testing.T) {
	first := templates.Starters()
	first[0].Scripts[0].Content = "rm -rf /"
	first[0].Tags[0] = "changed"
	if again := templates.Starters(); again[0].Scripts[0].Content == "rm -rf /" || again[0].Tags[0] == "changed" {
		t.Error("what one caller changed, the next one gets")
	}
}

func TestAStarterIsATemplateLikeAnyOther(t *testing.T) {
	for _, s := range templates.Starters() {
		t.Run(s.ID, func(t *testing.T) {
			if wrong := templates.Check(s); len(wrong) > 0 {
				t.Errorf("the form would refuse it: %v", wrong)
			}
			got, err := templates.ReadArchive(bytes.NewReader(export(t, templates.Bundle{Template: s})))
			got.Template.ID = s.ID
			if err != nil || !reflect.DeepEqual(got.Template, s) {
				t.Errorf("exported and read again it is\n%+v, %v\nwant\n%+v", got.Template, err, s)
			}
			switch {
			case s.Description == "" || s.OSTemplate == "" || len(s.Packages) == 0 || len(s.Scripts) == 0:
				t.Error("it leaves open what a starter says")
			case !s.Unprivileged:
				t.Error("it wants a privileged container")
			}
			for _, script := range s.Scripts {
				if script.Description == "" || !script.Enabled {
					t.Errorf("the script %s is off or without a description", script.Name)
				}
			}
		})
	}
}

// A starter's OS template and its packages go together.
func TestAStartersPackagesAreForItsSystem(t *testing.T) {
	managers := map[string]string{"debian": "apt", "alpine": "apk"}
	for _, s := range templates.Starters() {
		system, _, _ := strings.Cut(s.OSTemplate, "-")
		for _, p := range s.Packages {
			if p.Manager != managers[system] {
				t.Errorf("%s is for %s and has %s of %s", s.ID, s.OSTemplate, p.Name, p.Manager)
			}
		}
		if !slices.Contains(s.Tags, system) {
			t.Errorf("%s is not tagged %s", s.ID, system)
		}
	}
}

var (
	variableUsed = regexp.MustCompile(`\$\{?([A-Z][A-Z0-9_]*)`)
	variableSet  = regexp.MustCompile(`(?m)^\s*([A-Z][A-Z0-9_]*)=`)
	berthsOwn    = []string{"BERTH_VMID", "BERTH_HOSTNAME", "BERTH_TEMPLATE", "BERTH_ADDRESS", "BERTH_OS", "BERTH_OS_VERSION"}
)

// A misspelt input would be an error of set -u only once the container is there.
func TestAStartersScriptsAskForWhatTheyUse(t *testing.T) {
	for _, s := range templates.Starters() {
		known := slices.Clone(berthsOwn)
		for _, in := range s.Inputs {
			known = append(known, in.Name)
		}
		var all strings.Builder
		for _, script := range s.Scripts {
			all.WriteString(script.Content)
			if !strings.HasPrefix(script.Content, "# shellcheck shell=sh\n") {
				t.Errorf("%s: %s does not begin with the line that tells shellcheck its shell", s.ID, script.Name)
			}
			mine := slices.Clone(known)
			for _, m := range variableSet.FindAllStringSubmatch(script.Content, -1) {
				mine = append(mine, m[1])
			}
			for _, m := range variableUsed.FindAllStringSubmatch(script.Content, -1) {
				if !slices.Contains(mine, m[1]) {
					t.Errorf("%s: %s uses %s, which is neither asked for nor set", s.ID, script.Name, m[1])
				}
			}
		}
		for _, in := range s.Inputs {
			if !strings.Contains(all.String(), in.Name) {
				t.Errorf("%s asks for %s, and no script uses it", s.ID, in.Name)
			}
		}
	}
}

// Debian's containers run them by dash, Alpine's by busybox.
func TestAStartersScriptsAreShell(t *testing.T) {
	for _, words := range [][]string{{"sh"}, {"dash"}, {"busybox", "sh"}} {
		path, err := exec.LookPath(words[0])
		if err != nil {
			t.Logf("LEFT OUT: there is no %s on this machine", words[0])
			continue
		}
		shell := append(append([]string{path}, words[1:]...), "-n")
		for _, s := range templates.Starters() {
			for _, script := range s.Scripts {
				parses(t, shell, s.ID+": "+script.Name, script.Content)
			}
			for _, f := range s.Files {
				if strings.HasPrefix(string(f.Content), "#!/bin/sh\n") {
					parses(t, shell, s.ID+": "+f.Path, string(f.Content))
				}
			}
		}
	}
}

func TestAStartersProgramsCanBeRun(t *testing.T) {
	for _, s := range templates.Starters() {
		for _, f := range s.Files {
			if strings.HasPrefix(string(f.Content), "#!") != (f.Mode == 0o755) {
				t.Errorf("%s: %s has the mode %04o", s.ID, f.Path, f.Mode)
			}
		}
	}
}

func parses(t *testing.T, shell []string, name, script string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), shell[0], shell[1:]...)
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s, read by %s: %v\n%s", name, shell[0], err, out)
	}
}

// The names that the DNS starter blocks are read from lists of others.
func TestTheBlocklistTakesNamesAndNothingElse(t *testing.T) {
	dns, ok := templates.Starter("starter-dns")
	if !ok {
		t.Fatal("there is no starter-dns")
	}
	i := slices.IndexFunc(dns.Files, func(f store.File) bool { return f.Path == "/usr/local/sbin/blocklist-update" })
	dir := t.TempDir()
	put := func(name, content string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(dir+"/"+name, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	put("url", "https://lists.example/hosts\n", 0o644)
	put("allow.txt", "# mine\ngood.example.com\n", 0o644)
	put("block.txt", "ads.example.net # noisy\nexample.com\n", 0o644)
	put("hosts", "127.0.0.1 localhost\r\n0.0.0.0 Tracker.Example.org\r\n0.0.0.0 deep.ads.example.net\n::1 ip6.example.org\n0.0.0.0 0.0.0.0\n"+
		"x.example\" always_refuse\nserver:\n\tinclude: /etc/shadow\n! adblock.example\nunder.good.example.com\nsame.example.org.\n0.0.0.0 other.example.com\n", 0o644)
	put("curl", "#!/bin/sh\nwhile [ \"$1\" != -o ]; do shift; done\ncp "+dir+"/hosts \"$2\"\n", 0o755)
	put("unbound-checkconf", "#!/bin/sh\n[ ! -e "+dir+"/refuse ] || { echo refused; exit 1; }\n", 0o755)
	put("systemctl", "#!/bin/sh\necho \"$@\" >>"+dir+"/restarts\n", 0o755)
	program := strings.NewReplacer("/etc/unbound/lists", dir, "/etc/unbound/blocked.zones", dir+"/blocked.zones").Replace(string(dns.Files[i].Content))
	run := func() (string, error) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "sh")
		cmd.Stdin, cmd.Env = strings.NewReader(program), []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "TMPDIR=" + dir}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	zones := func() string {
		t.Helper()
		content, err := os.ReadFile(dir + "/blocked.zones")
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}

	out, err := run()
	if err != nil || out != "6 names are blocked\n" {
		t.Errorf("it says %q, %v", out, err)
	}
	want := ""
	for _, name := range []string{"ads.example.net", "deep.ads.example.net", "ip6.example.org", "other.example.com", "same.example.org", "tracker.example.org"} {
		want += "local-zone: \"" + name + ".\" always_nxdomain\n"
	}
	if got := zones(); got != want {
		t.Errorf("it blocks\n%s\nwant\n%s", got, want)
	}

	put("refuse", "", 0o644)
	put("block.txt", "more.example.net\n", 0o644)
	if out, err := run(); err == nil || !strings.Contains(out, "the old one stays") || zones() != want {
		t.Errorf("refused by Unbound: it says %q, %v, and blocks\n%s", out, err, zones())
	}
	put("hosts", "<html>Not found</html>\n", 0o644)
	if out, err := run(); err == nil || !strings.Contains(out, "the old list stays") || zones() != want {
		t.Errorf("an empty list: it says %q, %v, and blocks\n%s", out, err, zones())
	}
}
