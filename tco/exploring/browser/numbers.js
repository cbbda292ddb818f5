// How numbers are written, as `tco.formats` writes them: SI prefixes, real minus signs, an en dash for what is missing.
const MISSING = "–";
const MINUS = "−";
const PREFIXES = { K: " k", M: " M", B: " bn", T: " tn" };
const HALF_EVEN = { roundingMode: "halfEven", useGrouping: true };

const isMissing = (value) => value === null || value === undefined || !Number.isFinite(value);
const signed = (value, text) => (value < 0 && /[1-9]/.test(text) ? MINUS + text : text);
const writers = []; // by decimals, since making one takes longer than writing a number
const fixed = (size, decimals) => (writers[decimals] ??= new Intl.NumberFormat("en-US",
  { ...HALF_EVEN, minimumFractionDigits: decimals, maximumFractionDigits: decimals })).format(size);

const compact = new Intl.NumberFormat("en-US", { ...HALF_EVEN, notation: "compact", maximumSignificantDigits: 3 });
const siNumber = (value) => (isMissing(value) ? MISSING
  : signed(value, compact.format(Math.abs(value)).replace(/[KMBT]$/, (letter) => PREFIXES[letter])));

const money = (value) => (isMissing(value) ? MISSING : `${siNumber(value)} USD`);

const grouped = (value, decimals = 0) => (isMissing(value) ? MISSING : signed(value, fixed(Math.abs(value), decimals)));
const signedGrouped = (value) => {
  const text = grouped(value);
  return value > 0 && text !== "0" ? `+${text}` : text;
};

function withUnit(value, unit) {
  if (isMissing(value)) return MISSING;
  const size = Math.abs(value);
  return `${grouped(Number(value.toPrecision(3)), value === 0 || size >= 10 ? 0 : size >= 0.1 ? 1 : 2)} ${unit}`;
}
const hoursText = (value) => withUnit(value, "h");
const minutesText = (value) => withUnit(value, "min");

function share(value) {
  if (isMissing(value)) return MISSING;
  const percent = value * 100;
  if (percent >= 99.5 && percent < 100) return "over 99%";
  return percent > 0 && percent < 1 ? "under 1%" : signed(value, `${fixed(Math.abs(percent), 0)}%`);
}

const counted = (count, noun) => `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
const duration = (months) => (months % 12 ? counted(months, "month") : counted(months / 12, "year"));
