// Asking the server. An answer that comes after a newer question is dropped.

const WAIT = 150; // milliseconds without a key before a question is worth asking
const GONE = "The server does not answer. Is `lrdsl serve` still running?";

export class Server {
  /**
   * @param {(data: Object) => void} onanswer
   * @param {(message: string) => void} onerror
   */
  constructor(onanswer, onerror) {
    this.onanswer = onanswer;
    this.onerror = onerror;
  }

  /** Ask once nothing newer has come for a moment, or at once. */
  ask(question, { wait = WAIT } = {}) {
    clearTimeout(this.timer);
    this.running?.abort();
    this.timer = setTimeout(() => this.#send(question), wait);
  }

  async #send(question) {
    const running = (this.running = new AbortController());
    try {
      const data = await answered("api/look", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(question),
        signal: running.signal,
      });
      if (!running.signal.aborted) this.onanswer(data);
    } catch (error) {
      if (!running.signal.aborted) this.onerror(error.message);
    }
  }
}

/** The gallery's schedules. */
export const gallery = () => answered("api/gallery");

async function answered(path, options) {
  let response, data;
  try {
    response = await fetch(path, options);
    data = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(response ? `The server answered with status ${response.status}.` : GONE);
  }
  if (!response.ok) throw new Error(data.error ?? `The server answered with status ${response.status}.`);
  return data;
}
