// The file that `lrdsl plot -o x.html` writes: the data stands in the page, nothing is fetched.

import { Chart } from "./chart.js";
import { h, fill } from "./dom.js";
import { optionName, rate } from "./format.js";
import { COLOURS } from "./panel.js";
import { readouts, segments } from "./tables.js";

const data = JSON.parse(document.getElementById("data").textContent);
const chart = h("div.chart");
fill(
  document.getElementById("report"),
  h("h1", {}, document.title),
  data.run.described && h("p.run", {}, data.run.described),
  chart,
  readouts(data.programs),
  data.programs.map((program, i) =>
    h(
      `section.series-${i % COLOURS}`,
      {},
      h("h2", {}, data.programs.length > 1 && h("span.swatch"), program.name || "Program", h("small", {}, `${optionName(program.option)}, base ${rate(program.lr)}`)),
      h("pre", {}, h("code", {}, program.text)),
      program.diagnostics.map((found) => h(`p.finding.${found.severity}`, {}, found.message)),
      segments(program),
    ),
  ),
);
new Chart(chart).draw(data);
