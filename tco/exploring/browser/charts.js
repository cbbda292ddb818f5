// The views as drawings: each takes a result and the width there is, and returns its title, its drawing and its text
// alternative. Colours come as a pair for light and dark backgrounds; the style sheet chooses.
const MARGIN = { left: 58, right: 14, top: 26, bottom: 26 };

function lineOver(points) {
  return points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

function costOverTime(result, width, { setup, most }) {
  const height = 250;
  const [left, right, top, bottom] = [MARGIN.left, width - MARGIN.right, MARGIN.top, height - MARGIN.bottom];
  const low = Math.min(0, ...result.options.map((option) => Math.min(...option.cumulative)));
  const levels = ticks(low, most || Math.max(...result.options.map((option) => Math.max(...option.cumulative))) || 1, 4);
  const y = linear(levels[0], levels[levels.length - 1], bottom, top);
  const x = linear(0, result.months, left, right);
  const period = (month) => periodOf(setup.start, month);
  const cheapest = [...result.options].sort((one, other) => one.total - other.total)[0];
  const last = period(result.months - 1);
  const title = `By ${last} ${cheapest.name} has cost least, ${money(cheapest.total)}`;
  const rule = svg("line", { class: "cursor", y1: top, y2: bottom, visibility: "hidden" });
  const cover = svg("rect", { class: "cover", x: left, y: top, width: Math.max(0, right - left), height: bottom - top });
  cover.tipAt = (event) => {
    const box = cover.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const month = Math.min(result.months - 1, Math.max(0, Math.round(share * result.months) - 1));
    rule.setAttribute("x1", x(month + 1));
    rule.setAttribute("x2", x(month + 1));
    rule.setAttribute("visibility", "visible");
    const costs = [...result.options].sort((one, other) => other.cumulative[month] - one.cumulative[month]);
    return [`Cost up to ${period(month)}`, ...costs.map((option) => `${option.name}  ${money(option.cumulative[month])}`)].join("\n");
  };
  cover.addEventListener("pointerleave", () => rule.setAttribute("visibility", "hidden"));
  const januaries = Array.from({ length: result.months }, (_, month) => month).filter((month) => period(month).endsWith("-01"));
  const every = Math.ceil(januaries.length / 8);
  return {
    title,
    description: `Line chart of the cost of each option since the start. ${title}.`,
    legend: legend(result.options, true),
    drawing: svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` },
      verticalAxis(levels, y, left, right, (value) => siNumber(value), "USD since the start", top),
      januaries.filter((_, index) => index % every === 0).map((month) =>
        text(x(month), bottom + 18, period(month).slice(0, 4), { "text-anchor": "middle" })),
      result.options.map((option) => svg("path", {
        class: "option-line", style: fill(option), "stroke-dasharray": dash(option),
        d: lineOver([[x(0), y(0)], ...Array.from(option.cumulative, (cost, month) => [x(month + 1), y(cost)])]),
      })),
      rule, cover),
  };
}

// Horizontal bars divided into parts, each row's name above its bar. rows: {name, caption, parts: [{..colour, label, amount}]}.
function stackedRows(rows, width, { most, axisTitle, label, onpick }) {
  const rowHeight = 46;
  const height = MARGIN.top + rows.length * rowHeight + 10;
  const extent = (sign) => Math.max(0, ...rows.map((row) => sumOf(row.parts.map((part) => Math.max(0, sign * part.amount)))));
  const high = Math.max(most || 0, extent(1)) || 1;
  const low = -extent(-1);
  const x = linear(low, high, 1, width - MARGIN.right);
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` },
    text(0, 14, axisTitle, { class: "axis-title" }),
    rows.map((row, index) => {
      const y = MARGIN.top + index * rowHeight;
      let positive = 0;
      let negative = 0;
      return svg("g", {},
        text(0, y + 12, row.caption, { class: "caption" }),
        row.parts.map((part) => {
          if (!part.amount) return null;
          const from = part.amount >= 0 ? positive : negative + part.amount;
          const to = from + Math.abs(part.amount);
          if (part.amount >= 0) positive = to;
          else negative = from;
          const size = x(to) - x(from);
          const words = label(part.amount);
          const shown = size > words.length * 6.6 + 8;
          const tip = `${row.name}\n${part.name}: ${part.exact}`;
          return svg("g", {
            class: onpick ? "bar pickable" : "bar", "data-tip": tip, "data-option": row.name, "data-part": part.name,
            tabindex: onpick ? 0 : null, role: onpick ? "button" : null,
            "aria-label": onpick ? `${row.name}, ${part.name}: ${part.exact}. Show what is behind it` : null,
            onclick: onpick && (() => onpick(row.name, part.name)),
            onkeydown: onpick && ((event) => ["Enter", " "].includes(event.key) && (event.preventDefault(), onpick(row.name, part.name))),
          },
          svg("rect", { x: x(from), y: y + 18, width: Math.max(size, 0.5), height: 22, style: fill(part) }),
          shown && text((x(from) + x(to)) / 2, y + 33, words, {
            "text-anchor": "middle", class: "on-bar", style: `--light:${part.ink};--dark:${part.dark_ink}` }));
        }));
    }),
    low < 0 && svg("line", { class: "rule", x1: x(0), x2: x(0), y1: MARGIN.top, y2: height - 8 }));
}

