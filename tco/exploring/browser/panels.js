// What stands around the charts: the controls, the comparison as a table, and the panel of what is behind a number.
let counted = 0;
const freshId = () => `tco-${(counted += 1)}-${Math.random().toString(36).slice(2, 7)}`;

// A slider with a number field beside it. stops: the values the slider takes; without them it runs from low to high by step.
function numberControl({ label, unit, value, stops, low, high, step, write, read, onchange }) {
  const id = freshId();
  const slider = html("input", { type: "range", id, min: stops ? 0 : low, max: stops ? stops.length - 1 : high, step: stops ? 1 : step });
  const field = html("input", { type: "number", "aria-label": `${label}, exact`, min: low, max: high, step: "any" });
  const reset = html("button", { type: "button", class: "reset", "aria-label": `Reset ${label.toLowerCase()}`, title: "As in the scenario", hidden: true }, "↺");
  const start = value;
  const nearest = (wanted) => stops.reduce((best, stop, index) => (Math.abs(stop - wanted) < Math.abs(stops[best] - wanted) ? index : best), 0);
  const control = {
    value,
    set(next, quiet = false, fromField = false) {
      control.value = next;
      slider.value = stops ? nearest(next) : next;
      slider.setAttribute("aria-valuetext", `${write(next)} ${unit}`);
      if (!fromField) field.value = read(next);
      reset.hidden = next === start;
      if (!quiet) onchange();
    },
    element: html("div", { class: "control" },
      html("label", { for: id }, label), reset,
      html("div", { class: "slider" }, slider, html("span", { class: "number" }, field, unit && html("span", { class: "unit" }, unit)))),
  };
  slider.addEventListener("input", () => control.set(stops ? stops[slider.value] : Number(slider.value)));
  field.addEventListener("input", () => {
    const typed = field.valueAsNumber;
    const valid = Number.isFinite(typed) && typed >= low && (high === undefined || typed <= high);
    field.setAttribute("aria-invalid", String(!valid));
    if (valid) control.set(read === percentRead ? typed / 100 : typed, false, true);
  });
  field.addEventListener("change", () => control.set(control.value, true));
  reset.addEventListener("click", () => { control.set(start); slider.focus(); });
  control.set(value, true);
  return control;
}

const percentRead = (value) => String(Number((value * 100).toPrecision(4)));
const plainRead = (value) => String(Number(value.toPrecision(6)));

function choiceControl({ label, entries, value, onchange }) {
  const id = freshId();
  const select = html("select", { id }, entries.map(([key, shown]) => html("option", { value: key, selected: key === value }, shown)));
  select.addEventListener("change", () => { control.value = select.value; onchange(select.value); });
  const control = {
    value,
    set(next) { control.value = next; select.value = next; },
    element: html("div", { class: "control" }, html("label", { for: id }, label), select),
  };
  return control;
}

function optionBoxes({ options, reference, onchange }) {
  const boxes = options.map((option) => html("input", {
    type: "checkbox", checked: true, value: option.name, disabled: option.name === reference,
  }));
  const shown = () => new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  const control = {
    value: shown(),
    set(names) { boxes.forEach((box) => (box.checked = names.has(box.value))); control.value = shown(); },
    element: html("fieldset", { class: "control" }, html("legend", {}, "Options"),
      options.map((option, index) => html("label", { class: "option" }, boxes[index], lineSwatch(option),
        html("span", {}, breakable(option.name)), option.name === reference && html("span", { class: "unit" }, "reference")))),
  };
  boxes.forEach((box) => box.addEventListener("change", () => {
    if (shown().size < 2) box.checked = true;
    control.value = shown();
    onchange();
  }));
  return control;
}

