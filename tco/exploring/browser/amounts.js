// The amounts that the kernel sent, and the sums over them: cost is base + rate x hours' part + value x minutes' part,
// present value discounts by month. The same sums as `tco.compare` makes of a ledger.
const MAX_PLACES = 3000, FINISHED = 0.005; // as `comparison.FINISHED`

// What no place varies: teams that a scenario states, which have another meaning at other sizes than those of the baseline, and
// the clusters of a group, which change the proportions that a fleet size keeps.
const TEAMS = ["labour.upgrade_team", "labour.migration_team"];
const isClusters = (path) => path.endsWith(".clusters");
const statedOf = ({ more }) => Object.fromEntries(Object.entries(more).filter(([path]) => isClusters(path) || TEAMS.includes(path)));
const structureOf = (state) => JSON.stringify([state.policy, state.load_shape, state.months, statedOf(state)]);
const placeOf = (state) => `${structureOf(state)}|${state.fleet_size}|${state.load}|${JSON.stringify(state.more)}`;

// All answers so far: amounts by structure (policy, load shape, horizon), fleet size, load and further values by path; curves alike.
class Answers {
  constructor() {
    this.places = new Map();
    this.curves = new Map();
  }

  // state: of the controls that the amounts were asked for; places differ from it by fleet size and load.
  add(state, meta, buffers) {
    const blocks = Object.fromEntries(Object.entries(meta.blocks).map(([name, shape], index) => {
      const { buffer, byteOffset, byteLength } = buffers[index];
      return [name, { shape, numbers: new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength)) }];
    }));
    const part = (name, index) => {
      if (!blocks[name]) return null;
      const { numbers, shape } = blocks[name];
      const length = numbers.length / (shape[0] || 1);
      return numbers.subarray(index * length, (index + 1) * length);
    };
    meta.places.forEach(([fleet_size, load, more], index) => this.places.set(placeOf({ ...state, fleet_size, load, more }), {
      meta, size: fleet_size, months: blocks.cost.shape[4], costs: [part("cost", index), part("at_start", index)],
      hours: part("hours", index), minutes: part("minutes", index), unfinished: part("unfinished", index),
    }));
    if (meta.curve_sizes.length) {
      this.curves.set(placeOf({ ...state, fleet_size: "" }), {
        meta, months: blocks.curve.shape[3],
        points: meta.curve_sizes.map((size, index) => ({ size, costs: [part("curve", index), part("curve_at_start", index)] })),
      });
    }
    while (this.places.size > MAX_PLACES) this.places.delete(this.places.keys().next().value);
  }

  place(state) {
    return this.places.get(placeOf(state));
  }

  curve(state) {
    return this.curves.get(placeOf({ ...state, fleet_size: "" }));
  }
}

// Present value of 1 USD at the end, and at the start, of each month.
const discountFactors = (rate, months) =>
  [1, 0].map((late) => Float64Array.from({ length: months }, (_, month) => (1 + rate) ** (-(month + late) / 12)));

// Give every cost of an option to `add`, with its category, its month and the present value of 1 USD then.
// costs: paid at the end and at the start of months, by basis, option, category and month.
function eachCost(costs, option, { options, categories, months }, { rate, value }, factors, add) {
  costs.forEach((amounts, timing) => {
    if (!amounts) return;
    [1, rate, value].forEach((weight, basis) => {
      for (let category = 0; category < categories; category++) {
        const start = ((basis * options + option) * categories + category) * months;
        for (let month = 0; month < months; month++) add(weight * amounts[start + month], category, month, factors[timing][month]);
      }
    });
  });
}

const shownOptions = (setup, shown) => setup.options.map((option, index) => ({ ...option, index })).filter(({ name }) => shown.has(name));

// What the options cost and take at one place with these prices; everything that a view shows follows from it.
function resultOf(place, prices, setup, shown) {
  const { meta, months } = place;
  const shape = { options: meta.options.length, categories: setup.categories.length, months };
  const factors = discountFactors(prices.discount, months);
  const options = shownOptions(setup, shown);
  for (const option of options) {
    const monthly = new Float64Array(months);
    option.categories = new Float64Array(shape.categories);
    option.npv = 0;
    eachCost(place.costs, option.index, shape, prices, factors, (amount, category, month, factor) => {
      monthly[month] += amount;
      option.categories[category] += amount;
      option.npv += amount * factor;
    });
    option.cumulative = runningSum(monthly);
    option.total = option.cumulative[months - 1];
    const hours = (role) => (option.index * meta.roles.length + role) * months;
    option.roleHours = meta.roles.map((_, role) => place.hours.subarray(hours(role), hours(role + 1)));
    option.hours = sumOf(option.roleHours.map(sumOf));
    option.partMinutes = place.minutes.subarray(option.index * meta.parts.length, (option.index + 1) * meta.parts.length);
    option.minutes = sumOf(option.partMinutes);
  }
  const reference = options.find(({ name }) => name === setup.reference);
  for (const option of options) {
    option.difference = option.total - reference.total;
    option.npvDifference = option.npv - reference.npv;
    option.payback = place.unfinished[option.index] > FINISHED ? null : payback(option.cumulative, reference.cumulative);
  }
  const ranked = [...options].sort((one, other) => one.npv - other.npv);
  return { options, reference, ranked, months, roles: meta.roles, parts: meta.parts, size: place.size, start: setup.start,
    clusterYears: (place.size * months) / 12 || NaN };
}

// Present value per cluster of each shown option along the curve's fleet sizes.
function curveOf({ meta, months, points }, prices, setup, shown) {
  const shape = { options: meta.options.length, categories: 1, months };
  const factors = discountFactors(prices.discount, months);
  return shownOptions(setup, shown).map(({ name, index }) => ({
    name,
    points: points.map(({ size, costs }) => {
      let npv = 0;
      eachCost(costs, index, shape, prices, factors, (amount, category, month, factor) => (npv += amount * factor));
      return { size, cost: npv / size };
    }),
  }));
}

// Months until an option has cost no more than the reference and stays so; null when never (as `comparison.payback`).
function payback(own, reference) {
  const extra = Array.from(own, (cost, month) => cost - reference[month]);
  const last = extra.findLastIndex((cost) => cost > 0);
  if (extra.every((cost) => cost === 0) || last === extra.length - 1) return null;
  return last < 0 ? 0 : last + 2;
}

function runningSum(amounts) {
  let sum = 0;
  return Float64Array.from(amounts, (amount) => (sum += amount));
}

function sumOf(amounts) {
  let sum = 0;
  for (const amount of amounts) sum += amount;
  return sum;
}

const periodOf = (start, month) => {
  const count = Number(start.slice(0, 4)) * 12 + Number(start.slice(5)) - 1 + month;
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, "0")}`;
};
const quarterOf = (period) => `${period.slice(0, 4)} Q${Math.floor((Number(period.slice(5)) - 1) / 3) + 1}`;
