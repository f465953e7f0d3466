// The palette: containers, nodes, templates, pages and what can be done, found by a few letters from any page. What it searches
// is asked for when it is opened; where a person has been is kept in this browser, for each of them, until they sign out.
(() => {
  const dialog = document.getElementById("palette"), field = document.getElementById("palette-q");
  const list = document.getElementById("hits"), none = document.getElementById("no-hits");
  const sprite = document.querySelector("script[data-icons]").dataset.icons;
  const prefix = "berth-recent-", kept = prefix + document.currentScript.dataset.user;
  const mostRecent = 5, mostHits = 40, atOnce = 14, fresh = 10_000; // entries; entries; those seen without scrolling; ms for which what was told is not asked again

  const recent = () => {
    try { return JSON.parse(localStorage.getItem(kept)) ?? []; } catch { return []; } // storage is off
  };
  const visited = (url) => {
    const urls = [url, ...recent().filter((u) => u !== url)].slice(0, mostRecent + 1); // one more: the page one is on is not listed
    try { localStorage.setItem(kept, JSON.stringify(urls)); } catch { /* storage is off */ }
  };
  const here = location.pathname.match(/^\/(containers\/(?!new)[^/]+\/\d+|templates\/(?!new|folder|check)[^/]+)/)?.[0];
  if (here) visited(here);
  addEventListener("submit", ({ target }) => {
    if (target.getAttribute("action") !== "/logout") return;
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
  });

  const el = (name, props = {}, ...children) => {
    const made = Object.assign(document.createElement(name), props);
    made.append(...children.filter((c) => c !== ""));
    return made;
  };
  const icon = (name, kind = "") => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), use = document.createElementNS(svg.namespaceURI, "use");
    svg.setAttribute("class", `icon ${kind}`);
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${sprite}#${name}`);
    svg.append(use);
    return svg;
  };

  // Finds a word in a text: how well, and where. At the beginning is best, then where a word begins, then anywhere, then only
  // its letters in that order. Both are lower case.
  const find = (word, text) => {
    const at = text.indexOf(word);
    if (at === 0) return { score: 100 - text.length / 10, at: [[0, word.length]] };
    if (at > 0) return { score: (/[\p{L}\p{N}]/u.test(text[at - 1]) ? 60 : 80) - text.length / 10, at: [[at, at + word.length]] };
    const places = [];
    for (let i = 0, from = 0; i < word.length; i++, from = places[i - 1] + 1) {
      const next = text.indexOf(word[i], from);
      if (next < 0) return null;
      places.push(next);
    }
    const spread = places.at(-1) - places[0] + 1 - word.length;
    return spread > 2 * word.length || word.length < 2 ? null : { score: 40 - 2 * spread, at: places.map((p) => [p, p + 1]) };
  };
  // Which letters and digits are in a text, a bit for each. What lacks one of a word's is not searched for it.
  const lettersOf = (text) => {
    let set = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 97 && code <= 122) set |= 1 << (code - 97);
      else if (code >= 48 && code <= 57) set |= 1 << (26 + (code - 48) % 6); // two digits share one
    }
    return set;
  };
  const lettersIn = (lower, known) => lettersOf(lower) | lettersOf(known);
  // Every word must be found, in the name or, as it is, in what else the entry is known by.
  const judge = (entry, words, letters) => {
    if (letters & ~entry.letters) return null;
    let score = entry.weight ?? 0;
    const marks = [];
    for (const word of words) {
      const hit = find(word, entry.lower);
      if (hit) {
        score += hit.score;
        marks.push(...hit.at);
      } else if (entry.known.includes(word)) score += 50;
      else return null;
    }
    return { entry, score, marks };
  };

  let entries = [], asked = -fresh;
  const prepare = ({ places, verbs }) => {
    const all = [], named = new Map(); // containers of each name
    for (const { group, name } of places) if (group === "Containers") named.set(name, (named.get(name) ?? 0) + 1);
    for (const place of places) {
      const known = `${place.more ?? ""} ${place.also ?? ""}`.toLowerCase(), lower = place.name.toLowerCase();
      all.push({ ...place, id: `hit-${all.length}`, lower, known, letters: lettersIn(lower, known), weight: place.group === "Containers" ? 5 : 0 });
      if (place.group !== "Containers") continue;
      const twins = named.get(place.name) > 1, letters = all.at(-1).letters;
      for (const verb of verbs) {
        if (!verb.in.includes(place.state) || "pinned" in verb && verb.pinned !== Boolean(place.pinned)) continue;
        const name = verb.before + place.name + (verb.after ?? ""), whole = name.toLowerCase();
        all.push({ group: "Actions", of: place, name, lower: whole, known, letters: letters | lettersOf(whole), url: place.url + verb.path, icon: verb.icon, how: verb.how,
          node: place.more.split(" · ")[1], more: twins ? place.more : "", id: `hit-${all.length}`, weight: -30 });
      }
    }
    return all;
  };
  const ask = async () => {
    if (performance.now() - asked < fresh) return;
    if (!entries.length) none.textContent = "Loading…";
    try {
      const answer = await fetch("/palette", { headers: { Accept: "application/json" } });
      if (!answer.ok || !answer.headers.get("Content-Type").startsWith("application/json")) throw new Error(answer.status);
      entries = prepare(await answer.json());
      asked = performance.now();
      show();
    } catch {
      if (!entries.length) none.textContent = "Berth does not answer. Close this and try again; you may have to sign in.";
    }
  };

  const marked = (name, marks) => {
    const b = el("b");
    let at = 0;
    for (const [from, to] of marks.toSorted((a, c) => a[0] - c[0])) {
      if (from < at) continue;
      b.append(name.slice(at, from), el("mark", { textContent: name.slice(from, to) }));
      at = to;
    }
    b.append(name.slice(at));
    return b;
  };
  const option = ({ entry, marks }, kind) => {
    const li = el("li", { id: entry.id });
    li.setAttribute("role", "option");
    li.setAttribute("aria-selected", "false");
    const what = el("span", { className: "what" }, marked(entry.name, marks));
    if (entry.tile || entry.glyph) {
      const tile = el("span", { className: "app", textContent: entry.tile ?? "" });
      if (entry.glyph) {
        const glyph = icon("open");
        glyph.firstElementChild.setAttribute("href", entry.glyph);
        tile.append(glyph);
      }
      tile.setAttribute("aria-hidden", "true");
      if (entry.hue) tile.dataset.hue = entry.hue;
      li.append(tile);
      const badge = el("span", { className: "badge" }, icon(entry.state === "creating" ? "working" : entry.state === "template" ? "template" : entry.state), el("span", { className: "hide", textContent: entry.words }));
      badge.dataset.status = entry.state;
      what.append(el("span", { className: "marks", title: entry.words }, badge, entry.wrong ? icon("trouble", entry.wrong) : ""));
    } else li.append(icon(entry.icon));
    if (entry.more) what.append(el("small", { textContent: entry.more }));
    const keys = (entry.keys ?? []).map((k) => el("kbd", { textContent: k }));
    li.append(what, el("span", { className: "key" }, kind, ...keys));
    return li;
  };
  const groups = ["Actions", "Pages", "Nodes", "Templates"];
  const singular = { Containers: "Container", Actions: "Action", Pages: "Page", Nodes: "Node", Templates: "Template" };
  const section = (title, some, kind) => {
    const heading = el("span", { className: "section", id: `hits-${title}`, textContent: title });
    const inner = el("ul", {}, ...some.map((entry) => option({ entry, marks: [] }, kind(entry))));
    inner.setAttribute("role", "group");
    inner.setAttribute("aria-labelledby", heading.id);
    const outer = el("li", {}, heading, inner);
    outer.setAttribute("role", "presentation");
    return outer;
  };
  const options = () => [...list.querySelectorAll("[role=option]")];
  const select = (to) => {
    for (const li of options()) li.setAttribute("aria-selected", li === to);
    if (to) field.setAttribute("aria-activedescendant", to.id); else field.removeAttribute("aria-activedescendant");
    to?.scrollIntoView({ block: "nearest" });
  };
  // What is seen is made at once, the rest with the next frame: typing is not held up by what stands below.
  let later = 0;
  const show = () => {
    cancelAnimationFrame(later);
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length) {
      const letters = lettersOf(words.join(""));
      const hits = entries.map((e) => judge(e, words, letters)).filter(Boolean).sort((a, b) => b.score - a.score).slice(0, mostHits);
      const made = (some) => some.map((hit) => option(hit, singular[hit.entry.group]));
      list.replaceChildren(...made(hits.slice(0, atOnce)));
      if (hits.length > atOnce) later = requestAnimationFrame(() => list.append(...made(hits.slice(atOnce))));
    } else {
      const been = recent().filter((url) => url !== here).map((url) => entries.find((e) => e.url === url)).filter(Boolean).slice(0, mostRecent);
      const parts = groups.map((g) => [g, entries.filter((e) => e.group === g && !e.of && !been.includes(e))]);
      list.replaceChildren(...(been.length ? [section("Recent", been, (e) => singular[e.group])] : []),
        ...parts.filter(([, some]) => some.length).map(([g, some]) => section(g, some, () => "")));
    }
    const found = options();
    select(found[0]);
    none.textContent = found.length || !entries.length ? "" : "Nothing of that name.";
  };

  const open = () => {
    document.querySelectorAll(":popover-open").forEach((popover) => popover.hidePopover());
    field.value = "";
    dialog.showModal();
    show();
    ask();
  };
  // Does what an entry stands for, in this page where that can be; apart, it opens what the container serves, or the entry's page.
  const go = async (entry, apart) => {
    dialog.close();
    if (entry.press) return document.querySelector(entry.press)?.click();
    if (["Containers", "Templates"].includes(entry.group)) visited(entry.url);
    if (apart) return window.open(entry.open || entry.url, "_blank", "noopener");
    if (entry.how === "post") return htmx.ajax("POST", entry.url, { target: "#said", swap: "innerHTML" });
    if (entry.how === "say") {
      asked = -fresh; // it is another one then
      return htmx.ajax("POST", entry.url, { target: "#announce", swap: "innerHTML" });
    }
    if (entry.how !== "ask") return location.assign(entry.url);
    const link = el("a", { href: entry.url, hidden: true });
    link.dataset.ask = entry.node;
    document.body.append(link);
    link.click();
    link.remove();
  };
  const chosen = (li, apart) => {
    const entry = entries.find((e) => e.id === li?.id);
    if (entry) go(entry, apart);
  };

  field.addEventListener("input", show);
  field.addEventListener("keydown", (e) => {
    const all = options(), at = all.findIndex((li) => li.ariaSelected === "true");
    const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, PageDown: Math.min(at + 8, all.length - 1), PageUp: Math.max(at - 8, 0) }[e.key];
    if (to !== undefined && all.length) {
      e.preventDefault();
      select(all[to]);
    } else if (e.key === "Enter" && !e.isComposing) {
      e.preventDefault();
      chosen(all[at], e.ctrlKey || e.metaKey);
    }
  });
  list.addEventListener("click", (e) => chosen(e.target.closest("[role=option]"), e.ctrlKey || e.metaKey));
  list.addEventListener("pointerdown", (e) => e.preventDefault()); // the focus stays in the field
  addEventListener("click", (e) => {
    if (e.target === dialog) dialog.close(); // beside it
    if (!e.target.closest?.("[data-palette]") || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    open();
  });
  addEventListener("keydown", (e) => {
    if (e.key.toLowerCase() !== "k" || !(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey || e.target.closest?.(".xterm")) return;
    if (document.querySelector("dialog[open]:not(#palette)")) return; // what is asked is answered first
    e.preventDefault();
    if (dialog.open) dialog.close(); else open();
  });

  if (/Mac|iPhone|iPad/.test(navigator.platform)) document.querySelectorAll("[data-palette] kbd").forEach((kbd) => { kbd.textContent = "⌘ K"; });

  // Alerts that were gone to are open.
  const unfold = () => { if (location.hash === "#notices") document.getElementById("notices")?.setAttribute("open", ""); };
  addEventListener("hashchange", unfold);
  addEventListener("DOMContentLoaded", unfold);
})();
