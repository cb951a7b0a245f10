// Numbers and names as people read them.

const UNITS = { ep: "epochs", st: "steps", ex: "examples", tok: "tokens", "": "updates" };
const OPTIONS = { lr: "learning rate", weight_decay: "weight decay" };
const SCALES = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]];
const counts = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 });

/** A unit's long name: "epochs". */
export const unitName = (unit) => UNITS[unit] ?? unit;

/** What an optimizer's option is called on an axis: "weight decay". */
export const optionName = (option) => OPTIONS[option] ?? option.replaceAll("_", " ");

/** A rate in six digits at most: "0.1", "2.5e-5". */
export function rate(value) {
  if (value == null) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    const [digits, power] = value.toExponential(5).split("e");
    return `${Number(digits)}e${Number(power)}`;
  }
  return String(Number(value.toPrecision(6)));
}

/** A count or a time with its thousands apart: "112,590"; very long ones short: "260B". */
export const count = (value) => (Math.abs(value) >= 1e7 ? short(value) : counts.format(value));

/** A count or a time for an axis: "112.6k". */
export function short(value) {
  const scale = SCALES.find(([size]) => Math.abs(value) >= Math.max(size, 1e4));
  if (!scale) return counts.format(value);
  return `${Number((value / scale[0]).toPrecision(4))}${scale[1]}`;
}

/** A share in percent: "33.3 %". */
export function percent(share) {
  return share == null ? "–" : `${Number((100 * share).toFixed(1))} %`;
}

/** A tick in every unit the run knows, and as a share of it: ["30 epochs", "37,530 steps", "33.3 %"]. */
export function times(tick, run) {
  const found = run.clocks.map(([unit, ticks]) => `${count(tick / ticks)} ${unitName(unit)}`);
  if (run.total) found.push(percent(tick / run.total));
  return found;
}

/** Round numbers in [low, high], about as many as asked for, no closer than `least`. */
export function round(low, high, most, least = 0) {
  const rough = Math.max((high - low) / Math.max(most, 1), least);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999) ?? rough;
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-9); i += 1) {
    found.push(Number((i * step).toPrecision(12)));
  }
  return found;
}

/** Round numbers for a logarithmic axis: powers of ten, and between a few of them 2 and 5 of each. */
export function decades(low, high) {
  const wide = high / low;
  if (wide < 4) return round(low, high, 5);
  const digits = wide < 500 ? [1, 2, 5] : [1];
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    found.push(...digits.map((digit) => Number(`${digit}e${power}`)));
  }
  return found.filter((value) => value >= low * 0.9999 && value <= high * 1.0001);
}