function costByCategory(result, width, { setup, most, onpick }) {
  const rows = result.options.map((option) => ({
    name: option.name,
    caption: `${option.name}  ·  ${money(option.total)}`,
    parts: setup.categories.map((category, index) => ({
      ...category, amount: option.categories[index], exact: `${grouped(option.categories[index])} USD`,
    })),
  }));
  const sums = setup.categories.map((_, index) => sumOf(result.options.map((option) => option.categories[index])));
  const largest = sums.indexOf(Math.max(...sums));
  const shares = result.options.map((option) => option.categories[largest] / option.total);
  const [least, greatest] = [share(Math.min(...shares)), share(Math.max(...shares))];
  const name = capital(setup.categories[largest].name);
  const title = sums.every((sum) => !sum) ? "Nothing costs anything"
    : least === greatest ? `${name} is ${least} of the cost`
      : `${name} is the largest part: ${least} to ${greatest} of an option's cost`;
  return {
    title,
    description: `Stacked bars of total cost by category, one per option. ${title}.`,
    legend: legend(setup.categories, false),
    drawing: stackedRows(rows, width, { most, axisTitle: "USD over the whole horizon", label: (amount) => siNumber(amount), onpick }),
  };
}

function downtimeByPart(result, width, { setup, most }) {
  const names = result.parts.map(([line, part]) => (line.includes(part) ? line : `${line}, ${part}`));
  const colours = names.map((name, index) => ({ name, ...setup.colours[index % setup.colours.length] }));
  const yearly = (minutes) => minutes / result.clusterYears;
  const rows = result.options.map((option) => ({
    name: option.name,
    caption: `${option.name}  ·  ${minutesText(yearly(option.minutes))}`,
    parts: colours.map((colour, index) => ({
      ...colour, amount: yearly(option.partMinutes[index]) || 0, exact: minutesText(yearly(option.partMinutes[index])),
    })),
  }));
  const ranked = [...result.options].sort((one, other) => one.minutes - other.minutes);
  const [least, greatest] = [ranked[0], ranked[ranked.length - 1]];
  const title = least.minutes === greatest.minutes
    ? `Every option is down ${minutesText(yearly(least.minutes))} per cluster and year`
    : `Down per cluster and year: ${minutesText(yearly(least.minutes))} with ${least.name}, ${minutesText(yearly(greatest.minutes))} with ${greatest.name}`;
  return {
    title,
    description: `Stacked bars of downtime per cluster and year, one per option. ${title}.`,
    legend: legend(colours, false),
    drawing: stackedRows(rows, width, {
      most, axisTitle: "minutes per cluster and year", label: (amount) => minutesText(amount).replace(" min", "") }),
  };
}

function costByFleetSize(curves, crossings, width, { size, onpick }) {
  const height = 300;
  const [left, right, top, bottom] = [MARGIN.left, width - MARGIN.right, MARGIN.top + 8, height - 34];
  const costs = curves.flatMap((option) => option.points.map((point) => point.cost)).filter((cost) => cost > 0);
  const sizes = curves[0].points.map((point) => point.size);
  const [low, high] = [sizes[0], sizes[sizes.length - 1]];
  const levels = logTicks(Math.min(...costs), Math.max(...costs));
  const y = logarithmic(levels[0], levels[levels.length - 1], bottom, top);
  const x = logarithmic(low, high, left, right);
  const cheapestAt = (point) => [...curves].sort((one, other) => one.points[point].cost - other.points[point].cost)[0].name;
  const span = `${grouped(low)} to ${grouped(high)} clusters`;
  const title = crossings === null ? `${cheapestAt(0)} is cheapest at ${clustersText(low)}, ${cheapestAt(sizes.length - 1)} at ${grouped(high)}`
    : crossings.length === 0 ? `${cheapestAt(0)} is cheapest at every size from ${span}: no crossing in range`
      : [`${crossings[0].cheapest_below} is cheapest below ${sizeText(crossings[0].value)} clusters`,
        ...crossings.map((crossing, index) => (index + 1 < crossings.length
          ? `${crossing.cheapest_above} from ${sizeText(crossing.value)} to ${sizeText(crossings[index + 1].value)}`
          : `${crossing.cheapest_above} above ${sizeText(crossing.value)}`))].slice(0, 4).join(", ");
  const cover = svg("rect", { class: "cover", x: left, y: top, width: Math.max(0, right - left), height: bottom - top });
  const nearest = (event) => {
    const box = cover.getBoundingClientRect();
    const wanted = Math.log(low) + ((event.clientX - box.left) / box.width) * Math.log(high / low);
    return sizes.reduce((best, one, index) => (Math.abs(Math.log(one) - wanted) < Math.abs(Math.log(sizes[best]) - wanted) ? index : best), 0);
  };
  cover.tipAt = (event) => {
    const point = nearest(event);
    const ordered = [...curves].sort((one, other) => other.points[point].cost - one.points[point].cost);
    return [`Per cluster at ${grouped(sizes[point])}, present value`, ...ordered.map((option) => `${option.name}  ${money(option.points[point].cost)}`)].join("\n");
  };
  cover.addEventListener("click", (event) => onpick(sizes[nearest(event)]));
  const here = Math.min(high, Math.max(low, size));
  const beside = x(here) > right - 140 ? { dx: -5, anchor: "end" } : { dx: 5, anchor: "start" };
  return {
    title,
    description: `Lines of present value per cluster against fleet size, both logarithmic. ${title}. You are at ${size} clusters.`,
    legend: legend(curves, true),
    drawing: svg("svg", { width, height, viewBox: `0 0 ${width} ${height}` },
      verticalAxis(levels, y, left, right, (value) => siNumber(value), "USD per cluster, present value", top),
      [1, 10, 100, 1000, 10000].filter((value) => value >= low && value <= high).map((value) =>
        text(x(value), bottom + 17, grouped(value), { "text-anchor": "middle" })),
      text((left + right) / 2, height - 3, "clusters in the fleet", { class: "axis-title", "text-anchor": "middle" }),
      (crossings ?? []).map((crossing) => [
        svg("line", { class: "crossing", x1: x(crossing.value), x2: x(crossing.value), y1: top, y2: bottom }),
        text(x(crossing.value) + 4, bottom - 6, sizeText(crossing.value), { class: "faint" }),
      ]),
      curves.map((option) => svg("path", {
        class: "option-line", style: fill(option), "stroke-dasharray": dash(option),
        d: lineOver(option.points.filter((point) => point.cost > 0).map((point) => [x(point.size), y(point.cost)])),
      })),
      svg("line", { class: "here", x1: x(here), x2: x(here), y1: top - 6, y2: bottom }),
      text(x(here) + beside.dx, top + 4, `you are here: ${grouped(size)}`, { class: "here-label", "text-anchor": beside.anchor }),
      cover),
  };
}

