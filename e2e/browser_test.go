//go:build e2e

package e2e

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// axe is axe-core 4.14.1 of npm, MPL-2.0: see axe/LICENSE.
//
//go:embed axe/axe.min.js
var axe string

// patience bounds the wait until a page is as a test expects it.
const patience = 25 * time.Second

// tab is a page in a browser of its own, which fails the test on any error in its console.
type tab struct {
	t      *testing.T
	ctx    context.Context
	house  *house
	script bool
	lacks  string // of an address that is kept from the browser: the console may say so
}

// browser is the one in which all tests open their pages, each with cookies of its own: to start one takes as much work as a
// short test.
var browser context.Context

func TestMain(m *testing.M) { os.Exit(inBrowser(m.Run)) }

func inBrowser(run func() int) int {
	allocator, end := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browserPath()),
		chromedp.NoSandbox, // the forced command runs as root
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(1280, 900),
	)...)
	defer end()
	ctx, cancel := chromedp.NewContext(allocator)
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "the browser does not start:", err)
		return 1
	}
	browser = ctx
	return run()
}

// browserPath is CHROMIUM, or Debian's headless shell, which takes less than half of the work of the whole browser, or
// that; empty where chromedp is to look for one.
func browserPath() string {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	path, _ := exec.LookPath("chromium-headless-shell")
	return path
}

// open opens a page, with cookies of its own; without script JavaScript is switched off in it.
func (h *house) open(script bool) *tab {
	h.t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	b := &tab{t: h.t, ctx: ctx, house: h, script: script}
	console := chromedp.Console(ctx)
	b.do(chromedp.Navigate("about:blank"))
	b.size(1280, 900)
	b.do(func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return chromedp.Void{}, err
	})
	if !script {
		b.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
			_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
			return chromedp.Void{}, err
		})
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for m, err := range console {
			if err != nil {
				return
			}
			b.judge(m)
		}
	})
	h.t.Cleanup(func() {
		if h.t.Failed() {
			b.shoot("failed")
		}
		cancel()
		reading.Wait()
	})
	return b
}

// judge fails the test on what the console should not say. The browser itself notes each answer that is an error there.
func (b *tab) judge(m chromedp.ConsoleMessage) {
	if m.Type != chromedp.ConsoleError && m.Type != chromedp.ConsoleException && m.Type != chromedp.ConsoleWarning {
		return
	}
	for _, status := range []string{"401", "422"} { // signed out meanwhile, or refused
		if strings.Contains(m.Text, "the server responded with a status of "+status) || strings.Contains(m.Text, "Response Status Error Code "+status) {
			return
		}
	}
	if endedOnPurpose(m.Text) {
		return
	}
	if b.lacks != "" && strings.Contains(m.URL, b.lacks) {
		return
	}
	b.t.Errorf("the console says %s: %s (%s:%d)", m.Type, m.Text, m.URL, m.Line)
}

// endedOnPurpose tells of htmx's words whether a request was ended on purpose: by a newer one of the same field, as
// hx-sync="this:replace" wants it, or by leaving the page. htmx says two things of every request that comes to
// nothing, "htmx:afterRequest" and then why; an abort is no fault, and what is one says sendError, timeout or
// onLoadError in its second line.
// Who leaves a page ends the download of the manifest's icon too, of which the browser then says that.
func endedOnPurpose(text string) bool {
	event, _, _ := strings.Cut(text, ",")
	icon := strings.HasPrefix(text, "Error while trying to use the following icon from the Manifest") && strings.Contains(text, "Download error")
	return event == "htmx:afterRequest" || event == "htmx:sendAbort" || icon
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v\n%s", err, b.page())
	}
}

func (b *tab) eval(expression string) (string, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[string](expression))
}

// page is the text that stands on the page.
func (b *tab) page() string {
	text, err := b.eval(`location.href + "\n" + (document.body ? document.body.innerText : "")`)
	if err != nil {
		return err.Error()
	}
	return text
}

// go leads to a page of Berth.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.house.url + path))
}

// is asks the page a question in JavaScript, which works also where the page itself has none.
func (b *tab) is(question string) bool {
	text, err := b.eval(`String(!!(` + question + `))`)
	return err == nil && text == "true" // an error is a page that is on its way
}

// until waits until the answer is yes.
func (b *tab) until(what, question string) {
	b.t.Helper()
	b.untilWithin(patience, what, question)
}

// untilWithin is until for what may take longer.
func (b *tab) untilWithin(limit time.Duration, what, question string) {
	b.t.Helper()
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	late := time.After(limit)
	for !b.is(question) {
		select {
		case <-tick.C:
		case <-late:
			b.t.Fatalf("%s: not so: %s\n%s", what, question, b.page())
		}
	}
}

// reload asks for the page anew until the answer is yes: what somebody without JavaScript does.
func (b *tab) reload(what, question string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); !b.is(question); {
		if time.Now().After(deadline) {
			b.t.Fatalf("%s: not so: %s\n%s", what, question, b.page())
		}
		b.do(chromedp.Reload())
	}
}

// says waits until the page holds each of the texts.
func (b *tab) says(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.until("says "+text, "document.body.innerText.includes("+quoted(text)+")")
	}
}

// silent waits until the page holds a text no more: what is below it moves then.
func (b *tab) silent(text string) {
	b.t.Helper()
	b.until("says no more "+text, "!document.body.innerText.includes("+quoted(text)+")")
}

