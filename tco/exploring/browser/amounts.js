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

// All answers so far: amounts by structure (policy, load shape, horizon), fleet size, load and further values by path.
class Answers {
  constructor() {
    this.places = new Map();
  }

  // state: of the controls that the amounts were asked for; places differ from it by fleet size, load and further values.
  add(state, meta, buffers) {
    const blocks = meta.blocks.map((name, index) => {
      const { buffer, byteOffset, byteLength } = buffers[index];
      return [name, new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength))];
    });
    meta.places.forEach(([fleet_size, load, more], index) => {
      const part = (numbers) => numbers.subarray(...[index, index + 1].map((end) => (end * numbers.length) / meta.places.length));
      const amounts = Object.fromEntries(blocks.map(([name, numbers]) => [name, part(numbers)]));
      this.places.set(placeOf({ ...state, fleet_size, load, more }), { meta, size: fleet_size, ...amounts });
    });
    while (this.places.size > MAX_PLACES) this.places.delete(this.places.keys().next().value);
  }

  place(state) {
    return this.places.get(placeOf(state));
  }
}

// Present value of 1 USD at the end, and at the start, of each month.
const discountFactors = (rate, months) =>
  [1, 0].map((late) => Float64Array.from({ length: months }, (_, month) => (1 + rate) ** (-(month + late) / 12)));

// Give every cost of an option at a place to `add`, with its category, its month and the present value of 1 USD then.
function eachCost({ meta, cost, at_start }, option, { rate, value }, factors, add) {
  [cost, at_start].forEach((amounts, timing) => {
    if (!amounts) return;
    [1, rate, value].forEach((weight, basis) => {
      for (let category = 0; category < meta.categories; category++) {
        const start = ((basis * meta.options.length + option) * meta.categories + category) * meta.months;
        for (let month = 0; month < meta.months; month++) add(weight * amounts[start + month], category, month, factors[timing][month]);
      }
    });
  });
}

const shownOptions = (setup, shown) => setup.options.map((option, index) => ({ ...option, index })).filter(({ name }) => shown.has(name));

// What the options cost and take at one place with these prices; everything that a view shows follows from it.
function resultOf(place, prices, setup, shown) {
  const { meta: { months, roles, parts, categories }, size } = place;
  const factors = discountFactors(prices.discount, months);
  const options = shownOptions(setup, shown);
  for (const option of options) {
    const monthly = new Float64Array(months);
    option.categories = new Float64Array(categories);
    option.npv = 0;
    eachCost(place, option.index, prices, factors, (amount, category, month, factor) => {
      monthly[month] += amount;
      option.categories[category] += amount;
      option.npv += amount * factor;
    });
    option.cumulative = runningSum(monthly);
    option.total = option.cumulative[months - 1];
    const hours = (role) => (option.index * roles.length + role) * months;
    option.roleHours = roles.map((_, role) => place.hours.subarray(hours(role), hours(role + 1)));
    option.hours = sumOf(option.roleHours.map(sumOf));
    option.partMinutes = place.minutes.subarray(option.index * parts.length, (option.index + 1) * parts.length);
    option.minutes = sumOf(option.partMinutes);
  }
  const reference = options.find(({ name }) => name === setup.reference);
  for (const option of options) {
    option.difference = option.total - reference.total;
    option.npvDifference = option.npv - reference.npv;
    option.payback = place.unfinished[option.index] > FINISHED ? null : payback(option.cumulative, reference.cumulative);
  }
  const ranked = [...options].sort((one, other) => one.npv - other.npv);
  return { options, reference, ranked, months, roles, parts, size, start: setup.start, clusterYears: (size * months) / 12 || NaN };
}

// Present value per cluster of each shown option at places that differ by fleet size.
function curveOf(places, prices, setup, shown) {
  const factors = discountFactors(prices.discount, places[0].meta.months);
  return shownOptions(setup, shown).map(({ name, index }) => ({
    name,
    points: places.map((place) => {
      let npv = 0;
      eachCost(place, index, prices, factors, (amount, category, month, factor) => (npv += amount * factor));
      return { size: place.size, cost: npv / place.size };
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

const sumOf = (amounts) => runningSum(amounts).at(-1) ?? 0;

const periodOf = (start, month) => new Date(Date.UTC(start.slice(0, 4), start.slice(5) - 1 + month)).toISOString().slice(0, 7);
const quarterOf = (period) => `${period.slice(0, 4)} Q${Math.ceil(period.slice(5) / 3)}`;
