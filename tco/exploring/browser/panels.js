// What is around the charts: the kinds of controls, and the comparison as a table.
const MAX_NUMBER = 1e9;

// A copy of a template of `page.html`: its element, and its parts by name.
const templates = html("template");
templates.innerHTML = TEMPLATES;
function copyOf(name) {
  const element = templates.content.getElementById(name).content.firstElementChild.cloneNode(true);
  return { element, parts: Object.fromEntries([...element.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part])) };
}

// 40 even steps around what is plausible, else from nothing to twice the start, with the start among them.
function stopsAround({ low, high, start, plausible }) {
  const [from, to] = plausible ?? [0, 2 * start || 1];
  const beside = plausible ? (to - from) / 2 : 0;
  const [first, last] = [Math.max(low, Math.min(from - beside, start)), Math.min(high, Math.max(to + beside, start))];
  const even = Array.from({ length: 41 }, (_, step) => Number((first + (step * (last - first)) / 40).toPrecision(4)));
  return [...new Set([...even, start])].filter((stop) => stop >= first && stop <= last).sort((one, other) => one - other);
}

// A slider that takes the values of `stops`, with a number field beside it from low to high. per: what the field's number is
// divided by. plausible: the ends of the range that the track shows. remove: what takes the control away.
function numberControl({ label, unit, start, plausible, low = 0, high = MAX_NUMBER, step = "any", per = 1, onchange, remove, ...rest }) {
  const { element, parts } = copyOf("number");
  const { slider, field, reset, problem, range, track } = parts;
  const stops = rest.stops ?? stopsAround({ low, high, start, plausible });
  const read = (value, digits) => String(Number((value * per).toPrecision(digits)));
  const nearest = (value) => stops.reduce((best, stop, index) => (Math.abs(stop - value) < Math.abs(stops[best] - value) ? index : best), 0);
  parts.name.textContent = label;
  parts.unit.textContent = unit;
  parts.name.htmlFor = slider.id = freshId();
  slider.max = stops.length - 1;
  filled(field, { "aria-label": `${label}, exact`, min: read(low, 9), max: read(high, 9), step, "aria-describedby": problem.id = freshId() }, []);
  for (const button of [reset, parts.remove]) button.setAttribute("aria-label", `${button.title} ${label}`);
  if (plausible) {
    slider.title = range.textContent = `Plausible: ${read(plausible[0], 3)} to ${read(plausible[1], 3)} ${unit}`;
    slider.setAttribute("aria-describedby", range.id = freshId());
    const [from, to] = plausible.map((end) => nearest(end) / (stops.length - 1 || 1));
    filled(track, { class: "ranged", style: `--start:${from / (1 - to + from || 1)};--width:${to - from}` }, []);
  } else range.remove();
  if (remove) parts.remove.onclick = remove;
  else parts.remove.remove();
  const complain = (words) => {
    problem.hidden = !words;
    problem.textContent = words ?? "";
    field.setAttribute("aria-invalid", String(Boolean(words)));
  };
  const control = {
    values: stops,
    start,
    element,
    set(next, quiet = false, typed = false) {
      const amount = `${next < 1000 ? read(next, 4) : grouped(next)} ${unit}`;
      control.value = next;
      control.text = `${label.toLowerCase()} ${amount}`;
      slider.value = nearest(next);
      slider.setAttribute("aria-valuetext", amount);
      if (!typed) field.value = read(next, 6);
      reset.hidden = next === start;
      complain();
      if (!quiet) onchange();
    },
  };
  const whole = step === 1 ? "a whole number" : "a number";
  const limits = high < MAX_NUMBER ? `from ${read(low, 6)} to ${grouped(high * per)}` : `from ${read(low, 6)} up`;
  reset.onclick = () => { control.set(start); slider.focus(); };
  slider.oninput = () => control.set(stops[slider.value]);
  field.oninput = () => {
    if (Number.isFinite(field.valueAsNumber) && field.checkValidity()) control.set(field.valueAsNumber / per, false, true);
    else complain(`${field.value || "This"} is not taken: ${label.toLowerCase()} is ${whole} ${limits} ${unit}.`);
  };
  field.onchange = () => { field.value = read(control.value, 6); field.setAttribute("aria-invalid", "false"); };
  control.set(start, true);
  return control;
}