// at waits until the page is one whose path begins like that.
func (b *tab) at(path string) {
	b.t.Helper()
	b.until("is at "+path, "document.readyState == 'complete' && location.pathname.startsWith("+quoted(path)+")")
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// write types into a field, over what is there.
func (b *tab) write(field, text string) {
	b.t.Helper()
	b.until("there is "+field, `document.querySelector('[name="`+field+`"]')`)
	sel := chromedp.CSS(`[name="` + field + `"]:not([type=hidden])`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('[name="`+field+`"]:not([type=hidden])').select?.()`), chromedp.SendKeys(sel, text))
}

// press clicks the button or link with that text, or that selector.
func (b *tab) press(what string) {
	b.t.Helper()
	x, y := b.find(what)
	b.do(chromedp.MouseClickXY(x, y))
}

// hold presses like press, but lets go only when the answer is yes.
func (b *tab) hold(what, question string) {
	b.t.Helper()
	x, y := b.find(what)
	button := func(kind input.DispatchMouseEventType) chromedp.Action[chromedp.Void] {
		return func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
			_, err := chromedp.Call(ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, ClickCount: 1})
			return chromedp.Void{}, err
		}
	}
	b.do(button(input.DispatchMouseEventTypeMousePressed))
	b.until("may be let go", question)
	b.do(button(input.DispatchMouseEventTypeMouseReleased))
}

// frame is about the time in which the browser draws once.
const frame = 20 * time.Millisecond

// find waits until the button or link with that text, or what that selector finds, no longer moves, and nothing covers what
// can be pressed. It returns the centre in pixels.
func (b *tab) find(what string) (x, y float64) {
	b.t.Helper()
	find := `(() => {
		const all = [...document.querySelectorAll("main button, main a, header button, dialog button, dialog a")].filter(e => e.checkVisibility());
		const e = all.find(e => e.innerText.trim() === ` + quoted(what) + `) ?? document.querySelector(` + quoted(selector(what)) + `);
		if (!e) return "";
		e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
		const control = e.matches("a, button, label, summary, input");
		return !control || e.contains(document.elementFromPoint(x, y)) ? JSON.stringify([x, y, innerWidth, innerHeight]) : "";
	})()`
	var found, before string
	for deadline := time.Now().Add(patience); found == "" || found != before; time.Sleep(frame) { // what still moves would be missed
		if time.Now().After(deadline) {
			b.t.Fatalf("there is no %s that stays where it is\n%s", what, b.page())
		}
		before = found
		var err error
		if found, err = b.eval(find); err != nil {
			found = "" // the page is on its way
		}
	}
	var at [4]float64
	if err := json.Unmarshal([]byte(found), &at); err != nil {
		b.t.Fatal(err)
	}
	return at[0], at[1]
}

// selector returns a CSS selector as it is, and for a text one that finds nothing.
func selector(what string) string {
	if strings.ContainsAny(what, "[.#") {
		return what
	}
	return "no-element"
}

// accessible runs axe over the page.
func (b *tab) accessible(name string) {
	b.t.Helper()
	if !b.script {
		return
	}
	found, err := b.axe()
	for again := 0; err != nil && again < 3; again++ { // a page that was on its way takes its scripts with it
		b.until("is whole", `document.readyState == "complete"`)
		found, err = b.axe()
	}
	if err != nil {
		b.t.Fatalf("%s could not be judged: %v", name, err)
	}
	if found != "" {
		b.t.Errorf("%s is not accessible:\n%s", name, found)
	}
	b.shoot(name)
}

// axe judges the page as it is: what is wrong with it, or nothing.
func (b *tab) axe() (string, error) { return b.axeWith("") }

// axeWith is axe with further options, as ", runOnly: […]".
func (b *tab) axeWith(options string) (string, error) {
	ctx, cancel := context.WithTimeout(b.ctx, 4*patience)
	defer cancel()
	if !b.is("window.axe") {
		if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](axe+"\n;undefined")); err != nil {
			return "", err
		}
	}
	return chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run({resultTypes: ["violations"]`+options+`}).then(r => r.violations.map(v =>
		v.id + " (" + v.impact + "): " + v.help + v.nodes.map(n => "\n    " + n.html).join("")).join("\n"))`, chromedp.EvalAwaitPromise))
}

// send presses what sends a form, and waits for the page that answers it.
func (b *tab) send(what string) {
	b.t.Helper()
	b.is(`document.documentElement.dataset.sent = "yes"`)
	b.press(what)
	b.until("is answered", `!document.documentElement.dataset.sent && document.readyState == "complete"`)
}

// shoot keeps a picture of the page where BERTH_PICTURES names a folder.
func (b *tab) shoot(name string) {
	dir := os.Getenv("BERTH_PICTURES")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		file := fmt.Sprintf("%s-%s.png", strings.ReplaceAll(b.t.Name(), "/", "-"), strings.ReplaceAll(name, " ", "-"))
		err = os.WriteFile(filepath.Join(dir, file), picture, 0o600)
	}
	if err != nil {
		b.t.Logf("no picture of %s: %v", name, err)
	}
}

// signIn signs in by the form.
func (b *tab) signIn() {
	b.t.Helper()
	b.visit("/login")
	b.write("username", username)
	b.write("password", password)
	b.press("main form button[type=submit]")
	b.until("is signed in", `location.pathname == "/" && document.readyState == "complete"`)
}

// eachWay runs a test with and without JavaScript.
func eachWay(t *testing.T, test func(t *testing.T, script bool)) {
	for name, script := range map[string]bool{"with JavaScript": true, "without JavaScript": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, script)
		})
	}
}

// path returns the path of the page's address.
func (b *tab) path() string {
	b.t.Helper()
	path, err := b.eval("location.pathname")
	if err != nil {
		b.t.Fatal(err)
	}
	return path
}

// back presses the browser's back button.
func (b *tab) back() {
	b.t.Helper()
	if _, err := b.eval("history.back(), ''"); err != nil {
		b.t.Fatal(err)
	}
}
