// The values of the metrics at one moment, where the pointer is or by the arrow keys. They stand in the table below
// the drawings, the newest first; without this script that is where they are read.
(() => {
  const all = document.querySelector("[data-metrics]");
  const rows = [...document.getElementById(all.dataset.metrics).tBodies[0].rows].reverse();
  const plots = [...all.querySelectorAll(".plot")].map((figure) => {
    const svg = figure.querySelector(".drawing > svg");
    const cursor = document.createElementNS("http://www.w3.org/2000/svg", "line");
    cursor.setAttribute("class", "cursor");
    cursor.setAttribute("y1", "0");
    cursor.setAttribute("y2", "100%");
    cursor.setAttribute("visibility", "hidden");
    svg.append(cursor);
    const output = figure.querySelector("output");
    const keys = [...figure.querySelectorAll(".words span")].map((span) => span.textContent.trim().split(":")[0].toLowerCase());
    return { figure, svg, cursor, output, keys, drawing: svg.parentElement, idle: output.textContent, columns: figure.dataset.columns.split(" ") };
  });

  // words of a drawing at a row, as in "21:04: in 2 KiB/s, out 3 KiB/s".
  const words = (plot, row) => {
    const values = plot.columns.map((column, i) => [plot.keys[i], row.cells[column].textContent.replace("–", "not known")].filter(Boolean).join(" "));
    return `${row.cells[0].textContent}: ${values.join(", ")}`;
  };

  let shown = -1;
  const show = (index) => {
    if (index === shown) return;
    shown = index;
    const x = `${((index + 0.5) / rows.length) * 100}%`;
    for (const plot of plots) {
      plot.cursor.setAttribute("x1", x);
      plot.cursor.setAttribute("x2", x);
      plot.cursor.setAttribute("visibility", "visible");
      plot.output.textContent = words(plot, rows[index]);
      plot.drawing.setAttribute("aria-valuenow", index);
      plot.drawing.setAttribute("aria-valuetext", plot.output.textContent);
    }
  };
  const hide = () => {
    shown = -1;
    for (const plot of plots) {
      plot.cursor.setAttribute("visibility", "hidden");
      plot.output.textContent = plot.idle;
    }
  };

  const last = rows.length - 1;
  for (const plot of plots) {
    const { drawing, svg } = plot;
    drawing.tabIndex = 0;
    drawing.setAttribute("role", "slider");
    drawing.setAttribute("aria-label", svg.querySelector("title").textContent);
    drawing.setAttribute("aria-describedby", `words-${svg.querySelector("title").id.slice("title-".length)}`);
    drawing.setAttribute("aria-valuemin", 0);
    drawing.setAttribute("aria-valuemax", last);
    drawing.setAttribute("aria-valuenow", last);
    drawing.setAttribute("aria-valuetext", words(plot, rows[last]));
    const at = (e) => {
      const box = svg.getBoundingClientRect();
      show(Math.min(Math.max(Math.floor(((e.clientX - box.left) / box.width) * rows.length), 0), last));
    };
    drawing.addEventListener("pointermove", at);
    drawing.addEventListener("pointerdown", at);
    drawing.addEventListener("pointerleave", () => { if (document.activeElement !== drawing) hide(); });
    drawing.addEventListener("focus", () => { if (shown < 0) show(last); });
    drawing.addEventListener("blur", hide);
    drawing.addEventListener("keydown", (e) => {
      const from = shown < 0 ? last : shown;
      const far = Math.max(Math.round(rows.length / 10), 2);
      const to = { ArrowLeft: from - 1, ArrowDown: from - 1, ArrowRight: from + 1, ArrowUp: from + 1, PageDown: from - far, PageUp: from + far, Home: 0, End: last }[e.key];
      if (to === undefined) {
        if (e.key === "Escape") hide();
        return;
      }
      e.preventDefault();
      show(Math.min(Math.max(to, 0), last));
    });
  }
})();
