// The page: controls on the left, linked views on the right. Moving a control changes the charts at the next frame from the
// amounts at hand; what only the kernel knows is asked for one question at a time, the newest first, and shown when it comes.
const IDLE = 140;
const VIEWS = {
  "cost-over-time": "Cost over time", "cost-by-category": "Cost by category (click a bar for its lines)",
  "cost-by-fleet-size": "Break-even against fleet size (click to go there)", downtime: "Downtime",
  "hours-by-quarter": "Hours by quarter", upgrades: "The fleet's upgrades",
  matters: "The assumptions that matter most (click one for its source)",
};
const SLOW_VIEWS = ["cost-by-fleet-size", "upgrades", "matters"];
const ONLY_OF_KERNEL = ["verdict", ...Object.keys(VIEWS), "probable"];
const IN_WORDS = ["fleet_size", "months"];
const OF_KERNEL = ["months", "policy", "load_shape"]; // controls whose every value is a question to the kernel

// The page counts what its user does: `data-moved` is the number of the newest state of the controls, `data-drawn` that of the
// last one whose numbers and charts in sight are shown, `data-settled` that of the last one of which everything is.
class Page {
  constructor(model, el) {
    this.model = model;
    this.moves = 0;
    this.kernel = new Kernel(model);
    // Keys are no notebook commands here: Lumino looks at the attribute of what has the focus, others at what bubbles up. A click
    // beside the controls gives the focus to the page itself; with the cell focused the next key could delete it.
    const keep = (event) => event.stopPropagation();
    this.root = html("div", { class: "tco-explorer", role: "region", "aria-label": "Scenario explorer", tabindex: "-1",
      onfocusin: ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"), onkeydown: keep, onmousedown: keep });
    el.append(this.root);
    this.theme = new MutationObserver(() => { this.paper = null; this.redraw(); });
    this.theme.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
    this.sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.outOfSight[isIntersecting ? "delete" : "add"](target.dataset.view);
    }, { rootMargin: "120px" });
    model.on("change:setup", () => this.build());
    this.build();
  }

  close() {
    this.theme.disconnect();
    this.sight.disconnect();
    clearTimeout(this.timer);
    clearTimeout(this.later);
    Object.values(this.views).forEach((view) => view.close());
  }

  // Everything anew for the scenario that the kernel has open.
  build() {
    const setup = (this.setup = this.model.get("setup"));
    const { meta, buffers } = this.model.get("first");
    this.answers = new Answers();
    this.told = {};
    this.held = this.curves = null;
    this.root.classList.remove("held");
    const onchange = () => this.changed();
    this.controls = Object.fromEntries(setup.controls.map((entry) => (
      [entry.name, (entry.stops ? numberControl : choiceControl)({ ...entry, onchange })])));
    for (const [name, { element }] of Object.entries(this.controls)) element.dataset.name = name;
    this.controls.options = optionBoxes({ ...setup, onchange });
    this.starts = this.state;
    this.answers.add(this.starts, meta, buffers);
    this.frame();
    this.changed(0);
  }

