// The page: controls on the left, linked views on the right. Moving a control redraws at the next frame from the amounts
// at hand; what only the kernel knows is asked for one question at a time, the newest first, and drawn when it comes.
const IDLE = 140;
const QUIET = ["verdict", "upgrades", "flips", "matters", "probable"];
const HINTS = {
  "cost-over-time": "Cost over time", "cost-by-category": "Cost by category (click a bar for its lines)",
  "cost-by-fleet-size": "Break-even against fleet size (click to go there)", downtime: "Downtime",
  "hours-by-quarter": "Hours by quarter", upgrades: "The fleet's upgrades", matters: "The assumptions that matter most (click one for its source)",
};

// One question to the kernel at a time. A question of a kind replaces a waiting one of the same kind.
class Kernel {
  constructor(model) {
    this.model = model;
    this.waiting = new Map();
    this.open = null;
    this.number = 0;
    model.on("msg:custom", (message, buffers) => this.received(message, buffers));
  }

  ask(ask, content, { first = false, kind = ask } = {}) {
    return new Promise((resolve) => {
      const entry = { ask, content, resolve };
      this.waiting.delete(kind);
      this.waiting = first ? new Map([[kind, entry], ...this.waiting]) : this.waiting.set(kind, entry);
      this.next();
    });
  }

  hurry(kind) {
    const entry = this.waiting.get(kind);
    if (!entry) return;
    this.waiting.delete(kind);
    this.waiting = new Map([[kind, entry], ...this.waiting]);
  }

  forget(kinds) {
    for (const kind of kinds) this.waiting.delete(kind);
  }

  next() {
    if (this.open || !this.waiting.size) return;
    const [kind, entry] = this.waiting.entries().next().value;
    this.waiting.delete(kind);
    this.open = { ...entry, id: (this.number += 1) };
    this.model.send({ ask: entry.ask, id: this.open.id, ...entry.content });
  }

  received(message, buffers) {
    if (message.id !== this.open?.id) return;
    const { resolve } = this.open;
    this.open = null;
    resolve({ ...message, buffers });
    this.next();
  }

  get busy() {
    return this.open !== null || this.waiting.size > 0;
  }
}

class Page {
  constructor(model, el) {
    this.model = model;
    this.kernel = new Kernel(model);
    this.root = html("div", { class: "tco-explorer", role: "region", "aria-label": "Scenario explorer" });
    el.append(this.root);
    this.watcher = new ResizeObserver(() => { this.widths = null; this.redraw(); });
    this.watcher.observe(this.root);
    model.on("change:setup", () => this.build());
    this.build();
  }

  close() {
    this.watcher.disconnect();
    this.sight.disconnect();
    clearTimeout(this.timer);
    clearTimeout(this.later);
  }

  // Everything anew for the scenario that the kernel has open.
  build() {
    const setup = (this.setup = this.model.get("setup"));
    const { meta, buffers } = this.model.get("first");
    this.answers = new Answers();
    this.answers.add(this.structureKey({ policy: "", load_shape: "", months: null }), meta, buffers, 1);
    this.told = {};
    this.held = null;
    this.root.classList.remove("held");
    this.chances = null;
    const changed = () => this.changed();
    const number = (entry, percent) => numberControl({
      label: entry.label, unit: percent ? "%" : entry.unit, value: entry.start, low: 0, high: percent ? undefined : 1e9,
      stops: steps(entry), write: (value) => (percent ? percentRead(value) : siNumber(value, 4)),
      read: percent ? percentRead : plainRead, onchange: changed,
    });
    const shape = [["", "as in the scenario"], ...setup.load_shapes.map((name) => [name, name.replaceAll("_", " ")])];
    this.controls = {
      size: numberControl({ label: "Fleet size", unit: "clusters", value: setup.fleet_size, low: 1, high: 1e7, stops: setup.fleet_sizes,
        write: (value) => grouped(value), read: plainRead, onchange: changed }),
      rate: number(setup.rate), value: number(setup.value), discount: number(setup.discount, true),
      load: setup.loads.length && numberControl({ label: "Load", unit: "× the scenario's", value: 1, low: 0, high: 1e4, stops: setup.loads,
        write: plainRead, read: plainRead, onchange: changed }),
      load_shape: setup.loads.length && choiceControl({ label: "Load shape", entries: shape, value: "", onchange: changed }),
      policy: choiceControl({ label: "Upgrade policy", value: "", onchange: changed,
        entries: [["", "as each option says"], ...setup.policies.map((name) => [name, name])] }),
      months: numberControl({ label: "Horizon", unit: "months", value: setup.months, low: 1, high: 600, stops: setup.horizons,
        write: plainRead, read: plainRead, onchange: changed }),
      options: optionBoxes({ options: setup.options, reference: setup.reference, onchange: changed }),
    };
    this.frame();
    this.widths = null;
    this.changed();
  }

