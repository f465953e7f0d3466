package proxmox

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestFeaturesGoWithUnprivilegedContainersOnly(t *testing.T) {
	for _, tt := range []struct {
		p    CreateParams
		want string
	}{
		{CreateParams{Unprivileged: true, Nesting: true}, "nesting=1"},
		{CreateParams{Unprivileged: true}, ""},
		{CreateParams{Nesting: true}, ""}, // root@pam alone may
	} {
		if got := tt.p.values().Get("features"); got != tt.want {
			t.Errorf("%+v: features %q, want %q", tt.p, got, tt.want)
		}
	}
}

func TestNothingEmptyIsSentAndNoPassword(t *testing.T) {
	for _, p := range []CreateParams{{}, fullParams} {
		for name, v := range p.values() {
			if name == "password" || name == "start" {
				t.Errorf("%s is sent", name)
			}
			if len(v) != 1 || v[0] == "" && name != "ostemplate" {
				t.Errorf("%s is sent as %q", name, v)
			}
		}
	}
}

func TestParametersOutliveAJobRecord(t *testing.T) {
	kept, err := json.Marshal(fullParams)
	if err != nil {
		t.Fatal(err)
	}
	var got CreateParams
	if err := json.Unmarshal(kept, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, fullParams) {
		t.Errorf("%s\nreads back as %+v", kept, got)
	}
}

func TestPctCreate(t *testing.T) {
	p := CreateParams{
		VMID: 105, Hostname: "web", OSTemplate: "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst",
		Cores: 2, Memory: 1024, Swap: 512, Disk: 8, Storage: "local-lvm", Bridge: "vmbr0", IP: "dhcp",
		Unprivileged: true, Nesting: true, Tags: []string{"web", "prod"},
	}
	want := "pct create 105 local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst --hostname web --cores 2 --memory 1024 --swap 512" +
		" --rootfs local-lvm:8 --net0 'name=eth0,bridge=vmbr0,ip=dhcp,type=veth' --unprivileged 1 --features 'nesting=1' --tags 'web;prod'"
	want = strings.ReplaceAll(want, " --", " \\\n  --")
	if got := p.PctCreate(); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// TestAShellReadsPctCreateAsTheAPIReadsTheForm runs the line with a pct that
// writes down its arguments and standard input.
func TestAShellReadsPctCreateAsTheAPIReadsTheForm(t *testing.T) {
	dir := t.TempDir()
	pct := "#!/bin/sh\nprintf '%s\\0' \"$@\" >\"$OUT/args\"\ncat >\"$OUT/stdin\"\n"
	if err := os.WriteFile(filepath.Join(dir, "pct"), []byte(pct), 0o755); err != nil {
		t.Fatal(err)
	}
	odd := fullParams
	odd.Description = "it's $HOME `id`\n\"quoted\" \\ & done;"
	cmd := exec.Command("sh", "-c", odd.PctCreate())
	cmd.Env = []string{"PATH=" + dir + string(os.PathListSeparator) + os.Getenv("PATH"), "OUT=" + dir}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	args, err := os.ReadFile(filepath.Join(dir, "args"))
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Split(strings.TrimSuffix(string(args), "\x00"), "\x00")
	form := odd.values()
	if len(words) < 3 || words[0] != "create" || words[1] != form.Get("vmid") || words[2] != form.Get("ostemplate") {
		t.Fatalf("begins with %q", words)
	}
	form.Del("vmid")
	form.Del("ostemplate")
	keys := form.Get("ssh-public-keys")
	form.Set("ssh-public-keys", "/dev/stdin")
	for i := 3; i+1 < len(words); i += 2 {
		name := strings.TrimPrefix(words[i], "--")
		if got := form.Get(name); got != words[i+1] {
			t.Errorf("%s is %q on the line and %q in the form", name, words[i+1], got)
		}
		form.Del(name)
	}
	if len(form) != 0 {
		t.Errorf("not on the line: %v", form)
	}
	stdin, err := os.ReadFile(filepath.Join(dir, "stdin"))
	if err != nil {
		t.Fatal(err)
	}
	if string(stdin) != keys+"\n" {
		t.Errorf("keys %q, want %q", stdin, keys)
	}
}
