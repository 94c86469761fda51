/**
 * Bytes from a terminal in, keys out. Bytes may be cut anywhere: in a letter, in a sequence, in a
 * paste. Known here: UTF-8, CSI and SS3 keys with modifiers, Alt as an Escape prefix, the kitty and
 * xterm modifyOtherKeys forms, bracketed paste, SGR mouse, focus, and cursor position reports.
 */
import { decodeSequence, letterKey } from "./key-sequences.ts";

export type Key =
  | { readonly kind: "text"; readonly text: string }
  | ({ readonly kind: "key"; readonly name: KeyName } & Modifiers)
  | { readonly kind: "paste"; readonly text: string }
  | ({ readonly kind: "mouse" } & Mouse & Modifiers)
  | { readonly kind: "focus"; readonly on: boolean }
  /** The answer to `CSI 6n`. Rows and columns are counted from 0, here and everywhere. */
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

/** A named key, or the one printable ASCII letter on it (lower case) when Ctrl or Alt was held. */
export type KeyName = NamedKey | Letter;
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

/** A paste beyond this (in UTF-16 units) is cut: a novel fits, and a stuck paste can't fill memory. */
export const PASTE_UNITS_MAX = 1 << 20;
/** The longest sequence that a terminal really sends is a mouse report of some 20 letters. */
const SEQUENCE_UNITS_MAX = 64;
/** Answers of a terminal to questions that others asked (OSC, DCS) are passed over up to here. */
export const ANSWER_UNITS_MAX = 4096;
/** How long the owner waits for the rest of a sequence: over ssh it may come in two packets. */
export const ESCAPE_MS = 50;

const ESC = "\x1b";
const PASTE_END = `${ESC}[201~`;
const NONE: Modifiers = { ctrl: false, alt: false, shift: false };

/**
 * Reads one terminal. After a `push` that leaves `pending` true, the owner waits ESCAPE_MS and, if
 * nothing more came, calls `timeout()`.
 */
export class KeyReader {
  #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** What couldn't be decided yet; shorter than ANSWER_UNITS_MAX between two calls. */
  #rest = "";
  /** The text of a paste that hasn't ended, or null. */
  #paste: string | null = null;

  /** Whether an Escape waits to be told from the beginning of a sequence. */
  get pending(): boolean {
    return this.#paste === null && this.#rest !== "";
  }

  /** The keys that `bytes` complete, in the order in which they were typed. */
  push(bytes: Uint8Array): Key[] {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    return this.#read(false);
  }

  /** Nothing more came: what waits is taken as it stands (a lone Escape, or Alt-[). */
  timeout(): Key[] {
    return this.#read(true);
  }

  #read(late: boolean): Key[] {
    const keys: Key[] = [];
    while (this.#rest !== "") {
      if (this.#paste !== null) {
        const pasted = this.#readPaste();
        if (pasted === null) break;
        keys.push(pasted);
        continue;
      }
      const step = readOne(this.#rest, late);
      if (step === null) break;
      this.#rest = this.#rest.slice(step.used);
      if (step.key === "paste") this.#paste = "";
      else if (step.key !== null) keys.push(step.key);
    }
    return keys;
  }

