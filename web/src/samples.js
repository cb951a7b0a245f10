// Curves that were sampled at different ticks, put on one axis.

/** All ticks of some curves, ascending, each once. */
export function ticksOf(curves) {
  if (curves.length === 1) return curves[0].ticks;
  return [...new Set(curves.flatMap((curve) => curve.ticks))].sort((a, b) => a - b);
}

/**
 * Values at other ticks than their own: undefined, which a line passes over, where there is none.
 *
 * @param {number[]} ticks where the values are, ascending.
 * @param {number[]} at where they are wanted, ascending; holds all of `ticks`.
 */
export function aligned(ticks, values, at) {
  if (ticks.length === at.length) return values;
  let i = 0;
  return at.map((tick) => (tick === ticks[i] ? values[i++] : undefined));
}

/** The place of the last entry that is not above a value, 0 if none. */
export function placeOf(value, ascending) {
  let [low, high] = [0, ascending.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ascending[middle] <= value) low = middle;
    else high = middle;
  }
  return low;
}
