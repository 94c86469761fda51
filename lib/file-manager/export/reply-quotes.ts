import type { ExportRecord } from "./export-format.ts";

/** What was said a while ago in an export, so that an answer can show in a few words what it answers. */
export class ReplyQuotes {
  readonly #said = new Map<string, string>();

  /** What a record answers or reacts to, as "mina: green tea?"; `null` when it stands for itself. */
  of({ replyTo }: ExportRecord): string | null {
    if (replyTo === undefined) return null;
    return this.#said.get(replyTo) ?? EARLIER;
  }

  note({ msgid, kind, nick, text }: ExportRecord): void {
    if (msgid === undefined || !SPOKEN.includes(kind)) return;
    const [first = "", ...more] = text.split("\n");
    const letters = [...first];
    const isCut = more.length > 0 || letters.length > LETTERS;
    this.#said.set(msgid, `${nick}: ${letters.slice(0, LETTERS).join("")}${isCut ? " …" : ""}`);
    if (this.#said.size <= ANSWERED_MAX) return;
    const [oldest] = this.#said.keys();
    if (oldest !== undefined) this.#said.delete(oldest);
  }
}

/** Enough to know again what was meant. */
const LETTERS = 60;
/** Of about 150 bytes each: a history of any length takes no more than some megabytes. */
const ANSWERED_MAX = 20_000;
const EARLIER = "an earlier message";
const SPOKEN: readonly string[] = ["said", "notice", "action"];
