// Read-outs and segments as tables.

import { h } from "./dom.js";
import { count, percent, rate } from "./format.js";
import { COLOURS } from "./panel.js";

const READOUTS = {
  first: ["First", "the rate of the first update"],
  peak: ["Peak", "the highest rate, and the first update that uses it"],
  lowest: ["Lowest", "the lowest rate, and the first update that uses it"],
  last: ["Last", "the rate of the last update"],
  mean: ["Mean", "the average rate of all updates"],
  area: ["Area", "the mean as a share of the peak: what a constant peak would do in that part of the run"],
};

/** A row for each program with a curve: first, peak, lowest, last, mean and area. */
export function readouts(programs) {
  const named = programs.length > 1;
  const rows = programs.flatMap((program, index) =>
    program.readouts ? [row(program, index, named)] : [],
  );
  if (!rows.length) return null;
  const heads = Object.values(READOUTS).map(([name, title]) => h("th", { scope: "col", title }, name));
  return h(
    "table.readouts",
    {},
    h("thead", {}, h("tr", {}, named && h("th", { scope: "col" }, "Program"), heads)),
    h("tbody", {}, rows),
  );
}

function row(program, index, named) {
  const { updates, whole, mean, area, ...readings } = program.readouts;
  const about = whole ? "" : "≈ ";
  const cells = Object.entries(READOUTS).map(([key, [name]]) => {
    let text = { mean: rate(mean), area: percent(area) }[key];
    let aside = null;
    if (!text) {
      text = rate(readings[key].rate);
      if (key === "peak" || key === "lowest") aside = `update ${count(readings[key].tick + 1)}`;
    }
    if (key !== "first" && key !== "last") text = about + text;
    return h("td", { "data-label": name }, text, aside && h("small", {}, aside));
  });
  const head = h("th", { scope: "row" }, h("span.swatch"), program.name);
  const classes = `series-${index % COLOURS}${program.stale ? ".stale" : ""}`;
  return h(`tr.${classes}`, {}, named && head, cells);
}

/** The segments of a program: where each starts and ends, and its values there. */
export function segments(program) {
  if (!program.segments.length) return null;
  const shares = program.segments.some((segment) => segment.from_share !== null);
  const rows = program.segments.map((segment) =>
    h(
      "tr",
      {},
      h(
        `td.depth-${Math.min(segment.depth, 4)}`,
        {},
        h("code", {}, segment.text),
        segment.note && h("small", {}, segment.note),
      ),
      h("td", {}, segment.from_text),
      h("td", {}, segment.to === null ? "on" : segment.to_text),
      shares && h("td.share", {}, `${percent(segment.from_share)} – ${percent(segment.to_share)}`),
      h("td", {}, rate(segment.first)),
      h("td", {}, rate(segment.last)),
    ),
  );
  const head = ["Segment", "From", "To", shares && "Share", "First", "Last"];
  return h(
    "table.segments",
    {},
    h(
      "thead",
      {},
      h("tr", {}, head.map((name) => name && h(name === "Share" ? "th.share" : "th", { scope: "col" }, name))),
    ),
    h("tbody", {}, rows),
  );
}