  // The elements that stay while numbers change.
  frame() {
    const { setup, controls } = this;
    const scenario = choiceControl({ label: "Scenario", names: setup.scenarios, value: setup.scenario,
      onchange: async (name) => this.say((await this.kernel.ask("open", { name }, { first: true })).problem) });
    const name = html("input", { type: "text", value: setup.file, "aria-label": "File name to save as", spellcheck: "false" });
    const button = (label, onclick) => html("button", { type: "button", onclick }, label);
    this.status = html("p", { class: "status", role: "status" });
    this.hold = html("button", { type: "button", "aria-pressed": "false", onclick: () => this.toggleHeld() }, "Hold to compare with");
    this.draws = html("input", { type: "checkbox", checked: this.draws?.checked ?? true, onchange: () => this.changed() });
    this.verdict = html("section", { class: "verdict", "aria-live": "polite", "aria-label": "Verdict" });
    this.tables = html("div", { class: "tables" });
    this.details = html("section", { class: "details", tabindex: "-1", "aria-label": "What is behind it", hidden: true });
    this.outOfSight = new Set();
    this.sight.disconnect();
    Object.values(this.views ?? {}).forEach((view) => view.close());
    this.views = Object.fromEntries(Object.entries(VIEWS).map(([view, label]) => [view, new View(view, label, {
      onpick: {
        "cost-by-category": ({ row: option, part }) => part && this.showBehind(view, "lines", { option, category: part }),
        matters: ({ row }) => row && this.showBehind(view, "assumption", { row }),
        "cost-by-fleet-size": (_, value) => this.controls.fleet_size.set(Math.max(1, Math.round(Number(value.toPrecision(2))))),
      }[view],
      onsave: (form) => this.export(view, form),
    })]));
    this.root.replaceChildren(html("div", { class: "layout" },
      html("form", { class: "controls", "aria-label": "Controls", onsubmit: (event) => event.preventDefault() },
        scenario.element, Object.values(controls).map((control) => control.element),
        html("label", { class: "option" }, this.draws, "5,000 draws in the background"),
        html("div", { class: "buttons" }, this.hold, button("Reset", () => this.reset())),
        html("div", { class: "saving" }, name, button("Save as scenario", () => this.save(name.value)), this.status)),
      html("div", { class: "results", role: "region", "aria-label": "Results" }, this.verdict, this.tables,
        html("div", { class: "views" }, Object.values(this.views).map((view) => view.figure), this.details))));
    for (const moved of OF_KERNEL) {
      for (const event of ["pointerenter", "focusin"]) controls[moved]?.element?.addEventListener(event, () => this.expect(moved));
    }
    Object.values(this.views).forEach((view) => this.sight.observe(view.figure));
  }

  get state() {
    const values = Object.entries(this.controls).map(([name, control]) => [name, control.value]);
    return { load: 1, load_shape: "", ...Object.fromEntries(values) };
  }

  // The controls in words: the fleet, the horizon, and what differs from the scenario.
  get described() {
    const named = Object.entries(this.controls).filter(([name, { value, text }]) => text && (IN_WORDS.includes(name) || value !== this.starts[name]));
    return named.map(([, { text }]) => text).join(", ");
  }

  // A question for amounts at the fleet sizes and loads of some states, under the policy, load shape and horizon of one.
  amounts({ policy, load_shape, months, load }, states, curve = false) {
    return { choices: { policy, load_shape, months, load }, places: states.map((one) => [one.fleet_size, one.load]), curve };
  }

  // The states that one move of a control leads to, the nearest first.
  around(name, state) {
    const away = (value) => Math.abs(Math.log(value / state[name])) || 0;
    const values = [...(this.controls[name]?.values ?? [])].sort((one, other) => away(one) - away(other));
    return values.map((value) => ({ ...state, [name]: value }));
  }

  // The state as the kernel's choices: only what differs from the scenario.
  choices(state) {
    const { setup, starts } = this;
    const choices = { assumptions: {} };
    for (const { name, path } of setup.controls) {
      if (state[name] !== starts[name]) (path ? choices.assumptions : choices)[path ?? name] = state[name];
    }
    if (state.options.size < setup.options.length) choices.options = [...state.options];
    return choices;
  }

  mark(state = this.state) {
    return JSON.stringify(this.choices(state));
  }

