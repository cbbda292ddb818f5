"use strict";
(() => {
  const narrow = 8;
  const figures = [...document.querySelectorAll("figure.chart")];
  const sections = [...document.querySelectorAll("details.section")];
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function fitted(specification, width, background) {
    const fitting = structuredClone(specification);
    if (fitting.usermeta?.tco?.follows_page) fitting.width = width;
    const entry = fitting.usermeta?.tco?.legend_entry_width;
    const config = (fitting.config ??= {});
    config.background ??= background; // the charts' colours look at what they stand on
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

  // The picture as it is drawn now, with its title, to keep or to put on a slide.
  async function save(figure, form) {
    const specification = JSON.parse(figure.querySelector("script").textContent);
    const caption = figure.querySelector("figcaption").cloneNode(true);
    const subtitle = caption.querySelector(".subtitle");
    subtitle?.remove();
    const lines = (text) => (text ?? "").match(/.{1,70}(?:\s|$)/g)?.map((line) => line.trim()) ?? [];
    const titled = { ...fitted(specification, 680, "#ffffff"), title: { text: lines(caption.textContent), subtitle: lines(subtitle?.textContent) } };
    const holder = document.createElement("div");
    const drawn = await window.vegaEmbed(holder, titled, { mode: "vega-lite", actions: false, ast: true, logLevel: 1 });
    const link = document.createElement("a");
    link.href = await drawn.view.toImageURL(form, form === "png" ? 2 : 1);
    link.download = (figure.dataset.name || figure.id) + "." + form;
    link.click();
    drawn.finalize();
  }
  for (const figure of figures) {
    const place = figure.querySelector(".saved");
    for (const form of place ? ["svg", "png"] : []) {
      const link = document.createElement("a");
      link.href = "#" + figure.id;
      link.textContent = form.toUpperCase();
      link.setAttribute("aria-label", form.toUpperCase() + " of this chart");
      link.addEventListener("click", (event) => {
        event.preventDefault();
        event.stopPropagation();
        save(figure, form);
      });
      place.append(" ", link);
    }
  }

  async function draw(figure, width, background) {
    const drawing = figure.querySelector(".drawing");
    const same = Math.abs(width - (figure.drawnWidth ?? 0)) < narrow && figure.drawnOn === background;
    if (!width || same) return;
    figure.drawnWidth = width;
    figure.drawnOn = background;
    try {
      const specification = JSON.parse(figure.querySelector("script").textContent);
      const result = await window.vegaEmbed(drawing, fitted(specification, width, background), {
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

  // A chart in a folded section is drawn too, at a likely width, and again when it opens on another one.
  const likely = (figure) => Math.min(640, figure.closest("main").clientWidth);
  const widthOf = (figure) => figure.querySelector(".drawing").clientWidth || likely(figure);

  let printing = false;
  async function drawAll() {
    if (printing) return;
    const background = getComputedStyle(document.documentElement).getPropertyValue("--paper").trim();
    const isOpen = (figure) => !figure.closest("details:not([open])");
    await Promise.all(figures.filter(isOpen).map((figure) => draw(figure, widthOf(figure), background)));
    for (const figure of figures.filter((one) => !isOpen(one))) {
      await new Promise((resolve) => setTimeout(resolve));
      await draw(figure, widthOf(figure), background);
    }
    document.documentElement.dataset.charts = figures.some((figure) => figure.classList.contains("failed"))
      ? "failed" : "drawn";
  }

  // Drawing waits for nothing but promises that are already settled, so it is done before the page is laid out.
  function drawForPaper() {
    for (const figure of figures) {
      const paired = figure.parentElement.matches(".side-by-side, .in-pairs, .tag-answer .outputs");
      draw(figure, paired ? 335 : 640, "#ffffff");
    }
  }

  let waiting;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 150);
  });
  dark.addEventListener("change", drawAll);

  const codes = document.getElementById("code-toggle");
  codes.addEventListener("click", () => {
    const shown = document.documentElement.classList.toggle("code-shown");
    codes.setAttribute("aria-pressed", String(shown));
    codes.textContent = shown ? "Hide code" : "Show code";
  });

  const folds = document.getElementById("fold-toggle");
  function tellFolds() {
    const all = sections.every((section) => section.open);
    folds.setAttribute("aria-pressed", String(all));
    folds.textContent = all ? "Close all" : "Open all";
  }
  folds?.addEventListener("click", () => {
    const open = !sections.every((section) => section.open);
    for (const section of sections) section.open = open;
  });
  for (const section of sections) {
    section.addEventListener("toggle", () => {
      tellFolds();
      if (section.open) drawAll();
    });
  }

  const menu = document.querySelector("details.menu");
  menu?.addEventListener("click", (event) => event.target.closest("a") && (menu.open = false));
  menu?.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // A link into the page opens what it leads to.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (!target) return;
    for (let part = target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    target.scrollIntoView();
  }
  window.addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link && link.getAttribute("href") === window.location.hash) reveal();
  });

  let opened = [];
  window.addEventListener("beforeprint", () => {
    printing = true;
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
    drawForPaper();
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    opened = [];
    printing = false;
    drawAll();
  });

  drawAll();
  reveal();
})();
