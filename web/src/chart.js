// The chart: panels one above the other on one time axis, one cursor, one zoom.
//
// For the keyboard and for screen readers it is a slider over time, whose value is what the
// read-out says.

import { h, fill } from "./dom.js";
import { count, optionName, rate, times } from "./format.js";
import { COLOURS, coloursOf, panel } from "./panel.js";
import { placeOf, ticksOf } from "./samples.js";

const NOTHING = "There is no curve to draw yet.";
const NO_PLACE = "Rates of zero and below have no place on a logarithmic axis.";
const KEYS =
  "Arrow keys move the cursor, Page Up and Page Down by a tenth, Home and End to the ends. " +
  "Plus and minus zoom, Escape shows the whole run.";

export class Chart {
  /**
   * @param {HTMLElement} root where it goes.
   * @param {(log: boolean) => void} onlog is told when a person changes the axis.
   */
  constructor(root, onlog = () => {}) {
    this.onlog = onlog;
    this.log = false;
    this.plots = [];
    this.at = null; // the cursor: a place among the ticks
    this.view = null; // the zoom: [from, to] in ticks
    this.when = h("p.when", { "aria-hidden": "true" });
    this.reset = h("button.quiet", { type: "button", onclick: () => this.zoom(null) }, "Whole run");
    this.axes = [false, true].map((log) =>
      h("button", { type: "button", onclick: () => this.#choose(log) }, log ? "Log" : "Linear"),
    );
    this.panels = h("div.panels", { onkeydown: (e) => this.#key(e), onmouseleave: () => this.#leave() });
    this.note = h("p.note");
    this.reset.hidden = true;
    this.#pressed();
    fill(
      root,
      h("div.chart-bar", {}, this.when, this.reset, h("div.choice", { role: "group", "aria-label": "Axis" }, this.axes)),
      this.panels,
      this.note,
    );
    new ResizeObserver(() => this.#fit()).observe(this.panels);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#build());
  }

  /**
   * Draw data of `lrdsl.web.data`.
   *
   * @param {Object} data its programs may say `stale`: the curve is of an earlier text.
   * @param {number} selected the program whose segments are shaded.
   */
  draw(data, { selected = 0, log = this.log } = {}) {
    const before = this.end;
    this.data = data;
    this.selected = selected;
    this.log = log;
    this.programs = data.programs
      .map((program, index) => ({ ...program, index }))
      .filter((program) => program.curve);
    this.ticks = ticksOf(this.programs.map((program) => program.curve));
    const last = Math.max(0, ...this.programs.map((p) => p.curve.ticks.at(-1) + 1));
    this.end = Math.max(last, data.run.total ?? 0);
    if (this.end !== before) [this.view, this.at] = [null, null];
    this.#build();
  }

  /** Show a part of the run, but of four samples at least, or all of it. */
  zoom(view) {
    const whole = [0, this.end];
    let [from, to] = view ?? whole;
    const least = Math.min((4 * this.end) / Math.min(this.ticks.length, this.end), this.end);
    if (to - from < least) [from, to] = [(from + to - least) / 2, (from + to + least) / 2];
    const shift = Math.max(0, -from) - Math.max(0, to - this.end);
    [from, to] = [Math.max(0, from + shift), Math.min(this.end, to + shift)];
    this.view = from > 0 || to < this.end ? [from, to] : null;
    this.reset.hidden = !this.view;
    for (const { plot } of this.plots) plot.setScale("x", { min: from, max: to });
  }

  #choose(log) {
    this.log = log;
    this.#build();
    this.onlog(log);
  }

  #pressed() {
    this.axes.forEach((button, i) => button.setAttribute("aria-pressed", String(this.log === !!i)));
  }

  #build() {
    if (!this.data) return;
    for (const { plot } of this.plots) plot.destroy();
    this.#pressed();
    this.plots = [];
    this.#announceAs(this.programs.length > 0);
    this.when.textContent = "";
    if (!this.programs.length) {
      fill(this.panels, h("p.empty", {}, NOTHING));
      this.reset.hidden = true;
      this.note.textContent = "";
      return;
    }
    const options = [...new Set(this.programs.map((program) => program.option))];
    this.width = this.panels.clientWidth;
    const colours = coloursOf(this.panels);
    const named = this.data.programs.length > 1;
    fill(
      this.panels,
      options.map((option, i) => {
        const programs = this.programs.filter((program) => program.option === option);
        const values = programs.map(() => h("output"));
        const root = h("div.panel", {}, legend(programs, values, named));
        const plot = panel(root, {
          programs,
          main: programs.find((program) => program.index === this.selected) ?? programs[0],
          ticks: this.ticks,
          end: this.end,
          run: this.data.run,
          option,
          log: this.log,
          colours,
          width: this.width,
          height: this.#height(options.length),
          timed: i === options.length - 1,
          onmove: (at) => this.#moved(at),
          onzoom: (from, to) => this.zoom([from, to]),
          onreset: () => this.zoom(null),
        });
        touched(plot);
        this.plots.push({ plot, programs, values });
        return root;
      }),
    );
    this.note.textContent = this.log && this.programs.some(leavesLog) ? NO_PLACE : "";
    this.zoom(this.view);
    if (this.at !== null) this.move(this.at);
  }

  #height(panels) {
    return panels > 1 ? 180 : Math.min(Math.max(this.width * 0.48, 230), 340);
  }

  #announceAs(isSlider) {
    const attributes = { tabindex: 0, role: "slider", "aria-label": this.#label(), "aria-valuemin": 0, "aria-valuenow": 0 };
    for (const [name, value] of Object.entries(attributes)) {
      if (isSlider) this.panels.setAttribute(name, value);
      else this.panels.removeAttribute(name);
    }
    if (isSlider) this.panels.setAttribute("aria-valuemax", this.ticks.at(-1));
  }

  #label() {
    const options = [...new Set((this.programs ?? []).map((p) => optionName(p.option)))];
    return `Chart of the ${options.join(", the ")} over the run. ${KEYS}`;
  }

