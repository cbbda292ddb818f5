// The controls of a scenario, what they say, what can be added to them, and the way back to what they said before.
const IN_WORDS = ["fleet_size", "months"];

class Controls {
  // parts: the elements of the page that the controls go into. changed: what happens when one has moved. expected: what happens
  // when one is about to, with its name. say: shows a sentence to the user.
  constructor(setup, parts, { changed, expected, say }) {
    Object.assign(this, { setup, parts, changed, expected, say, named: {}, added: [], past: [] });
    for (const entry of setup.controls) {
      const control = (entry.stops ? numberControl : choiceControl)({ ...entry, onchange: changed });
      parts.further.before(this.put(entry.name, control, entry.path));
    }
    parts.adder.after(this.put("options", optionBoxes({ ...setup, onchange: changed })));
    this.offer();
  }

  put(name, control, path) {
    this.named[name] = control;
    control.path = path;
    control.element.dataset.name = name;
    for (const event of ["pointerenter", "focusin"]) control.element.addEventListener(event, () => this.expected(name));
    return control.element;
  }

  // Search over all that can be added, for the scenario or a group.
  offer() {
    const { setup: { addable }, parts: { adder, search, found } } = this;
    const groups = Object.keys(addable).slice(1); // the first is the whole scenario
    const list = () => {
      const offered = addable[this.group.value];
      found.replaceChildren(...offered.map(({ path, label, unit }) => html("option", { value: path }, `${label} (${unit})`)));
      search.placeholder = `Search ${offered.length} assumptions…`;
    };
    this.group = choiceControl({ label: "Of", names: groups, first: "the whole scenario", onchange: list });
    found.id = freshId();
    search.setAttribute("list", found.id);
    search.before(this.group.element);
    search.addEventListener("change", () => this.search(search.value.trim().toLowerCase()));
    list();
  }

  search(words) {
    if (!words) return;
    const { group, parts: { search } } = this;
    const found = this.setup.addable[group.value].filter(({ path, label }) => `${path} ${label}`.toLowerCase().includes(words));
    const one = found.find(({ path, label }) => [path, label].some((name) => name.toLowerCase() === words)) ?? (found.length === 1 && found[0]);
    const why = found.length ? `part of ${found.length} names; choose one of the list` : `no assumption of ${group.value || "the scenario"}`;
    if (!one) return void this.say(`“${search.value}” is ${why}.`);
    search.value = "";
    this.add(one.path);
    this.changed();
    this.named[one.path].element.querySelector("input").focus();
  }

  // Show a control of one more number.
  add(path) {
    if (this.named[path]) return;
    const entry = Object.values(this.setup.addable).flat().find((one) => one.path === path);
    const onchange = () => { if (isClusters(path)) this.resize(); this.changed(); };
    const remove = () => { this.takeAway(path); onchange(); this.parts.search.focus(); };
    this.added.push(path);
    this.parts.further.append(this.put(path, numberControl({ ...entry, onchange, remove }), path));
    this.expected(path);
  }

  takeAway(path) {
    this.named[path].element.remove();
    delete this.named[path];
    this.added = this.added.filter((one) => one !== path);
  }

  // The clusters of a group were changed: the fleet has as many more or fewer.
  resize() {
    const groups = this.added.filter(isClusters).map((path) => this.named[path]);
    this.named.fleet_size.set(groups.reduce((sum, { value, start }) => sum + value - start, this.setup.fleet_size), true);
  }

  // The values of all controls by name.
  get values() {
    return Object.fromEntries(Object.entries(this.named).map(([name, { value }]) => [name, value]));
  }

  get state() {
    return this.withMore({ load: 1, load_shape: "", ...this.values });
  }

  // more: what the added controls change, by path.
  withMore(state) {
    return { ...state, more: Object.fromEntries(this.added.filter((path) => state[path] !== this.named[path].start).map((path) => [path, state[path]])) };
  }

  // The controls in words: the fleet, the horizon, and what differs from the scenario.
  get described() {
    const differing = Object.entries(this.named).filter(([name, { value, start, text }]) => text && (IN_WORDS.includes(name) || value !== start));
    return differing.map(([, { text }]) => text).join(", ");
  }

  // A state as the kernel's choices: only what differs from the scenario.
  choices(state = this.state) {
    const choices = { assumptions: {} };
    for (const [name, { path, start }] of Object.entries(this.named)) {
      if (name !== "options" && state[name] !== start) (path ? choices.assumptions : choices)[path ?? name] = state[name];
    }
    if (state.options.size < this.setup.options.length) choices.options = [...state.options];
    return choices;
  }

  // A text that two states share where they are the same choices.
  mark(state = this.state) {
    return JSON.stringify(this.choices(state));
  }

  // The states that one move of a control leads to, the nearest first.
  around(name, state) {
    const values = this.named[name]?.values ?? [];
    const place = values.indexOf(state[name]);
    const away = (value) => Math.abs(values.indexOf(value) - place);
    const sized = (value) => (isClusters(name) ? { fleet_size: state.fleet_size + value - state[name] } : {});
    return [...values].sort((one, other) => away(one) - away(other)).map((value) => this.withMore({ ...state, ...sized(value), [name]: value }));
  }

  // Set controls to values by name, all others to the scenario's; those added and not named go.
  apply(values) {
    for (const path of this.added) if (!(path in values)) this.takeAway(path);
    for (const path of Object.keys(values)) if (!this.named[path]) this.add(path);
    for (const [name, control] of Object.entries(this.named)) control.set(values[name] ?? control.start, true);
    this.changed();
  }

  remember() {
    const { values, past } = this;
    const key = JSON.stringify({ ...values, options: [...values.options] });
    if (past.at(-1)?.key !== key) past.push({ key, values });
    this.parts.undo.disabled = past.length < 2;
  }

  undo() {
    this.remember();
    this.past.pop();
    this.apply(this.past.at(-1).values);
    this.parts.undo.disabled = this.past.length < 2;
  }
}
