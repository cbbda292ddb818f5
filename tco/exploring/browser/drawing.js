// Elements, scales, axes and the one tooltip. Text always enters as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";

function html(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  return filled(element, attributes, children);
}

// A name such as `dynamodb_on_demand`, with places where a line may break.
const breakable = (name) => name.split("_").flatMap((part, index) => (index ? ["_", document.createElement("wbr"), part] : [part]));

function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const linear = (low, high, from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);
const logarithmic = (low, high, from, to) => {
  const inner = linear(Math.log(low), Math.log(high), from, to);
  return (value) => inner(Math.log(value));
};

// Round values from at most low to at least high, about `count` of them.
function ticks(low, high, count = 5) {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  const values = [];
  for (let index = Math.floor(low / step); index * step < high + step * 0.999; index++) values.push(index * step);
  return values;
}

// Five values a decade, from just below low to just above high.
function logTicks(low, high) {
  const rounds = [];
  for (let power = -3; power < 13; power++) for (const factor of [1, 2, 3, 5, 7]) rounds.push(factor * 10 ** power);
  const first = Math.max(0, rounds.findIndex((value) => value > low) - 1);
  const last = rounds.findIndex((value) => value >= high);
  return rounds.slice(first, (last < 0 ? rounds.length : last) + 1);
}

const fill = (colour) => `--light:${colour.colour};--dark:${colour.dark}`;

function text(x, y, content, attributes = {}) {
  return svg("text", { x, y, ...attributes }, content);
}

// The frame of a chart: grid lines and labels of a vertical axis, with its title above.
function verticalAxis(values, scale, left, right, label, title, top) {
  return svg("g", { class: "axis" },
    values.map((value) => [
      svg("line", { class: "grid", x1: left, x2: right, y1: scale(value), y2: scale(value) }),
      text(left - 6, scale(value) + 4, label(value), { "text-anchor": "end" }),
    ]),
    text(0, top - 10, title, { class: "axis-title" }));
}

// One tooltip for the whole page, which follows the pointer or stands at the element that has the focus.
class Tooltip {
  constructor(root) {
    this.root = root;
    this.box = html("div", { class: "tco-tip", role: "tooltip", hidden: true });
    root.append(this.box);
    root.addEventListener("pointermove", (event) => this.follow(event));
    root.addEventListener("pointerleave", () => this.hide());
    root.addEventListener("focusin", (event) => {
      if (event.target.dataset?.tip) this.show(event.target.dataset.tip, event.target.getBoundingClientRect());
    });
    root.addEventListener("focusout", () => this.hide());
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.hide());
  }

  follow(event) {
    const holder = event.target.closest?.("[data-tip]");
    if (holder) this.show(holder.dataset.tip, { left: event.clientX, bottom: event.clientY + 6, width: 0 });
    else if (event.target.tipAt) this.show(event.target.tipAt(event), { left: event.clientX, bottom: event.clientY + 6, width: 0 });
    else this.hide();
  }

  show(content, place) {
    this.box.textContent = content;
    this.box.hidden = false;
    const frame = this.root.getBoundingClientRect();
    const left = Math.min(place.left + place.width / 2 - frame.left + 8, frame.width - this.box.offsetWidth - 8);
    this.box.style.left = `${Math.max(0, left)}px`;
    this.box.style.top = `${place.bottom - frame.top + 8}px`;
  }

  hide() {
    this.box.hidden = true;
  }
}

const legend = (entries, lines) =>
  html("ul", { class: "tco-legend" }, entries.map((entry) =>
    html("li", {}, lines ? lineSwatch(entry) : html("span", { class: "swatch", style: fill(entry) }), entry.name)));

const lineSwatch = (option) =>
  svg("svg", { class: "line-swatch", width: 26, height: 10, "aria-hidden": "true" },
    svg("line", { class: "option-line", x1: 1, x2: 25, y1: 5, y2: 5, style: fill(option), "stroke-dasharray": dash(option) }));

const dash = (option) => (option.dash[0] === 1 && option.dash[1] === 0 ? null : option.dash.join(" "));
