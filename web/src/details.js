// One program in depth: segments, words, and code to paste, each under its tab.

import { h, fill } from "./dom.js";
import { segments } from "./tables.js";

const TABS = {
  segments: ["Segments", (program) => segments(program)],
  words: ["In words", (program) => program.explain && h("pre.words", {}, program.explain)],
  python: ["Python", (program) => program.python && code(program.python)],
  torch: ["PyTorch", (program) => program.torch && code(program.torch)],
};

export class Details {
  constructor(root) {
    this.root = root;
    this.chosen = "segments";
    this.title = h("h2");
    this.body = h("div.tab-body", { role: "tabpanel", id: "tab-body", tabindex: 0 });
    this.tabs = Object.entries(TABS).map(([key, [name]]) =>
      h("button", { type: "button", role: "tab", "aria-controls": "tab-body", onclick: () => this.#choose(key) }, name),
    );
    const list = h("div.tabs", { role: "tablist", onkeydown: (e) => this.#key(e) }, this.tabs);
    fill(root, this.title, list, this.body);
  }

  /** Show a program, or nothing; a stale one is what stood there before an error. */
  show(program, title) {
    const words = [title, program?.stale && "before the error"].filter(Boolean);
    this.program = program;
    this.root.classList.toggle("stale", Boolean(program?.stale));
    this.title.textContent = words.join(", ");
    this.title.hidden = !words.length;
    this.#draw();
  }

  #choose(key) {
    this.chosen = key;
    this.#draw();
  }

  #draw() {
    Object.keys(TABS).forEach((key, i) => {
      this.tabs[i].setAttribute("aria-selected", String(key === this.chosen));
      this.tabs[i].tabIndex = key === this.chosen ? 0 : -1;
    });
    const [name, draw] = TABS[this.chosen];
    this.body.setAttribute("aria-label", name);
    const found = this.program && draw(this.program);
    fill(this.body, found || h("p.empty", {}, "Nothing yet."));
  }

  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const keys = Object.keys(TABS);
    const next = (keys.indexOf(this.chosen) + step + keys.length) % keys.length;
    this.#choose(keys[next]);
    this.tabs[next].focus();
    event.preventDefault();
  }
}

function code(text) {
  const shown = h("pre", {}, h("code", {}, text));
  const button = h("button.quiet", { type: "button", onclick: () => copied(button, text, shown) }, "Copy");
  return h("div.code", {}, button, shown);
}

/** Put a text on the clipboard and say so; where that is refused, select it for the person. */
export async function copied(button, text, shown) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    if (shown) getSelection().selectAllChildren(shown);
    button.textContent = shown ? "Selected: press Ctrl+C" : "Copy it from the address bar";
  }
  setTimeout(() => (button.textContent = before), 1500);
}
