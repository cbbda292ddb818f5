// Charts of `tco.charts`, rendered by Vega, in figures with their titles.
const NARROW = 8; // a change of width that needs no new layout
const ONE_OPTION = "upgrades"; // the view that shows the chart of one option at a time

// One chart. near: as in LIVE; such a chart is one picture, while the marks of others are elements that can have the focus.
// onpick: what a click does, or Enter on a mark, with the row of the mark or the rows near the pointer.
class Picture {
  constructor({ near, onpick }) {
    Object.assign(this, { near, onpick });
    this.title = html("p", { class: "title" });
    this.subtitle = html("p", { class: "unit" });
    this.place = html("div", {});
    this.rule = html("div", { class: "rule", hidden: true });
    this.here = html("div", { class: "rule here", hidden: true });
    this.drawing = html("div", { class: onpick ? "drawing pickable" : "drawing", role: near ? "img" : "group",
      onpointerleave: () => (this.rule.hidden = true), onclick: (event) => this.pick(event.target, this.nearest(event)?.[0]),
      onkeydown: (event) => ["Enter", " "].includes(event.key) && (event.preventDefault(), this.pick(event.target)) },
    this.place, this.rule, this.here);
    this.drawing.picture = this;
    this.element = html("div", { class: "chart" }, this.title, this.subtitle, this.drawing);
    this.watcher = new ResizeObserver(() => this.fit());
    this.watcher.observe(this.drawing);
  }

  close() {
    this.watcher.disconnect();
    this.view?.finalize();
  }

  // Show a chart of the kernel. rows, signals: what the page puts into it; fresh: whether its title is about the present
  // settings; here: the place of these along the horizontal axis, and the words there. Returns when it is drawn.
  show(chart, { rows, signals, paper, fresh, here }) {
    const made = JSON.stringify(chart.specification);
    const same = this.made === made && this.paper === paper;
    Object.assign(this, { rows, signals, paper, spot: here, made });
    this.title.classList.toggle("stale", !fresh);
    if (this.title.textContent !== chart.title) this.title.textContent = chart.title;
    this.subtitle.textContent = chart.subtitle;
    this.drawing.setAttribute("aria-label", chart.description);
    if (!same) this.drawn = this.render(chart.specification, made);
    else if (rows) this.drawn = this.drawn.then(() => this.update());
    return this.drawn;
  }

  async render(specification, made) {
    const width = (this.width = this.drawing.clientWidth || 480);
    const spec = { ...structuredClone(specification), width, background: this.paper };
    if (this.rows) spec.datasets = { ...spec.datasets, rows: this.rows };
    spec.params = spec.params?.map((one) => ({ ...one, value: this.signals[one.name] ?? one.value }));
    spec.config.legend.columns = Math.max(1, Math.floor((width - 40) / (0.94 * spec.usermeta.tco.legend_entry_width)));
    spec.config.axisY.labelLimit = Math.max(90, Math.floor(width * 0.3));
    const place = html("div", {});
    const { view } = await window.vegaEmbed(place, spec, { mode: "vega-lite", renderer: this.near ? "canvas" : "svg", actions: false,
      defaultStyle: false, tooltip: () => {}, logLevel: 1 });
    if (this.made !== made) return void view.finalize();
    this.view?.finalize();
    this.view = view;
    this.place.replaceWith(place);
    this.place = place;
    await this.update();
    this.fit();
  }

  async update() {
    const { view } = this;
    if (!view) return;
    const focused = this.marks().indexOf(document.activeElement);
    for (const [name, value] of Object.entries(this.signals)) view.signal(name, value);
    if (this.rows) view.data("rows", this.rows);
    await view.runAsync();
    if (this.onpick) this.marks().forEach(reachable);
    if (focused >= 0) this.marks()[focused]?.focus();
    this.here.hidden = !this.spot;
    if (this.spot) this.stand(this.here, this.spot.value, this.spot.label);
  }

  fit() {
    const width = this.drawing.clientWidth;
    if (!this.view || !width || Math.abs(width - this.width) < NARROW) return;
    this.width = width;
    this.view.width(width);
    this.update();
  }

  marks() {
    return [...this.place.querySelectorAll(".mark-rect.role-mark path")];
  }

  pick(mark, row = mark.__data__?.datum) {
    if (row) this.onpick?.(row);
  }

  // Pixels from the left of the drawing to a value of the horizontal axis.
  left(value) {
    const scale = this.view.scale("x");
    return this.view.padding().left + this.view.origin()[0] + scale(value) + (scale.bandwidth?.() ?? 0) / 2;
  }

