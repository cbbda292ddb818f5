// The fleet's upgrades along time, and how far single assumptions move the answer: drawn from what the kernel tells.
const MARKS = {
  circle: "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0", square: "M-5 -5h10v10h-10z", "triangle-up": "M0 -6.5L6 5H-6z",
  diamond: "M0 -7L6 0L0 7L-6 0z", cross: "M-6 -2h4v-4h4v4h4v4h-4v4h-4v-4h-4z",
};

function upgradeTimeline(events, option, width, { setup, months }) {
  const own = events.filter((event) => event.option === option);
  const groups = [...new Set(own.map((event) => event.group))];
  const rowHeight = 34;
  const height = MARGIN.top + Math.max(1, groups.length) * rowHeight + 24;
  const left = Math.min(150, Math.max(70, ...groups.map((name) => name.length * 7)));
  const day = (date) => Date.parse(`${date}T00:00:00Z`);
  const [first, end] = [day(`${setup.start}-01`), day(`${periodOf(setup.start, months)}-01`)];
  const x = linear(first, end, left + 8, width - 24);
  const moved = own.filter((event) => event.to_version);
  const total = Math.round(sumOf(moved.map((event) => event.clusters)));
  const byYear = {};
  for (const event of moved) byYear[event.date.slice(0, 4)] = (byYear[event.date.slice(0, 4)] || 0) + event.clusters;
  const [busiest] = Object.entries(byYear).sort((one, other) => other[1] - one[1]);
  const title = moved.length
    ? `${option}: ${grouped(total)} cluster upgrades, ${grouped(Math.round(busiest[1]))} of them in ${busiest[0]}`
    : `${option}: no major upgrades`;
  const used = Object.keys(setup.reasons).filter((reason) => own.some((event) => (event.to_version ? event.reason : "stranded") === reason));
  const firstYear = Number(setup.start.slice(0, 4));
  const years = Array.from({ length: Math.ceil(months / 12) + 1 }, (_, index) => firstYear + index);
  return {
    title,
    description: `Timeline of major version upgrades, a row per cluster group. ${title}.`,
    legend: html("ul", { class: "tco-legend" }, used.map((reason) => html("li", {},
      svg("svg", { width: 14, height: 14, viewBox: "-7 -7 14 14", "aria-hidden": "true" },
        svg("path", { d: MARKS[setup.reasons[reason].shape], class: "mark", style: fill(setup.reasons[reason]) })), reason)),
    own.some((event) => event.projected) && html("li", {}, "* projected from the engine's own cadence")),
    drawing: svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` },
      years.map((year) => {
        const at = x(day(`${year}-01-01`));
        return at < left || at > width - 20 ? null : [
          svg("line", { class: "grid", x1: at, x2: at, y1: MARGIN.top - 8, y2: height - 22 }),
          text(at, height - 6, String(year), { "text-anchor": "middle" })];
      }),
      groups.map((group, index) => text(0, MARGIN.top + index * rowHeight + 16, group, { class: "caption" })),
      own.map((event) => {
        const reason = event.to_version ? event.reason : "stranded";
        const look = setup.reasons[reason] ?? setup.reasons.deadline;
        const tip = [`${event.group}, ${event.date}`, event.path, reason, clustersText(Math.round(event.clusters)),
          `${hoursText(event.hours)} of work, ${minutesText(event.downtime_minutes)} down`].join("\n");
        return svg("g", { class: "bar", "data-tip": tip, tabindex: 0, role: "img", "aria-label": tip.replaceAll("\n", ", "),
          transform: `translate(${x(day(event.date)).toFixed(1)} ${MARGIN.top + groups.indexOf(event.group) * rowHeight + 12})` },
        svg("path", { d: MARKS[look.shape], class: "mark", style: fill(look) }),
        text(0, -9, (event.to_version || "stranded") + (event.projected ? "*" : ""), { "text-anchor": "middle" }));
      })),
  };
}

function whatMatters(found, width, { setup, onpick }) {
  const rows = found.rows;
  const rowHeight = 42;
  const height = MARGIN.top + rows.length * rowHeight + 26;
  const ends = rows.flatMap((row) => [row.at_p10, row.at_p90, row.point]);
  const levels = ticks(Math.min(0, ...ends), Math.max(0, ...ends), width < 500 ? 3 : 5);
  const x = linear(levels[0], levels[levels.length - 1], 30, width - 30);
  const flips = rows.filter((row) => Math.min(row.at_p10, row.at_p90) < 0).length;
  const title = flips
    ? `${flips} of these ${rows.length} assumptions alone could make ${found.next} cheaper than ${found.cheapest}`
    : `None of these assumptions alone makes ${found.next} cheaper than ${found.cheapest}`;
  const [low, high] = setup.ends;
  return {
    title,
    description: `Bars of how far each assumption alone moves the difference. ${title}.`,
    legend: legend([{ name: "assumption at its 10th percentile", ...low }, { name: "at its 90th", ...high }], false),
    drawing: svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` },
      text(0, 14, `USD that ${found.next} costs more than ${found.cheapest}, present value`, { class: "axis-title" }),
      levels.map((level) => [
        svg("line", { class: level ? "grid" : "rule", x1: x(level), x2: x(level), y1: MARGIN.top, y2: height - 22 }),
        text(x(level), height - 6, siNumber(level), { "text-anchor": "middle" })]),
      rows.map((row, index) => {
        const y = MARGIN.top + index * rowHeight;
        const bar = (from, to, colour) => svg("rect", { x: Math.min(x(from), x(to)), y: y + 19, height: 16,
          width: Math.max(1, Math.abs(x(to) - x(from))), style: fill(colour) });
        const range = `${siNumber(row.p10)} to ${siNumber(row.p90)} ${row.unit === "1" ? "" : row.unit}`.trim();
        const tip = [row.label, range, `At the low end ${money(row.at_p10, true)}`, `At the high end ${money(row.at_p90, true)}`].join("\n");
        return svg("g", { class: "bar pickable", "data-tip": tip, tabindex: 0, role: "button",
          "aria-label": `${row.label}, ${range}. Show its source`, onclick: () => onpick(row),
          onkeydown: (event) => ["Enter", " "].includes(event.key) && (event.preventDefault(), onpick(row)) },
        svg("rect", { class: "cover", x: 0, y, width, height: rowHeight - 2 }),
        text(0, y + 13, [`${row.label}: ${range}`, `${row.label}: ${siNumber(row.p10)} to ${siNumber(row.p90)}`].find((words) => words.length * 6.4 < width) ?? row.label, { class: "caption" }),
        bar(row.point, row.at_p10, low), bar(row.point, row.at_p90, high));
      })),
  };
}