  /** Keeps back only what may be the beginning of the end mark. */
  #readPaste(): Key | null {
    const end = this.#rest.indexOf(PASTE_END);
    const taken = end < 0 ? Math.max(0, this.#rest.length - PASTE_END.length + 1) : end;
    const room = PASTE_UNITS_MAX - (this.#paste?.length ?? 0);
    this.#paste += this.#rest.slice(0, Math.min(taken, room));
    this.#rest = this.#rest.slice(end < 0 ? taken : end + PASTE_END.length);
    if (end < 0) return null;
    const text = (this.#paste ?? "").replace(/\r\n?/g, "\n").toWellFormed();
    this.#paste = null;
    return { kind: "paste", text };
  }
}

/** One step of reading: how much was used, and what it was (null: nothing that matters here). */
type Step = { used: number; key: Key | "paste" | null };

function readOne(text: string, late: boolean): Step | null {
  if (text[0] === ESC) return readEscape(text, late);
  const control = CONTROLS.get(text[0] ?? "");
  if (control !== undefined) return { used: 1, key: { kind: "key", ...NONE, ...control } };
  let used = 0;
  while (used < text.length && !isControl(text.charCodeAt(used))) used++;
  if (used === 0) return { used: 1, key: null };
  return { used, key: { kind: "text", text: text.slice(0, used) } };
}

function readEscape(text: string, late: boolean): Step | null {
  if (text.length === 1) return late ? { used: 1, key: named("escape") } : null;
  switch (text[1]) {
    case "[":
      return readCsi(text, late);
    case "O":
      if (text.length > 2) return { used: 3, key: decodeSequence("O", "", text[2] ?? "") };
      return late ? { used: 2, key: { ...named("o"), alt: true, shift: true } } : null;
    case "]":
    case "P":
    case "_":
      return readAnswer(text, late);
    default:
      return readAlt(text, late);
  }
}

/** `CSI parameters final`. The Linux console's F1 to F5 are `CSI [ A` to `CSI [ E`. */
function readCsi(text: string, late: boolean): Step | null {
  if (text[2] === "[" && text.length > 3) {
    return { used: 4, key: decodeSequence("[[", "", text[3] ?? "") };
  }
  let at = 2;
  while (at < text.length && text[at] !== "[" && isParameter(text.charCodeAt(at))) at++;
  if (at > SEQUENCE_UNITS_MAX) return { used: at, key: null };
  if (at >= text.length || (at === 2 && text[at] === "[")) {
    if (!late) return null;
    if (at === 2) return { used: 2, key: { ...named("["), alt: true } };
    return { used: at, key: null };
  }
  const final = text.charCodeAt(at);
  if (final < 0x40 || final > 0x7e) return { used: at, key: null };
  const parameters = text.slice(2, at);
  if (parameters === "200" && text[at] === "~") return { used: at + 1, key: "paste" };
  return { used: at + 1, key: decodeSequence("[", parameters, text[at] ?? "") };
}

/** OSC, DCS and APC: an answer that nobody here asked for, up to its end (BEL or ST). */
function readAnswer(text: string, late: boolean): Step | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these controls end an answer.
  const end = /\x07|\x1b\\/.exec(text.slice(2));
  if (end !== null) return { used: 2 + end.index + end[0].length, key: null };
  if (text.length > ANSWER_UNITS_MAX) return { used: text.length, key: null };
  if (!late) return null;
  return text.length === 2 ? readAlt(text, true) : { used: text.length, key: null };
}

/** Escape before a key is Alt. A jamo stands for the Latin letter on its key. */
function readAlt(text: string, late: boolean): Step | null {
  // A key held down gives a row of Escapes: each but the last stands alone.
  if (text[1] === ESC && text[2] === ESC) return { used: 1, key: named("escape") };
  const inner = text[1] === ESC ? readEscape(text.slice(1), late) : null;
  if (text[1] === ESC && inner === null) return null;
  const letter = String.fromCodePoint(text.codePointAt(1) ?? 0);
  const step = inner ?? readOne(letter, late);
  if (step === null || step.key === null || step.key === "paste") {
    return step === null ? null : { used: step.used + 1, key: step.key };
  }
  const used = step.used + 1;
  if (step.key.kind === "key") return { used, key: { ...step.key, alt: true } };
  if (step.key.kind !== "text") return { used, key: step.key };
  return { used, key: letterKey(step.key.text, { ...NONE, alt: true }) ?? step.key };
}

function named(name: KeyName): { kind: "key"; name: KeyName } & Modifiers {
  return { kind: "key", name, ...NONE };
}

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

function isParameter(code: number): boolean {
  return code >= 0x20 && code <= 0x3f;
}

type Control = { name: KeyName; ctrl?: boolean };
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
  // A line feed is a return that something translated on its way (a pipe, a paste without brackets).
  ["\n", { name: "enter" }],
  ["\b", { name: "backspace" }],
  ["\x7f", { name: "backspace" }],
]);
