// What the server and the first paint must know of this browser: its time zone, in a cookie, so that pages come with the
// reader's times; and the theme: auto, light, dark, in turn. Loaded in <head> so that no page flashes.
(() => {
  const kept = `berth_tz=${Intl.DateTimeFormat().resolvedOptions().timeZone}`, year = 31536000; // s
  if (!document.cookie.split("; ").includes(kept)) document.cookie = `${kept}; path=/; max-age=${year}; samesite=lax`;
})();
(() => {
  const root = document.documentElement, key = "berth-theme", order = ["auto", "light", "dark"];
  const icons = document.currentScript.dataset.icons; // the sprite's URL carries a hash that only the page knows
  const words = { auto: "as the system", light: "light", dark: "dark" };
  let theme = "auto";
  try { theme = localStorage.getItem(key) ?? "auto"; } catch { /* storage is off: auto */ }
  const bars = [...document.querySelectorAll("meta[name='theme-color']")].map((el) => ({ el, own: el.content }));
  const apply = () => {
    for (const { el, own } of bars) el.content = theme === "auto" ? own : bars[theme === "light" ? 0 : 1].own;
    if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
    for (const b of document.querySelectorAll("[data-theme-toggle]")) {
      b.hidden = false;
      b.setAttribute("aria-label", `Theme: ${words[theme]}`);
      b.querySelector("use").setAttribute("href", `${icons}#${theme}`);
    }
  };
  if (!order.includes(theme)) theme = "auto";
  apply();
  addEventListener("DOMContentLoaded", apply);
  addEventListener("click", (e) => {
    if (!e.target.closest?.("[data-theme-toggle]")) return;
    theme = order[(order.indexOf(theme) + 1) % order.length];
    try { localStorage.setItem(key, theme); } catch { /* for this page only */ }
    apply();
  });
})();
