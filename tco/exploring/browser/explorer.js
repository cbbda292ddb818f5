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
const OF_KERNEL = ["months", "policy", "load_shape"]; // controls whose every value is a question to the kernel

// The page counts what its user does: `data-moved` is the number of the newest state of the controls, `data-drawn` that of the
// last one whose numbers and charts in sight are shown, `data-settled` that of the last one of which everything is.
class Page {
  constructor(model, el) {
    this.model = model;
    this.moves = 0;
    this.part = 8; // places asked for at once; as many as are answered quickly
    this.kernel = new Kernel(model);
    this.root = html("div", { class: "tco-explorer", role: "region", "aria-label": "Scenario explorer", tabindex: "-1" });
    el.append(this.root);
    this.focus = new Focus(this.root);
    this.theme = new MutationObserver(() => { this.paper = null; this.redraw(); });
    this.theme.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
    this.sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.outOfSight[isIntersecting ? "delete" : "add"](target.dataset.view);
    }, { rootMargin: "120px" });
    this.stick = new ResizeObserver(() => this.place());
    model.on("change:setup", () => this.build());
    model.on("comm_live_update", () => this.lose());
    model.on("msg:custom", () => this.parts.notice.replaceChildren());
    this.build();
  }

  close() {
    for (const observer of [this.theme, this.sight, this.stick, this.focus.replaced]) observer.disconnect();
    clearTimeout(this.timer);
    clearTimeout(this.later);
    Object.values(this.views).forEach((view) => view.close());
  }

  // Everything anew for the scenario that the kernel has open.
  build() {
    const setup = (this.setup = this.model.get("setup"));
    const { meta, buffers } = this.model.get("first");
    const { element, parts } = copyOf("page");
    this.answers = new Answers();
    this.told = {};
    this.curves = null;
    this.held = [];
    parts.draws.checked = this.parts?.draws.checked ?? true;
    parts.file.setAttribute("value", setup.file);
    this.parts = parts;
    this.controls = new Controls(setup, parts, { changed: () => this.changed(), expected: (name) => this.expect(name), say: (words) => this.say(words) });
    this.answers.add(this.controls.state, meta, buffers);
    this.listen();
    this.showViews();
    this.root.replaceChildren(element);
    this.stick.disconnect();
    this.stick.observe(parts.controls);
    this.changed(0);
  }

  listen() {
    const { parts, setup, controls } = this;
    const scenario = choiceControl({ label: "Scenario", names: setup.scenarios, value: setup.scenario,
      onchange: async (name) => this.say((await this.kernel.ask("open", { name }, { first: true })).problem) });
    const presets = choiceControl({ label: "Preset", names: setup.presets.map(({ label }) => label), first: "Choose…", onchange: (label) => {
      controls.apply(setup.presets.find((one) => one.label === label).values);
      presets.set("");
    } });
    parts.controls.prepend(scenario.element, presets.element);
    parts.controls.onsubmit = (event) => event.preventDefault();
    parts.draws.onchange = () => this.changed();
    parts.line.onfocus = () => parts.line.select();
    parts.undo.onclick = () => controls.undo();
    for (const name of ["hold", "reset", "save", "copy"]) parts[name].onclick = () => this[name]();
  }

  // The views, empty, in place of those of the scenario before.
  showViews() {
    const picks = {
      "cost-by-category": ({ row: option, part }) => part && this.showBehind("cost-by-category", "lines", { option, category: part }),
      matters: ({ row }) => row && this.showBehind("matters", "assumption", { row }),
      "cost-by-fleet-size": (_, value) => this.controls.named.fleet_size.set(Math.max(1, Math.round(Number(value.toPrecision(2))))),
    };
    Object.values(this.views ?? {}).forEach((view) => view.close());
    this.sight.disconnect();
    this.outOfSight = new Set();
    this.views = {};
    for (const [name, label] of Object.entries(VIEWS)) {
      const view = (this.views[name] = new View(name, label, { onpick: picks[name], onsave: (form) => this.export(name, form) }));
      this.parts.details.before(view.figure);
      this.sight.observe(view.figure);
    }
  }

  // The controls scroll with the notebook until their end is in sight, and stay there.
  place() {
    let scroller = this.root.parentElement;
    while (scroller && !/auto|scroll/.test(getComputedStyle(scroller).overflowY)) scroller = scroller.parentElement;
    const height = scroller?.clientHeight ?? window.innerHeight;
    this.parts.controls.style.top = `${Math.min(0, height - this.parts.controls.offsetHeight)}px`;
  }

  // A control moved: show it at the next frame, whatever has moved until then, and ask the kernel when it has come to rest.
  changed(idle = IDLE) {
    this.root.dataset.moved = String((this.moves += 1));
    this.kernel.forget([...ONLY_OF_KERNEL, "curve", "ahead"]);
    if (this.parts.status.classList.contains("problem")) this.say();
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
    const { setup, moves, controls: { state } } = this;
    const place = this.answers.place(state);
    if (!place) return void this.fetch({ first: true, kind: "now" }, [state]);
    const curve = this.curveStates(state).map((one) => this.answers.place(one));
    const whole = curve.every(Boolean);
    if (whole && curve.length) this.curves = curveOf(curve, state, setup, state.options);
    this.now = { result: resultOf(place, state, setup, state.options), state, mark: this.controls.mark(state), curve: whole };
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
      if (this.now.curve && this.wanted.every((name) => this.told[name]?.mark === this.now.mark)) this.reached("settled", move);
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
    return ["verdict", ...quick, ...slow.filter((name) => name !== "matters"), this.parts.draws.checked && "probable", "matters"].filter(Boolean);
  }

  curveStates(state) {
    return this.setup.curve_sizes.map((fleet_size) => ({ ...state, fleet_size }));
  }

  missing(states) {
    return states.filter((one) => !this.answers.place(one));
  }

  // Ask for the amounts at some states of one policy, load shape and horizon; returns the milliseconds that it took, or nothing.
  async fetch(how, states) {
    const [{ policy, load_shape, months }] = states;
    const places = states.map(({ fleet_size, load, more }) => [fleet_size, load, more]);
    const choices = { policy, load_shape, months, assumptions: statedOf(states[0]) };
    const { problem, meta, buffers, took } = await this.kernel.ask("amounts", { choices, places }, how);
    if (problem) return void (how.kind === "ahead" || this.say(problem));
    this.answers.add(states[0], meta, buffers);
    if (how.kind !== "ahead") this.redraw();
    return took;
  }

  // At rest: titles and verdict, the curve, what takes long, then what might be chosen next.
  async settle() {
    const { wanted, controls } = this;
    const { state } = controls;
    const choices = controls.choices(state);
    this.model.set("moved", choices);
    this.model.save_changes();
    controls.remember();
    const slow = wanted.findIndex((name) => SLOW_VIEWS.includes(name));
    for (const name of wanted.slice(0, slow)) this.ask(name, choices);
    const curve = this.missing(this.curveStates(state));
    if (curve.length) this.fetch({ kind: "curve" }, curve);
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
    if (mark !== this.controls.mark() || (this.told[name]?.mark === mark && this.told[name].rival === rival)) return;
    const answer = await this.kernel.ask(name in VIEWS ? "charts" : name, { choices, view: name, draws: 5000, rival }, { kind: name });
    if (mark !== this.controls.mark()) return;
    if (answer.problem) return void this.say(answer.problem);
    this.told[name] = { mark, rival, answer: answer.answer };
    this.redraw();
  }

  rival(mark) {
    const { probable } = this.told;
    return this.parts.draws.checked && probable?.mark === mark ? probable.answer.rival : "";
  }

  // A control is about to move: what its values ask of the kernel comes first.
  expect(name) {
    this.expected = name;
    this.kernel.hurry("ahead");
  }

  // What one move of a control would ask for, as long as nothing else is to be done; as much at once as is answered quickly.
  async ahead(state) {
    const { controls } = this;
    const names = [this.expected, "fleet_size", "load", ...controls.added, ...OF_KERNEL];
    const missing = this.missing(names.flatMap((name) => controls.around(name, state)));
    if (!missing.length) return;
    const states = missing.filter((one) => structureOf(one) === structureOf(missing[0])).slice(0, this.part);
    const took = await this.fetch({ kind: "ahead" }, states);
    if (took === undefined) return;
    this.part = Math.min(128, Math.max(1, took < QUICK ? this.part * 4 : this.part >> 1));
    if (controls.mark() === controls.mark(state)) this.ahead(state);
  }

  drawVerdict() {
    const { parts, now: { result, mark }, told: { verdict } } = this;
    const probable = parts.draws.checked ? this.told.probable : null;
    const [current, fresh] = [verdict, probable].map((one) => one?.mark === mark);
    const [first, next] = headline(result);
    this.chances = fresh ? probable.answer.shares : null;
    parts.answer.replaceChildren(html("p", { class: "headline" }, first), html("p", {}, next),
      probable ? html("p", { class: fresh ? "chance" : "chance stale" }, probable.answer.chance) : "");
    parts.verdict.replaceChildren(html("p", { class: "unit" }, BASIS, probable ? "How often an option is the cheapest comes from draws of all assumptions." : "No probability can be given."),
      verdict ? html("ul", { class: current ? null : "stale" }, verdict.answer.sentences.map((sentence) => html("li", {}, sentence))) : "");
    if (current) parts.line.value = verdict.answer.command;
    parts.line.classList.toggle("stale", !current);
  }

  drawTables() {
    const { held, now, parts: { table, compared } } = this;
    table.replaceChildren(comparisonTable(now.result, this.chances));
    compared.hidden = !held.length;
    if (!held.length) return void compared.replaceChildren();
    // A button that is replaced between press and release loses the click: the same rows get new numbers alone.
    const button = (words, { name }, onclick) => html("button", { type: "button", "aria-label": `${words} ${name}`, onclick }, words);
    const fresh = heldTable(held, now.result, (one) => [
      button("Go back to", one, () => this.controls.apply(one.values)), button("Let go of", one, () => this.letGo(one))]);
    const [before, after] = [compared, fresh].map((part) => [...part.querySelectorAll("th, td.n")]);
    const heads = (cells) => cells.filter(({ tagName }) => tagName === "TH").map(({ textContent }) => textContent).join("\n");
    if (heads(before) === heads(after)) return before.forEach((cell, index) => cell.replaceChildren(...after[index].childNodes));
    compared.replaceChildren(fresh);
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

  // Ask at once about the present settings.
  async askNow(ask, content) {
    const answer = await this.kernel.ask(ask, { choices: this.controls.choices(), ...content }, { first: true, kind: `${ask} at once` });
    if (answer.problem) this.say(answer.problem);
    return answer;
  }

  // Below a view the kernel's table of what is behind one of its marks.
  async showBehind(view, ask, content) {
    const { parts: { details }, focus: { last } } = this;
    const { answer } = await this.askNow(ask, content);
    if (!answer) return;
    const close = () => { details.hidden = true; this.focus.giveBack(last); };
    details.innerHTML = answer; // markup of the kernel, which has escaped every text in it
    details.prepend(html("button", { type: "button", onclick: close }, "Close"));
    details.onkeydown = (event) => event.key === "Escape" && close();
    this.views[view].figure.after(details);
    details.hidden = false;
    details.focus({ preventScroll: true });
    details.scrollIntoView({ block: "nearest" });
  }

  hold() {
    if (!this.now) return;
    const { controls, now: { mark, result } } = this;
    controls.remember();
    this.letters = this.held.length ? this.letters + 1 : 0;
    const name = String.fromCharCode(65 + (this.letters % 26));
    const held = { name, label: `${name}: ${controls.described}`, mark, result, told: { ...this.told }, values: controls.values };
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
    this.parts.hold.focus();
  }

  showHeld() {
    this.root.classList.toggle("held", Boolean(this.held.length));
    this.changed();
  }

  reset() {
    this.held = [];
    this.parts.draws.checked = true;
    this.parts.details.hidden = true;
    this.controls.apply({});
    this.showHeld();
  }

  lose() {
    this.kernel.open = null;
    this.parts.notice.textContent = LOST;
    this.settle(); // a kernel that is there after all answers, which takes the notice away
  }

  // Copy the line for the present settings; `navigator.clipboard` is missing where a page comes from afar without TLS.
  async copy() {
    const { line } = this.parts;
    const { answer } = await this.askNow("verdict", {});
    if (!answer) return;
    line.value = answer.command;
    line.focus();
    line.select();
    const copied = document.execCommand("copy");
    this.say(copied ? "Copied: the line compares the same settings in a terminal." : "The line is selected: copy it with Ctrl+C.", true);
  }

  async save() {
    const { saved } = await this.askNow("save", { name: this.parts.file.value });
    if (saved) this.say(`Saved ${saved}`, true);
  }

  async export(view, form) {
    this.say(`Making the ${form.toUpperCase()}…`, true);
    const { name, buffers } = await this.askNow("export", { view, form, rival: this.rival(this.controls.mark()) });
    if (!name) return;
    const address = URL.createObjectURL(new Blob([buffers[0]]));
    html("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    this.say(`Saved ${name} with the browser's downloads`, true);
  }

  say(words, good = false) {
    this.parts.status.textContent = words ?? "";
    this.parts.status.classList.toggle("problem", Boolean(words) && !good);
  }
}

function render({ model, el }) {
  const page = new Page(model, el);
  return () => page.close();
}

export default { render };
