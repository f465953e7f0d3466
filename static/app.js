// What pages do beyond links, forms and htmx. Everything works without it: what needs it is hidden until it runs.
(() => {
  const each = (root, selector, f) => {
    if (root.matches?.(selector)) f(root);
    root.querySelectorAll?.(selector).forEach(f);
  };

  const sprite = document.querySelector("script[data-icons]").dataset.icons;
  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.classList.add("icon");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
    svg.firstChild.setAttribute("href", `${sprite}#${name}`);
    return svg;
  };

  // A verdict stays in its place, so that screen readers announce it: the answer's words and state go into the
  // element that is there, and the field it is for says whether it is valid.
  const mark = (verdict) => {
    const field = document.getElementById(verdict.htmlFor);
    if (!field) return;
    if (["taken", "invalid"].includes(verdict.dataset.state)) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };
  const say = (target, answer) => {
    if (answer.dataset.state) target.dataset.state = answer.dataset.state; else delete target.dataset.state;
    target.replaceChildren(...answer.childNodes);
    mark(target);
  };
  // While a pointer is down nothing is said: a line more or less would move a button away before it is clicked.
  const unsaid = [];
  let down = false;
  addEventListener("pointerdown", () => { down = true; });
  for (const up of ["pointerup", "pointercancel"]) addEventListener(up, () => setTimeout(() => { // after the click
    down = false;
    for (const verdict of unsaid.splice(0)) say(...verdict);
  }));
  addEventListener("htmx:beforeSwap", (e) => {
    const target = e.detail.target;
    if (!target.matches?.("output.verdict") || !e.detail.shouldSwap || e.detail.xhr.getResponseHeader("HX-Retarget")) return;
    const answer = new DOMParser().parseFromString(e.detail.serverResponse, "text/html").querySelector("output");
    if (!answer) return;
    e.detail.shouldSwap = false;
    if (down) unsaid.push([target, answer]); else say(target, answer);
  });

  // A VMID that takes long to check says so; where no verdict came, nothing is said rather than what was true of another.
  const checking = new WeakMap(); // request → timer
  addEventListener("htmx:beforeRequest", ({ detail: { elt, target, xhr } }) => {
    if (target?.id !== "vmid-verdict") return;
    const words = `Checking ${elt.value.trim()}…`;
    checking.set(xhr, setTimeout(() => {
      const span = document.createElement("span");
      span.textContent = words;
      target.dataset.state = "checking";
      target.replaceChildren(icon("working"), span);
    }, 400));
  });
  addEventListener("htmx:afterRequest", ({ detail: { target, xhr } }) => {
    clearTimeout(checking.get(xhr));
    if (target?.id !== "vmid-verdict" || xhr.status && !xhr.getResponseHeader("HX-Retarget")) return;
    delete target.dataset.state;
    target.replaceChildren();
    mark(target);
  });

  // Who sent a form that comes back with something wrong goes on at the list of what is, or at the first field that is.
  const toWhatIsWrong = () => {
    const at = document.querySelector("dialog[open]") ?? document.querySelector("main");
    if ([document.body, at].includes(document.activeElement)) at.querySelector(":is(#wrong, [aria-invalid=true])")?.focus();
  };
  addEventListener("htmx:afterSettle", (e) => { if (e.detail.xhr?.status === 422) toWhatIsWrong(); });
  addEventListener("DOMContentLoaded", () => {
    if (performance.getEntriesByType("navigation")[0]?.responseStatus === 422) toWhatIsWrong();
  });

  // An error is over when something else has worked.
  addEventListener("htmx:beforeSwap", (e) => {
    if (!e.detail.isError) document.querySelectorAll("#flash [role=alert]").forEach((el) => el.remove());
  });

  // Copy: the button names what it copies. On plain HTTP there is no clipboard API; the selection does it there.
  const copy = async (source) => {
    const text = "value" in source ? source.value : source.textContent;
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    if ("select" in source) source.select(); else getSelection().selectAllChildren(source);
    if (!document.execCommand("copy")) throw new Error("refused");
  };
  const announce = (words) => { document.getElementById("announce").textContent = words; };
  addEventListener("click", async (e) => {
    const button = e.target.closest?.("[data-copy]");
    if (!button) return;
    try {
      await copy(document.getElementById(button.dataset.copy));
      announce("Copied.");
      button.dataset.copied = "";
    } catch {
      announce("Could not copy. Select the text and copy it by hand.");
    }
  });

  // A form that stands in the place of a row gives it back, as it is by then: for Cancel and Esc, with the focus where it was. After
  // it was saved the focus is there too, and what came of it is said.
  const rows = new Map(); // id → the row that is not shown
  const toRow = (row) => row.querySelector("[data-edit]")?.focus();
  const back = (form) => {
    const row = rows.get(form.id);
    if (!row) return false;
    rows.delete(form.id);
    settle(row);
    form.replaceWith(row);
    htmx.process(row);
    toRow(row);
    return true;
  };
  addEventListener("htmx:beforeSwap", ({ detail: { target, shouldSwap, isError } }) => {
    if (!shouldSwap || isError || target.matches?.("[data-live]") || !target.querySelector?.("[data-edit]")) return;
    const row = target.cloneNode(true);
    each(row, ".htmx-request", (el) => el.classList.remove("htmx-request"));
    rows.set(target.id, row);
  });
  addEventListener("htmx:afterSwap", ({ detail: { target, requestConfig } }) => {
    const row = requestConfig?.verb === "post" && target?.id && document.getElementById(target.id);
    if (!row || !row.dataset.saved) return;
    announce(row.dataset.saved);
    rows.delete(row.id);
    toRow(row);
  });
  addEventListener("click", (e) => {
    const form = e.target.closest?.("[data-back]")?.closest("[data-editing]");
    if (form && !e.ctrlKey && !e.metaKey && !e.shiftKey && back(form)) e.preventDefault();
  });
  addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || e.defaultPrevented || e.isComposing || document.querySelector("dialog[open], :popover-open")) return;
    const form = e.target.closest?.("[data-editing]");
    if (form && back(form)) e.preventDefault();
  });

  // What is live is brought up to date in place, so that the focus, an open menu and a marked text stay where they
  // are: what is equal is left alone, what has an id is found again wherever it stands, and what was loaded into an
  // element that is to be kept, or opened to be typed into in the place of what it changes, stays there.
  let aside = null; // where rows of a list are put that are brought up to date later, by id
  const inUse = (el) => el.contains(document.activeElement) || el.querySelector(":popover-open");
  const update = (old, now) => {
    if (old.id && old.id === now.id && old.matches("[data-editing]")) rows.set(old.id, now);
    if (old.isEqualNode(now) || old.id && old.id === now.id && old.matches("[data-keep], [data-editing]")) return;
    if (aside && old.id === now.id && old.matches?.("tr[data-vmid]")) return aside.set(now.id, now);
    if (old.nodeType !== Node.ELEMENT_NODE || old.nodeName !== now.nodeName || old.id !== now.id) return old.replaceWith(now);
    for (const { name } of [...old.attributes]) if (!now.hasAttribute(name) && !(name === "open" && old.matches("details"))) old.removeAttribute(name);
    for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    const ids = new Set([...now.children].map((el) => el.id));
    for (const el of [...old.children]) if (el.id && !ids.has(el.id)) el.remove(); // first: what stands behind it would be moved, and lose the focus
    const byID = new Map([...old.children].filter((el) => el.id).map((el) => [el.id, el]));
    let at = old.firstChild;
    for (const next of [...now.childNodes]) {
      const same = next.id ? byID.get(next.id) : at?.nodeName === next.nodeName && !at.id ? at : null;
      if (!same) { old.insertBefore(next, at); continue; }
      // What is moved loses its focus and its menu: where that would hurt, what stands before it goes aside instead.
      if (same !== at && inUse(same)) while (at && at !== same) { const aside = at; at = at.nextSibling; aside.remove(); }
      if (same === at) at = at.nextSibling; else old.insertBefore(same, at);
      update(same, next);
    }
    while (at) { const gone = at; at = at.nextSibling; gone.remove(); }
  };
  // The tab tells how it is with the job of its page, and whether any runs: in its title, and by its icon.
  const tell = () => {
    const head = document.querySelector("#job-head[data-title]"), icon = document.getElementById("favicon");
    if (head) document.title = `${head.dataset.title} · Berth`;
    const failed = document.querySelector('#job-head[data-state="failed"], #said > .said[data-kind="bad"]');
    const state = failed ? "failed" : document.querySelector("#jobs-count .count, #said > .said[data-said]") ? "running" : "idle";
    if (icon.getAttribute("href") !== icon.dataset[state]) icon.setAttribute("href", icon.dataset[state]);
  };
  for (const event of ["htmx:afterSettle", "htmx:oobAfterSwap"]) addEventListener(event, tell);

  // What had the focus and is gone gives it to what has taken its place, and gets it back when it is there again, unless the
  // focus went on meanwhile.
  const stops = (root) => [...root.querySelectorAll("a[href], button, input, select, summary")];
  let standIn = null; // { el: what has the focus, id: instead of what }
  const stand = (id, el) => {
    el?.focus();
    standIn = id && el ? { id, el } : null;
  };
  const giveBack = () => {
    const back = standIn?.el === document.activeElement && document.getElementById(standIn.id);
    if (back && back.checkVisibility()) stand("", back);
  };
  const renew = (target, now) => {
    const had = document.activeElement;
    const at = target.contains(had) ? stops(target).indexOf(had) : -1;
    settle(now);
    showPaused(now);
    update(target, now);
    htmx.process(target);
    choose(target);
    if (at >= 0 && document.activeElement === document.body) {
      stand(standIn?.el === had ? standIn.id : had.id, stops(target).slice(0, at + 1).findLast((el) => el.checkVisibility()));
    }
    giveBack();
  };
  addEventListener("htmx:oobBeforeSwap", (e) => {
    const { target, fragment } = e.detail;
    const now = fragment.firstElementChild;
    if (target.id === "log-lines" && now?.id !== "log-lines") { // a line that is there already came twice
      for (const line of [...fragment.children]) if (document.getElementById(line.id)) line.remove();
    } else if (target.matches("[data-live]") && now?.id === target.id) {
      e.detail.shouldSwap = false;
      renew(target, now);
      tell();
    }
  });

  // With many containers all rows change at once every few seconds. A few are brought up to date in each frame, fewer on a slow
  // machine, so that whoever types or scrolls meanwhile is not held up.
  const rowsLater = new Map(), rowsAFrame = 8, rowsTime = 8; // id → the row as it is to be, or its HTML; in ms
  const parsed = (html) => {
    const made = document.createElement("template");
    made.innerHTML = html;
    made.content.firstElementChild?.removeAttribute("hx-swap-oob");
    return made.content.firstElementChild;
  };
  let frame = 0;
  const renewRows = () => {
    const late = performance.now() + rowsTime;
    for (const [id, now] of [...rowsLater].slice(0, rowsAFrame)) {
      if (performance.now() > late) break;
      rowsLater.delete(id);
      const row = document.getElementById(id);
      if (row) renew(row, typeof now === "string" ? parsed(now) : now);
    }
    frame = rowsLater.size ? requestAnimationFrame(renewRows) : 0;
  };
  addEventListener("htmx:sseBeforeMessage", (e) => {
    if (!["row", "list"].includes(e.detail.type)) return;
    e.preventDefault();
    if (e.detail.type === "row") rowsLater.set(e.detail.data.match(/ id="([^"]+)"/)[1], e.detail.data); // many come at once: parsed when it is their turn
    else {
      rowsLater.clear(); // they are in the list
      aside = rowsLater;
      renew(document.getElementById("board"), parsed(e.detail.data));
      aside = null;
    }
    frame ||= requestAnimationFrame(renewRows);
  });

  // Nor is the focus lost where a form or a row is replaced by its answer.
  const visible = (root) => stops(root).filter((el) => el.checkVisibility());
  let lost = null;
  addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    const el = document.activeElement;
    lost = target?.contains?.(el) && el !== document.body ? { place: target.id, at: visible(target).indexOf(el), name: el.name } : null;
  });
  // htmx sends an event for each element that goes: with many containers that takes longer than to find and draw those searched for.
  addEventListener("htmx:beforeSwap", ({ detail: { target, shouldSwap } }) => {
    if (shouldSwap && target?.id === "containers") document.getElementById("board").replaceChildren();
  });
  addEventListener("htmx:afterSettle", ({ detail: { elt } }) => {
    const from = lost;
    lost = null;
    if (!from || document.activeElement !== document.body) return;
    const root = document.getElementById(from.place) ?? elt;
    const all = root?.isConnected ? visible(root) : [];
    (all.find((el) => el.name && el.name === from.name) ?? all[Math.min(from.at, all.length - 1)] ?? document.getElementById("main")).focus();
  });

  // Containers that were ticked stay so while their cards come and go. What a filter hides is sent along all the same.
  const chosen = new Set();
  const box = "input[type=checkbox][form=several]";
  const choose = (root) => {
    const form = document.getElementById("several");
    if (!form) return;
    each(root, box, (el) => { el.checked = chosen.has(el.value); });
    if (root.matches(".rows tr")) return; // which ones are shown stays as it is
    const hidden = new Set(chosen);
    document.querySelectorAll(box).forEach((el) => hidden.delete(el.value));
    form.querySelectorAll("[type=hidden]").forEach((el) => el.remove());
    for (const value of hidden) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name: "c", value });
      form.append(input);
    }
    const words = chosen.size ? `${chosen.size} selected${hidden.size ? `, ${hidden.size} not shown` : ""}` : "";
    const output = document.getElementById("chosen-count");
    if (output.textContent !== words) output.textContent = words;
  };
  addEventListener("change", ({ target }) => {
    if (!target.matches(box)) return;
    if (target.checked) chosen.add(target.value); else chosen.delete(target.value);
    choose(target);
  });
  addEventListener("click", (e) => {
    const button = e.target.closest?.("#choose-all, #choose-none");
    if (!button || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    if (button.id === "choose-none") chosen.clear();
    else document.querySelectorAll(box).forEach((el) => chosen.add(el.value));
    choose(document.body);
  });
  // Shift selects all between the last one that was clicked and this one.
  let last = null;
  addEventListener("click", ({ target, shiftKey }) => {
    if (!target.matches?.(box)) return;
    const all = [...document.querySelectorAll(box)];
    const from = all.findIndex((el) => el.value === last), to = all.indexOf(target);
    if (shiftKey && from >= 0) for (const el of all.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      if (target.checked) chosen.add(el.value); else chosen.delete(el.value);
    }
    last = target.value;
    if (shiftKey) choose(document.body);
  });
  // Who comes back from the page that asks finds the same ones ticked.
  addEventListener("submit", (e) => {
    if (e.target.id !== "several") return;
    const url = new URL(location);
    url.searchParams.delete("choose");
    url.searchParams.delete("c");
    for (const value of chosen) url.searchParams.append("c", value);
    history.replaceState(history.state, "", url);
  });
  addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(`${box}:checked`).forEach((el) => chosen.add(el.value));
    choose(document.body);
  });
  addEventListener("htmx:load", (e) => choose(e.detail.elt));

  // One menu for all containers of a list, filled when it is opened. Without it the link leads to the container's page.
  // What was there before goes first, and of two requests the last counts: it is never another container's.
  const load = (place, url) => {
    place.replaceChildren();
    return htmx.ajax("GET", url, { source: place, target: place, swap: "innerHTML" }).catch(() => {}); // another took its place, or Berth is away
  };
  let opener = ""; // the id of the link that opened it
  const openMenu = async (link) => {
    const menu = document.getElementById("row-menu");
    opener = link.id;
    await load(menu, link.dataset.menu);
    if (!menu.children.length || !link.isConnected) return;
    menu.showPopover({ source: link });
    menu.querySelector("a, button")?.focus();
  };
  addEventListener("click", (e) => {
    const link = e.target.closest?.("[data-menu]");
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    openMenu(link);
  });

  // What has to be asked first is asked over the page; without script the link leads to the page that asks. A host may take long
  // to tell what the question needs: the dialog opens at once, names who is asked, and Esc or Cancel ends the wait.
  let asked = 0, asker = null;
  const ask = async (link) => {
    const dialog = document.getElementById("ask"), turn = ++asked;
    asker = { id: link.id, place: link.closest("[data-live]")?.id };
    document.querySelectorAll(":popover-open").forEach((el) => el.hidePopover()); // first: who closes the dialog comes back to where they were
    dialog.replaceChildren(document.getElementById("asking").content.cloneNode(true));
    dialog.querySelector("h2").textContent = `Asking ${link.dataset.ask}…`;
    dialog.setAttribute("aria-busy", "true");
    dialog.showModal();
    await htmx.ajax("GET", link.pathname + link.search, { source: dialog, target: dialog, swap: "innerHTML" }).catch(() => {}); // ended
    if (turn !== asked) return;
    dialog.removeAttribute("aria-busy");
    if (!dialog.querySelector("form")) dialog.close(); // why not is told in the page
  };
  document.getElementById("ask")?.addEventListener("close", ({ target }) => {
    asked++;
    htmx.trigger(target, "htmx:abort");
    const place = document.getElementById(asker?.place);
    if (place && document.activeElement === document.body) stand(asker.id, stops(place).find((el) => el.checkVisibility())); // who asked is gone
  });
  addEventListener("click", (e) => {
    const link = e.target.closest?.("a[data-ask]");
    const here = link?.hash && document.querySelector(`main ${link.hash}`); // the page that one is on asks it
    if (link && !here && !e.ctrlKey && !e.metaKey && !e.shiftKey) {
      e.preventDefault();
      ask(link);
    }
    const close = e.target.closest?.("[data-close]");
    if (close) (close.closest("dialog")?.close ?? close.closest(".said").remove).call(close.closest("dialog, .said"));
  });
  addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
    if (elt.matches("#ask form")) elt.closest("dialog").setAttribute("aria-busy", "true");
  });
  addEventListener("htmx:afterRequest", (e) => {
    const { elt } = e.detail, dialog = document.getElementById("ask");
    if (!elt.matches("form[aria-labelledby='ask-title']")) return;
    dialog.removeAttribute("aria-busy");
    if (elt.isConnected) dialog.close(); // else it is asked again
  });
  // A menu is closed before its answer changes what it was opened from, so that the focus is there and goes along.
  addEventListener("htmx:beforeSwap", ({ detail: { requestConfig } }) => {
    const menu = requestConfig?.elt?.matches(".menu form") && requestConfig.elt.closest(".menu");
    if (!menu) return;
    menu.hidePopover();
    // Where the stream was first, the link is another one by now, and the focus still in the menu.
    if (menu.id === "row-menu" && (menu.contains(document.activeElement) || document.activeElement === document.body)) document.getElementById(opener)?.focus();
  });
  addEventListener("htmx:afterRequest", (e) => {
    if (e.detail.target?.id === "said") document.querySelectorAll(":popover-open").forEach((el) => el.hidePopover());
  });

  // What was begun is followed to its end in a message over the page. It goes by itself when all went well, unless somebody is at it.
  const saidEvery = 700, saidAgain = 5000, saidFor = 8000; // ms
  const followSaid = () => {
    const message = document.querySelector("#said > .said");
    if (!message) return;
    announce(message.querySelector("span").textContent);
    if (!message.dataset.said) {
      document.body.dispatchEvent(new Event("job-ended"));
      if (message.dataset.kind !== "ok") return;
      const go = () => { if (message.matches(":hover, :focus-within")) setTimeout(go, saidFor); else message.remove(); };
      setTimeout(go, saidFor);
      return;
    }
    const look = async () => {
      if (!message.isConnected || !message.dataset.said) return;
      let text = "";
      try {
        const answer = await fetch(message.dataset.said, { headers: { "HX-Request": "true" } });
        if (answer.ok) text = await answer.text();
      } catch { /* Berth is away: later */ }
      const now = new DOMParser().parseFromString(text, "text/html").querySelector(".said");
      if (!now) return setTimeout(look, saidAgain);
      const words = message.querySelector("span").textContent;
      update(message, now);
      tell();
      if (!message.dataset.said) return followSaid();
      if (message.querySelector("span").textContent !== words) announce(message.querySelector("span").textContent);
      setTimeout(look, saidEvery);
    };
    setTimeout(look, saidEvery);
  };
  addEventListener("htmx:afterSwap", (e) => { if (e.detail.target?.id === "said") followSaid(); });

  // What moved elsewhere is followed there: by the address that is named, or by the page's own, from where the server leads on and says
  // why. Who is typing decides for themselves.
  let following = 0;
  const followAfter = 3000;
  addEventListener("htmx:oobBeforeSwap", () => queueMicrotask(() => {
    const moved = document.querySelector("[data-follow]");
    if (!moved) {
      clearTimeout(following);
      following = 0;
    } else if (!following && !document.querySelector("[data-editing], .xterm")) {
      following = setTimeout(() => location.replace(moved.dataset.follow || location.pathname + location.search), followAfter);
    }
  }));

  // A page holds the last lines of a long log; all of them can be downloaded.
  const mostLines = 5000;
  addEventListener("htmx:oobAfterSwap", (e) => {
    const log = e.detail.target;
    if (log.id !== "log-lines") return;
    while (log.childElementCount > mostLines) log.firstElementChild.remove();
    const first = Number(log.firstElementChild?.id.slice(1));
    if (first > 1) {
      const from = document.getElementById("log-from");
      from.textContent = `from line ${first}`;
      from.hidden = false;
    }
  });

  // How much a filter shows is said where screen readers hear it.
  let counted = document.querySelector("[data-announce]")?.textContent;
  addEventListener("htmx:afterSwap", () => {
    const words = document.querySelector("[data-announce]")?.textContent;
    if (words && words !== counted) announce(words);
    counted = words;
  });

  // A page that nobody sees asks for nothing: its stream is closed while it is hidden, also where it was opened in the background.
  // Who wants to read in peace pauses it.
  const sources = new Set();
  let paused = false;
  htmx.createEventSource = (url) => {
    const source = new EventSource(url);
    if (document.hidden || paused) source.close(); // nothing was asked yet; who comes to look gets another
    for (const old of sources) if (old.readyState === EventSource.CLOSED) sources.delete(old);
    sources.add(source);
    return source;
  };
  const listen = () => {
    if (document.hidden || paused) {
      for (const source of sources) source.close();
      return;
    }
    for (const el of document.querySelectorAll("[sse-connect]")) {
      const fresh = el.cloneNode(true); // the old one's source is closed for good
      el.replaceWith(fresh);
      htmx.process(fresh);
    }
  };
  addEventListener("visibilitychange", listen);
  const showPaused = (root) => each(root, "#pause-live", (el) => el.setAttribute("aria-pressed", paused));
  addEventListener("htmx:load", (e) => showPaused(e.detail.elt));
  addEventListener("click", (e) => {
    if (!e.target.closest?.("#pause-live")) return;
    paused = !paused;
    showPaused(document);
    announce(paused ? "Live updates are paused." : "Live updates go on.");
    listen();
  });
  // The stream of a job that has ended is not opened again.
  addEventListener("htmx:sseClose", (e) => { if (e.detail.type === "message") e.target.remove(); });

  // A live page that comes back from the browser's memory shows what may be long over, and its stream is dead.
  addEventListener("pageshow", (e) => { if (e.persisted && document.querySelector("[sse-connect]")) location.reload(); });

  // Moments come in the zone that the cookie names. Where it was not there yet, or the server does not know that zone, they
  // came in UTC and are written anew, as package human does.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const two = (n) => String(n).padStart(2, "0");
  const clock = (t) => `${two(t.getHours())}:${two(t.getMinutes())}`;
  const seconds = (t) => `${clock(t)}:${two(t.getSeconds())}`;
  const dayAndMonth = (t) => `${t.getDate()} ${t.toLocaleString("en-US", { month: "short" })}`;
  const date = (t) => `${dayAndMonth(t)} ${t.getFullYear()}`;
  const midnight = (t) => new Date(t.getFullYear(), t.getMonth(), t.getDate());
  const when = (t) => {
    const now = new Date(), day = 86400000; // ms
    const near = { "-1": "yesterday ", 0: "", 1: "tomorrow " }[Math.round((midnight(t) - midnight(now)) / day)];
    if (near !== undefined) return near + clock(t);
    return t.getFullYear() === now.getFullYear() ? `${dayAndMonth(t)} ${clock(t)}` : date(t);
  };
  const written = { when, date, clock: seconds, line: seconds };
  const zoneOf = (t) => new Intl.DateTimeFormat("en", { timeZoneName: "short" }).formatToParts(t).find((p) => p.type === "timeZoneName").value;
  const toZone = (root) => {
    if (!zone || document.body.dataset.zone === zone) return;
    each(root, "time[data-as]", (el) => {
      const t = new Date(el.dateTime), write = written[el.dataset.as];
      el.title = `${date(t)}, ${seconds(t)} ${zoneOf(t)}`;
      if (!write) return;
      const words = write(t), capital = /^[A-Z]/.test(el.textContent);
      el.textContent = capital ? words[0].toUpperCase() + words.slice(1) : words;
    });
    each(root, "[data-zone-note]", (el) => el.remove());
  };

  // The exact moments of what has the focus, or of the row that it is in, and of what is tapped: a title alone is only for who
  // has a pointer.
  const tip = Object.assign(document.createElement("p"), { className: "tip", popover: "manual" });
  tip.setAttribute("role", "tooltip");
  const hideTip = () => { if (tip.matches(":popover-open")) tip.hidePopover(); };
  const showTip = (times, at) => {
    hideTip();
    if (!times.length) return;
    tip.textContent = [...new Set(times.map((el) => `${el.textContent}: ${el.title}`))].join("\n");
    if (!tip.isConnected) document.body.append(tip);
    tip.showPopover({ source: at });
  };
  addEventListener("focusin", ({ target }) => {
    const place = target.matches(":focus-visible") && target.closest("main tr, main li, main dd, .log");
    const times = place && !place.matches(".log") ? [...place.querySelectorAll("time[data-as]")].filter((el) => el.checkVisibility()) : [];
    showTip(times.slice(0, 3), times[0]);
  });
  addEventListener("pointerdown", (e) => {
    const el = e.pointerType !== "mouse" && e.target.closest?.("time[data-as]");
    if (el) showTip([el], el); else hideTip();
  });
  addEventListener("keydown", (e) => { if (e.key === "Escape") hideTip(); });
  addEventListener("focusout", hideTip);

  const settle = (root) => {
    each(root, "[data-needs-js]", (el) => { el.hidden = false; });
    toZone(root);
  };
  settle(document); // at once, before anything is drawn: nothing moves then
  addEventListener("DOMContentLoaded", tell);
  addEventListener("htmx:load", (e) => settle(e.detail.elt));
})();