  // A control moved: show it at the next frame, whatever has moved until then, and ask the kernel when it has come to rest.
  changed(idle = IDLE) {
    this.root.dataset.moved = String((this.moves += 1));
    this.kernel.forget([...ONLY_OF_KERNEL, "table", "ahead"]);
    if (this.status.classList.contains("problem")) this.say();
    this.redraw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), idle);
  }

  redraw() {
    this.requested ??= requestAnimationFrame(() => {
      this.requested = null;
      this.draw();
    });
  }

  draw() {
    const { state, moves } = this;
    const place = this.answers.place(state);
    if (!place) return void this.fetch({ first: true, kind: "now" }, state, [state]);
    const result = resultOf(place, state, this.setup, state.options);
    const curve = this.answers.curve(state);
    if (curve) this.curves = curveOf(curve, state, this.setup, state.options);
    this.now = { result, state, mark: this.mark(state), curve: Boolean(curve) };
    this.paper ??= getComputedStyle(this.root).backgroundColor;
    this.drawVerdict();
    this.drawTables();
    this.drawViews(moves);
  }

  // The views in sight are drawn now, the others as soon as the controls are still for a moment.
  async drawViews(move) {
    clearTimeout(this.later);
    const draw = (names) => Promise.all(names.filter((name) => this.told[name]).map((name) => this.drawView(name)));
    const names = Object.keys(VIEWS);
    this.later = setTimeout(async () => {
      await draw(names.filter((name) => this.outOfSight.has(name)));
      const whole = this.now.curve || !this.setup.fleet_size;
      if (whole && this.wanted.every((name) => this.told[name]?.mark === this.now.mark)) this.reached("settled", move);
    }, 40);
    await draw(names.filter((name) => !this.outOfSight.has(name)));
    this.reached("drawn", move);
  }

  reached(what, move) {
    this.root.dataset[what] = String(Math.max(move, this.root.dataset[what] ?? 0));
  }

  // What is asked of the kernel besides amounts, what is quick before what is slow.
  get wanted() {
    const slow = SLOW_VIEWS.filter((name) => name !== "cost-by-fleet-size" || this.setup.fleet_size);
    return ["verdict", ...Object.keys(VIEWS).filter((name) => !SLOW_VIEWS.includes(name)), ...slow, this.draws.checked && "probable"].filter(Boolean);
  }

  async fetch(how, state, states, curve) {
    const { problem, meta, buffers } = await this.kernel.ask("amounts", this.amounts(state, states, curve), how);
    if (problem) return void this.say(problem);
    this.answers.add(state, meta, buffers);
    this.redraw();
  }

  // At rest: titles and verdict, the other fleet sizes and loads, what takes long, then what might be chosen next.
  settle() {
    const state = this.state;
    const choices = this.choices(state);
    this.model.set("moved", choices);
    this.model.save_changes();
    const missing = ["fleet_size", "load"].flatMap((name) => this.around(name, state)).filter((one) => !this.answers.place(one));
    // Where a team's hours are limited every place is an evaluation of its own, and is left for quiet times.
    const places = this.setup.one_by_one ? [] : missing;
    const { wanted } = this;
    const slow = wanted.findIndex((name) => SLOW_VIEWS.includes(name));
    for (const name of wanted.slice(0, slow)) this.ask(name, choices);
    const curve = !this.answers.curve(state);
    if (places.length || curve) this.fetch({ kind: "table" }, state, places, curve);
    for (const name of wanted.slice(slow)) this.ask(name, choices);
    this.ahead(state, this.setup.one_by_one ? missing : []);
  }

  // Ask for the verdict or the charts of a view, unless the answer is there. One that comes after the controls have moved on
  // must not replace what was told of where they are now.
  async ask(name, choices) {
    const mark = JSON.stringify(choices);
    if (this.told[name]?.mark === mark) return;
    const answer = await this.kernel.ask(name in VIEWS ? "charts" : name, { choices, view: name, draws: 5000 }, { kind: name });
    if (mark !== this.mark()) return;
    if (answer.problem) return void this.say(answer.problem);
    this.told[name] = { mark, answer: answer.answer };
    this.redraw();
  }

  // A control is about to move whose values only the kernel knows: what these ask for comes first.
  expect(name) {
    this.expected = name;
    this.kernel.hurry("ahead");
  }

  // One by one what one move of a control would ask for, as long as nothing else is to be done.
  async ahead(state, places) {
    const moves = [...this.around(this.expected, state), ...places, ...OF_KERNEL.flatMap((name) => this.around(name, state))];
    const wanted = moves.find((one) => !this.answers.place(one));
    if (!wanted) return;
    const answer = await this.kernel.ask("amounts", this.amounts(wanted, [wanted]), { kind: "ahead" });
    if (answer.problem) return;
    this.answers.add(wanted, answer.meta, answer.buffers);
    if (this.mark() === this.mark(state)) this.ahead(state, places);
  }

  drawVerdict() {
    const { result, mark } = this.now;
    const { verdict } = this.told;
    const probable = this.draws.checked ? this.told.probable : null;
    const [first, next] = headline(result);
    const [current, fresh] = [verdict, probable].map((one) => one?.mark === mark);
    this.chances = fresh ? probable.answer.shares : null;
    const rest = fresh ? probable.answer.sentences : verdict?.answer.sentences.slice(1) ?? [];
    this.verdict.replaceChildren(html("p", { class: "headline" }, first), html("p", {}, next),
      probable ? html("p", { class: fresh ? "chance" : "chance stale" }, probable.answer.chance) : "",
      rest.length ? html("p", { class: current || fresh ? "" : "stale" }, rest.join(" ")) : "",
      verdict && !this.draws.checked ? html("p", {}, verdict.answer.notice) : "");
  }

  drawTables() {
    const table = (label, result, chances) => html("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": `Comparison, ${label}` },
      this.held && html("p", { class: "pair-label" }, label), comparisonTable(result, chances));
    this.tables.replaceChildren(...(this.held ? [table(this.held.label, this.held.result, null)] : []),
      table("Now", this.now.result, this.chances));
  }

  drawView(name) {
    const { now, held, curves, paper, setup: { categories } } = this;
    const live = LIVE[name];
    const fresh = this.told[name].mark === now.mark;
    const settings = [{ label: held && live?.limit ? "Now" : "", result: now.result, charts: this.told[name].answer, fresh }];
    if (held?.told[name] && live?.limit) settings.unshift({ ...held, charts: held.told[name].answer, fresh: true });
    const signals = live?.limit ? { limit: live.limit(settings.map(({ result }) => result)) } : {};
    const here = live && !live.limit ? { here: [{ value: now.state.fleet_size }] } : {};
    return this.views[name].show(settings, live?.limit || (live ? now.curve : fresh), ({ result, fresh: current }, chart) => ({
      data: live ? { rows: live.rows({ ...chart, ...signals, result, curves, categories }), ...here } : {}, signals, paper, fresh: current,
    }));
  }

  async ledger(ask, content) {
    const answer = await this.kernel.ask(ask, { choices: this.choices(this.state), ...content }, { first: true });
    if (answer.problem) this.say(answer.problem);
    return answer;
  }

  // Below a view the kernel's table of what is behind one of its marks.
  async showBehind(view, ask, content) {
    const back = document.activeElement;
    const { answer } = await this.ledger(ask, content);
    if (!answer) return;
    const close = () => { this.details.hidden = true; back?.focus?.(); };
    this.details.innerHTML = answer; // markup of the kernel, which has escaped every text in it
    this.details.prepend(html("button", { type: "button", onclick: close }, "Close"));
    this.details.onkeydown = (event) => event.key === "Escape" && close();
    this.views[view].figure.after(this.details);
    this.details.hidden = false;
    this.details.focus({ preventScroll: true });
    this.details.scrollIntoView({ block: "nearest" });
  }

  toggleHeld() {
    this.held = this.held ? null : { result: this.now.result, told: { ...this.told }, label: `Held: ${this.described}` };
    this.root.classList.toggle("held", Boolean(this.held));
    this.hold.setAttribute("aria-pressed", String(Boolean(this.held)));
    this.hold.textContent = this.held ? "Let go of what is held" : "Hold to compare with";
    this.changed();
  }

  reset() {
    if (this.held) this.toggleHeld();
    for (const [name, control] of Object.entries(this.controls)) control.set(this.starts[name], true);
    this.changed();
  }

  async save(name) {
    const { saved } = await this.ledger("save", { name });
    if (saved) this.say(`Saved ${saved}`, true);
  }

  async export(view, form) {
    this.say(`Making the ${form.toUpperCase()}…`, true);
    const { name, buffers } = await this.ledger("export", { view, form });
    if (!name) return;
    const address = URL.createObjectURL(new Blob([buffers[0]]));
    html("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    this.say(`Saved ${name} with the browser's downloads`, true);
  }

  say(words, good = false) {
    this.status.textContent = words ?? "";
    this.status.classList.toggle("problem", Boolean(words) && !good);
  }
}

function render({ model, el }) {
  const page = new Page(model, el);
  return () => page.close();
}

export default { render };
