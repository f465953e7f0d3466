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
  addEventListener("htmx:beforeSwap", (e) => {
    const target = e.detail.target;
    if (!target.matches?.("output.verdict") || !e.detail.shouldSwap || e.detail.xhr.getResponseHeader("HX-Retarget")) return;
    const answer = new DOMParser().parseFromString(e.detail.serverResponse, "text/html").querySelector("output");
    if (!answer) return;
    e.detail.shouldSwap = false;
    if (answer.dataset.state) target.dataset.state = answer.dataset.state; else delete target.dataset.state;
    target.replaceChildren(...answer.childNodes);
    mark(target);
  });

  // A VMID that takes long to check says so; where no answer came, nothing is said rather than what was true of another.
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
    if (target?.id !== "vmid-verdict" || xhr.status) return;
    delete target.dataset.state;
    target.replaceChildren();
    mark(target);
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

  // Buttons that open and close a dialog, where the browser does not know `command` yet.
  if (!("commandForElement" in HTMLButtonElement.prototype)) {
    addEventListener("click", (e) => {
      const button = e.target.closest?.("button[commandfor]");
      const dialog = button && document.getElementById(button.getAttribute("commandfor"));
      if (!dialog) return;
      if (button.getAttribute("command") === "show-modal") dialog.showModal(); else dialog.close();
    });
  }

  // A live page that comes back from the browser's memory shows what may be long over, and its stream is dead.
  addEventListener("pageshow", (e) => { if (e.persisted && document.querySelector("[sse-connect]")) location.reload(); });

  const settle = (root) => each(root, "[data-needs-js]", (el) => { el.hidden = false; });
  addEventListener("DOMContentLoaded", () => settle(document));
  addEventListener("htmx:load", (e) => settle(e.detail.elt));
})();
