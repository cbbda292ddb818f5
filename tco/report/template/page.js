"use strict";
(() => {
  const narrow = 8;
  const figures = [...document.querySelectorAll("figure.chart")];

  function fitted(specification, width) {
    const fitting = structuredClone(specification);
    if (fitting.usermeta?.tco?.follows_page) fitting.width = width;
    const entry = fitting.usermeta?.tco?.legend_entry_width;
    const config = (fitting.config ??= {});
    if (entry && config.legend) {
      config.legend.columns = Math.max(1, Math.floor((width - 50) / entry));
      config.legend.labelLimit = Math.min(config.legend.labelLimit ?? 260, width - 90);
    }
    if (config.axisY) config.axisY.labelLimit = Math.max(90, Math.floor(width * 0.3));
    return fitting;
  }

  function failed(figure, error) {
    figure.classList.add("failed");
    figure.querySelector(".drawing").textContent =
      "This chart could not be drawn; the table below holds its numbers. (" + error.message + ")";
    console.error(error);
  }

  async function draw(figure, width) {
    const drawing = figure.querySelector(".drawing");
    if (!width || Math.abs(width - (figure.drawnWidth ?? 0)) < narrow) return;
    figure.drawnWidth = width;
    try {
      const specification = JSON.parse(figure.querySelector("script").textContent);
      const result = await window.vegaEmbed(drawing, fitted(specification, width), {
        mode: "vega-lite", renderer: "svg", actions: false, ast: true, logLevel: 1,
      });
      figure.drawn?.finalize();
      figure.drawn = result;
      const svg = drawing.querySelector("svg");
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", drawing.dataset.description);
      figure.dataset.drawn = "true";
    } catch (error) {
      failed(figure, error);
    }
  }

  async function drawAll() {
    await Promise.all(figures.map((figure) => draw(figure, figure.querySelector(".drawing").clientWidth)));
    document.documentElement.dataset.charts = figures.some((figure) => figure.classList.contains("failed"))
      ? "failed" : "drawn";
  }

  // Drawing waits for nothing but promises that are already settled, so it is done before the page is laid out.
  function drawForPaper() {
    for (const figure of figures) draw(figure, figure.parentElement.matches(".side-by-side, .in-pairs") ? 335 : 640);
  }

  let waiting;
  window.addEventListener("resize", () => {
    if (window.matchMedia("print").matches) return;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 150);
  });

  const toggle = document.getElementById("code-toggle");
  toggle.addEventListener("click", () => {
    const shown = document.documentElement.classList.toggle("code-shown");
    toggle.setAttribute("aria-pressed", String(shown));
    toggle.textContent = shown ? "Hide code" : "Show code";
  });

  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
    drawForPaper();
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    opened = [];
    drawAll();
  });

  drawAll();
})();
