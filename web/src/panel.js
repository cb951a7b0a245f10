// One option's curves on one pair of axes, drawn by uPlot.

import uPlot from "uplot";
import { h } from "./dom.js";
import { decades, optionName, rate, round, short, unitName } from "./format.js";
import { aligned } from "./samples.js";

export const COLOURS = 6;
const DECADES = 7; // a log axis that follows a cosine to its very end would show nothing else
const HEADER = 24; // pixels above the plot for the segments' names
const TIME_AXIS = 38; // pixels below the plot
const FONT = "12px system-ui, sans-serif";

/** The colours of the style sheet, as a canvas wants them. */
export function coloursOf(element) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    series: Array.from({ length: COLOURS }, (_, i) => colour(`series-${i}`)),
    ink: colour("ink"),
    muted: colour("muted"),
    grid: colour("grid"),
    shade: colour("shade"),
    paper: colour("paper"),
  };
}

/**
 * A panel: a uPlot chart.
 *
 * @param {HTMLElement} root where it goes.
 * @param {Object} spec
 *   programs: what to draw, as the data has them, each with `index` (its colour) and `stale`;
 *   main: the one whose segments are shaded; ticks, end: the time axis; run: its clocks;
 *   option; log; colours; width, height; timed: whether it has the time's labels;
 *   onmove(tick index), onzoom(from, to), onreset().
 */
export function panel(root, spec) {
  const { ticks, colours, log } = spec;
  const floor = log ? floorOf(spec.programs) : null;
  const columns = [ticks];
  const series = [{}];
  const bands = [];
  const line = (program, values, options) => {
    columns.push(aligned(program.curve.ticks, values, ticks));
    series.push({ points: { show: ticks.length < 2 }, ...options });
  };
  const drawable = (values) => (log ? values.map((v) => (v > 0 ? v : null)) : values);
  for (const program of spec.programs) {
    const { curve, index } = program;
    const colour = colours.series[index % COLOURS] + (program.stale ? "66" : "");
    const dash = index >= COLOURS ? [8, 4] : undefined;
    if (curve.low) {
      bands.push({ series: [series.length, series.length + 1], fill: faint(colour, "26") });
      const edge = { width: 0, stroke: "transparent" };
      const kept = (values) => (log ? values.map((v) => Math.max(v, floor)) : values);
      line(program, kept(curve.high), edge);
      line(program, kept(curve.low), edge);
    }
    const noisy = curve.formula !== null;
    const soft = faint(colour, ticks.length > spec.width ? "40" : "99"); // what overlaps adds up
    const path = { stroke: noisy ? soft : colour, width: noisy ? 1 : 2, dash };
    line(program, drawable(curve.rates), { ...path, paths, dot: colour });
    if (noisy) line(program, drawable(curve.formula), { stroke: colour, width: 2, dash, paths });
  }

  const own = spec.run.clocks[0]?.[0] ?? "";
  const second = spec.width >= 520 ? spec.run.clocks[1] : undefined;
  const axis = { stroke: colours.muted, font: FONT, labelFont: FONT, ticks: { show: false } };
  const quiet = { stroke: colours.grid, width: 1 };
  const most = Math.max(2, spec.width / 90);
  const time = (unit, ticksPerUnit, grid, least) => ({
    ...axis,
    scale: "x",
    side: 2,
    grid,
    size: 20,
    gap: 4,
    label: spec.timed ? unitName(unit) : undefined,
    labelSize: 18,
    splits: (u, _, low, high) =>
      round(low / ticksPerUnit, high / ticksPerUnit, most, least).map((v) => v * ticksPerUnit),
    values: (u, splits) => splits.map((v) => (spec.timed ? short(v / ticksPerUnit) : "")),
  });
  const timeAxes = [time(own, 1, quiet, 1)];
  if (!spec.timed) timeAxes[0].size = 8;
  else if (second) timeAxes.push(time(second[0], second[1], { show: false }));

  const options = {
    width: spec.width,
    height: spec.height + (spec.timed ? timeAxes.length * TIME_AXIS : 0),
    padding: [HEADER, 22, 0, 0],
    legend: { show: false },
    series,
    bands,
    scales: {
      x: { time: false, range: (u, low, high) => [low, high] }, // as it is zoomed
      y: log
        ? { distr: 3, range: (u, low, high) => logarithmic(low, high, floor) }
        : { range: (u, low, high) => linear(low, high, spec.option !== "lr" || isZoomed(u, spec)) },
    },
    axes: [
      ...timeAxes,
      {
        ...axis,
        scale: "y",
        grid: quiet,
        size: 54,
        gap: 6,
        label: optionName(spec.option),
        labelSize: 20,
        splits: (u, _, low, high) =>
          log ? decades(low, high) : round(low, high, Math.max(2, u.bbox.height / devicePixelRatio / 48)),
        filter: (u, splits) => splits,
        values: (u, splits) => splits.map((v) => (v == null ? "" : rate(v))),
      },
    ],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: 6 },
      points: {
        show: (u, i) => (series[i].dot ? h("div") : null),
        size: 9,
        width: 2,
        fill: (u, i) => series[i].dot,
        stroke: () => colours.paper,
      },
      bind: { dblclick: () => () => spec.onreset() },
    },
    hooks: {
      setCursor: [(u) => u.cursor.left >= 0 && u.cursor.idx != null && spec.onmove(u.cursor.idx)],
      setSelect: [
        (u) => {
          if (u.select.width < 1) return;
          const [from, to] = [u.select.left, u.select.left + u.select.width];
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          spec.onzoom(u.posToVal(from, "x"), u.posToVal(to, "x"));
        },
      ],
      drawClear: [(u) => segments(u, spec)],
      draw: [(u) => marks(u, spec)],
    },
  };
  return new uPlot(options, columns, root);
}

