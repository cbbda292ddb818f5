// The amounts that the kernel sent, and the sums over them: cost is base + rate x hours' part + value x minutes' part,
// present value discounts by month. The same sums as `tco.compare` makes of a ledger.
const placeKey = (size, load) => `${size}|${load}`;

function numbersOf(view) {
  return new Float64Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

// All answers so far, by structure (policy, load shape, horizon) and then by place (fleet size, load).
class Answers {
  constructor() {
    this.structures = new Map();
  }

  add(structure, meta, buffers, curveLoad) {
    if (!this.structures.has(structure)) this.structures.set(structure, { places: new Map(), curves: new Map() });
    const kept = this.structures.get(structure);
    const blocks = {};
    Object.entries(meta.blocks).forEach(([name, shape], index) => {
      blocks[name] = { shape, numbers: numbersOf(buffers[index]) };
    });
    const sliced = (name, index) => {
      const block = blocks[name];
      if (!block) return null;
      const length = block.numbers.length / (block.shape[0] || 1);
      return block.numbers.subarray(index * length, (index + 1) * length);
    };
    meta.places.forEach(([size, load], index) => {
      kept.places.set(placeKey(size, load), {
        meta, size, months: blocks.cost.shape[4],
        cost: sliced("cost", index), atStart: sliced("at_start", index),
        hours: sliced("hours", index), minutes: sliced("minutes", index),
      });
    });
    if (meta.curve_sizes.length) {
      kept.curves.set(curveLoad, {
        sizes: meta.curve_sizes, options: meta.options, months: blocks.curve.shape[3],
        curve: meta.curve_sizes.map((_, index) => sliced("curve", index)),
        atStart: meta.curve_sizes.map((_, index) => sliced("curve_at_start", index)),
      });
    }
    while (this.structures.size > 60) this.structures.delete(this.structures.keys().next().value);
  }

  place(structure, size, load) {
    return this.structures.get(structure)?.places.get(placeKey(size, load));
  }

  curve(structure, load) {
    return this.structures.get(structure)?.curves.get(load);
  }
}

// Present value of 1 USD at the end (or start) of each month.
function discountFactors(rate, months, atStart) {
  return Float64Array.from({ length: months }, (_, month) => (1 + rate) ** (-(month + (atStart ? 0 : 1)) / 12));
}

// What the options cost and take at one place with these prices; everything that a view shows follows from it.
function resultOf(place, prices, setup, shown) {
  const { meta, months } = place;
  const weights = [1, prices.rate, prices.value];
  const categories = setup.categories.length;
  const factors = [discountFactors(prices.discount, months, false), discountFactors(prices.discount, months, true)];
  const options = setup.options.map((option, index) => ({ ...option, index })).filter(({ name }) => shown.has(name));
  for (const option of options) {
    option.monthly = new Float64Array(months);
    option.discounted = new Float64Array(months);
    option.categories = new Float64Array(categories);
    [place.cost, place.atStart].forEach((amounts, timing) => {
      if (!amounts) return;
      for (let basis = 0; basis < 3; basis++) {
        for (let category = 0; category < categories; category++) {
          const start = ((basis * meta.options.length + option.index) * categories + category) * months;
          for (let month = 0; month < months; month++) {
            const amount = weights[basis] * amounts[start + month];
            option.monthly[month] += amount;
            option.discounted[month] += amount * factors[timing][month];
            option.categories[category] += amount;
          }
        }
      }
    });
    option.cumulative = runningSum(option.monthly);
    option.cumulativeDiscounted = runningSum(option.discounted);
    option.total = option.cumulative[months - 1];
    option.npv = option.cumulativeDiscounted[months - 1];
    const perRole = meta.roles.length * months;
    option.roleHours = meta.roles.map((_, role) =>
      place.hours.subarray(option.index * perRole + role * months, option.index * perRole + (role + 1) * months));
    option.hours = sumOf(place.hours.subarray(option.index * perRole, (option.index + 1) * perRole));
    option.partMinutes = place.minutes.subarray(option.index * meta.parts.length, (option.index + 1) * meta.parts.length);
    option.minutes = sumOf(option.partMinutes);
  }
  const reference = options.find(({ name }) => name === setup.reference);
  for (const option of options) {
    option.difference = option.total - reference.total;
    option.npvDifference = option.npv - reference.npv;
    option.payback = payback(option.cumulative, reference.cumulative);
    option.discountedPayback = payback(option.cumulativeDiscounted, reference.cumulativeDiscounted);
  }
  const ranked = [...options].sort((one, other) => one.npv - other.npv);
  return { options, reference, ranked, months, roles: meta.roles, parts: meta.parts, size: place.size,
    clusterYears: (place.size * months) / 12 || NaN };
}

// Present value per cluster of each shown option along the curve's fleet sizes.
function curveOf(curve, prices, setup, shown) {
  const weights = [1, prices.rate, prices.value];
  const { months } = curve;
  const factors = [discountFactors(prices.discount, months, false), discountFactors(prices.discount, months, true)];
  return setup.options.map((option, index) => ({ ...option, index })).filter(({ name }) => shown.has(name))
    .map((option) => ({
      ...option,
      points: curve.sizes.map((size, point) => {
        let npv = 0;
        [curve.curve[point], curve.atStart[point]].forEach((amounts, timing) => {
          if (!amounts) return;
          for (let basis = 0; basis < 3; basis++) {
            const start = (basis * curve.options.length + option.index) * months;
            for (let month = 0; month < months; month++) {
              npv += weights[basis] * amounts[start + month] * factors[timing][month];
            }
          }
        });
        return { size, cost: npv / size };
      }),
    }));
}

// Months until an option has cost no more than the reference and stays so; null when never (as `comparison.payback`).
function payback(own, reference) {
  let last = -1;
  let differs = false;
  for (let month = 0; month < own.length; month++) {
    const extra = own[month] - reference[month];
    if (extra !== 0) differs = true;
    if (extra > 0) last = month;
  }
  if (!differs || last === own.length - 1) return null;
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
