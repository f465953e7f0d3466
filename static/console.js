// The terminal of a container's console, with xterm.js over a WebSocket. Package consoles has the protocol.

// The policy of all pages refuses style elements and style attributes that a script makes, and xterm.js makes both.
// On this page, which alone loads this, they become what the policy allows: constructed style sheets, and the
// properties of an element's style.
class ConstructedStyle extends HTMLElement {
  #sheet = new CSSStyleSheet();
  connectedCallback() { document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#sheet]; }
  disconnectedCallback() { document.adoptedStyleSheets = document.adoptedStyleSheets.filter((s) => s !== this.#sheet); }
  get textContent() { return [...this.#sheet.cssRules].map((r) => r.cssText).join("\n"); }
  set textContent(css) { this.#sheet.replaceSync(css); }
}
customElements.define("constructed-style", ConstructedStyle);
const createElement = document.createElement;
document.createElement = function (name, options) {
  return createElement.call(this, name === "style" ? "constructed-style" : name, options);
};
const setAttribute = Element.prototype.setAttribute;
Element.prototype.setAttribute = function (name, value) {
  if (name === "style") this.style.cssText = value; else setAttribute.call(this, name, value);
};

// The colours are those of the stylesheet, in the scheme that is in force.
const colours = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const themeOf = (el) => {
  const probe = createElement.call(document, "span");
  el.append(probe);
  const resolved = (value) => {
    probe.style.color = value;
    return getComputedStyle(probe).color;
  };
  const style = getComputedStyle(el);
  const theme = {
    background: style.backgroundColor, foreground: style.color,
    cursor: resolved("var(--accent)"), cursorAccent: style.backgroundColor, selectionBackground: resolved("var(--term-marked)"),
  };
  for (const name of colours) {
    theme[name] = resolved(`var(--term-${name})`);
    theme[`bright${name[0].toUpperCase()}${name.slice(1)}`] = resolved(`var(--term-bright-${name})`);
  }
  probe.remove();
  return theme;
};

// What the keys send that a touch screen's keyboard lacks.
const arrows = ["←", "↑", "↓", "→"];
const keys = { Esc: "\x1b", Tab: "\t", "Ctrl+C": "\x03", "Ctrl+D": "\x04", "Ctrl+Z": "\x1a", "←": "D", "↑": "A", "↓": "B", "→": "C" };

// What is kept in this browser; where storage is off, for this page only.
const kept = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
const keep = (key, value) => { try { localStorage.setItem(key, value); } catch { /* for this page only */ } };
const readerKey = "berth-console-reader", sizeKey = "berth-console-size";
const least = 8, most = 28; // px of text

// The messages of a WebSocket's both ways, with no more under way than the other side has said to have room for.
class Line {
  #socket; #most; #queue = []; #sent = 0; #taken = 0;
  constructor(url, most, { open, show, end }) {
    this.#most = most;
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onmessage = ({ data }) => {
      if (typeof data !== "string") {
        show(new Uint8Array(data), () => this.#took(data.byteLength));
        return;
      }
      const message = JSON.parse(data);
      if (message.ended !== undefined) { end(message.ended); this.close(); return; }
      this.#sent -= message.taken;
      this.#flush();
    };
    this.#socket.onopen = () => {
      open();
      this.#flush();
    };
    this.#socket.onclose = () => end(null);
  }
  get open() { return this.#socket.readyState === WebSocket.OPEN; }
  type(bytes) { this.#queue.push(bytes); this.#flush(); }
  resize(columns, rows) { this.#tell({ columns, rows }); }
  close() { this.#socket.close(); }
  #tell(message) { if (this.open) this.#socket.send(JSON.stringify(message)); }
  #took(n) {
    if ((this.#taken += n) < this.#most / 4) return;
    this.#tell({ taken: this.#taken });
    this.#taken = 0;
  }
  #flush() {
    while (this.open && this.#queue.length && this.#sent < this.#most) {
      const first = this.#queue[0];
      const piece = first.subarray(0, Math.min(16384, this.#most - this.#sent));
      if (piece.length < first.length) this.#queue[0] = first.subarray(piece.length); else this.#queue.shift();
      this.#sent += piece.length;
      this.#socket.send(piece);
    }
  }
}

let dispose = () => {}; // of the terminal that was opened before

const open = async (panel) => {
  const { socket, xterm, fit, window: room } = panel.dataset;
  delete panel.dataset.socket; // a ticket opens one
  dispose();
  const loaded = await Promise.all([import(xterm), import(fit)]).catch(() => null);
  if (!loaded) {
    panel.dataset.state = "ended";
    htmx.swap(document.getElementById("console-end"), document.getElementById("console-unloaded").innerHTML, { swapStyle: "innerHTML" });
    return;
  }
  const [{ Terminal }, { FitAddon }] = loaded;
  const el = document.getElementById("terminal");
  const reader = document.getElementById("console-reader"), close = document.getElementById("console-close");
  const style = getComputedStyle(el);
  const copying = document.getElementById("console-copy"), full = document.getElementById("console-full");
  const ctrl = panel.querySelector("[data-key='Ctrl']");
  const tell = (words) => { document.getElementById("console-told").textContent = words; };
  reader.checked = kept(readerKey) === "on";
  Terminal.strings.promptLabel = el.dataset.label;
  const term = new Terminal({
    fontFamily: style.fontFamily, fontSize: Number(kept(sizeKey)) || parseFloat(style.fontSize), theme: themeOf(el), minimumContrastRatio: 4.5,
    cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches, scrollback: 5000, screenReaderMode: reader.checked,
    linkHandler: { activate() {} }, // a link is whatever a program in the container says it is
  });
  const fitting = new FitAddon();
  term.loadAddon(fitting);
  term.open(el);
  term.textarea.setAttribute("aria-describedby", "console-hint");
  fitting.fit();

  let over = false;
  const end = (html) => {
    if (over) return;
    over = true;
    term.options.disableStdin = true;
    term.options.cursorBlink = false;
    panel.dataset.state = "ended";
    const at = document.getElementById("console-end"), focused = panel.contains(document.activeElement);
    close.hidden = true;
    htmx.swap(at, html, { swapStyle: "innerHTML" });
    if (focused) at.focus();
  };
  const words = (id) => document.getElementById(id).innerHTML;
  const line = new Line(`${socket}&columns=${term.cols}&rows=${term.rows}`, Number(room), {
    open: () => { panel.dataset.state = "open"; },
    show: (bytes, taken) => term.write(bytes, taken),
    end: (html) => end(html ?? words("console-lost")),
  });
  close.addEventListener("click", () => {
    end(words("console-closed"));
    line.close();
  });

  const encoder = new TextEncoder();
  const typed = (text) => { if (!over) line.type(encoder.encode(text)); };
  // Ctrl of the keys below counts for the next one, however that is typed.
  const held = () => ctrl.getAttribute("aria-pressed") === "true";
  const hold = (on) => ctrl.setAttribute("aria-pressed", on);
  term.onData((text) => {
    const letter = held() && text.length === 1 && text.toUpperCase().charCodeAt(0);
    if (held()) hold(false);
    typed(letter >= 63 && letter <= 95 ? String.fromCharCode(letter === 63 ? 127 : letter & 31) : text);
  });
  term.onBinary((text) => { if (!over) line.type(Uint8Array.from(text, (c) => c.charCodeAt(0))); });
  term.onResize(({ cols, rows }) => line.resize(cols, rows));
  term.attachCustomKeyEventHandler((e) => {
    if (!e.ctrlKey || e.altKey || e.metaKey) return true;
    const down = e.type === "keydown";
    if (e.shiftKey && e.code === "Period") {
      if (down) (over ? reader : close).focus();
    } else if (e.code === "KeyC" && (e.shiftKey || term.hasSelection())) {
      if (down && term.hasSelection()) {
        document.execCommand("copy"); // xterm.js puts the marked text into it
        term.clearSelection();
        tell("Copied.");
      }
    } else {
      return e.code !== "KeyV"; // the browser pastes
    }
    e.preventDefault();
    return false;
  });
  panel.addEventListener("click", (e) => {
    const key = e.target.closest?.("[data-key]")?.dataset.key;
    if (!key) return;
    const control = held();
    hold(key === "Ctrl" && !control);
    if (arrows.includes(key)) typed((control ? "\x1b[1;5" : `\x1b${term.modes.applicationCursorKeysMode ? "O" : "["}`) + keys[key]);
    else if (key !== "Ctrl") typed(keys[key]);
    term.focus();
  });
  reader.addEventListener("change", () => {
    term.options.screenReaderMode = reader.checked;
    keep(readerKey, reader.checked ? "on" : "off");
  });

  term.onSelectionChange(() => { copying.disabled = !term.hasSelection(); });
  copying.addEventListener("click", async () => {
    try {
      if (navigator.clipboard) await navigator.clipboard.writeText(term.getSelection());
      else {
        term.focus();
        if (!document.execCommand("copy")) throw new Error("refused");
      }
      tell("Copied.");
    } catch {
      tell("The browser does not let this page copy. Mark the text and press Ctrl C.");
    }
    term.focus();
  });
  document.getElementById("console-paste").addEventListener("click", async () => {
    term.focus();
    if (!navigator.clipboard?.readText) return tell("A page may read the clipboard only over HTTPS. Press Ctrl V.");
    try {
      term.paste(await navigator.clipboard.readText());
      tell("");
    } catch {
      tell("The browser does not let this page read the clipboard. Press Ctrl V.");
    }
  });
  panel.addEventListener("click", (e) => {
    const by = Number(e.target.closest?.("[data-size]")?.dataset.size);
    if (!by) return;
    term.options.fontSize = Math.max(least, Math.min(most, term.options.fontSize + by));
    keep(sizeKey, term.options.fontSize);
    fitting.fit();
  });
  full.hidden = !document.fullscreenEnabled;
  full.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen(); else panel.requestFullscreen().catch(() => tell("The browser does not let this page fill the screen."));
  });
  const filled = () => full.setAttribute("aria-pressed", document.fullscreenElement === panel);
  document.addEventListener("fullscreenchange", filled);

  let resizing;
  const sizes = new ResizeObserver(() => {
    clearTimeout(resizing);
    resizing = setTimeout(() => fitting.fit(), 100);
  });
  sizes.observe(el);
  const restyle = () => { term.options.theme = themeOf(el); };
  const themes = new MutationObserver(restyle);
  themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", restyle);
  dispose = () => {
    clearTimeout(resizing);
    sizes.disconnect();
    themes.disconnect();
    document.removeEventListener("fullscreenchange", filled);
    scheme.removeEventListener("change", restyle);
    term.dispose();
  };
  term.focus();
};

const look = () => {
  const panel = document.querySelector("#console[data-socket]");
  if (panel) open(panel);
};
addEventListener("htmx:load", look);
look();