  // The elements that stay while numbers change.
  frame() {
    const { setup, controls } = this;
    const scenario = choiceControl({ label: "Scenario", entries: setup.scenarios.map((name) => [name, name]), value: setup.scenario,
      onchange: async (name) => this.say((await this.kernel.ask("open", { name }, { first: true })).problem) });
    const name = html("input", { type: "text", value: setup.file, "aria-label": "File name to save as", spellcheck: "false" });
    this.status = html("p", { class: "status", role: "status" });
    this.hold = html("button", { type: "button", "aria-pressed": "false", onclick: () => this.toggleHeld() }, "Hold to compare with");
    this.draws = html("input", { type: "checkbox", checked: this.draws?.checked ?? true, onchange: () => this.changed() });
    const button = (label, onclick) => html("button", { type: "button", onclick }, label);
    this.verdict = html("section", { class: "verdict", "aria-live": "polite", "aria-label": "Verdict" });
    this.tables = html("div", { class: "tables" });
    this.views = {};
    this.details = html("section", { class: "details", tabindex: "-1", "aria-label": "What is behind it", hidden: true });
    const views = Object.keys(HINTS).map((view) => this.viewFrame(view));
    views.splice(2, 0, this.details);
    this.body = html("div", { class: "views" }, views);
    this.root.replaceChildren(html("div", { class: "layout" },
      html("form", { class: "controls", "aria-label": "Controls", onsubmit: (event) => event.preventDefault() },
        scenario.element, ...["size", "rate", "value", "load", "load_shape", "policy", "months", "discount", "options"]
          .filter((key) => controls[key]).map((key) => controls[key].element),
        html("label", { class: "option" }, this.draws, "5,000 draws in the background"),
        html("div", { class: "buttons" }, this.hold, button("Reset", () => this.reset())),
        html("div", { class: "saving" }, name, button("Save as scenario", () => this.save(name.value)), this.status)),
      html("div", { class: "results", tabindex: "0", role: "region", "aria-label": "Results" },
        this.verdict, this.tables, this.body)));
    for (const name of ["months", "policy", "load_shape"]) {
      for (const event of ["pointerenter", "focusin"]) controls[name]?.element?.addEventListener(event, () => this.expect(name));
    }
    this.tooltip = new Tooltip(this.root);
    this.outOfSight = new Set();
    this.sight?.disconnect();
    this.sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.outOfSight.delete(target.dataset.view);
        else this.outOfSight.add(target.dataset.view);
      }
    }, { rootMargin: "120px" });
    Object.values(this.views).forEach((parts) => this.sight.observe(parts.figure));
  }

  viewFrame(view) {
    const form = html("select", { "aria-label": `Save ${HINTS[view].split(" (")[0]} as` },
      html("option", { value: "" }, "Save…"), ["svg", "png", "pdf"].map((one) => html("option", { value: one }, one.toUpperCase())));
    form.addEventListener("change", () => { this.export(view, form.value); form.value = ""; });
    const parts = { title: html("figcaption", {}), legend: html("div", {}), drawing: html("div", { class: "pair" }), extra: html("div", {}) };
    parts.figure = html("figure", { class: "view", "data-view": view },
      html("div", { class: "view-head" }, html("h3", {}, HINTS[view]), view === "matters" ? null : form),
      parts.title, parts.legend, parts.extra, parts.drawing);
    this.views[view] = parts;
    return parts.figure;
  }

  get state() {
    const { controls } = this;
    const value = (name, empty) => (controls[name] ? controls[name].value : empty);
    return {
      size: Math.round(value("size")), rate: value("rate"), value: value("value"), discount: value("discount"), load: value("load", 1),
      load_shape: value("load_shape", ""), policy: value("policy", ""),
      months: value("months") === this.setup.months ? null : Math.round(value("months")), options: value("options"),
    };
  }

  structureKey({ policy, load_shape, months }) {
    return JSON.stringify([policy, load_shape, months]);
  }

  structure(state) {
    return { policy: state.policy, load_shape: state.load_shape, months: state.months, load: state.load };
  }

  // The state as the kernel's choices: only what differs from the scenario.
  choices(state) {
    const { setup } = this;
    const assumptions = {};
    for (const name of ["rate", "value", "discount"]) {
      if (state[name] !== setup[name].start) assumptions[setup[name].path] = state[name];
    }
    const chosen = { assumptions };
    if (state.size !== setup.fleet_size) chosen.fleet_size = state.size;
    if (state.load !== 1) chosen.load = state.load;
    if (state.load_shape) chosen.load_shape = state.load_shape;
    if (state.policy) chosen.policy = state.policy;
    if (state.months !== null) chosen.months = state.months;
    if (state.options.size < setup.options.length) chosen.options = [...state.options];
    return chosen;
  }

  // A control moved: draw at the next frame, whatever has moved until then, and think on when it has come to rest.
  changed() {
    this.kernel.forget([...QUIET, "table", "ahead"]);
    if (this.status.classList.contains("problem")) this.say();
    this.redraw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), IDLE);
  }

  redraw() {
    if (this.requested) return;
    this.requested = requestAnimationFrame(() => {
      this.requested = null;
      this.draw();
    });
  }

  draw() {
    const state = this.state;
    const key = this.structureKey(state);
    const place = this.answers.place(key, state.size, state.load);
    if (!place) {
      this.root.setAttribute("aria-busy", "true");
      this.fetch(state);
      return;
    }
    this.root.setAttribute("aria-busy", "false");
    const result = resultOf(place, state, this.setup, state.options);
    const curve = this.answers.curve(key, state.load);
    if (curve) this.curves = curveOf(curve, state, this.setup, state.options);
    const mark = JSON.stringify(this.choices(state));
    this.now = { result, state, mark };
    this.measure();
    this.drawVerdict();
    this.drawTables();
    this.drawAmounts();
    this.drawCurve(Boolean(curve));
    this.drawTold();
    this.root.dataset.drawn = String(Number(this.root.dataset.drawn || 0) + 1);
    this.root.dataset.mark = mark;
  }

  async fetch(state) {
    const key = this.structureKey(state);
    const sent = { choices: this.structure(state), places: [[state.size, state.load]] };
    this.keep(key, state.load, await this.kernel.ask("amounts", sent, { first: true, kind: "now" }));
  }

  keep(key, load, answer) {
    if (answer.problem) {
      this.say(answer.problem);
      this.root.setAttribute("aria-busy", "false");
      return;
    }
    this.answers.add(key, answer.meta, answer.buffers, load);
    this.redraw();
  }

  // At rest: the other fleet sizes and loads, the words, the calendar, then what might be chosen next.
  async settle() {
    const state = this.state;
    const key = this.structureKey(state);
    const choices = this.choices(state);
    const mark = JSON.stringify(choices);
    this.model.set("moved", choices);
    this.model.save_changes();
    const { fleet_sizes: sizes, loads } = this.setup;
    const away = ([size, load]) => Math.abs(Math.log(size / state.size)) + Math.abs(Math.log(load / state.load));
    const missing = [...sizes.map((size) => [size, state.load]), ...loads.map((load) => [state.size, load])]
      .filter(([size, load]) => !this.answers.place(key, size, load)).sort((one, other) => away(one) - away(other));
    const curve = !this.answers.curve(key, state.load);
    // Where a team's hours are limited every place is an evaluation of its own, and is left for quiet times.
    const places = this.setup.one_by_one ? [] : missing;
    if (places.length || curve) {
      this.kernel.ask("amounts", { choices: this.structure(state), places, curve }, { kind: "table" })
        .then((answer) => this.keep(key, state.load, answer));
    }
    for (const ask of QUIET) {
      if (this.told[ask]?.mark === mark || (ask === "probable" && !this.draws.checked)) continue;
      const extra = ask === "probable" ? { draws: 5000 } : {};
      this.kernel.ask(ask, { choices, ...extra }).then((answer) => {
        // An answer that comes after the controls have moved on must not replace what was told of where they stand now.
        if (mark !== JSON.stringify(this.choices(this.state))) return;
        if (answer.problem) return this.say(answer.problem);
        this.told[ask] = { mark, answer: answer.answer };
        this.redraw();
      });
    }
    this.ahead(state, this.setup.one_by_one ? missing : []);
  }

  // Somebody is about to move a control whose values only the kernel knows: what these ask for comes first.
  expect(name) {
    this.expected = name;
    this.kernel.hurry("ahead");
  }

  // One by one what one move of a control would ask for, as long as nothing else is to be done.
  async ahead(state, places) {
    const { horizons, policies, load_shapes: shapes, months } = this.setup;
    const near = [...horizons].sort((one, other) => Math.abs(one - (state.months ?? months)) - Math.abs(other - (state.months ?? months)));
    const moves = {
      months: near.map((one) => ({ ...state, months: one === months ? null : one })),
      policy: ["", ...policies].map((policy) => ({ ...state, policy })),
      load_shape: this.setup.loads.length ? ["", ...shapes].map((load_shape) => ({ ...state, load_shape })) : [],
    };
    const wanted = [
      ...(moves[this.expected] ?? []), ...places.map(([size, load]) => ({ ...state, size, load })), ...Object.values(moves).flat(),
    ].find((one) => !this.answers.place(this.structureKey(one), one.size, one.load));
    if (!wanted) return;
    const sent = { choices: this.structure(wanted), places: [[wanted.size, wanted.load]] };
    const answer = await this.kernel.ask("amounts", sent, { kind: "ahead" });
    if (answer.problem) return;
    this.answers.add(this.structureKey(wanted), answer.meta, answer.buffers, wanted.load);
    if (JSON.stringify(this.choices(this.state)) === JSON.stringify(this.choices(state))) this.ahead(state, places);
  }

  drawVerdict() {
    const { result, mark } = this.now;
    const verdict = this.told.verdict;
    const [first, next] = headline(result);
    const current = verdict?.mark === mark;
    const probable = this.draws.checked ? this.told.probable : null;
    const fresh = probable?.mark === mark;
    this.chances = fresh ? new Map(probable.answer.ranking.map((row) => [row.option, row.probability_cheapest])) : null;
    const chance = probable && html("p", { class: fresh ? "chance" : "chance stale", "data-draws": probable.answer.draws },
      chanceOf(probable.answer, result.ranked[0].name));
    const rest = fresh ? probable.answer.sentences : verdict ? verdict.answer.sentences.slice(1) : [];
    const notice = verdict && !this.draws.checked && html("p", { class: "rest" }, verdict.answer.notice);
    this.verdict.replaceChildren(html("p", { class: "headline" }, first), html("p", {}, next), chance || "",
      rest.length ? html("p", { class: current || fresh ? "rest" : "rest stale" }, rest.join(" ")) : "", notice || "");
  }

  drawTables() {
    const { result } = this.now;
    const titled = (label, one, chances) => html("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": `Comparison, ${label}` },
      this.held && html("p", { class: "pair-label" }, label), comparisonTable(one, chances));
    this.tables.replaceChildren(...(this.held ? [titled(`Held: ${this.held.label}`, this.held.result, null), titled("Now", result, this.chances)] : [titled("now", result, this.chances)]));
  }

  // The drawings of a view: of the settings held, if there are any, and of those now, on one scale.
  pair(view, draw) {
    const parts = this.views[view];
    const width = this.widthOf(view, this.held ? 2 : 1);
    const drawn = (this.held ? [[`Held: ${this.held.label}`, this.held.result], ["Now", this.now.result]] : [["", this.now.result]])
      .map(([label, result]) => [label, draw(result, width)]);
    const [, now] = drawn[drawn.length - 1];
    this.show(parts, now, drawn.map(([label, one]) => html("div", {}, label && html("p", { class: "pair-label" }, label), one.drawing)));
  }

  show(parts, now, drawings) {
    const focused = this.focusIn(parts.drawing);
    parts.title.textContent = now.title;
    parts.legend.replaceChildren(now.legend);
    parts.drawing.replaceChildren(...drawings);
    parts.drawing.setAttribute("role", "group");
    parts.drawing.setAttribute("aria-label", now.description);
    if (focused >= 0) parts.drawing.querySelectorAll("[tabindex]")[focused]?.focus();
  }

  // Which of the elements that can have the focus has it, so that a redrawn chart gives it back.
  focusIn(element) {
    return element.contains(document.activeElement) ? [...element.querySelectorAll("[tabindex]")].indexOf(document.activeElement) : -1;
  }

  // How wide a view's drawings may be. Measured for all views before any is drawn, since each measurement after a change
  // would make the browser lay the page out anew.
  widthOf(view, columns = 1) {
    const width = this.widths[view] || 600;
    const side = columns > 1 && width > 560;
    return Math.max(240, side ? (width - 18) / 2 : width);
  }

  measure() {
    this.widths ??= Object.fromEntries(Object.entries(this.views).map(([view, parts]) => [view, parts.drawing.clientWidth]));
  }

  // The views in sight are drawn now, the others as soon as the controls are still for a moment.
  drawAmounts() {
    const { setup } = this;
    const both = this.held ? [this.held.result, this.now.result] : [this.now.result];
    const most = (amount) => (this.held ? Math.max(...both.flatMap((result) => result.options.map(amount))) : 0);
    const drawings = {
      "cost-over-time": (result, width) =>
        costOverTime(result, width, { setup, most: most((option) => Math.max(...option.cumulative)) }),
      "cost-by-category": (result, width) => costByCategory(result, width, { setup, most: most((option) => option.total),
        onpick: result === this.now.result ? (option, category) => this.showLines(option, category) : null }),
      downtime: (result, width) => downtimeByPart(result, width, { setup }),
      "hours-by-quarter": (result, width) => hoursByQuarter(result, width, { setup,
        most: this.held ? Math.max(...both.map((one) => hoursByQuarter(one, 600, { setup }).highest)) : 0 }),
    };
    const views = Object.entries(drawings);
    const inSight = ([view]) => !this.outOfSight.has(view);
    for (const [view, drawing] of views.filter(inSight)) this.pair(view, drawing);
    clearTimeout(this.later);
    const others = views.filter((entry) => !inSight(entry));
    if (!others.length) return;
    this.later = setTimeout(() => {
      this.measure();
      others.forEach(([view, drawing]) => this.pair(view, drawing));
    }, 40);
  }

  drawCurve(current) {
    const parts = this.views["cost-by-fleet-size"];
    if (parts.figure.hidden !== !this.curves) {
      parts.figure.hidden = !this.curves;
      this.widths = null;
      this.redraw();
    }
    if (!this.curves || !this.widths) return;
    parts.figure.classList.toggle("stale", !current);
    const flips = this.told.flips?.mark === this.now.mark ? this.told.flips.answer : null;
    const drawn = costByFleetSize(this.curves, flips, this.widthOf("cost-by-fleet-size"), {
      size: this.now.state.size, onpick: (size) => this.controls.size.set(Math.max(1, Math.round(size))) });
    this.show(parts, drawn, [drawn.drawing]);
  }

  // The views that the kernel answers: drawn again only when there is something new, so that the focus stays.
  drawTold() {
    const { upgrades, matters } = this.told;
    for (const [view, told] of [["upgrades", upgrades], ["matters", matters]]) {
      const parts = this.views[view];
      if (parts.figure.hidden !== !told) {
        parts.figure.hidden = !told;
        this.widths = null;
        this.redraw();
      }
      if (!told || !this.widths) continue;
      const width = this.widthOf(view);
      parts.figure.classList.toggle("stale", told.mark !== this.now.mark);
      const drawnAs = `${told.mark} ${width} ${this.now.mark === told.mark ? "" : "old"} ${this.timelineOf ?? ""}`;
      if (parts.drawnAs === drawnAs || (told.mark !== this.now.mark && parts.drawnAs)) continue;
      parts.drawnAs = drawnAs;
      if (view === "upgrades") this.drawUpgrades(parts, told.answer, width);
      else {
        const drawn = whatMatters(told.answer, width, { setup: this.setup, onpick: (row) => this.showDetails(row.label, assumptionCard(row), parts.figure) });
        this.show(parts, drawn, [drawn.drawing]);
      }
    }
  }

  drawUpgrades(parts, events, width) {
    const { setup, now } = this;
    const names = now.result.options.map((option) => option.name).filter((name) => events.some((event) => event.option === name));
    if (!names.includes(this.timelineOf)) this.timelineOf = names[0] ?? setup.reference;
    const choice = choiceControl({ label: "Option", entries: names.map((name) => [name, name]), value: this.timelineOf,
      onchange: (name) => { this.timelineOf = name; this.redraw(); } });
    choice.element.classList.add("inline");
    parts.extra.replaceChildren(names.length > 1 ? choice.element : "");
    const drawn = upgradeTimeline(events, this.timelineOf, width, { setup, months: now.result.months });
    this.show(parts, drawn, [drawn.drawing]);
  }

  async showLines(option, category) {
    const choices = this.choices(this.state);
    const answer = await this.kernel.ask("behind", { choices, option, category }, { first: true });
    if (answer.problem) return this.say(answer.problem);
    this.showDetails(`${option}, ${category}: the ledger lines and what they rest on`, linesTable(answer.answer), this.views["cost-by-category"].figure);
  }

  showDetails(title, content, after) {
    const back = document.activeElement;
    const close = () => { this.details.hidden = true; back?.focus?.(); };
    this.details.replaceChildren(
      html("div", { class: "view-head" }, html("h3", {}, title), html("button", { type: "button", onclick: close }, "Close")),
      html("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": title }, content));
    this.details.onkeydown = (event) => event.key === "Escape" && close();
    after.after(this.details);
    this.details.hidden = false;
    this.details.focus({ preventScroll: true });
    this.details.scrollIntoView({ block: "nearest" });
  }

  toggleHeld() {
    this.held = this.held ? null : { result: this.now.result, label: this.described(this.now.state) };
    this.root.classList.toggle("held", Boolean(this.held));
    this.widths = null;
    this.hold.setAttribute("aria-pressed", String(Boolean(this.held)));
    this.hold.textContent = this.held ? "Let go of what is held" : "Hold to compare with";
    this.redraw();
  }

  described(state) {
    const { setup } = this;
    const parts = [clustersText(state.size)];
    if (state.rate !== setup.rate.start) parts.push(`${siNumber(state.rate, 4)} USD an hour`);
    if (state.value !== setup.value.start) parts.push(`${siNumber(state.value, 4)} USD a minute`);
    if (state.discount !== setup.discount.start) parts.push(`${percentRead(state.discount)}% discount`);
    if (state.load !== 1) parts.push(`${plainRead(state.load)} × load`);
    if (state.load_shape) parts.push(state.load_shape.replaceAll("_", " "));
    if (state.policy) parts.push(state.policy);
    parts.push(`${state.months ?? setup.months} months`);
    return parts.join(", ");
  }

  reset() {
    const { controls, setup } = this;
    controls.size.set(setup.fleet_size, true);
    for (const name of ["rate", "value", "discount"]) controls[name].set(setup[name].start, true);
    controls.load && controls.load.set(1, true);
    controls.load_shape && controls.load_shape.set("");
    controls.policy.set("");
    controls.months.set(setup.months, true);
    controls.options.set(new Set(setup.options.map((option) => option.name)));
    this.changed();
  }

  async save(name) {
    const answer = await this.kernel.ask("save", { choices: this.choices(this.state), name }, { first: true });
    this.say(answer.problem ?? `Saved ${answer.saved}`, !answer.problem);
  }

  async export(view, form) {
    if (!form) return;
    this.say(`Drawing ${form.toUpperCase()}…`, true);
    const answer = await this.kernel.ask("export", { choices: this.choices(this.state), view, form }, { first: true });
    if (answer.problem) return this.say(answer.problem);
    const types = { svg: "image/svg+xml", png: "image/png", pdf: "application/pdf" };
    const address = URL.createObjectURL(new Blob([answer.buffers[0]], { type: types[form] }));
    const link = html("a", { href: address, download: answer.name, hidden: true });
    this.root.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    this.say(`Saved ${answer.name} with the browser's downloads`, true);
  }

  say(words, good = false) {
    this.status.textContent = words ?? "";
    this.status.classList.toggle("problem", Boolean(words) && !good);
  }
}

// The values a slider of money or of a share stops at: even steps, and the scenario's own among them.
function steps({ start, most, step }) {
  const width = Math.max(step, most / 200);
  const stops = Array.from({ length: Math.floor(most / width + 1e-9) + 1 }, (_, index) => Number((index * width).toPrecision(12)));
  return [...new Set([...stops, start])].sort((one, other) => one - other);
}

function render({ model, el }) {
  const page = new Page(model, el);
  return () => page.close();
}

export default { render };
