// The page of `lrdsl serve`: programs on one side, what they do on the other.
//
// The state (state.js) is what a person wrote; everything else is drawn from the server's answer
// to it. It stands in the address: typing renews the address, larger steps can be gone back.

import { Chart } from "./chart.js";
import { copied, Details } from "./details.js";
import { fill, h } from "./dom.js";
import { Gallery } from "./gallery.js";
import { Program } from "./program.js";
import { Server } from "./server.js";
import { decoded, encoded, MOST, RUN, start } from "./state.js";
import { readouts } from "./tables.js";

const FIRST = ["total", "lr", "steps_per_epoch"];
const MORE = Object.keys(RUN).filter((key) => !FIRST.includes(key));

class App {
  constructor() {
    this.programs = [];
    this.selected = 0;
    this.server = new Server((data) => this.#answered(data), (message) => this.#failed(message));
    this.gallery = new Gallery((entry, compare) => this.#pick(entry, compare));

    this.editors = h("div.programs");
    this.add = h("button", { type: "button", onclick: () => this.#add({ name: "", text: "" }) }, "Compare with another");
    this.fields = Object.fromEntries(
      Object.entries(RUN).map(([key, [, hint]]) => [
        key,
        h("input", { id: key, placeholder: hint, spellcheck: "false", autocomplete: "off", oninput: () => this.#changed() }),
      ]),
    );
    this.run = h("p.run", { "aria-live": "polite" });
    const labelled = (keys) =>
      keys.map((key) => h("label", { for: key, title: RUN[key][2] }, h("span", {}, RUN[key][0]), this.fields[key]));
    this.more = h("details", {}, h("summary", {}, "More units"), h("div.fields", {}, labelled(MORE)));
    fill(
      document.getElementById("write"),
      this.editors,
      h("div.row", {}, this.add),
      h("fieldset", {}, h("legend", {}, "The run"), h("div.fields", {}, labelled(FIRST)), this.more, this.run),
    );

    this.trouble = h("div.trouble", { role: "alert", hidden: true });
    this.table = h("div.table");
    const [chart, details] = [h("div.chart"), h("section.details")];
    fill(document.getElementById("see"), this.trouble, chart, this.table, details);
    this.chart = new Chart(chart, (log) => {
      this.log = log;
      this.#step();
    });
    this.details = new Details(details);
    this.details.show(null);

    const share = h("button.quiet", { type: "button", onclick: () => copied(share, location.href) }, "Copy link");
    fill(
      document.getElementById("tools"),
      h("button.quiet", { type: "button", onclick: () => this.gallery.open() }, "Gallery"),
      share,
    );
    document.body.append(this.gallery.element);
    addEventListener("popstate", () => this.#restore());
    this.#restore();
  }

  get state() {
    const programs = this.programs.map(({ name, text }) => ({ name, text }));
    const run = Object.entries(this.fields).map(([key, field]) => [key, field.value.trim()]);
    return { programs, run: Object.fromEntries(run), log: this.log };
  }

  // --- what a person does -------------------------------------------------------------------

  /** A change that goes on: the address is renewed, and the server asked after a moment. */
  #changed(options) {
    try {
      history.replaceState(null, "", encoded(this.state));
    } catch {
      // a browser that finds this too often: the next one will do
    }
    const { programs, run } = this.state;
    const given = Object.entries(run).filter(([, value]) => value);
    const named = programs.map(({ name, text }, i) => ({ text, name: name || `Program ${i + 1}` }));
    this.server.ask({ programs: named, ...Object.fromEntries(given) }, options);
  }

  /** A step that one may want to go back from. */
  #step() {
    history.pushState(null, "", encoded(this.state));
    this.#changed({ wait: 0 });
  }

  #add(content) {
    if (this.programs.length === MOST) return;
    this.#append(content);
    this.#placed();
    this.#step();
    this.programs.at(-1).editor.focus();
  }

  #remove(program) {
    const at = this.programs.indexOf(program);
    this.programs.splice(at, 1);
    program.editor.destroy();
    program.element.remove();
    this.#placed();
    this.#step();
    this.programs[Math.max(0, at - 1)].editor.focus();
  }

  #pick({ name, text, ...run }, compare) {
    if (compare) {
      this.#add({ name, text });
      return;
    }
    this.#show({ programs: [{ name, text }], run, log: this.log });
    this.#step();
    this.programs[0].editor.focus();
  }

  #select(program) {
    const index = this.programs.indexOf(program);
    if (index < 0 || index === this.selected) return;
    this.selected = index;
    this.#placed();
    if (this.data) this.#draw();
  }

  // --- programs -----------------------------------------------------------------------------

  #restore() {
    this.#show(decoded(location.hash) ?? start());
    this.#changed({ wait: 0 });
  }

  #show({ programs, run, log }) {
    for (const program of this.programs) program.editor.destroy();
    fill(this.editors);
    this.programs = [];
    this.selected = 0;
    this.log = log;
    for (const content of programs) this.#append(content);
    for (const [key, field] of Object.entries(this.fields)) field.value = run[key] ?? "";
    this.more.open = MORE.some((key) => run[key]);
    this.#placed();
  }

  #append(content) {
    const program = new Program(content, {
      onchange: () => this.#changed(),
      onselect: () => this.#select(program),
      onremove: () => this.#remove(program),
    });
    this.programs.push(program);
    this.editors.append(program.element);
  }

  #placed() {
    this.selected = Math.min(this.selected, this.programs.length - 1);
    this.programs.forEach((program, i) => {
      program.place(i, this.programs.length);
      program.element.classList.toggle("selected", i === this.selected && this.programs.length > 1);
    });
    this.add.hidden = this.programs.length === MOST;
  }

  // --- what the server says -----------------------------------------------------------------

  #answered(data) {
    this.trouble.hidden = true;
    const programs = data.programs.map((found, i) => this.programs[i].answer(found));
    this.data = { ...data, programs };
    if (data.run.described) this.lastRun = data.run;
    else if (programs.some((program) => program.curve)) this.data.run = this.lastRun ?? data.run;
    fill(this.run, data.run.described);
    this.#draw();
  }

  #draw() {
    const { programs } = this.data;
    this.chart.draw(this.data, { selected: this.selected, log: this.log });
    fill(this.table, readouts(programs));
    const selected = programs[this.selected];
    this.details.show(selected, programs.length > 1 && selected?.name);
  }

  #failed(message) {
    const again = h("button", { type: "button", onclick: () => this.#changed({ wait: 0 }) }, "Try again");
    fill(this.trouble, h("span", {}, message), again);
    this.trouble.hidden = false;
  }
}

new App();
