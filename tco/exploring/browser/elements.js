// Elements of the page, and its one tooltip. Text always enters as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";

const html = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// A piece of an option's line, in the colour and dash that its charts have.
const lineSwatch = ({ colour, dark, dash }) =>
  svg("svg", { class: "line-swatch", width: 26, height: 10, "aria-hidden": "true" },
    svg("line", { x1: 1, x2: 25, y1: 5, y2: 5, style: `--light:${colour};--dark:${dark}`, "stroke-dasharray": dash.join(" ") }));

// The tooltip of the whole page: beside the pointer over a chart, or at the mark that has the focus.
class Tooltip {
  constructor(root) {
    this.root = root;
    this.box = html("div", { class: "tco-tip", role: "tooltip", hidden: true });
    root.append(this.box);
    root.addEventListener("pointermove", (event) => {
      this.show(event.target.closest?.(".drawing")?.picture.tip(event), { left: event.clientX, bottom: event.clientY + 6, width: 0 });
    });
    root.addEventListener("pointerleave", () => this.show(""));
    root.addEventListener("focusin", ({ target }) => this.show(tipOf(target), target.getBoundingClientRect()));
    root.addEventListener("focusout", () => this.show(""));
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.show(""));
  }

  show(content, place) {
    this.box.hidden = !content;
    if (!content) return;
    this.box.textContent = content;
    const frame = this.root.getBoundingClientRect();
    const left = Math.min(place.left + place.width / 2 - frame.left + 8, frame.width - this.box.offsetWidth - 8);
    this.box.style.left = `${Math.max(0, left)}px`;
    this.box.style.top = `${place.bottom - frame.top + 8}px`;
  }
}

// What Vega says of a mark in its tooltip, a line each.
const tipOf = (mark) => Object.entries(mark.__data__?.tooltip ?? {}).map(([name, value]) => `${name}: ${value}`).join("\n");
