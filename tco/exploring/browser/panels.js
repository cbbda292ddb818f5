// What is around the charts: the controls, the comparison as a table, and the panel of what is behind a number.
const freshId = () => `tco-${Math.random().toString(36).slice(2)}`;

// `count` even steps from low to high, with `own` among them.
const evenStops = (low, high, own, count = 40) => [...new Set([...Array.from({ length: count + 1 }, (_, place) =>
  Number((low + (place * (high - low)) / count).toPrecision(4))), own])].filter((stop) => stop >= low && stop <= high).sort((one, other) => one - other);

// Around what is plausible, else from nothing to twice the start.
function stopsAround({ low, high, start, plausible }) {
  const [from, to] = plausible ?? [0, 2 * start || 1];
  const beside = plausible ? (to - from) / 2 : 0;
  return evenStops(Math.max(low, Math.min(from - beside, start)), Math.min(high, Math.max(to + beside, start)), start);
}

// A slider that takes the values of `stops`, with a number field beside it from low to high. per: what the field's number is
// divided by. plausible: the ends of the range that the track shows. remove: what takes the control away.
function numberControl({ label, unit, start, plausible, low = 0, high = 1e9, step = "any", per = 1, onchange, remove, ...rest }) {
  const [id, told, why] = [freshId(), freshId(), freshId()];
  const stops = rest.stops ?? stopsAround({ low, high, start, plausible });
  const read = (value, digits) => String(Number((value * per).toPrecision(digits)));
  const nearest = (value) => stops.reduce((best, stop, index) => (Math.abs(stop - value) < Math.abs(stops[best] - value) ? index : best), 0);
  const range = plausible && `Plausible: ${read(plausible[0], 3)} to ${read(plausible[1], 3)} ${unit}`;
  const [from, to] = (plausible ?? []).map((end) => nearest(end) / (stops.length - 1 || 1));
  const width = to - from;
  const slider = html("input", { type: "range", id, min: 0, max: stops.length - 1, step: 1, title: range, "aria-describedby": range && told });
  const track = html("div", { class: range && "ranged", style: range && `--start:${from / (1 - width || 1)};--width:${width}` }, slider);
  const field = html("input", { type: "number", "aria-label": `${label}, exact`, "aria-describedby": why, min: read(low, 9), max: read(high, 9),
    step: step === 1 ? 1 : "any" });
  const problem = html("p", { class: "problem", id: why, role: "alert", hidden: true });
  const small = (words, text, onclick) => html("button", { type: "button", class: "small", "aria-label": `${words} ${label}`, title: words, onclick }, text);
  const reset = small("Reset", "↺", () => { control.set(start); slider.focus(); });
  const control = {
    values: stops,
    start,
    set(next, quiet = false, typed = false) {
      control.value = next;
      slider.value = nearest(next);
      control.text = `${label.toLowerCase()} ${next < 1000 ? read(next, 4) : grouped(next)} ${unit}`;
      slider.setAttribute("aria-valuetext", `${next < 1000 ? read(next, 4) : grouped(next)} ${unit}`);
      if (!typed) field.value = read(next, 6);
      reset.hidden = next === start;
      complain();
      if (!quiet) onchange();
    },
    element: html("div", { class: "control" }, html("div", { class: "label" }, html("span", { class: "smalls" }, reset, remove && small("Take away", "✕", remove)),
      html("label", { for: id }, label), " ", html("span", { class: "unit" }, unit)), html("div", { class: "slider" }, track, field),
      range && html("span", { id: told, class: "unseen" }, range), problem),
  };
  const complain = (words) => {
    problem.hidden = !words;
    problem.textContent = words ?? "";
    field.setAttribute("aria-invalid", String(Boolean(words)));
  };
  const whole = step === 1 ? "a whole number" : "a number";
  const limits = high < 1e9 ? `from ${read(low, 6)} to ${grouped(high * per)}` : `from ${read(low, 6)} up`;
  const refusal = () => `${field.value || "This"} is not taken: ${label.toLowerCase()} is ${whole} ${limits} ${unit}.`;
  slider.addEventListener("input", () => control.set(stops[slider.value]));
  field.addEventListener("input", () => {
    if (Number.isFinite(field.valueAsNumber) && field.checkValidity()) control.set(field.valueAsNumber / per, false, true);
    else complain(refusal());
  });
  field.addEventListener("change", () => { field.value = read(control.value, 6); field.setAttribute("aria-invalid", "false"); });
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
