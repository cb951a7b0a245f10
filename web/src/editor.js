// One program's editor. It lives in a shadow root: there CodeMirror adopts its style sheets, so
// that the page's policy need not allow styles written into it.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { highlighting } from "./language.js";
import { codeUnits } from "./offsets.js";

const theme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--field)", fontSize: "0.9375rem" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { padding: "0.5rem 0", minHeight: "3.6rem", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 0.7rem" },
  ".cm-placeholder": { color: "var(--muted)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--match)" },
  ".cm-tooltip": {
    border: "1px solid var(--line)",
    borderRadius: "6px",
    backgroundColor: "var(--paper)",
    color: "var(--ink)",
    maxWidth: "min(30rem, 85vw)",
  },
  ".cm-diagnostic": { fontFamily: "var(--sans)", fontSize: "0.875rem", padding: "0.4rem 0.7rem" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--error)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warning)" },
  ".cm-lintRange": { backgroundImage: "none", paddingBottom: "0.1em" },
  ".cm-lintRange-error": {
    textDecoration: "underline wavy var(--error)",
    textDecorationSkipInk: "none",
    textUnderlineOffset: "0.25em",
  },
  ".cm-lintRange-warning": {
    textDecoration: "underline dotted var(--warning) 2px",
    textDecorationSkipInk: "none",
    textUnderlineOffset: "0.25em",
  },
  ".cm-lintPoint-error:after": { borderBottomColor: "var(--error)" },
  ".cm-lintPoint-warning:after": { borderBottomColor: "var(--warning)" },
});

/**
 * Typing over a selection, done here: a browser that does it keeps the look of what was there, by
 * a style that the page's policy forbids.
 */
function replaced(event, view) {
  if (event.inputType !== "insertText" || event.data === null || view.composing) return false;
  if (view.state.selection.main.empty) return false;
  view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type" });
  event.preventDefault();
  return true;
}

export class Editor {
  /**
   * @param {HTMLElement} host where it goes.
   * @param {string} text the program.
   * @param {string} label what a screen reader calls it.
   * @param {() => void} onchange is told when a person changes the text.
   */
  constructor(host, text, label, onchange) {
    const root = host.attachShadow({ mode: "open" });
    this.view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: text,
        extensions: [
          history(),
          bracketMatching(),
          highlighting,
          EditorView.lineWrapping,
          placeholder("warmup(5ep) >> cosine"),
          EditorView.contentAttributes.of({ "aria-label": label }),
          EditorView.updateListener.of((update) => update.docChanged && onchange()),
          // Tab is not among the keys: it leaves the editor, as it leaves every field
          keymap.of([{ key: "F8", run: nextDiagnostic }, ...defaultKeymap, ...historyKeymap]),
          EditorView.domEventHandlers({ beforeinput: replaced }),
          theme,
        ],
      }),
    });
  }

  get text() {
    return this.view.state.doc.toString();
  }

  /** Underline what is wrong; what concerns the run as a whole has no place in the text. */
  mark(diagnostics) {
    const at = codeUnits(this.text);
    const marks = diagnostics.filter((d) => d.end > 0).map((d) => ({
      from: at(d.start),
      to: at(d.end),
      severity: d.severity,
      message: d.message,
    }));
    this.view.dispatch(setDiagnostics(this.view.state, marks));
  }

  /** Select what a finding is about. */
  select({ start, end }) {
    const at = codeUnits(this.text);
    this.view.dispatch({ selection: { anchor: at(start), head: at(end) }, scrollIntoView: true });
    this.view.focus();
  }

  /** Replace a part of the text, as one step that can be undone. */
  replace({ start, end, text }) {
    const at = codeUnits(this.text);
    this.view.dispatch({ changes: { from: at(start), to: at(end), insert: text }, userEvent: "input" });
  }

  focus() {
    this.view.focus();
  }

  destroy() {
    this.view.destroy();
  }
}
