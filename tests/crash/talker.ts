import { nickOf, parseMessage } from "../../lib/protocol/wire/message.ts";
import type { Prng } from "../prng.ts";

export const ROOMS = ["#tea", "#lunch"] as const;
/** The capabilities with which a talker receives every acknowledgement. */
export const TALKER_CAPS =
  "echo-message message-tags server-time batch draft/chathistory draft/message-redaction sodam.chat/edit draft/read-marker";

/** A user who sends, edits and redacts at random, and records what the server acknowledged. */
export class Talker {
  readonly name: string;
  /** Room → msgids received there, in order; echoes are acknowledgements. */
  readonly heard = new Map<string, string[]>(ROOMS.map((room) => [room, []]));
  /** Msgid → its last acknowledged text. */
  readonly texts = new Map<string, string>();
  /** Taken back for certain, or perhaps. */
  readonly gone = new Set<string>();
  readonly asked: (readonly [msgid: string, text: string | null])[] = [];
  readonly markers = new Map<string, number>();
  joined = 0;
  #count = 0;
  /** Messages sent and received in this life, and how many were sent before ACCOUNT FORGET. */
  #life = 0;
  #said = 0;
  #echoed = 0;
  #forgetting = 0;
  readonly #now: () => number;
  readonly #own: { readonly room: string; readonly msgid: string }[] = [];
  /** Where what this talker says goes: one connection after the other. */
  speak: (line: string) => void = () => {};

  /** @param now what time the talker takes it to be, in ms since 1970 */
  constructor(name: string, now: () => number = Date.now) {
    this.name = name;
    this.#now = now;
  }

  /** Does something. `life`: which of several lives of the server it is, so that no two texts are alike. */
  act(prng: Prng, life: number): void {
    const room = prng.pick(ROOMS);
    const own = this.#own.length === 0 ? null : prng.pick(this.#own);
    this.#count += 1;
    const text = `${this.name} ${life}.${this.#count} ${"말 ".repeat(prng.below(30))}`.trimEnd();
    if (life !== this.#life) this.#begin(life);
    const roll = prng.below(100);
    if (roll < 80 || own === null) {
      this.#said += 1;
      this.speak(`PRIVMSG ${room} :${text}`);
    } else if (roll < 81) this.#forget();
    else if (roll < 90) {
      this.asked.push([own.msgid, text]);
      this.speak(`EDIT ${own.room} ${own.msgid} :${text}`);
    } else if (roll < 95) {
      this.asked.push([own.msgid, null]);
      this.speak(`REDACT ${own.room} ${own.msgid}`);
    } else this.speak(`MARKREAD ${own.room} timestamp=${new Date(this.#now()).toISOString()}`);
  }

  #begin(life: number): void {
    this.#life = life;
    this.#said = 0;
    this.#echoed = 0;
    this.#forgetting = 0;
  }

  /** All messages sent until now may be erased, received or not. */
  #forget(): void {
    for (const { msgid } of this.#own) this.asked.push([msgid, null]);
    this.#forgetting = this.#said;
    this.speak(`ACCOUNT CONFIRM :${this.name}-password`);
    this.speak("ACCOUNT FORGET");
  }

  take(line: string): void {
    const message = parseMessage(line);
    if (message === null || message.tags.has("batch")) return;
    const { verb, params, source, tags } = message;
    const [room = "", second = "", third = ""] = params;
    const isOwn = nickOf(source ?? "") === this.name;
    switch (verb) {
      case "JOIN":
        if (isOwn) this.joined += 1;
        return;
      case "PRIVMSG": {
        const msgid = tags.get("msgid") ?? "";
        this.heard.get(room)?.push(msgid);
        this.texts.set(msgid, second);
        if (!isOwn) return;
        this.#echoed += 1;
        if (this.#echoed <= this.#forgetting) this.asked.push([msgid, null]);
        this.#own.push({ room, msgid });
        return;
      }
      case "EDIT":
        this.texts.set(second, third);
        return;
      case "REDACT":
        this.gone.add(second);
        return;
      case "MARKREAD":
        if (second !== "*") this.markers.set(room, Date.parse(second.replace("timestamp=", "")));
        return;
      default:
        return;
    }
  }
}

export interface Kept {
  readonly msgid: string;
  readonly text: string;
}

/**
 * Returns the faults of a history, compared with what the users have received: every received message is
 * there once and in order, with its last acknowledged text, and no redacted one.
 *
 * @param lost whether something acknowledged may be missing at the end: its bytes were cut off from outside
 */
export function faultsOf(
  room: string,
  kept: readonly Kept[],
  talkers: readonly Talker[],
  lost = false,
): string[] {
  const faults: string[] = [];
  const places = new Map(kept.map(({ msgid }, place) => [msgid, place]));
  if (places.size !== kept.length) faults.push(`${room}: something is there twice`);
  const asked = new Map<string, (string | null)[]>();
  for (const talker of talkers) {
    for (const [msgid, text] of talker.asked) asked.set(msgid, [...(asked.get(msgid) ?? []), text]);
  }
  for (const { name, heard, texts, gone } of talkers) {
    let before = -1;
    let isEnded = false;
    for (const msgid of heard.get(room) ?? []) {
      const place = places.get(msgid);
      const isGone = talkers.some((talker) => talker.gone.has(msgid));
      if (place === undefined) {
        const mayBeGone = isGone || (asked.get(msgid)?.includes(null) ?? false);
        if (!mayBeGone && lost) isEnded = true;
        else if (!mayBeGone)
          faults.push(`${room}: ${name} heard ${texts.get(msgid)}, and it is gone`);
        continue;
      }
      if (isEnded)
        faults.push(`${room}: ${texts.get(msgid)} is there, and what came before is not`);
      if (gone.has(msgid) && !lost) faults.push(`${room}: ${texts.get(msgid)} was taken back`);
      if (place <= before) faults.push(`${room}: ${texts.get(msgid)} is out of order for ${name}`);
      before = place;
      const text = kept[place]?.text;
      if (text === texts.get(msgid) || (asked.get(msgid)?.includes(text ?? "") ?? false)) continue;
      if (!lost) faults.push(`${room}: ${texts.get(msgid)} has become ${text}`);
    }
  }
  return faults;
}

/** A page of history out of the lines of its batch; several lines of one message don't happen here. */
export function pageOf(lines: readonly string[]): Kept[] {
  return lines.flatMap((line) => {
    const message = parseMessage(line);
    if (message?.verb !== "PRIVMSG" || !message.tags.has("batch")) return [];
    return [{ msgid: message.tags.get("msgid") ?? "", text: message.params[1] ?? "" }];
  });
}
