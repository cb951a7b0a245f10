// Published schedules to begin from, or to compare with.

import { h, fill } from "./dom.js";
import { gallery } from "./server.js";

export class Gallery {
  /**
   * @param {(entry: Object, compare: boolean) => void} onpick
   */
  constructor(onpick) {
    this.onpick = onpick;
    this.list = h("ul.gallery");
    this.element = h(
      "dialog",
      { "aria-label": "Published schedules" },
      h(
        "div.dialog-bar",
        {},
        h("h2", {}, "Published schedules"),
        h("button.quiet", { type: "button", onclick: () => this.element.close() }, "Close"),
      ),
      this.list,
    );
  }

  async open() {
    this.element.showModal();
    if (this.list.children.length > 1) return;
    try {
      fill(this.list, (await gallery()).map((entry) => this.#row(entry)));
    } catch (error) {
      fill(this.list, h("li", {}, error.message));
    }
  }

  #row(entry) {
    const pick = (compare) => () => {
      this.element.close();
      this.onpick(entry, compare);
    };
    const run = [entry.total, entry.lr && `base ${entry.lr}`].filter(Boolean).join(", ");
    return h(
      "li",
      {},
      h("button.pick", { type: "button", onclick: pick(false) }, h("strong", {}, entry.name), h("code", {}, entry.text)),
      h("small", {}, [run, entry.source].filter(Boolean).join(" · ")),
      h("button.quiet", { type: "button", onclick: pick(true), "aria-label": `Compare with ${entry.name}` }, "Compare"),
    );
  }
}
