// What the page is about, and how it stands in the address: whoever opens the link sees the same.

export const RUN = {
  total: ["Total", "90ep", "how long the run is: 90ep, 300k steps, 1.4T tokens"],
  lr: ["Base rate", "1", "what lr means in the program"],
  tick: ["Tick", "", "the unit of an update, where it is not the total's: st"],
  steps_per_epoch: ["Steps per epoch", "", "to convert between steps and epochs"],
  tokens_per_step: ["Tokens per step", "", "to convert between steps and tokens"],
  examples_per_step: ["Examples per step", "", "to convert between steps and examples"],
};
export const MOST = 8; // programs; the server's own limit
const LONGEST = 8192; // characters of a program; likewise

export const start = () => ({
  programs: [{ name: "", text: "warmup(5ep) >> cosine" }],
  run: { total: "90ep", lr: "0.1" },
  log: false,
});

/** A fragment for the address: compact JSON, in characters that survive Markdown and chats. */
export function encoded({ programs, run, log }) {
  const data = { p: programs.map(({ name, text }) => (name ? [text, name] : [text])) };
  for (const key of Object.keys(RUN)) if (run[key]) data[key] = run[key];
  if (log) data.log = 1;
  const escaped = (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`;
  return "#" + encodeURIComponent(JSON.stringify(data)).replace(/[!'()*~_]/g, escaped);
}

/** The state of a fragment, or null where it holds none: it comes from anyone. */
export function decoded(fragment) {
  try {
    const data = JSON.parse(decodeURIComponent(fragment.slice(1)));
    const programs = data.p.slice(0, MOST).map(([text, name]) => ({
      name: word(name).slice(0, 200),
      text: word(text).slice(0, LONGEST),
    }));
    const run = Object.keys(RUN).map((key) => [key, word(data[key]).slice(0, 100)]);
    return programs.length ? { programs, run: Object.fromEntries(run), log: data.log === 1 } : null;
  } catch {
    return null;
  }
}

const word = (value) => (typeof value === "string" || typeof value === "number" ? String(value) : "");
