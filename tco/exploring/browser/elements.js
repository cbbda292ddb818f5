// Elements of the page. Text always enters as text, never as markup.
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

const freshId = () => `tco-${Math.random().toString(36).slice(2)}`;

// A piece of an option's line, in the colour and dash that its charts have.
const lineSwatch = ({ colour, dark, dash }) =>
  svg("svg", { class: "line-swatch", width: 26, height: 10, "aria-hidden": "true" },
    svg("line", { x1: 1, x2: 25, y1: 5, y2: 5, style: `--light:${colour};--dark:${dark}`, "stroke-dasharray": dash.join(" ") }));