  stand(rule, value, label = "") {
    const left = this.left(value);
    const top = this.view.padding().top + this.view.origin()[1];
    rule.textContent = label;
    Object.assign(rule.style, { left: `${left}px`, top: `${top}px`, height: `${this.view.height()}px` });
    rule.classList.toggle("leftwards", left > this.width - 140);
  }

  // The rows at the place along the horizontal axis that is nearest to the pointer.
  nearest(event) {
    if (!this.near || !this.view || !this.rows.length) return null;
    const { field } = this.near;
    const pointer = event.clientX - this.drawing.getBoundingClientRect().left;
    const away = (row) => Math.abs(this.left(row[field]) - pointer);
    const best = this.rows.reduce((nearest, row) => (away(row) < away(nearest) ? row : nearest));
    return this.rows.filter((row) => row[field] === best[field]);
  }

  tip(event) {
    const rows = this.nearest(event);
    if (!rows) return tipOf(event.target);
    const { field, amount, head, line } = this.near;
    this.rule.hidden = false;
    this.stand(this.rule, rows[0][field]);
    return [head(rows), ...[...rows].sort((one, other) => other[amount] - one[amount]).map(line)].join("\n");
  }
}

// Let the keyboard reach a mark, which says what a click on it does.
function reachable(mark) {
  for (const [name, value] of Object.entries({ tabindex: 0, role: "button",
    "aria-label": `${Object.values(mark.__data__.tooltip ?? {}).join(", ")}. Show what is behind it` })) mark.setAttribute(name, value);
  mark.removeAttribute("aria-roledescription");
}

// A figure of the page: its label, a list to save it from, and its charts, for the settings held and for those now.
class View {
  constructor(name, label, { onpick, onsave, onoption }) {
    Object.assign(this, { name, onpick, onoption, pictures: [] });
    const form = html("select", { "aria-label": `Save ${label.split(" (")[0]} as`, onchange: () => { onsave(form.value); form.value = ""; } },
      html("option", { value: "" }, "Save…"), ["svg", "png", "pdf"].map((one) => html("option", { value: one }, one.toUpperCase())));
    this.choice = html("div", {});
    this.body = html("div", { class: "pair" });
    this.figure = html("figure", { class: "view", "data-view": name, hidden: true },
      html("div", { class: "view-head" }, html("h3", {}, label), form), this.choice, this.body);
  }

  close() {
    this.pictures.forEach((picture) => picture.close());
  }

  // settings: each with a label and its charts. contents: what the picture of a chart shows, of a setting and the chart. Returns
  // when all are drawn.
  show(settings, fresh, contents) {
    this.figure.hidden = false;
    this.figure.classList.toggle("stale", !fresh);
    const shown = settings.map((setting) => [setting, this.chosen(setting.charts)]);
    const key = JSON.stringify(shown.map(([{ label }, charts]) => [label, charts.map((chart) => chart.option)]));
    if (this.key !== key) this.arrange(key, shown);
    return Promise.all(shown.flatMap(([setting, charts]) => charts.map((chart) => [chart, contents(setting, chart)]))
      .map(([chart, content], index) => this.pictures[index].show(chart, content)));
  }

  arrange(key, shown) {
    this.key = key;
    this.close();
    const near = LIVE[this.name]?.near;
    const rowsOf = shown.map(([{ label }, charts]) => [label, charts.map(() => new Picture({ near, onpick: this.onpick }))]);
    this.pictures = rowsOf.flatMap(([, pictures]) => pictures);
    this.body.replaceChildren(...rowsOf.map(([label, pictures]) => html("div", {}, label && html("p", { class: "pair-label" }, label),
      html("div", { class: pictures.length > 1 ? "small-multiples" : null }, pictures.map((picture) => picture.element)))));
  }

  // All charts, or that of the option chosen from a list.
  chosen(charts) {
    if (this.name !== ONE_OPTION || !charts.length) return charts;
    const names = charts.map((chart) => chart.option);
    if (!names.includes(this.option)) [this.option] = names;
    if (this.names !== names.join()) {
      this.names = names.join();
      const control = choiceControl({ label: "Option", names, value: this.option, onchange: (name) => { this.option = name; this.onoption(); } });
      control.element.classList.add("inline");
      this.choice.replaceChildren(names.length > 1 ? control.element : "");
    }
    return charts.filter((chart) => chart.option === this.option);
  }
}
