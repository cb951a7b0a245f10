// One program's card: its name, its editor, and what is wrong with it.

import { h, fill } from "./dom.js";
import { Editor } from "./editor.js";
import { COLOURS } from "./panel.js";

export class Program {
  /**
   * @param {{name: string, text: string}} content
   * @param {Object} tell onchange(), onselect(), onremove()
   */
  constructor({ name, text }, tell) {
    this.label = h("span.swatch");
    this.field = h("input.name", { value: name, maxlength: 200, spellcheck: "false", oninput: tell.onchange });
    this.field.value = name;
    this.remove = h("button.quiet", { type: "button", onclick: tell.onremove }, "Remove");
    this.findings = h("ul.findings");
    const host = h("div.editor");
    this.element = h(
      "section.program",
      { onfocusin: tell.onselect },
      h("div.program-bar", {}, this.label, this.field, this.remove),
      host,
      this.findings,
    );
    this.editor = new Editor(host, text, "Program text", tell.onchange);
    this.good = null; // the last answer that had a curve
  }

  get name() {
    return this.field.value.trim();
  }

  get text() {
    return this.editor.text;
  }

  /** Say where it stands among the others. */
  place(index, of) {
    this.element.className = `program series-${index % COLOURS}`;
    this.element.setAttribute("aria-label", `Program ${index + 1}`);
    this.field.placeholder = `Program ${index + 1}`;
    this.field.setAttribute("aria-label", `Name of program ${index + 1}`);
    this.remove.setAttribute("aria-label", `Remove program ${index + 1}`);
    this.remove.hidden = of === 1;
  }

  /**
   * Take what the server found.
   *
   * @returns {Object} the same, or the last one with a curve, marked as stale.
   */
  answer(found) {
    this.editor.mark(found.diagnostics);
    const isEmpty = !found.text.trim(); // which needs no telling
    fill(this.findings, !isEmpty && found.diagnostics.map((finding) => this.#finding(finding)));
    if (found.curve) this.good = found;
    if (found.curve || !this.good || isEmpty) return found;
    return { ...this.good, name: found.name, diagnostics: found.diagnostics, stale: true };
  }

  #finding(finding) {
    const { fix } = finding;
    const apply = () => {
      this.editor.replace(fix);
      this.editor.focus();
    };
    const place = finding.end > 0 && { onclick: () => this.editor.select(finding) };
    return h(
      `li.finding.${finding.severity}`,
      {},
      place
        ? h("button.message", { type: "button", title: "Show the place", ...place }, finding.message)
        : h("span.message", {}, finding.message),
      h("span.code", {}, finding.code),
      finding.help && h("p", {}, finding.help),
      fix && h("button.fix", { type: "button", onclick: apply }, `Fix: ${fix.message}`),
    );
  }
}
