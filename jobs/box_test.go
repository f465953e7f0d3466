package jobs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth/store"
)

// box is a folder that stands for a container's file system, with only the commands that
// every system has, and those that a test puts there.
type box struct {
	t    *testing.T
	dir  string
	bin  string
	made []string // commands that are no system's
}

func newBox(t *testing.T) *box {
	b := &box{t: t, dir: t.TempDir()}
	b.bin = filepath.Join(b.dir, "bin")
	mustDo(t, os.Mkdir(b.bin, 0o755))
	for _, name := range []string{
		"base64", "cat", "chmod", "chown", "cp", "date", "dirname", "grep", "head", "id", "ls", "mkdir", "mktemp", "mv", "rm", "sed", "sha256sum", "sort", "tee", "tr",
	} {
		path, err := exec.LookPath(name)
		mustDo(t, err)
		mustDo(t, os.Symlink(path, filepath.Join(b.bin, name)))
	}
	b.command("sleep", `echo "sleep $1" >>"$BOX/slept"`)
	return b
}

// command puts a command into the box.
func (b *box) command(name, body string) {
	b.t.Helper()
	b.made = append(b.made, name)
	mustDo(b.t, os.RemoveAll(filepath.Join(b.bin, name))) // it may be a link to this machine's
	mustDo(b.t, os.WriteFile(filepath.Join(b.bin, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755))
}

// shells are those that are there to try programs with: what /bin/sh is here, and others.
func shells(t *testing.T) [][]string {
	list := [][]string{{"/bin/sh"}}
	for _, words := range [][]string{{"busybox", "sh"}, {"dash"}, {"bash", "--posix"}} {
		path, err := exec.LookPath(words[0])
		if err != nil {
			t.Logf("LEFT OUT: there is no %s on this machine", words[0])
			continue
		}
		list = append(list, append([]string{path}, words[1:]...))
	}
	return list
}

// inEveryShell runs a test with each of the shells, each time in a box of its own.
func inEveryShell(t *testing.T, try func(t *testing.T, b *box, run func(program string, env ...string) (out, errs string, exit int))) {
	for _, sh := range shells(t) {
		t.Run(filepath.Base(strings.Join(sh, " ")), func(t *testing.T) {
			b := newBox(t)
			try(t, b, func(program string, env ...string) (string, string, int) { return b.run(sh, program, env...) })
		})
	}
}

// run gives a program to a shell by standard input.
func (b *box) run(sh []string, program string, env ...string) (out, errs string, exit int) {
	b.t.Helper()
	if filepath.Base(sh[0]) == "busybox" {
		program = b.overApplets(sh[0]) + program
	}
	program = strings.NewReplacer("/etc/berth", b.dir+"/etc/berth", "/etc/os-release", b.dir+"/etc/os-release", "/run/systemd", b.dir+"/run/systemd",
		"/run/openrc", b.dir+"/run/openrc", "/proc/1/comm", b.dir+"/proc/1/comm").Replace(program)
	cmd := exec.CommandContext(b.t.Context(), sh[0], append(sh[1:], "-s")...)
	cmd.Stdin = strings.NewReader(program)
	cmd.Env = append([]string{"PATH=" + b.bin, "HOME=" + b.dir, "BOX=" + b.dir, "TMPDIR=" + b.dir}, env...)
	var o, e strings.Builder
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		exit = ended.ExitCode()
	} else {
		mustDo(b.t, err)
	}
	return o.String(), e.String(), exit
}

// overApplets defines the box's commands as functions where busybox brings its own: the
// busybox of Debian's package busybox-static takes these, whatever PATH says.
func (b *box) overApplets(busybox string) string {
	b.t.Helper()
	list, err := exec.CommandContext(b.t.Context(), busybox, "--list").Output()
	mustDo(b.t, err)
	applets := strings.Fields(string(list))
	var text strings.Builder
	for _, name := range b.made {
		if slices.Contains(applets, name) {
			fmt.Fprintf(&text, "%s() { \"$BOX/bin/%s\" \"$@\"; }\n", name, name)
		}
	}
	return text.String()
}

func (b *box) put(name, content string) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	mustDo(b.t, os.MkdirAll(filepath.Dir(path), 0o755))
	mustDo(b.t, os.WriteFile(path, []byte(content), 0o644))
	return path
}

func (b *box) read(name string) string {
	b.t.Helper()
	content, err := os.ReadFile(filepath.Join(b.dir, name))
	mustDo(b.t, err)
	return string(content)
}

func script(content string) string {
	p := scriptProgram(store.Script{Content: content})
	return p.prelude + "\n" + p.text
}
