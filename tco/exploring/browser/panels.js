// What is around the charts: the controls, the comparison as a table, and the panel of what is behind a number.
let counted = 0;
const freshId = () => `tco-${(counted += 1)}-${Math.random().toString(36).slice(2, 7)}`;

const plainRead = (value) => String(Number(value.toPrecision(6)));
const percentRead = (value) => String(Number((value * 100).toPrecision(4)));

// A slider that takes the values of `stops`, with a number field beside it from low to high. per: what the field's number is divided by.
function numberControl({ label, unit, value: start, stops, low = 0, high, per = 1, read = plainRead, write = read, onchange }) {
  const id = freshId();
  const slider = html("input", { type: "range", id, min: 0, max: stops.length - 1, step: 1 });
  const field = html("input", { type: "number", "aria-label": `${label}, exact`, min: low, max: high, step: "any" });
  const reset = html("button", { type: "button", class: "reset", "aria-label": `Reset ${label.toLowerCase()}`, title: "As in the scenario",
    onclick: () => { control.set(start); slider.focus(); } }, "↺");
  const away = (stop) => Math.abs(stop - control.value);
  const control = {
    set(next, quiet = false, typed = false) {
      control.value = next;
      slider.value = stops.reduce((best, stop, index) => (away(stop) < away(stops[best]) ? index : best), 0);
      slider.setAttribute("aria-valuetext", `${write(next)} ${unit}`);
      if (!typed) field.value = read(next);
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

function choiceControl({ label, names, first = [], write = (name) => name, value, onchange }) {
  const id = freshId();
  const options = [...first, ...names.map((name) => [name, write(name)])];
  const select = html("select", { id }, options.map(([key, shown]) => html("option", { value: key, selected: key === value }, shown)));
  select.addEventListener("change", () => onchange(select.value));
  return {
    get value() { return select.value; },
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
  ["probability", "Cheapest in", (option, result, chances) => share(chances.get(option.name))],
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

// How likely what the headline says is right; where another option costs least on average, that too.
function chanceOf({ draws, ranking }, cheapest) {
  const [best] = ranking;
  const own = ranking.find((row) => row.option === cheapest)?.probability_cheapest ?? 0;
  const other = best.option === cheapest ? ""
    : ` On average over all draws ${best.option} costs least, the cheapest in ${share(best.probability_cheapest)}.`;
  return `In ${share(own)} of ${grouped(draws)} draws ${cheapest} is the cheapest option.${other}`;
}

const linked = (words, link) =>
  /^https?:\/\//.test(link || "") ? html("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, words) : words;
const withUnitOf = (text, unit) => (unit && unit !== "1" ? `${text} ${unit}` : text);

// The ledger lines of one bar with what each rests on.
function linesTable(rows) {
  const lines = Map.groupBy(rows, (row) => `${row.line}|${row.unit}`);
  return html("table", { class: "tco-lines" },
    html("thead", {}, html("tr", {}, ["Line, and what it rests on", "Value", "Source", "As of"].map((heading, index) =>
      html("th", { scope: "col", class: index === 1 ? "n" : null }, heading)))),
    [...lines.values()].sort(([one], [other]) => Math.abs(other.cost) - Math.abs(one.cost)).map(([line, ...rest]) => html("tbody", {},
      html("tr", { class: "line" }, html("th", { scope: "rowgroup" }, line.line),
        html("td", { class: "n" }, `${grouped(line.cost)} USD`),
        html("td", { colspan: 2 }, `${grouped(line.quantity, line.quantity < 100 ? 1 : 0)} ${line.unit}${line.quantity === 1 ? "" : "s"}`)),
      [line, ...rest].filter((row) => row.name).map((row) => html("tr", {},
        html("td", { title: row.name }, row.kind === "price" ? `Price: ${row.name}` : row.label),
        html("td", { class: "n" }, withUnitOf(siNumber(row.value, 4), row.value_unit)),
        html("td", {}, linked(row.source, row.link), row.source_kind === "judgement" && html("span", { class: "judgement" }, " judgement")),
        html("td", { class: "d" }, row.as_of))))));
}

const assumptionCard = (row) => html("div", { class: "card" },
  html("p", {}, row.description),
  html("p", {}, `Plausible: ${withUnitOf(`${siNumber(row.p10)} to ${siNumber(row.p90)}`, row.unit)} (10th and 90th percentile).`),
  html("p", {}, "Source: ", linked(row.title, row.link), ` (${row.kind}, ${row.as_of}).`),
  row.note && html("p", { class: "unit" }, row.note),
  html("p", { class: "unit" }, `Path: ${row.path}`));
