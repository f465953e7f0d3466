// Single keys: search, move in a list, go to a page. They are off in fields, with Ctrl, Alt or Meta, while something lies
// over the page, and for who turned them off; that is kept in this browser.
(() => {
  const dialog = document.getElementById("keys"), on = document.getElementById("keys-on"), kept = "berth-keys";
  on.checked = true;
  try { on.checked = localStorage.getItem(kept) !== "off"; } catch { /* storage is off: for this page only */ }
  on.addEventListener("change", () => {
    try { localStorage.setItem(kept, on.checked ? "on" : "off"); } catch { /* for this page only */ }
  });
  addEventListener("click", (e) => {
    if (!e.target.closest?.("[data-open='keys']")) return;
    document.querySelectorAll(":popover-open").forEach((el) => el.hidePopover());
    dialog.showModal();
  });

  const pages = { d: "/", t: "/templates", j: "/jobs", s: "/settings/nodes", a: "/account" };
  const goWithin = 1500; // ms between g and where to
  let went = -goWithin;
  // Moves the focus to the next or previous entry of the page's list, from where it is: to its name, or to itself where that
  // leads nowhere.
  const entries = "main :is(tr[data-vmid], tr[data-job], tr[data-backup], li[data-snapshot], .templates > li)";
  const move = (by) => {
    const all = [...document.querySelectorAll(entries)].filter((el) => el.checkVisibility());
    const at = all.indexOf(document.activeElement.closest(entries));
    const to = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))];
    const name = to?.querySelector(":is(th, h3) a") ?? to;
    if (name === to) to?.setAttribute("tabindex", "-1");
    name?.focus();
  };
  const search = () => {
    const field = document.querySelector("main input[type=search]");
    if (!field) {
      if (location.pathname !== "/") location.assign("/?search");
      return;
    }
    field.focus();
    field.select();
  };
  const acts = {
    "/": search,
    n: () => location.assign("/containers/new"),
    j: () => move(1),
    k: () => move(-1),
    x: () => document.activeElement.closest(entries)?.querySelector("input[type=checkbox]")?.click(),
    g: () => { went = performance.now(); },
    "?": () => dialog.showModal(),
  };
  addEventListener("keydown", (e) => {
    if (!on.checked || e.defaultPrevented || e.ctrlKey || e.altKey || e.metaKey || e.isComposing) return;
    if (e.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], .xterm") || document.querySelector("dialog[open], :popover-open")) return;
    const page = performance.now() - went < goWithin && pages[e.key];
    went = -goWithin;
    if (!page && !Object.hasOwn(acts, e.key)) return;
    e.preventDefault();
    if (page) location.assign(page); else acts[e.key]();
  });
  if (location.search === "?search") addEventListener("DOMContentLoaded", search);
})();
