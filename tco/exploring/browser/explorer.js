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
const BASIS = "Amounts are point estimates: every assumption at its mean. ";
const LOST = "The kernel was restarted: run this cell again. Until then only numbers at hand follow the controls.";
const QUICK = 250; // milliseconds that a question asked ahead may take
const IN_WORDS = ["fleet_size", "months"];
const OF_KERNEL = ["months", "policy", "load_shape"]; // controls whose every value is a question to the kernel

// The page counts what its user does: `data-moved` is the number of the newest state of the controls, `data-drawn` that of the
// last one whose numbers and charts in sight are shown, `data-settled` that of the last one of which everything is.
class Page {
  constructor(model, el) {
    this.model = model;
    this.moves = 0;
    this.part = 8; // places asked for at once; as many as are answered quickly
    this.kernel = new Kernel(model);
    // Keys are no notebook commands here: Lumino looks at the attribute of what has the focus, others at what bubbles up. A click
    // beside the controls gives the focus to the page itself; with the cell focused the next key could delete it.
    this.root = html("div", { class: "tco-explorer", role: "region", "aria-label": "Scenario explorer", tabindex: "-1",
      onfocusin: ({ target }) => this.note(target), onkeydown: (event) => event.stopPropagation() });
    el.append(this.root);
    this.replaced = new MutationObserver(() => {
      const lost = this.focused && !this.focused.target.isConnected && [document.body, this.root].includes(document.activeElement);
      if (lost) this.focus(this.focused);
    });
    this.replaced.observe(this.root, { childList: true, subtree: true, attributeFilter: ["data-name"] });
    this.theme = new MutationObserver(() => { this.paper = null; this.redraw(); });
    this.theme.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
    this.sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.outOfSight[isIntersecting ? "delete" : "add"](target.dataset.view);
    }, { rootMargin: "120px" });
    model.on("change:setup", () => this.build());
    model.on("comm_live_update", () => this.lose());
    model.on("msg:custom", () => this.notice.replaceChildren());
    this.build();
  }

  close() {
    for (const observer of [this.theme, this.sight, this.stick, this.replaced]) observer.disconnect();
    clearTimeout(this.timer);
    clearTimeout(this.later);
    Object.values(this.views).forEach((view) => view.close());
  }

  note(target) {
    target.setAttribute("data-lm-suppress-shortcuts", "true");
    this.focused = target === this.root ? null : { target, chart: target.closest(".drawing"), name: nameOf(target) };
  }

  // Give the focus back to what had it; where that has been replaced, to its like, else to the page until its like comes.
  focus(focused) {
    const { target, chart, name } = focused ?? { target: this.root };
    const place = chart?.isConnected ? chart : this.root;
    const like = target.isConnected ? target : [...place.querySelectorAll(target.tagName)].find((one) => nameOf(one) === name);
    (like ?? this.root).focus({ preventScroll: true });
    if (!like) this.focused = focused;
  }

  // Everything anew for the scenario that the kernel has open.
  build() {
    const setup = (this.setup = this.model.get("setup"));
    const { meta, buffers } = this.model.get("first");
    this.answers = new Answers();
    this.told = {};
    this.curves = null;
    this.held = [];
    this.past = [];
    this.extras = [];
    this.controls = {};
    for (const entry of setup.controls) this.put(entry.name, (entry.stops ? numberControl : choiceControl)({ ...entry, onchange: () => this.changed() }));
    this.put("options", optionBoxes({ ...setup, onchange: () => this.changed() }));
    this.paths = Object.fromEntries(setup.controls.map(({ name, path }) => [name, path]));
    this.answers.add(this.state, meta, buffers);
    this.frame();
    this.changed(0);
  }

  put(name, control) {
    control.element.dataset.name = name;
    this.controls[name] = control;
    for (const event of ["pointerenter", "focusin"]) control.element.addEventListener(event, () => this.expect(name));
  }

  // What can be added as a control for the whole scenario (group ""), or for one group of it.
  addable(group) {
    const { more, groups } = this.setup;
    if (!group) return more;
    const { numbers, own } = groups[group];
    return [...numbers, ...more.filter((one) => one.per_group).map((one) => ({ ...one, path: `fleet.${group}.assumptions.${one.path}`, start: own[one.path] ?? one.start }))]
      .map((one) => ({ ...one, label: `${one.label} (${group})` }));
  }

  // Show a control of one more number.
  add(path) {
    if (this.controls[path]) return;
    const entry = ["", ...Object.keys(this.setup.groups)].flatMap((group) => this.addable(group)).find((one) => one.path === path);
    this.extras.push(path);
    const changed = () => { if (isClusters(path)) this.resize(); this.changed(); };
    this.put(path, numberControl({ ...entry, onchange: changed, remove: () => { this.takeAway(path); changed(); this.search.focus(); } }));
    this.paths[path] = path;
    this.further.append(this.controls[path].element);
    this.expect(path);
  }

  takeAway(path) {
    this.controls[path].element.remove();
    delete this.controls[path];
    this.extras = this.extras.filter((one) => one !== path);
  }

  // The clusters of a group were changed: the fleet has as many more or fewer.
  resize() {
    const own = this.extras.filter(isClusters).map((path) => this.controls[path]);
    this.controls.fleet_size.set(own.reduce((sum, { value, start }) => sum + value - start, this.setup.fleet_size), true);
  }

  // A search over all that can be added, for the scenario or a group.
  adder() {
    const list = html("datalist", { id: freshId() });
    const search = (this.search = html("input", { type: "text", list: list.id, "aria-label": "Search assumptions to add a control", autocomplete: "off" }));
    const group = choiceControl({ label: "Of", names: Object.keys(this.setup.groups), first: "the whole scenario", onchange: () => fill() });
    const fill = () => {
      const found = this.addable(group.value);
      list.replaceChildren(...found.map(({ path, label, unit }) => html("option", { value: path }, `${label} (${unit})`)));
      search.placeholder = `Search ${found.length} assumptions…`;
    };
    search.addEventListener("change", () => {
      const words = search.value.trim().toLowerCase();
      if (!words) return;
      const found = this.addable(group.value).filter(({ path, label }) => `${path} ${label}`.toLowerCase().includes(words));
      const one = found.find(({ path, label }) => [path, label].some((name) => name.toLowerCase() === words)) ?? (found.length === 1 && found[0]);
      const why = found.length ? `part of ${found.length} names; choose one of the list` : `no assumption of ${group.value || "the scenario"}`;
      if (!one) return this.say(`“${search.value}” is ${why}.`);
      search.value = "";
      this.add(one.path);
      this.changed();
      this.controls[one.path].element.querySelector("input").focus();
    });
    fill();
    return html("fieldset", { class: "control adder" }, html("legend", {}, "Add a control"), group.element, search, list);
  }

  // The elements that stay while numbers change.
  frame() {
    const { setup, controls } = this;
    const scenario = choiceControl({ label: "Scenario", names: setup.scenarios, value: setup.scenario,
      onchange: async (name) => this.say((await this.kernel.ask("open", { name }, { first: true })).problem) });
    const name = html("input", { type: "text", value: setup.file, "aria-label": "File name to save as", spellcheck: "false" });
    const button = (label, onclick) => html("button", { type: "button", onclick }, label);
    this.status = html("p", { class: "status", role: "status" });
    this.notice = html("p", { class: "notice problem", role: "alert" });
    this.undoing = button("Undo", () => this.undo());
    this.further = html("div", { class: "further" });
    this.line = html("input", { type: "text", class: "line", readonly: true, "aria-label": "The same in a terminal", onfocus: () => this.line.select() });
    this.draws = html("input", { type: "checkbox", checked: this.draws?.checked ?? true, onchange: () => this.changed() });
    this.answer = html("div", { class: "told", "aria-live": "polite", "aria-label": "Answer", role: "status" });
    this.verdict = html("section", { class: "verdict", "aria-label": "Verdict" });
    const table = (label) => html("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": label });
    this.compared = table("Settings held, compared with now");
    this.table = table("Comparison, now");
    this.details = html("section", { class: "details", tabindex: "-1", "aria-label": "What is behind it", hidden: true });
    const presets = choiceControl({ label: "Preset", names: setup.presets.map(({ label }) => label), first: "Choose…", onchange: (label) => {
      this.apply(setup.presets.find((one) => one.label === label).values);
      presets.set("");
    } });
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
    const { options, ...others } = controls;
    this.panel = html("form", { class: "controls", "aria-label": "Controls", onsubmit: (event) => event.preventDefault() },
      scenario.element, presets.element, Object.values(others).map((control) => control.element), this.further, this.adder(), options.element,
      html("label", { class: "option" }, this.draws, "5,000 draws in the background"),
      html("div", { class: "buttons" }, button("Hold to compare with", () => this.hold()), this.undoing, button("Reset", () => this.reset())),
      html("div", { class: "saving" }, name, button("Save as scenario", () => this.save(name.value)),
        this.line, button("Copy the line for a terminal", () => this.copy()), this.status));
    this.root.replaceChildren(html("div", { class: "layout" }, this.panel,
      html("div", { class: "results", role: "region", "aria-label": "Results" }, html("div", { class: "answer" }, this.answer, this.notice), this.verdict,
        html("div", { class: "tables" }, this.table, this.compared),
        html("div", { class: "views" }, Object.values(this.views).map((view) => view.figure), this.details))));
    this.stick?.disconnect();
    this.stick = new ResizeObserver(() => this.place());
    this.stick.observe(this.panel);
    Object.values(this.views).forEach((view) => this.sight.observe(view.figure));
  }

  // The controls scroll with the notebook until their end is in sight, and stay there.
  place() {
    let scroller = this.root.parentElement;
    while (scroller && !/auto|scroll/.test(getComputedStyle(scroller).overflowY)) scroller = scroller.parentElement;
    const height = scroller?.clientHeight ?? window.innerHeight;
    this.panel.style.top = `${Math.min(0, height - this.panel.offsetHeight)}px`;
  }

  get state() {
    return this.withMore({ load: 1, load_shape: "", ...this.values });
  }

  // more: what the added controls change, by path.
  withMore(state) {
    return { ...state, more: Object.fromEntries(this.extras.filter((path) => state[path] !== this.controls[path].start).map((path) => [path, state[path]])) };
  }

  // The controls in words: the fleet, the horizon, and what differs from the scenario.
  get described() {
    const named = Object.entries(this.controls).filter(([name, { value, text }]) => text && (IN_WORDS.includes(name) || value !== this.controls[name].start));
    return named.map(([, { text }]) => text).join(", ");
  }

  // A question for amounts at the fleet sizes, loads and further values of some states of one policy, load shape and horizon.
  amounts(states, curve = false) {
    const [{ policy, load_shape, months }] = states;
    return { choices: { policy, load_shape, months, assumptions: statedOf(states[0]) }, places: states.map((one) => [one.fleet_size, one.load, one.more]), curve };
  }

  // The states that one move of a control leads to, the nearest first.
  around(name, state) {
    const values = this.controls[name]?.values ?? [];
    const place = values.indexOf(state[name]);
    const away = (value) => Math.abs(values.indexOf(value) - place);
    const sized = (value) => (isClusters(name) ? { fleet_size: state.fleet_size + value - state[name] } : {});
    return [...values].sort((one, other) => away(one) - away(other)).map((value) => this.withMore({ ...state, ...sized(value), [name]: value }));
  }

  // The state as the kernel's choices: only what differs from the scenario.
  choices(state) {
    const choices = { assumptions: {} };
    for (const [name, path] of Object.entries(this.paths)) {
      const control = this.controls[name];
      if (control && state[name] !== control.start) (path ? choices.assumptions : choices)[path ?? name] = state[name];
    }
    if (state.options.size < this.setup.options.length) choices.options = [...state.options];
    return choices;
  }

  mark(state = this.state) {
    return JSON.stringify(this.choices(state));
  }

  // A control moved: show it at the next frame, whatever has moved until then, and ask the kernel when it has come to rest.
  changed(idle = IDLE) {
    this.root.dataset.moved = String((this.moves += 1));
    this.kernel.forget([...ONLY_OF_KERNEL, "curve", "ahead"]);
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
    if (!place) return void this.fetch({ first: true, kind: "now" }, [state]);
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
    const views = Object.keys(VIEWS).filter((name) => name !== "cost-by-fleet-size" || this.setup.fleet_size);
    const [quick, slow] = [false, true].map((is) => views.filter((name) => SLOW_VIEWS.includes(name) === is));
    return ["verdict", ...quick, ...slow.filter((name) => name !== "matters"), this.draws.checked && "probable", "matters"].filter(Boolean);
  }

  async fetch(how, states, curve) {
    const { problem, meta, buffers } = await this.kernel.ask("amounts", this.amounts(states, curve), how);
    if (problem) return void this.say(problem);
    this.answers.add(states[0], meta, buffers);
    this.redraw();
  }

  // At rest: titles and verdict, the curve, what takes long, then what might be chosen next.
  async settle() {
    const state = this.state;
    const choices = this.choices(state);
    this.model.set("moved", choices);
    this.model.save_changes();
    this.remember();
    const { wanted } = this;
    const slow = wanted.findIndex((name) => SLOW_VIEWS.includes(name));
    for (const name of wanted.slice(0, slow)) this.ask(name, choices);
    if (this.setup.fleet_size && !this.answers.curve(state)) this.fetch({ kind: "curve" }, [state], true);
    const rest = wanted.slice(slow, -1).map((name) => this.ask(name, choices));
    this.ahead(state);
    await Promise.all(rest);
    this.ask("matters", choices); // against the strongest rival by draws
  }

  // Ask for the verdict or the charts of a view, unless the answer is there. One that comes after the controls have moved on
  // must not replace what was told of where they are now.
  async ask(name, choices) {
    const mark = JSON.stringify(choices);
    const rival = name === "matters" ? this.rival(mark) : "";
    if (mark !== this.mark() || (this.told[name]?.mark === mark && this.told[name].rival === rival)) return;
    const answer = await this.kernel.ask(name in VIEWS ? "charts" : name, { choices, view: name, draws: 5000, rival }, { kind: name });
    if (mark !== this.mark()) return;
    if (answer.problem) return void this.say(answer.problem);
    this.told[name] = { mark, rival, answer: answer.answer };
    this.redraw();
  }

  rival(mark) {
    const { probable } = this.told;
    return this.draws.checked && probable?.mark === mark ? probable.answer.rival : "";
  }

  // A control is about to move: what its values ask of the kernel comes first.
  expect(name) {
    this.expected = name;
    this.kernel.hurry("ahead");
  }

  // What one move of a control would ask for, as long as nothing else is to be done; as much at once as is answered quickly.
  async ahead(state) {
    const moves = [this.expected, "fleet_size", "load", ...this.extras, ...OF_KERNEL].flatMap((name) => this.around(name, state));
    const missing = moves.filter((one) => !this.answers.place(one));
    if (!missing.length) return;
    const states = missing.filter((one) => structureOf(one) === structureOf(missing[0])).slice(0, this.part);
    const { problem, meta, buffers, took } = await this.kernel.ask("amounts", this.amounts(states), { kind: "ahead" });
    if (problem) return;
    this.part = Math.min(128, Math.max(1, took < QUICK ? this.part * 4 : this.part >> 1));
    this.answers.add(states[0], meta, buffers);
    if (this.mark() === this.mark(state)) this.ahead(state);
  }

  drawVerdict() {
    const { result, mark } = this.now;
    const { verdict } = this.told;
    const probable = this.draws.checked ? this.told.probable : null;
    const [first, next] = headline(result);
    const [current, fresh] = [verdict, probable].map((one) => one?.mark === mark);
    this.chances = fresh ? probable.answer.shares : null;
    this.answer.replaceChildren(html("p", { class: "headline" }, first), html("p", {}, next),
      probable ? html("p", { class: fresh ? "chance" : "chance stale" }, probable.answer.chance) : "");
    this.verdict.replaceChildren(html("p", { class: "unit" }, BASIS, probable ? "How often an option is the cheapest comes from draws of all assumptions." : "No probability can be given."),
      verdict ? html("ul", { class: current ? null : "stale" }, verdict.answer.sentences.map((sentence) => html("li", {}, sentence))) : "");
    if (current) this.line.value = verdict.answer.command;
    this.line.classList.toggle("stale", !current);
  }

  drawTables() {
    this.table.replaceChildren(comparisonTable(this.now.result, this.chances));
    this.compared.hidden = !this.held.length;
    if (!this.held.length) return void this.compared.replaceChildren();
    // A button that is replaced between press and release loses the click: the same rows get new numbers alone.
    const small = (words, held, onclick) => html("button", { type: "button", "aria-label": `${words} ${held.name}`, onclick }, words);
    const fresh = heldTable(this.held, this.now.result, (held) => [
      small("Go back to", held, () => this.apply(held.values)), small("Let go of", held, () => this.letGo(held))]);
    const [before, after] = [this.compared, fresh].map((part) => [...part.querySelectorAll("th, td.n")]);
    const heads = (cells) => cells.filter(({ tagName }) => tagName === "TH").map(({ textContent }) => textContent).join("\n");
    if (heads(before) === heads(after)) return before.forEach((cell, index) => cell.replaceChildren(...after[index].childNodes));
    this.compared.replaceChildren(fresh);
  }

  drawView(name) {
    const { now, held, curves, paper, setup: { categories } } = this;
    const live = LIVE[name];
    const fresh = this.told[name].mark === now.mark;
    const before = live?.limit ? held.filter(({ told }) => told[name]) : [];
    const settings = [...before.map((one) => ({ ...one, charts: one.told[name].answer, fresh: one.told[name].mark === one.mark })),
      { label: before.length ? "Now" : "", result: now.result, charts: this.told[name].answer, fresh }];
    const signals = live?.limit ? { limit: live.limit(settings.map(({ result }) => result)) } : {};
    const here = live && !live.limit ? { here: [{ value: now.state.fleet_size }] } : {};
    return this.views[name].show(settings, live?.limit || (live ? now.curve : fresh), ({ result, fresh: current }, chart) => ({
      data: live ? { rows: live.rows({ ...chart, ...signals, result, curves, categories }), ...here } : {}, signals, paper, fresh: current,
    }));
  }

  async ledger(ask, content) {
    const answer = await this.kernel.ask(ask, { choices: this.choices(this.state), ...content }, { first: true, kind: `${ask} at once` });
    if (answer.problem) this.say(answer.problem);
    return answer;
  }

  // Below a view the kernel's table of what is behind one of its marks.
  async showBehind(view, ask, content) {
    const back = this.focused;
    const { answer } = await this.ledger(ask, content);
    if (!answer) return;
    const close = () => { this.details.hidden = true; this.focus(back); };
    this.details.innerHTML = answer; // markup of the kernel, which has escaped every text in it
    this.details.prepend(html("button", { type: "button", onclick: close }, "Close"));
    this.details.onkeydown = (event) => event.key === "Escape" && close();
    this.views[view].figure.after(this.details);
    this.details.hidden = false;
    this.details.focus({ preventScroll: true });
    this.details.scrollIntoView({ block: "nearest" });
  }

  hold() {
    if (!this.now) return;
    this.remember();
    this.letters = this.held.length ? this.letters + 1 : 0;
    const name = String.fromCharCode(65 + (this.letters % 26));
    const { mark, result } = this.now;
    const held = { name, label: `${name}: ${this.described}`, mark, result, told: { ...this.told }, values: this.values };
    this.held.push(held);
    Object.keys(LIVE).filter((view) => LIVE[view].limit && held.told[view]?.mark !== mark).forEach((view) => this.complete(held, view));
    this.showHeld();
  }

  // Ask for a chart of a setting that was held before its title had come.
  async complete(held, view) {
    const { answer } = await this.kernel.ask("charts", { choices: JSON.parse(held.mark), view }, { kind: `${held.label} ${view}` });
    if (!answer) return;
    held.told[view] = { mark: held.mark, answer };
    this.redraw();
  }

  letGo(held) {
    this.held = this.held.filter((one) => one !== held);
    this.showHeld();
    this.panel.querySelector(".buttons button").focus();
  }

  showHeld() {
    this.root.classList.toggle("held", Boolean(this.held.length));
    this.changed();
  }

  // The values of all controls by name.
  get values() {
    return Object.fromEntries(Object.entries(this.controls).map(([name, { value }]) => [name, value]));
  }

  // Set controls to values by name, all others to the scenario's; those added and not named go.
  apply(values) {
    for (const path of this.extras) if (!(path in values)) this.takeAway(path);
    for (const path of Object.keys(values)) if (!this.controls[path]) this.add(path);
    for (const [name, control] of Object.entries(this.controls)) control.set(values[name] ?? control.start, true);
    this.changed();
  }

  remember() {
    const { values } = this;
    const key = JSON.stringify({ ...values, options: [...values.options] });
    if (this.past.at(-1)?.key !== key) this.past.push({ key, values });
    this.undoing.disabled = this.past.length < 2;
  }

  undo() {
    this.remember();
    this.past.pop();
    this.apply(this.past.at(-1).values);
    this.undoing.disabled = this.past.length < 2;
  }

  reset() {
    this.held = [];
    this.draws.checked = true;
    this.details.hidden = true;
    this.apply({});
    this.showHeld();
  }

  lose() {
    this.kernel.open = null;
    this.notice.textContent = LOST;
    this.settle(); // a kernel that is there after all answers, which takes the notice away
  }

  // Copy the line for the present settings; `navigator.clipboard` is missing where a page comes from afar without TLS.
  async copy() {
    const { answer } = await this.ledger("verdict", {});
    if (!answer) return;
    this.line.value = answer.command;
    this.line.focus();
    this.line.select();
    const copied = document.execCommand("copy");
    this.say(copied ? "Copied: the line compares the same settings in a terminal." : "The line is selected: copy it with Ctrl+C.", true);
  }

  async save(name) {
    const { saved } = await this.ledger("save", { name });
    if (saved) this.say(`Saved ${saved}`, true);
  }

  async export(view, form) {
    this.say(`Making the ${form.toUpperCase()}…`, true);
    const { name, buffers } = await this.ledger("export", { view, form, rival: this.rival(this.mark()) });
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
