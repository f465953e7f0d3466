//go:build e2e

package e2e

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// playTime bounds the creation of a container in the demonstration, whose host is slow on purpose
// so that it can be watched.
const playTime = 3 * time.Minute

// demonstration runs the program as somebody does who tries it, and returns its address.
func demonstration(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "berth")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "..").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(program, "demo", "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the demonstration's end: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	_, url, found := strings.Cut(strings.TrimSpace(line), " is at ")
	if err != nil || !found {
		t.Fatalf("it says %q, %v", line, err)
	}
	go io.Copy(io.Discard, out) // what else it says; it ends with the program
	return url
}

func TestTheDemonstration(t *testing.T) {
	t.Parallel()
	h := &house{t: t, url: demonstration(t)}
	b := h.open(true)
	b.visit("/login")
	b.write("username", "demo")
	b.write("password", "demonstration")
	b.press("main form button[type=submit]")
	b.until("is signed in", `location.pathname == "/" && document.readyState == "complete"`)

	// One creation is made to fail: its packages are not found, also not at the second try.
	b.visit("/jobs/2")
	b.untilWithin(playTime, "the creation fails", `document.querySelector("[data-state=failed]")`)
	b.says("Create web", "The packages could not be installed", "Temporary failure resolving", "trying once more in 10 seconds", "Destroy…", "Packages: failed", "Services: not begun")
	const failed = `document.querySelector(".steps li[data-status=failed]")`
	b.until("the step that failed is marked", failed+`.innerText.includes("packages") && document.querySelectorAll(".steps li[data-status=todo]").length > 0`)
	b.accessible("demonstration failed")

	// The retry goes on from there, and its lines come while one looks.
	b.send("Try again")
	b.at("/jobs/2-")
	b.is(`(() => {
		document.documentElement.dataset.stays = "yes";
		window.linesAtFirst = document.querySelectorAll("#log-lines li").length;
		return true;
	})()`)
	b.until("lines come by themselves", `document.querySelectorAll("#log-lines li").length > window.linesAtFirst + 3`)
	const follows = `getComputedStyle(document.querySelector(".log")).flexDirection === "column-reverse"`
	b.until("it follows its log", follows)
	b.press(".switch input[name=follow]")
	b.until("it follows no more", `!(`+follows+`)`)
	b.press(".switch input[name=follow]")
	b.until("it follows again", follows)
	b.untilWithin(playTime, "the creation is done", `document.querySelector("[data-state=done]")`)
	b.until("all of that on the same page", `document.documentElement.dataset.stays === "yes"`)
	b.says("caddy runs, port 80 is open")
	b.until("each line is there once", `(() => {
		const all = [...document.querySelectorAll("#log-lines li")].map((l) => l.id);
		return all.length > 20 && new Set(all).size === all.length;
	})()`)
	b.is(`fetch(document.querySelector("a[download]").href).then((r) => r.text()).then((text) => { window.downloaded = text; })`)
	b.until("the log can be downloaded, with both tries", `window.downloaded?.includes("Temporary failure resolving") && window.downloaded.includes("caddy runs, port 80 is open")`)
	b.accessible("demonstration done")

	b.visit("/jobs/1")
	b.untilWithin(playTime, "the other creation is done", `document.querySelector("[data-state=done]")`)
	b.says("smbd runs, port 445 is open")
	b.visit("/")
	b.until("both run", `["141", "142"].every((id) => document.querySelector("[data-vmid='" + id + "']")?.dataset.status === "running")`)
}