  #fit() {
    if (!this.plots.length || this.panels.clientWidth === this.width) return;
    if (Math.abs(this.panels.clientWidth - this.width) > 100) return this.#build();
    this.width = this.panels.clientWidth;
    for (const { plot } of this.plots) {
      plot.setSize({ width: this.width, height: plot.height });
    }
  }

  // --- the cursor ---------------------------------------------------------------------------

  /** Put the cursor on a tick, by its place among all. */
  move(at) {
    this.at = Math.min(Math.max(at, 0), this.ticks.length - 1);
    const tick = this.ticks[this.at];
    if (this.view && (tick < this.view[0] || tick > this.view[1])) {
      const half = (this.view[1] - this.view[0]) / 2;
      this.zoom([tick - half, tick + half]);
    }
    this.#moved(this.at);
  }

  #moved(at) {
    this.at = at;
    const tick = this.ticks[at];
    for (const { plot } of this.plots) {
      plot.setCursor({ left: plot.valToPos(tick, "x"), top: plot.over.clientHeight / 2 }, false);
    }
    this.#say(tick);
  }

  #say(tick) {
    const spoken = [];
    for (const { programs, values } of this.plots) {
      programs.forEach((program, i) => {
        const { ticks, rates } = program.curve;
        const place = placeOf(tick, ticks);
        const text = (ticks[place] === tick ? "" : "≈ ") + rate(rates[place]);
        values[i].textContent = text;
        spoken.push(`${program.name || optionName(program.option)} ${text}`);
      });
    }
    const when = [`update ${count(tick + 1)}`, ...times(tick, this.data.run)];
    const main = this.programs.find((program) => program.index === this.selected);
    const segment = main?.segments.findLast(
      (s) => s.depth === 0 && s.from <= tick && tick < (s.to ?? Infinity),
    );
    fill(this.when, when.map((text) => h("span", {}, text)), segment && h("code", {}, segment.text));
    this.panels.setAttribute("aria-valuenow", tick);
    this.panels.setAttribute("aria-valuetext", `${spoken.join(", ")}; ${when.join(", ")}`);
  }

  #leave() {
    if (this.panels.matches(":focus-visible")) return;
    this.at = null;
    this.when.textContent = "";
    for (const { plot, values } of this.plots) {
      plot.setCursor({ left: -10, top: -10 }, false);
      for (const value of values) value.textContent = "";
    }
  }

  #key(event) {
    if (!this.plots.length || event.ctrlKey || event.metaKey || event.altKey) return;
    const [from, to] = this.view ?? [0, this.end];
    const at = this.at ?? placeOf(from, this.ticks);
    const page = (by) => placeOf(this.ticks[at] + by * (to - from), this.ticks);
    const one = this.at === null ? 0 : event.shiftKey ? 10 : 1; // the first shows where it is
    const moves = {
      ArrowRight: at + one,
      ArrowUp: at + one,
      ArrowLeft: at - one,
      ArrowDown: at - one,
      PageUp: Math.max(page(0.1), at + 1),
      PageDown: Math.min(page(-0.1), at - 1),
      Home: 0,
      End: this.ticks.length - 1,
    };
    if (event.key in moves) this.move(moves[event.key]);
    else if (event.key === "Escape") this.zoom(null);
    else if ("+=-".includes(event.key)) this.#magnify(event.key === "-" ? 2 : 0.5, this.ticks[at]);
    else return;
    event.preventDefault();
  }

  #magnify(by, tick) {
    const [from, to] = this.view ?? [0, this.end];
    this.zoom([tick - (tick - from) * by, tick + (to - tick) * by]);
    if (this.at !== null) this.move(this.at);
  }
}

function legend(programs, values, named) {
  const entries = programs.map((program, i) =>
    h(
      `li.series-${program.index % COLOURS}`,
      {},
      h("span.swatch"),
      h("span.name", {}, named ? program.name : optionName(program.option)),
      program.stale && h("span.aside", {}, "before the error"),
      values[i],
    ),
  );
  return h("ul.legend", {}, entries);
}

const leavesLog = ({ curve }) => curve.rates.some((value) => value <= 0);

/** A finger moves the cursor; up and down it still scrolls the page. */
function touched(plot) {
  const follow = (event) => {
    if (event.pointerType !== "touch") return;
    const box = plot.over.getBoundingClientRect();
    plot.setCursor({ left: event.clientX - box.left, top: event.clientY - box.top });
  };
  plot.over.addEventListener("pointerdown", follow);
  plot.over.addEventListener("pointermove", follow);
}
