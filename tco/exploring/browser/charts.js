// Charts of `tco.charts`, rendered by Vega, in figures with their titles.
const NARROW = 8; // a change of width that needs no new layout
const SLACK = 8; // pixels that a pointer may move between press and release

// One chart. canvas: whether it is one picture, while the marks of others are elements that can have the focus. onpick: what
// a click does, or Enter on a mark, with the row of the mark and the value of the horizontal axis there.
class Picture {
  constructor({ canvas, onpick }) {
    const { element, parts } = copyOf("chart");
    Object.assign(this, { canvas, onpick, element }, parts); // the parts: title, subtitle, drawing and its place
    const { drawing } = parts;
    drawing.picture = this;
    drawing.classList.toggle("pickable", Boolean(onpick));
    drawing.setAttribute("role", canvas ? "img" : "group");
    drawing.onclick = ({ detail, target }) => detail || this.pick(target);
    drawing.onkeydown = (event) => this.press(event);
    drawing.onpointerdown = (event) => (this.pressed = event);
    drawing.onpointerup = (event) => this.release(event);
    drawing.addEventListener("focusin", ({ target }) => this.tell(target));
    drawing.addEventListener("focusout", () => this.tell());
    this.watcher = new ResizeObserver(() => this.fit());
    this.watcher.observe(drawing);
  }

  close() {
    this.watcher.disconnect();
    this.view?.finalize();
  }

  // Show a chart of the kernel. data, signals: what the page puts into it; fresh: whether its title is about the present
  // settings. Returns when it is drawn.
  show(chart, { data, signals, paper, fresh }) {
    const made = JSON.stringify(chart.specification);
    const same = this.made === made && this.paper === paper;
    Object.assign(this, { specification: chart.specification, made, data, signals, paper });
    this.title.classList.toggle("stale", !fresh);
    if (this.title.textContent !== chart.title) this.title.textContent = chart.title;
    this.subtitle.textContent = chart.subtitle;
    this.drawing.setAttribute("aria-label", chart.description);
    this.drawn = same ? this.drawn.then(() => this.update()) : this.render();
    return this.drawn;
  }

  async render() {
    const { specification, made, paper: background, data, canvas } = this;
    const width = (this.width = this.drawing.clientWidth || 480);
    const spec = { ...structuredClone(specification), width, background, datasets: { ...specification.datasets, ...data } };
    spec.params = spec.params?.map((one) => ({ ...one, value: this.signals[one.name] ?? one.value }));
    spec.config.legend.columns = Math.max(1, Math.floor((width - 40) / (0.94 * spec.usermeta.tco.legend_entry_width)));
    spec.config.axisY.labelLimit = Math.max(90, Math.floor(width * 0.3));
    const place = html("div", {});
    const { view } = await window.vegaEmbed(place, spec, { mode: "vega-lite", renderer: canvas ? "canvas" : "svg", actions: false,
      defaultStyle: false, tooltip: { theme: "dark" }, logLevel: 1 });
    if (this.made !== made) return void view.finalize();
    this.view?.finalize();
    this.view = view;
    this.place.replaceWith((this.place = place));
    await this.update();
    this.fit();
  }

  async update() {
    const { view } = this;
    if (!view) return;
    for (const [name, value] of Object.entries(this.signals)) view.signal(name, value);
    for (const [name, rows] of Object.entries(this.data)) view.data(name, rows);
    await view.runAsync();
    if (this.onpick) this.place.querySelectorAll(".mark-rect.role-mark path").forEach(reachable);
  }

  // The columns of a legend follow the width.
  fit() {
    const width = this.drawing.clientWidth;
    if (this.view && width && Math.abs(width - this.width) >= NARROW) this.drawn = this.render();
  }

  // What was pressed is picked where it is let go of, since a click is lost on a mark that was drawn anew in between.
  release({ clientX }) {
    const { view, pressed } = this;
    if (!view || !pressed || Math.abs(clientX - pressed.clientX) > SLACK) return;
    const left = this.place.getBoundingClientRect().left + view.padding().left + view.origin()[0];
    this.pick(pressed.target, view.scale("x").invert?.(clientX - left));
  }

  press(event) {
    if (event.key === "Escape") this.tell();
    if (!["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    this.pick(event.target);
  }

  pick(mark, value) {
    this.pressed = null;
    this.onpick?.(mark.__data__?.datum ?? {}, value);
  }

  // To the keyboard what the pointer is told of a mark; without one, nothing.
  tell(mark) {
    const { left, bottom } = mark?.getBoundingClientRect() ?? {};
    this.view?.tooltip()(null, { clientX: left, clientY: bottom }, mark?.__data__, mark?.__data__?.tooltip);
  }
}

// Let the keyboard reach a mark, which says what a click on it does.
function reachable(mark) {
  const { datum: { row, part } } = mark.__data__;
  for (const [name, value] of Object.entries({ tabindex: 0, role: "button", "data-name": [row, part].filter(Boolean).join(", "),
    "aria-label": `${Object.values(mark.__data__.tooltip ?? {}).join(", ")}. Show what is behind it` })) mark.setAttribute(name, value);
  mark.removeAttribute("aria-roledescription");
}

// A figure of the page: its label, a list to save it from, and its charts, for the settings held and for those now.
class View {
  constructor(name, label, { onpick, onsave }) {
    const { element, parts } = copyOf("view");
    Object.assign(this, { name, onpick, pictures: [], figure: element, body: parts.body });
    element.dataset.view = name;
    parts.heading.textContent = label;
    parts.form.setAttribute("aria-label", `Save ${label.split(" (")[0]} as`);
    parts.form.onchange = () => { onsave(parts.form.value); parts.form.value = ""; };
  }

  close() {
    this.pictures.forEach((picture) => picture.close());
  }

  // settings: each with a label and its charts. contents: what the picture of a chart shows, of a setting and the chart. Returns
  // when all are drawn.
  show(settings, fresh, contents) {
    this.figure.hidden = false;
    this.figure.classList.toggle("stale", !fresh);
    const key = JSON.stringify(settings.map(({ label, charts }) => [label, charts.map((chart) => chart.option)]));
    if (this.key !== key) this.arrange(key, settings);
    return Promise.all(settings.flatMap((setting) => setting.charts.map((chart) => [chart, contents(setting, chart)]))
      .map(([chart, content], index) => this.pictures[index].show(chart, content)));
  }

  arrange(key, settings) {
    this.key = key;
    this.close();
    const { onpick } = this;
    const canvas = LIVE[this.name]?.canvas;
    const rowsOf = settings.map(({ label, charts }) => [label, charts.map(() => new Picture({ canvas, onpick }))]);
    this.pictures = rowsOf.flatMap(([, pictures]) => pictures);
    this.body.replaceChildren(...rowsOf.map(([label, pictures]) => html("div", {}, label && html("p", { class: "pair-label" }, label),
      html("div", { class: pictures.length > 1 ? "small-multiples" : null }, pictures.map((picture) => picture.element)))));
  }
}
