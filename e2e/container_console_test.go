//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// screen reads the visible lines of the terminal.
const screen = `[...document.querySelectorAll("#terminal .xterm-rows > div")].map(row => row.textContent.replaceAll("\u00a0", " ").trimEnd()).join("\n")`

// shows waits until the terminal shows a text.
func (b *tab) shows(text string) {
	b.t.Helper()
	b.until("the terminal shows "+text, screen+".includes("+quoted(text)+")")
}

// keys types into what has the focus. The text comes with the key that is pressed, as from a keyboard: a page that
// takes the key gets no text then.
func (b *tab) keys(text string) {
	b.t.Helper()
	b.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		for _, r := range text {
			for _, k := range kb.Encode(r) {
				if k.Type == kb.KeyChar {
					continue
				}
				if k.Type == kb.KeyDown {
					k.Text = string(r)
				}
				if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, *k); err != nil {
					return chromedp.Void{}, err
				}
			}
		}
		return chromedp.Void{}, nil
	})
}

// double clicks twice on an element, as for marking a word.
func (b *tab) double(selector string) {
	b.t.Helper()
	found, err := b.eval(`(() => { const r = document.querySelector(` + quoted(selector) + `).getBoundingClientRect(); return JSON.stringify([r.x + 8, r.y + r.height / 2]); })()`)
	if err != nil {
		b.t.Fatal(err)
	}
	var at [2]float64
	if err := json.Unmarshal([]byte(found), &at); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.MouseClickXY(at[0], at[1]), chromedp.MouseClickXY(at[0], at[1], chromedp.ClickCount(2)))
}

// console opens that of the first container.
func (h *house) console() *tab {
	h.t.Helper()
	b := h.open(true)
	b.signIn()
	b.press("[data-vmid='101'] .c-name a")
	b.press("Console")
	b.shows("root@pihole:~#")
	return b
}

func TestAConsole(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.ashore()
	b := h.console()
	b.until("it has the focus", `document.querySelector("#terminal").contains(document.activeElement)`)
	b.keys("echo o''ne\r")
	b.shows("\none\n")
	h.cluster.WriteFile(101, "/root/colours", "\x1b[31mred \x1b[38;2;10;200;90mown\x1b[0m\n")
	b.keys("cat colours; stty size\r")
	b.shows("red own\n")
	const ink = `Number(getComputedStyle(document.querySelector(".xterm-rows")).color.match(/^oklch\(([\d.]+)/)[1])` // its lightness
	for theme, readable := range map[string]string{"light": ink + " < 0.3", "dark": ink + " > 0.9"} {
		b.is(`document.documentElement.dataset.theme = ` + quoted(theme))
		b.until("the terminal has the colours of "+theme, readable)
		b.accessible("console " + theme)
	}
	before, err := b.eval(screen + `.match(/\n(\d+ \d+)\n/)[1]`)
	if err != nil {
		t.Fatal(err)
	}
	b.wide(390)
	b.until("it fits a phone", `document.documentElement.scrollWidth <= 390`)
	b.accessible("console on a phone")
	b.is(`document.querySelector("#terminal textarea").focus()`)
	for size := before; size == before; { // the window's new size comes a moment later
		b.keys("stty size\r")
		if size, err = b.eval(screen + `.match(/(\d+ \d+)\nroot@pihole:~#$/)?.[1] ?? "` + before + `"`); err != nil {
			t.Fatal(err)
		}
	}
	b.wide(1280)

	numbers := ""
	for n := range 3000 {
		numbers += fmt.Sprintln(n + 1)
	}
	h.cluster.WriteFile(101, "/root/numbers", numbers)
	b.keys("cat numbers; echo wh''ole\r")
	b.shows("2999\n3000\nwhole\n")
	b.keys("exit 7\r")
	b.says("The console has ended", "The shell ended with status 7.")
	b.accessible("console ended")
	b.press("Open a new console")
	b.until("there is a new one", `document.querySelector("#console").dataset.state === "open"`)
	b.shows("root@pihole:~#")
	b.press("Close")
	b.says("It was closed, and the shell was ended.")
}

func TestATerminalThatDoesNotLoad(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.ashore()
	b := h.open(true)
	b.signIn()
	b.lacks = "/vendor/xterm"
	b.do(func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
			return chromedp.Void{}, err
		}
		_, err := chromedp.Call(ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: "*://*:*/*" + b.lacks + "*.js", Block: true}}})
		return chromedp.Void{}, err
	})
	b.press("[data-vmid='101'] .c-name a")
	b.press("Console")
	b.says("The terminal could not be loaded", "Reload the page.")
	b.accessible("console without its terminal")
}

func TestAConsoleThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	b := h.open(true)
	b.signIn()
	b.press("[data-vmid='101'] .c-name a")
	b.press("Console")
	b.says("This needs SSH to pve1", "pct enter 101")
	b.accessible("console without SSH")

	h.ashore()
	b.visit("/")
	b.press("[data-vmid='103'] .c-name a")
	b.press("Console")
	b.says("The container is not running", "Open the console")
	b.accessible("console of a stopped container")

	plain := h.open(false)
	plain.signIn()
	plain.press("[data-vmid='101'] .c-name a")
	plain.press("Console")
	plain.says("A console needs JavaScript", "pct enter 101")
}

// escaped reads characters as printf writes them.
var escaped = strings.NewReplacer(`\033`, "\x1b", `\007`, "\a", `\\\\`, `\`)

// What a program in the container shows stays in its terminal, whatever escape sequences are in it.
func TestHostileOutputStaysInItsTerminal(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.ashore()
	b := h.console()
	title, err := b.eval("document.title")
	if err != nil {
		t.Fatal(err)
	}
	b.is(`(window.opened = [], window.open = url => { opened.push(url); return null; }, window.confirm = () => true, navigator.clipboard && (navigator.clipboard.writeText = text => { opened.push(text); }))`)
	hostile := ""
	for _, output := range []string{
		`\033]0;hacked\007\033]2;hacked\007\033]1;hacked\007`,                   // titles
		`\033]52;c;aGFja2Vk\007\033]52;c;?\007`,                                 // the clipboard, written and read
		`\033]8;;javascript:document.title=1\033\\\\lure\033]8;;\033\\\\ `,      // links
		`\033]8;;https://example.com/\033\\\\bait\033]8;;\033\\\\ `,             //
		`<img src=x onerror=document.title=1><script>document.title=1</script>`, // HTML
		`\033[21t\033[20t\033[14t\033[18t`,                                      // reports of title and window
		`\033[3;9999;9999t\033[8;900;900t\033[5t\033[2t`,                        // the window moved, made large, raised, hidden
		`\033P+q544e\033\\\\\033P$q"p\033\\\\\033_Gi=1;AAAA\033\\\\\033]1337;File=inline=1:AAAA\007`,
		`\033]10;red\007\033]4;1;url(https://example.com/x)\007`, // colours
		`\033[999999999;999999999H\033[999999999b\033[?1049h\033[?1049l\033c`,
	} {
		hostile += output
	}
	h.cluster.WriteFile(101, "/root/hostile", escaped.Replace(hostile))
	b.keys("cat hostile; echo do''ne\r")
	b.shows("done\n")
	b.is(`document.querySelector("[data-key='Ctrl+C']").click()`) // what the terminal answered stands at the prompt
	h.cluster.WriteFile(101, "/root/link", escaped.Replace(`\033[H\033[2J\033]8;;https://example.com/\007bait\033]8;;\007`+"\n"))
	b.keys("cat link\r")
	b.shows("bait\nroot@pihole")
	b.press("#terminal .xterm-rows > div:first-child span") // the link, if it were one
	b.until("nothing was opened or copied", `opened.length === 0`)
	b.until("the page is as it was", `document.title === `+quoted(title)+` && !document.querySelector("#terminal img, #terminal script, #terminal a[href]")`)
	b.keys("echo sti''ll\r")
	b.shows("\nstill\n")
}

func TestPasteCopyAndLeavingTheTerminal(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.ashore()
	b := h.console()
	b.is(`document.activeElement.dispatchEvent(Object.assign(new ClipboardEvent("paste", {clipboardData: (() => { const d = new DataTransfer(); d.setData("text/plain", "echo pas''ted"); return d; })(), bubbles: true, cancelable: true})))`)
	b.shows("echo pas''ted")
	b.keys("\r")
	b.shows("\npasted\n")
	b.is(`addEventListener("copy", e => { window.copied = e.clipboardData.getData("text/plain"); })`)
	b.double("#terminal .xterm-rows > div:nth-child(2) span")
	b.until("ctrl and C copy what is marked", `(document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "c", code: "KeyC", ctrlKey: true, bubbles: true, cancelable: true})), window.copied === "pasted")`)
	b.until("ctrl, shift and the full stop lead to the button", `(document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: ">", code: "Period", ctrlKey: true, shiftKey: true, bubbles: true, cancelable: true})), document.activeElement.id === "console-close")`)
	b.press("#console-reader")
	b.is(`document.querySelector("#terminal textarea").focus()`)
	b.keys("echo re''ad\r")
	b.until("a screen reader has it", `document.querySelector("#terminal .xterm-accessibility").textContent.includes("read")`)
	b.accessible("console for a screen reader")
}
