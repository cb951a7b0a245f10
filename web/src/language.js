// The language's colours. The grammar is lrdsl's (grammar/lrdsl.lark): names are told apart by
// what stands beside them, so new segments and recipes need nothing here.

import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";

const NUMBER = /^(\d[\d_]*(\.[\d_]*)?|\.\d[\d_]*)(e[+-]?\d+)?/i;
const UNIT = /^(%|[a-z]\w*([ \t]+[a-z]\w*)?)/i;
const NAME = /^[a-z]\w*/i;

const language = StreamLanguage.define({
  name: "lrdsl",
  startState: () => ({ after: "" }), // the token before: a unit follows a number, a word a "="
  token(stream, state) {
    if (stream.eatSpace()) return null;
    const { after } = state;
    state.after = "";
    if (stream.match(/^#.*/)) return "comment";
    if (after === "number" && stream.match(UNIT)) return "unit";
    if (stream.match(NUMBER)) {
      state.after = "number";
      return "number";
    }
    if (stream.match(NAME)) return named(stream, after);
    if (stream.match(">>") || stream.match(/^[|+*/-]/)) return "operator";
    if (stream.next() === "=") state.after = "=";
    return "punctuation";
  },
  languageData: { commentTokens: { line: "#" } },
});

function named(stream, after) {
  const isCall = stream.match(/^\s*\(/, false);
  if (stream.match(/^\s*=/, false)) return "propertyName";
  if (["lr", "base", "next"].includes(stream.current()) || (after === "=" && !isCall)) return "atom";
  return "keyword";
}

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-name)", fontWeight: "600" },
  { tag: tags.propertyName, color: "var(--code-parameter)" },
  { tag: [tags.number, tags.unit], color: "var(--code-number)" },
  { tag: tags.atom, color: "var(--code-word)" },
  { tag: tags.operator, color: "var(--code-operator)", fontWeight: "600" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
]);

export const highlighting = [language, syntaxHighlighting(colours)];