const COLUMNS = [
  ["npv", "Present value (USD)", (option) => grouped(option.npv)],
  ["npv_difference", "against the reference (USD)", (option, result) => (option === result.reference ? MISSING : signedGrouped(option.npvDifference))],
  ["total", "Total, undiscounted (USD)", (option) => grouped(option.total)],
  ["difference", "against the reference (USD)", (option, result) => (option === result.reference ? MISSING : signedGrouped(option.difference))],
  ["labour_hours", "Labour (hours)", (option) => grouped(option.hours)],
  ["downtime_minutes", "Downtime (cluster-minutes)", (option) => grouped(option.minutes)],
  ["payback_months", "Pays back after (months)", (option) => grouped(option.payback)],
];

function comparisonTable(result, chances) {
  const columns = chances ? [["probability", "Cheapest in", (option) => share(chances.get(option.name))], ...COLUMNS] : COLUMNS;
  return html("table", { class: "tco-comparison" },
    html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "Option"),
      columns.map(([name, heading]) => html("th", { scope: "col", class: "n", "data-column": name }, heading)))),
    html("tbody", {}, result.options.map((option) =>
      html("tr", { "data-option": option.name, class: option === result.ranked[0] ? "cheapest" : null },
        html("th", { scope: "row" }, lineSwatch(option), html("span", { class: "option-name" }, option.name)),
        columns.map(([name, , write]) => html("td", { class: "n", "data-column": name }, write(option, result)))))));
}

function headline(result) {
  const [first, second] = result.ranked;
  const years = Number((result.months / 12).toFixed(2));
  const gap = second.npv - first.npv;
  const part = gap / Math.abs(first.npv);
  const next = gap === 0 ? `${second.name} costs exactly the same.`
    : `Next comes ${second.name}, ${money(gap)} (${share(part)}) more${part < 0.05 ? ", a near tie" : ""}.`;
  return [`${first.name} costs least: ${money(first.npv)} present value over ${years} years for ${clustersText(result.size)}.`, next];
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

// The ledger lines of one bar with what each rests on.
function linesTable(rows) {
  const lines = new Map();
  for (const row of rows) {
    const key = `${row.line}|${row.unit}`;
    if (!lines.has(key)) lines.set(key, { ...row, behind: [] });
    if (row.name) lines.get(key).behind.push(row);
  }
  const value = (row) => `${siNumber(row.value, 4)} ${row.value_unit === "1" ? "" : row.value_unit ?? ""}`.trim();
  return html("table", { class: "tco-lines" },
    html("thead", {}, html("tr", {}, ["Line, and what it rests on", "Value", "Source", "As of"].map((heading, index) =>
      html("th", { scope: "col", class: index === 1 ? "n" : null }, heading)))),
    [...lines.values()].sort((one, other) => Math.abs(other.cost) - Math.abs(one.cost)).map((line) => html("tbody", {},
      html("tr", { class: "line" }, html("th", { scope: "rowgroup" }, line.line),
        html("td", { class: "n" }, `${grouped(line.cost)} USD`),
        html("td", { colspan: 2 }, `${grouped(line.quantity, line.quantity < 100 ? 1 : 0)} ${line.unit}${line.quantity === 1 ? "" : "s"}`)),
      line.behind.map((row) => html("tr", {},
        html("td", { title: row.name }, row.kind === "price" ? html("span", {}, "Price: ", row.name) : row.label),
        html("td", { class: "n" }, value(row)),
        html("td", {}, linked(row.source, row.link), row.source_kind === "judgement" && html("span", { class: "judgement" }, " judgement")),
        html("td", { class: "d" }, row.as_of))))));
}

function assumptionCard(row) {
  return html("div", { class: "card" },
    html("p", {}, row.description),
    html("p", {}, `Plausible: ${siNumber(row.p10)} to ${siNumber(row.p90)} ${row.unit === "1" ? "" : row.unit} (10th and 90th percentile).`),
    html("p", {}, "Source: ", linked(row.source, row.link), ` (${row.kind}, ${row.as_of}).`),
    row.note && html("p", { class: "unit" }, row.note),
    html("p", { class: "unit" }, `Path: ${row.path}`));
}
