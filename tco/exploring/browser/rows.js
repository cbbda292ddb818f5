// The rows of the charts that follow the controls, in the columns that `tco.charts` gives them. The kernel sends the charts
// themselves, with their titles.
const MIN_LABELLED_SHARE = 0.14; // as in `tco.charts.stacks`

const most = (results, amount) => Math.max(...results.flatMap((result) => result.options.map((option) => amount(option, result)))) || 1;
const positive = (amounts) => sumOf(Array.from(amounts, (amount) => Math.max(0, amount)));
const colourOrder = (specification) => (specification.layer?.[0] ?? specification).encoding.color.scale.domain;

// Bars divided into parts, in the order of the chart's colours: positive parts right of zero, negative ones left.
function bars({ result, specification, limit }, { names, amounts, caption, label, inside }) {
  const order = [...new Set([...colourOrder(specification), ...names])].filter((name) => names.includes(name));
  return result.options.flatMap((option) => {
    let [left, right] = [0, 0];
    return order.map((part, index) => {
      const amount = amounts(option)[names.indexOf(part)] || 0;
      const [start, end] = amount >= 0 ? [right, (right += amount)] : [left + amount, left];
      if (amount < 0) left = start;
      return { row: option.name, part, start, end, middle: (start + end) / 2, label: label(amount),
        inside: Math.abs(amount) >= MIN_LABELLED_SHARE * limit ? inside(amount) : "",
        caption: index ? "" : `${option.name}  ·  ${caption(option)}` };
    });
  });
}

// Hours by role in each quarter of an option.
function quarters(result, option) {
  const sums = new Map();
  for (let month = 0; month < result.months; month++) {
    const quarter = quarterOf(periodOf(result.start, month));
    if (!sums.has(quarter)) sums.set(quarter, new Float64Array(result.roles.length));
    option.roleHours.forEach((hours, role) => (sums.get(quarter)[role] += hours[month]));
  }
  return sums;
}

const yearly = (result) => (minutes) => minutes / result.clusterYears;

// canvas: whether the chart is one picture. limit: where the axis ends, over all results shown side by side. rows: of one chart.
const LIVE = {
  "cost-over-time": {
    canvas: true,
    limit: (results) => most(results, (option) => Math.max(...option.cumulative)),
    rows: ({ result }) => result.options.flatMap(({ name, cumulative }) => Array.from(cumulative, (cost, month) => {
      const period = periodOf(result.start, month);
      return { option: name, period, month: Date.parse(`${period}-01`), cumulative: cost, label: money(cost), marked: month % 12 === 11 };
    })),
  },
  "cost-by-category": {
    limit: (results) => most(results, (option) => positive(option.categories)),
    rows: (chart) => bars(chart, {
      names: chart.categories, amounts: (option) => option.categories, caption: (option) => money(option.total),
      label: (amount) => `${grouped(amount)} USD`, inside: (amount) => siNumber(amount),
    }),
  },
  "cost-by-fleet-size": {
    canvas: true,
    rows: ({ curves }) => curves.flatMap(({ name, points }) => points.filter((point) => point.cost > 0).map(({ size, cost }) => (
      { option: name, value: size, npv_per_cluster: cost, label: money(cost) }))),
  },
  downtime: {
    limit: (results) => most(results, (option, result) => positive(option.partMinutes.map(yearly(result)))),
    rows: (chart) => bars(chart, {
      names: chart.result.parts, amounts: (option) => option.partMinutes.map(yearly(chart.result)),
      caption: (option) => minutesText(yearly(chart.result)(option.minutes)),
      label: minutesText, inside: (amount) => minutesText(amount).replace(" min", ""),
    }),
  },
  "hours-by-quarter": {
    limit: (results) => most(results, (option, result) => Math.max(...Array.from(quarters(result, option).values(), sumOf))),
    rows: ({ result, option: name, specification }) => {
      const option = result.options.find((one) => one.name === name);
      const order = colourOrder(specification);
      return option ? [...quarters(result, option)].flatMap(([quarter, hours]) => result.roles.map((role, index) => (
        { option: name, quarter, role, labour_hours: hours[index], label: hoursText(hours[index]), stack: order.indexOf(role) }))) : [];
    },
  },
};
