/**
 * Decodes a terminal's bytes into keys. The bytes may be cut anywhere: in a character, in a
 * sequence, in a paste. Decoded are UTF-8, CSI and SS3 keys with modifiers, Alt as an Escape prefix,
 * the forms of kitty and xterm's modifyOtherKeys, bracketed paste, SGR mouse, focus, and cursor
 * position reports.
 */
import { decodeSequence, letterKey } from "./key-sequences.ts";

/** One input of the terminal. */
export type Key =
  /** Typed text: one or more characters. */
  | { readonly kind: "text"; readonly text: string }
  | ({ readonly kind: "key"; readonly name: KeyName } & Modifiers)
  | { readonly kind: "paste"; readonly text: string }
  | ({ readonly kind: "mouse" } & Mouse & Modifiers)
  | { readonly kind: "focus"; readonly on: boolean }
  /** The answer to `CSI 6n`. Rows and columns are counted from 0, as everywhere in this folder. */
  | { readonly kind: "cursor"; readonly row: number; readonly column: number };

export interface Modifiers {
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
}

export interface Mouse {
  readonly action: "press" | "release" | "drag" | "wheel-up" | "wheel-down";
  /** 0 left, 1 middle, 2 right. */
  readonly button: number;
  readonly row: number;
  readonly column: number;
}

/** A named key, or the printable ASCII letter on it (lower case) when Ctrl or Alt was held. */
type KeyName = NamedKey | Letter;
export type NamedKey =
  | ("enter" | "tab" | "backspace" | "escape" | "space")
  | ("up" | "down" | "left" | "right" | "home" | "end" | "pageup" | "pagedown")
  | ("insert" | "delete")
  | ("f1" | "f2" | "f3" | "f4" | "f5" | "f6" | "f7" | "f8" | "f9" | "f10" | "f11" | "f12");
type LettersOf<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? First | LettersOf<Rest>
  : never;
export type Letter =
  | LettersOf<"abcdefghijklmnopqrstuvwxyz0123456789">
  | LettersOf<"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~">;

/**
 * A longer paste (in UTF-16 units) is cut: a novel fits, and a paste that never ends can't fill
 * memory.
 */
export const PASTE_UNITS_MAX = 1 << 20;
/** The longest sequence that terminals send is a mouse report of some 20 characters. */
const SEQUENCE_UNITS_MAX = 64;
/** A terminal's replies to other programs' queries (OSC, DCS) are skipped up to this length. */
export const ANSWER_UNITS_MAX = 4096;
/** How long to wait for the rest of a sequence: over ssh it may come in two packets. */
export const ESCAPE_MS = 50;

const ESC = "\x1b";
const PASTE_END = `${ESC}[201~`;
const NO_MODIFIERS: Modifiers = { ctrl: false, alt: false, shift: false };

type Control = { name: KeyName; ctrl?: boolean };
/** Keys that are sent as one control character. */
const CONTROLS: ReadonlyMap<string, Control> = new Map<string, Control>([
  ...[..."abcdefghijklmnopqrstuvwxyz"].map((letter): [string, Control] => [
    String.fromCharCode(letter.charCodeAt(0) - 0x60),
    { name: letter as Letter, ctrl: true },
  ]),
  ["\x00", { name: "space", ctrl: true }],
  ["\x1c", { name: "\\", ctrl: true }],
  ["\x1d", { name: "]", ctrl: true }],
  ["\x1e", { name: "^", ctrl: true }],
  ["\x1f", { name: "_", ctrl: true }],
  ["\t", { name: "tab" }],
  ["\r", { name: "enter" }],
  // A line feed is a return that was translated on its way (by a pipe, or a paste without
  // brackets).
  ["\n", { name: "enter" }],
  ["\b", { name: "backspace" }],
  ["\x7f", { name: "backspace" }],
]);

/**
 * Decodes the bytes of one terminal, and owns what is still incomplete. After a `push` that leaves
 * `pending` true, the owner waits ESCAPE_MS and calls `timeout()` if nothing more came.
 */
export class KeyReader {
  #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Text that is still incomplete; shorter than ANSWER_UNITS_MAX between two calls. */
  #rest = "";
  /** The text of a paste that hasn't ended; null for none. */
  #paste: string | null = null;

  /** Whether an Escape may be a key, or the start of a sequence. */
  get pending(): boolean {
    return this.#paste === null && this.#rest !== "";
  }

  /** Returns the keys that `bytes` complete, in the order of typing. */
  push(bytes: Uint8Array): Key[] {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    return this.#read(false);
  }

  /** Returns what an incomplete sequence means if nothing more comes: a lone Escape, or Alt-[. */
  timeout(): Key[] {
    return this.#read(true);
  }

  #read(isLate: boolean): Key[] {
    const keys: Key[] = [];
    while (this.#rest !== "") {
      if (this.#paste !== null) {
        const pasted = this.#readPaste();
        if (pasted === null) break;
        keys.push(pasted);
        continue;
      }
      const step = readStep(this.#rest, isLate);
      if (step === null) break;
      this.#rest = this.#rest.slice(step.used);
      if (step.key === "paste") this.#paste = "";
      else if (step.key !== null) keys.push(step.key);
    }
    return keys;
  }

