// What is around the charts: the controls, the comparison as a table, and the panel of what is behind a number.
const freshId = () => `tco-${Math.random().toString(36).slice(2)}`;

// A slider that takes the values of `stops`, with a number field beside it from low to high. per: what the field's number is
// divided by.
function numberControl({ label, unit, start, stops, low = 0, high = 1e9, step = "any", per = 1, onchange }) {
  const id = freshId();
  const read = (value, digits) => String(Number((value * per).toPrecision(digits)));
  const slider = html("input", { type: "range", id, min: 0, max: stops.length - 1, step: 1 });
  const field = html("input", { type: "number", "aria-label": `${label}, exact`, min: low, max: high, step });
  const reset = html("button", { type: "button", class: "reset", "aria-label": `Reset ${label.toLowerCase()}`, title: "As in the scenario",
    onclick: () => { control.set(start); slider.focus(); } }, "↺");
  const away = (stop) => Math.abs(stop - control.value);
  const control = {
    values: stops,
    set(next, quiet = false, typed = false) {
      control.value = next;
      slider.value = stops.reduce((best, stop, index) => (away(stop) < away(stops[best]) ? index : best), 0);
      control.text = `${next < 1000 ? read(next, 4) : grouped(next)} ${unit}`;
      slider.setAttribute("aria-valuetext", control.text);
      if (!typed) field.value = read(next, 6);
      reset.hidden = next === start;
      if (!quiet) onchange();
    },
    element: html("div", { class: "control" }, html("label", { for: id }, label), reset,
      html("div", { class: "slider" }, slider, html("span", { class: "number" }, field, html("span", { class: "unit" }, unit)))),
  };
  slider.addEventListener("input", () => control.set(stops[slider.value]));
  field.addEventListener("input", () => {
    const valid = Number.isFinite(field.valueAsNumber) && field.checkValidity();
    field.setAttribute("aria-invalid", String(!valid));
    if (valid) control.set(field.valueAsNumber / per, false, true);
  });
  field.addEventListener("change", () => control.set(control.value, true));
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
    get text() { return `${label.toLowerCase()} ${select.value}`; },
    set(next) { select.value = next; },
    element: html("div", { class: "control" }, html("label", { for: id }, label), select),
  };
}

function optionBoxes({ options, reference, onchange }) {
  const boxes = options.map(({ name }) => html("input", { type: "checkbox", checked: true, value: name, disabled: name === reference,
    onchange: (event) => { if (control.value.size < 2) event.target.checked = true; onchange(); } }));
  const control = {
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
  ["npv_difference", "against the reference (USD)", unlessReference((option) => signedGrouped(option.npvDifference))],
  ["total", "Total, undiscounted (USD)", (option) => grouped(option.total)],
  ["difference", "against the reference (USD)", unlessReference((option) => signedGrouped(option.difference))],
  ["labour_hours", "Labour (hours)", (option) => grouped(option.hours)],
  ["downtime_minutes", "Downtime (cluster-minutes)", (option) => grouped(option.minutes)],
  ["payback_months", "Pays back after (months)", (option) => grouped(option.payback)],
];

function comparisonTable(result, chances) {
  const columns = chances ? COLUMNS : COLUMNS.slice(1);
  return html("table", { class: "tco-comparison" },
    html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "Option"),
      columns.map(([, heading]) => html("th", { scope: "col", class: "n" }, heading)))),
    html("tbody", {}, result.options.map((option) =>
      html("tr", { "data-option": option.name, class: option === result.ranked[0] ? "cheapest" : null },
        html("th", { scope: "row" }, lineSwatch(option), html("span", { class: "option-name" }, option.name)),
        columns.map(([name, , write]) => html("td", { class: "n", "data-column": name }, write(option, result, chances)))))));
}

function headline({ ranked: [first, second], months, size }) {
  const gap = second.npv - first.npv;
  const part = gap / Math.abs(first.npv);
  return [
    `${first.name} costs least: ${money(first.npv)} present value over ${Number((months / 12).toFixed(2))} years for ${clustersText(size)}.`,
    gap === 0 ? `${second.name} costs exactly the same.`
      : `Next comes ${second.name}, ${money(gap)} (${share(part)}) more${part < 0.05 ? ", a near tie" : ""}.`,
  ];
}