function hoursByQuarter(result, width, { setup, most }) {
  const quarters = [];
  const place = [];
  for (let month = 0; month < result.months; month++) {
    const quarter = quarterOf(periodOf(setup.start, month));
    if (quarters[quarters.length - 1] !== quarter) quarters.push(quarter);
    place.push(quarters.length - 1);
  }
  const summed = result.options.map((option) => option.roleHours.map((hours) => {
    const sums = new Float64Array(quarters.length);
    hours.forEach((amount, month) => (sums[place[month]] += amount));
    return sums;
  }));
  const heights = summed.flatMap((roles) => quarters.map((_, quarter) => sumOf(roles.map((sums) => sums[quarter]))));
  const highest = most || Math.max(...heights) || 1;
  const columns = Math.max(1, Math.min(result.options.length, Math.floor(width / 300)));
  const cell = (width - (columns - 1) * 18) / columns;
  const colours = result.roles.map((name, index) => ({ name, ...setup.colours[index % setup.colours.length] }));
  const ranked = [...result.options].sort((one, other) => one.hours - other.hours);
  const [least, greatest] = [ranked[0], ranked[ranked.length - 1]];
  const title = `Labour: ${hoursText(least.hours)} with ${least.name}, ${hoursText(greatest.hours)} with ${greatest.name}`;
  return {
    title, highest: Math.max(...heights),
    description: `Stacked columns of labour hours by quarter and role, one chart per option. ${title}.`,
    legend: legend(colours, false),
    drawing: html("div", { class: "small-multiples" }, result.options.map((option, index) => {
      const height = 150;
      const [left, top, bottom] = [44, 34, height - 20];
      const levels = ticks(0, highest, 3);
      const y = linear(0, levels[levels.length - 1], bottom, top);
      const step = (cell - left) / quarters.length;
      return svg("svg", { width: cell, height, viewBox: `0 0 ${cell} ${height}` },
        text(0, 12, `${option.name}  ·  ${hoursText(option.hours)}`, { class: "caption" }),
        verticalAxis(levels, y, left, cell, (value) => siNumber(value), "", top),
        quarters.map((quarter, position) => {
          let level = 0;
          const parts = colours.map((colour, role) => {
            const amount = summed[index][role][position];
            const bar = svg("rect", { x: left + position * step + 0.5, width: Math.max(0.5, step - 1), y: y(level + amount),
              height: Math.max(0, y(level) - y(level + amount)), style: fill(colour) });
            level += amount;
            return bar;
          });
          const split = colours.map((colour, role) => [colour.name, summed[index][role][position]]).filter(([, amount]) => amount);
          return svg("g", { class: "bar", "data-tip": [`${option.name}, ${quarter}: ${hoursText(level)}`, ...split.map(([name, amount]) => `${name}  ${hoursText(amount)}`)].join("\n") },
            svg("rect", { class: "cover", x: left + position * step, width: step, y: top, height: bottom - top }), parts,
            quarter.endsWith("Q1") && (quarters.length <= 24 || Number(quarter.slice(0, 4)) % 2 === 0)
              && text(left + position * step, height - 4, quarter.slice(0, 4), {}));
        }));
    })),
  };
}