/** A line through all points: uPlot's own snaps many to columns, and steep ones become stairs. */
function paths(u, i, from, to) {
  const stroke = new Path2D();
  let isDown = false;
  for (let k = from; k <= to; k += 1) {
    const value = u.data[i][k];
    if (value === undefined) continue; // no sample of this curve
    if (value !== null) {
      const place = [u.valToPos(u.data[0][k], "x", true), u.valToPos(value, "y", true)];
      if (isDown) stroke.lineTo(...place);
      else stroke.moveTo(...place);
    }
    isDown = value !== null;
  }
  return { stroke, fill: null, clip: null, band: null, gaps: null, flags: 1 };
}

const faint = (colour, alpha) => colour.slice(0, 7) + alpha;
const isZoomed = (u, spec) => u.scales.x.min > 0 || u.scales.x.max < spec.end;

/** The lowest place on a log axis: the least positive rate, but no more decades than can be read. */
function floorOf(programs) {
  let [least, most] = [Infinity, 0];
  for (const { curve } of programs) {
    for (const value of curve.rates) {
      if (value > 0 && value < least) least = value;
      if (value > most) most = value;
    }
  }
  return most > 0 ? Math.max(Math.min(least, most / 10), most / 10 ** DECADES) : 1e-3;
}

function linear(low, high, mayLeaveZero) {
  if (low == null) return [0, 1];
  const isTight = mayLeaveZero && low > high / 2 && low < high;
  const bottom = isTight ? low : Math.min(0, low);
  const top = Math.max(isTight ? -Infinity : 0, high);
  const room = (top - bottom) * 0.05 || Math.abs(top) || 1;
  return [bottom === 0 ? 0 : bottom - room, top + room];
}

function logarithmic(low, high, floor) {
  if (low == null || !(high > 0)) return [floor, floor * 10];
  const bottom = Math.max(Math.min(low, high / 10), floor);
  const room = (high / bottom) ** 0.04;
  return [bottom / room, high * room];
}

/** The segments as stripes, each with its name above them where there is room. */
function segments(u, spec) {
  const { ctx, bbox } = u;
  const scale = devicePixelRatio;
  const top = bbox.top - (HEADER - 4) * scale;
  ctx.save();
  ctx.font = `${11.5 * scale}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  const shown = spans(spec);
  shown.forEach((segment, i) => {
    const [left, right] = [segment.from, segment.to ?? spec.end].map((tick) => {
      const x = u.valToPos(tick, "x", true);
      return Math.min(Math.max(x, bbox.left), bbox.left + bbox.width);
    });
    if (right - left <= 0) return;
    if (i % 2 === 0 && shown.length > 1) {
      ctx.fillStyle = spec.colours.shade;
      ctx.fillRect(left, top, right - left, bbox.top + bbox.height - top);
    }
    const text = shortened(ctx, segment.text, right - left - 12 * scale);
    ctx.fillStyle = spec.colours.muted;
    if (text) ctx.fillText(text, left + 6 * scale, (top + bbox.top) / 2);
  });
  ctx.restore();
}

const spans = (spec) =>
  spec.main.segments.filter((s) => s.depth === 0 && (s.to ?? Infinity) > s.from && s.from < spec.end);

/** A text that fits, or none: what is cut to a few letters says nothing. */
function shortened(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text;
  const name = text.match(/^\w+/)?.[0] ?? "";
  for (let n = text.length - 1; n > name.length; n -= 1) {
    if (ctx.measureText(text.slice(0, n) + "…").width <= width) return text.slice(0, n) + "…";
  }
  return name && ctx.measureText(name).width <= width ? name : "";
}

/** Where a cycle starts anew, a dashed line; where a milestone acts, a dotted one. */
function marks(u, spec) {
  const { ctx, bbox } = u;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = spec.colours.muted;
  ctx.lineWidth = scale;
  for (const mark of spec.main.marks) {
    const x = Math.round(u.valToPos(mark.tick, "x", true)) + 0.5;
    ctx.setLineDash(mark.kind === "restart" ? [7 * scale, 4 * scale] : [2 * scale, 4 * scale]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