// A list of names; first: the words of an empty one before them.
function choiceControl({ label, names, first, value = "", onchange }) {
  const id = freshId();
  const options = [...(first ? [["", first]] : []), ...names.map((name) => [name, name.replaceAll("_", " ")])];
  const select = html("select", { id }, options.map(([key, shown]) => html("option", { value: key, selected: key === value }, shown)));
  select.addEventListener("change", () => onchange(select.value));
  return {
    values: options.map(([key]) => key),
    get value() { return select.value; },
    get text() { return `${label.toLowerCase()} ${select.value || first}`; },
    start: value,
    set(next) { select.value = next; },
    element: html("div", { class: "control" }, html("label", { for: id }, label), select),
  };
}

function optionBoxes({ options, reference, onchange }) {
  const boxes = options.map(({ name }) => html("input", { type: "checkbox", checked: true, value: name, disabled: name === reference,
    onchange: (event) => { if (control.value.size < 2) event.target.checked = true; onchange(); } }));
  const control = {
    start: new Set(options.map(({ name }) => name)),
    get value() { return new Set(boxes.filter((box) => box.checked).map((box) => box.value)); },
    set(names) { boxes.forEach((box) => (box.checked = names.has(box.value))); },
    element: html("fieldset", { class: "control" }, html("legend", {}, "Options"),
      options.map((option, index) => html("label", { class: "option" }, boxes[index], lineSwatch(option),
        html("span", {}, option.name), option.name === reference && html("span", { class: "unit" }, "reference")))),
  };
  return control;
}

const unlessReference = (write) => (option, { reference }) => (option === reference ? MISSING : write(option));
const COLUMNS = [
  ["probability", "Cheapest in", (option, result, chances) => chances[option.name]],
  ["npv", "Present value (USD)", (option) => grouped(option.npv)],
  ["npv_difference", "Against the reference (USD)", unlessReference((option) => signedGrouped(option.npvDifference))],
  ["total", "Total, undiscounted (USD)", (option) => grouped(option.total)],
  ["difference", "Against the reference (USD)", unlessReference((option) => signedGrouped(option.difference))],
  ["labour_hours", "Labour (hours)", (option) => grouped(option.hours)],
  ["downtime_minutes", "Downtime (cluster-minutes)", (option) => grouped(option.minutes)],
  ["payback_months", "Pays back after (months)", (option) => grouped(option.payback)],
];

function tableOf(name, headings, rows) {
  return html("table", { class: name }, html("thead", {}, html("tr", {}, headings.map((heading, index) => html("th", { scope: "col", class: index ? "n" : null }, heading)))),
    html("tbody", {}, rows));
}

function comparisonTable(result, chances) {
  const columns = chances ? COLUMNS : COLUMNS.slice(1);
  return tableOf("tco-comparison", ["Option", ...columns.map(([, heading]) => heading)], result.options.map((option) =>
    html("tr", { "data-option": option.name, class: option === result.ranked[0] ? "cheapest" : null },
      html("th", { scope: "row" }, lineSwatch(option), html("span", { class: "option-name" }, option.name)),
      columns.map(([name, , write]) => html("td", { class: "n", "data-column": name }, write(option, result, chances))))));
}

// Present value of each option under the settings held, with what it is more or less than now. actions: of a setting held.
function heldTable(held, now, actions) {
  const names = now.options.map(({ name }) => name);
  return tableOf("tco-comparison tco-held", ["Settings", ...names.map((name) => `${name} (present value, USD)`), ""], [{ label: "Now", result: now }, ...held].map((setting) =>
    html("tr", { class: setting.result === now ? "cheapest" : null }, html("th", { scope: "row" }, setting.label), names.map((name) => {
      const [own, present] = [setting.result, now].map((result) => result.options.find((option) => option.name === name)?.npv);
      return html("td", { class: "n", "data-option": name }, grouped(own), setting.result !== now && own !== undefined && html("div", { class: "unit" }, `${signedGrouped(own - present)} against now`));
    }), html("td", {}, setting.result !== now && actions(setting)))));
}

function headline({ ranked: [first, second], months, size }) {
  const gap = second.npv - first.npv;
  const part = gap / Math.abs(first.npv);
  return [
    `${first.name} costs least: ${money(first.npv)} present value over ${duration(months)} for ${counted(size, "cluster")}.`,
    gap === 0 ? `${second.name} costs exactly the same.`
      : `Next comes ${second.name}, ${money(gap)} (${share(part)}) more${part < 0.05 ? ", a near tie" : ""}.`,
  ];
}
