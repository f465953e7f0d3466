// Command shots draws all pages of the demonstration, in both themes and three widths, into a folder, so that somebody looks at them.
// It runs from the root of the repository and needs chromium (CHROMIUM names another).
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// patience bounds the wait for one page.
const patience = 30 * time.Second

// widths of the pictures, in CSS pixels, and the height of a window of each: a picture is as long as its page.
var widths = []int64{360, 768, 1280}

const height = 800

func main() {
	folder := flag.String("to", "shots", "the folder that the pictures are written into")
	only := flag.String("only", "", "draw only pages whose name holds this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *folder, *only); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, folder, only string) (err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	url, end, err := demonstration(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true))
	if path := os.Getenv("CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	allocator, cancel := chromedp.NewExecAllocator(ctx, options...)
	defer cancel()
	browser, cancel := chromedp.NewContext(allocator)
	defer cancel()
	if err := chromedp.Do(browser, chromedp.Navigate("about:blank")); err != nil { // it ends with the context that it began in
		return err
	}
	c := camera{browser, url, folder, only}
	if err := c.shootAll(map[string]string{"sign-in": "/login"}); err != nil {
		return err
	}
	if err := c.signIn(); err != nil {
		return err
	}
	pages, err := c.pages()
	if err != nil {
		return err
	}
	return c.shootAll(pages)
}

// demonstration builds Berth and runs its demonstration until end is called.
func demonstration(ctx context.Context) (url string, end func() error, err error) {
	dir, err := os.MkdirTemp("", "berth-shots")
	if err != nil {
		return "", nil, err
	}
	program := filepath.Join(dir, "berth")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("%w\n%s", err, out)
	}
	cmd := exec.CommandContext(ctx, program, "demo", "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	end = func() error {
		_ = cmd.Process.Signal(os.Interrupt) // an error means that it has ended, which Wait tells
		return errors.Join(cmd.Wait(), os.RemoveAll(dir))
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_, url, found := strings.Cut(strings.TrimSpace(line), " is at ")
	if err != nil || !found {
		return "", nil, errors.Join(fmt.Errorf("the demonstration says %q: %v", line, err), end())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // what else it says; it ends with the program
	return url, end, nil
}

// camera draws pages of a demonstration.
type camera struct {
	ctx               context.Context
	url, folder, only string
}

func (c camera) do(steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, steps...)
}

func (c camera) ask(question string) (string, error) {
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[string](question, chromedp.EvalAwaitPromise))
}

// until waits for a page to be as it should.
func (c camera) until(question string) error {
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		answer, err := c.ask("String(!!(" + question + "))")
		if answer == "true" {
			return nil
		}
		if time.Now().After(end) {
			return errors.Join(fmt.Errorf("not so: %s", question), err)
		}
	}
}

func (c camera) signIn() error {
	if err := c.do(chromedp.Navigate(c.url + "/login")); err != nil {
		return err
	}
	if _, err := c.ask(`fetch("/login", {method: "POST", body: new URLSearchParams({username: "demo", password: "demonstration"})}).then((r) => String(r.status))`); err != nil {
		return err
	}
	if err := c.do(chromedp.Navigate(c.url + "/")); err != nil {
		return err
	}
	return c.until(`document.querySelector("[data-vmid]")`)
}

// pages returns the paths of all pages, by the names of their pictures.
func (c camera) pages() (map[string]string, error) {
	node, err := c.ask(`document.querySelector("[data-vmid='101']").dataset.node`)
	if err != nil {
		return nil, err
	}
	draft, err := c.ask(`fetch("/containers/new", {method: "POST", body: new URLSearchParams({node: "` + node + `", template: ""})}).then((r) => new URL(r.url).pathname.split("/").slice(0, 4).join("/"))`)
	if err != nil {
		return nil, err
	}
	one := "/containers/" + node + "/101"
	return map[string]string{
		"dashboard-list": "/?view=list", "dashboard-cards": "/?view=cards", "dashboard-nothing": "/?q=nothing",
		"container": one, "metrics": one + "/figures", "services": one + "/services", "snapshots": one + "/snapshots", "backups": one + "/backups",
		"events": one + "/events", "console": one + "/console", "clone": one + "/clone", "reboot": one + "/reboot", "delete": one + "/delete",
		"new": "/containers/new", "new-configure": draft + "/configure", "new-review": draft + "/review",
		"jobs": "/jobs", "job": "/jobs/1", "job-failed": "/jobs/2",
		"templates": "/templates", "template-new": "/templates/new", "packages": "/packages", "folder": "/templates/folder",
		"nodes": "/settings/nodes", "node": "/settings/nodes/" + node, "node-new": "/settings/nodes/new",
		"account": "/account", "not-there": "/nowhere",
	}, nil
}

func (c camera) shootAll(pages map[string]string) error {
	for name, path := range pages {
		if !strings.Contains(name, c.only) {
			continue
		}
		for _, width := range widths {
			for _, theme := range []string{"light", "dark"} {
				if err := c.shoot(fmt.Sprintf("%s-%d-%s.png", name, width, theme), path, width, theme); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
			}
		}
	}
	return nil
}

func (c camera) shoot(file, path string, width int64, theme string) error {
	look := func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1}); err != nil {
			return chromedp.Void{}, err
		}
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
		return chromedp.Void{}, err
	}
	if err := c.do(look, chromedp.Navigate(c.url+path)); err != nil {
		return err
	}
	if err := c.until(`document.readyState == "complete" && !document.querySelector(".htmx-request")`); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.folder, file), picture, 0o644)
}