  /** Takes everything except a possible start of the end marker. Returns the paste once it has ended. */
  #readPaste(): Key | null {
    const end = this.#rest.indexOf(PASTE_END);
    const length = end < 0 ? Math.max(0, this.#rest.length - PASTE_END.length + 1) : end;
    const space = PASTE_UNITS_MAX - (this.#paste?.length ?? 0);
    this.#paste += this.#rest.slice(0, Math.min(length, space));
    this.#rest = this.#rest.slice(end < 0 ? length : end + PASTE_END.length);
    if (end < 0) return null;
    const text = (this.#paste ?? "").replace(/\r\n?/g, "\n").toWellFormed();
    this.#paste = null;
    return { kind: "paste", text };
  }
}

/** The units used up, and the key that they make (null: none that matters here). */
type Step = { used: number; key: Key | "paste" | null };

/** Reads the first key of `text`. Returns null if it is incomplete; never if `isLate`. */
function readStep(text: string, isLate: boolean): Step | null {
  if (text[0] === ESC) return readEscape(text, isLate);
  const control = CONTROLS.get(text[0] ?? "");
  if (control !== undefined) return { used: 1, key: { kind: "key", ...NO_MODIFIERS, ...control } };
  let used = 0;
  while (used < text.length && !isControl(text.charCodeAt(used))) used++;
  if (used === 0) return { used: 1, key: null };
  return { used, key: { kind: "text", text: text.slice(0, used) } };
}

function readEscape(text: string, isLate: boolean): Step | null {
  if (text.length === 1) return isLate ? { used: 1, key: named("escape") } : null;
  switch (text[1]) {
    case "[":
      return readCsi(text, isLate);
    case "O":
      if (text.length > 2) return { used: 3, key: decodeSequence("O", "", text[2] ?? "") };
      return isLate ? { used: 2, key: { ...named("o"), alt: true, shift: true } } : null;
    case "]":
    case "P":
    case "_":
      return skipReply(text, isLate);
    default:
      return readAlt(text, isLate);
  }
}

/** Reads `CSI parameters final`. The Linux console's F1 to F5 are `CSI [ A` to `CSI [ E`. */
function readCsi(text: string, isLate: boolean): Step | null {
  if (text[2] === "[" && text.length > 3) {
    return { used: 4, key: decodeSequence("[[", "", text[3] ?? "") };
  }
  let end = 2;
  while (end < text.length && text[end] !== "[" && isParameter(text.charCodeAt(end))) end++;
  if (end > SEQUENCE_UNITS_MAX) return { used: end, key: null };
  if (end >= text.length || (end === 2 && text[end] === "[")) {
    if (!isLate) return null;
    if (end === 2) return { used: 2, key: { ...named("["), alt: true } };
    return { used: end, key: null };
  }
  const final = text.charCodeAt(end);
  if (final < 0x40 || final > 0x7e) return { used: end, key: null };
  const parameters = text.slice(2, end);
  if (parameters === "200" && text[end] === "~") return { used: end + 1, key: "paste" };
  return { used: end + 1, key: decodeSequence("[", parameters, text[end] ?? "") };
}

/** Skips OSC, DCS and APC, an unsolicited reply, up to its end (BEL or ST). */
function skipReply(text: string, isLate: boolean): Step | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these controls end a reply.
  const end = /\x07|\x1b\\/.exec(text.slice(2));
  if (end !== null) return { used: 2 + end.index + end[0].length, key: null };
  if (text.length > ANSWER_UNITS_MAX) return { used: text.length, key: null };
  if (!isLate) return null;
  return text.length === 2 ? readAlt(text, true) : { used: text.length, key: null };
}

/** Reads a key behind Escape, which is Alt. A jamo becomes the Latin letter on its key. */
function readAlt(text: string, isLate: boolean): Step | null {
  // Holding Escape down sends a series of them: each but the last is a key by itself.
  if (text[1] === ESC && text[2] === ESC) return { used: 1, key: named("escape") };
  const inner = text[1] === ESC ? readEscape(text.slice(1), isLate) : null;
  if (text[1] === ESC && inner === null) return null;
  const letter = String.fromCodePoint(text.codePointAt(1) ?? 0);
  const step = inner ?? readStep(letter, isLate);
  if (step === null || step.key === null || step.key === "paste") {
    return step === null ? null : { used: step.used + 1, key: step.key };
  }
  const used = step.used + 1;
  if (step.key.kind === "key") return { used, key: { ...step.key, alt: true } };
  if (step.key.kind !== "text") return { used, key: step.key };
  return { used, key: letterKey(step.key.text, { ...NO_MODIFIERS, alt: true }) ?? step.key };
}

function named(name: KeyName): { kind: "key"; name: KeyName } & Modifiers {
  return { kind: "key", name, ...NO_MODIFIERS };
}

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

function isParameter(code: number): boolean {
  return code >= 0x20 && code <= 0x3f;
}
