/**
 * Decodes a terminal's bytes into keys. The bytes may be cut anywhere: in a character, in a
 * sequence, in a paste. Decoded are UTF-8, CSI and SS3 keys with modifiers, Alt as an Escape prefix,
 * the forms of kitty and xterm's modifyOtherKeys, bracketed paste, the mouse (SGR, urxvt and X10),
 * focus, and the answers about the cursor's position and the background. Whatever lost its end is over after a short silence.
 */
import type { Rgb } from "./colour.ts";
import { decodeReply, decodeSequence, letterKey, readX10Mouse } from "./key-sequences.ts";
import type { TerminalAnswer } from "./picture-answers.ts";

/** One input of the terminal. */
export type Key =
  /** Typed text: one or more characters. */
  | { readonly kind: "text"; readonly text: string }
  | ({ readonly kind: "key"; readonly name: KeyName } & Modifiers)
  | { readonly kind: "paste"; readonly text: string }
  | ({ readonly kind: "mouse" } & Mouse & Modifiers)
  | { readonly kind: "focus"; readonly on: boolean }
  /** The answer to `CSI 6n`. Rows and columns are counted from 0, as everywhere in this folder. */
  | { readonly kind: "cursor"; readonly row: number; readonly column: number }
  /** The answer to OSC 11: the terminal's background. */
  | { readonly kind: "background"; readonly colour: Rgb }
  /** An answer to `pictureQuery`. */
  | { readonly kind: "answer"; readonly answer: TerminalAnswer };

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

/** A longer paste is cut: a novel fits, and a paste that never ends can't fill memory. */
export const PASTE_BYTES_MAX = 1 << 20;
/** Longer than any sequence that terminals send: a mouse report has some 20 characters. */
const SEQUENCE_BYTES_MAX = 256;
/**
 * A terminal's replies to other programs' queries (OSC, DCS) are skipped. Longer ones aren't kept until their
 * end.
 */
export const ANSWER_BYTES_MAX = 4096;
/** How long to wait for the rest of a sequence: over ssh it may come in two packets. */
const ESCAPE_MS = 50;
/** A paste that pauses for so long has lost its end. */
const PASTE_SILENCE_MS = 500;

const ESC = "\x1b";
const INTERRUPT = "\x03";
const PASTE_START = `${ESC}[200~`;
const PASTE_END = `${ESC}[201~`;
/** What ends a terminal's reply: BEL or ST, or a control character, which is a key of its own. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these controls end a reply.
const REPLY_END = /\x07|\x1b\\|[\x00-\x1f\x7f]/;
/** C1 controls are no text. */
const C1_CONTROLS = /[\x80-\x9f]/g;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
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
 * Decodes the bytes of one terminal, and owns what is still incomplete. After a `push` or a
 * `timeout` that leaves `waitMs` above 0, the owner waits so long and calls `timeout()` if nothing
 * more came: no lost end keeps the keyboard from working.
 */
export class KeyReader {
  /** Bytes that are still incomplete, one in each character; at most ANSWER_BYTES_MAX between calls. */
  #rest = "";
  /** The bytes of a paste that hasn't ended; null for none. */
  #paste: string | null = null;
  /** Whether nothing has come for ESCAPE_MS, in the middle of a paste. */
  #isPastePaused = false;
  /** Whether a silence ended the last paste: its end may still come. */
  #awaitsPasteEnd = false;
  /** Whether a sequence was too long to be kept: what comes is its rest, until its end or a silence. */
  #isSkipping = false;

  /** Whether an Escape may be a key, or the start of a sequence. */
  get pending(): boolean {
    return this.#paste === null && (this.#rest !== "" || this.#isSkipping);
  }

  /** How long to wait for more (ms), before `timeout()` says that nothing came; 0 for not at all. */
  get waitMs(): number {
    if (this.#paste !== null) return this.#isPastePaused ? PASTE_SILENCE_MS : ESCAPE_MS;
    return this.pending ? ESCAPE_MS : 0;
  }

  /** Returns the keys that `bytes` complete, in the order of typing. */
  push(bytes: Uint8Array): Key[] {
    return [...this.read(bytes)];
  }

  /** Yields the keys that `bytes` complete, in the order of typing. Whoever stops early takes the others by `takeRest`. */
  *read(bytes: Uint8Array): Generator<Key> {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    // Ctrl-C by itself, after a pause, was pressed: it is no part of what was pasted.
    const ended = this.#isPastePaused && text === INTERRUPT ? this.#giveUpPaste() : [];
    this.#isPastePaused = false;
    if (this.#awaitsPasteEnd && this.#paste === null) this.#resumePaste(text);
    this.#rest += text;
    yield* ended;
    yield* this.#read(false);
  }

  /** Removes and returns the bytes that have made no key yet, for whoever reads the terminal next. */
  takeRest(): Buffer {
    const pasted = this.#paste === null ? "" : `${PASTE_START}${this.#paste}`;
    const rest = Buffer.from(pasted + this.#rest, "latin1");
    this.#paste = null;
    this.#rest = "";
    return rest;
  }

  /**
   * Returns what an incomplete sequence means if nothing more comes: a lone Escape, or Alt-[. Within
   * a paste the first call notes the pause, and the second ends the paste.
   */
  timeout(): Key[] {
    if (this.#paste === null) {
      const keys = [...this.#read(true)];
      this.#isSkipping = false;
      return keys;
    }
    if (this.#isPastePaused) return this.#giveUpPaste();
    this.#isPastePaused = true;
    return [];
  }

  *#read(isLate: boolean): Generator<Key> {
    while (this.#rest !== "") {
      if (this.#paste !== null) {
        if (!this.#readPaste()) break;
        yield* this.#endPaste();
        continue;
      }
      if (this.#isSkipping) {
        this.#skip();
        continue;
      }
      const step = readStep(this.#rest, isLate);
      if (step === null) break;
      this.#rest = this.#rest.slice(step.used);
      if (step.key === "paste") this.#paste = "";
      else if (step.key === "skip") this.#isSkipping = true;
      else if (step.key !== null) yield step.key;
    }
  }

  /** Drops the rest of an overlong sequence, up to its end. A control character is a key of its own. */
  #skip(): void {
    const end = REPLY_END.exec(this.#rest);
    this.#isSkipping = end === null;
    const used = end === null ? this.#rest.length : end.index + terminatorLength(end[0]);
    this.#rest = this.#rest.slice(used);
  }

  /** Takes everything except a possible start of the end marker. Returns whether the paste has ended. */
  #readPaste(): boolean {
    const end = this.#rest.indexOf(PASTE_END);
    const length = end < 0 ? Math.max(0, this.#rest.length - PASTE_END.length + 1) : end;
    this.#takePasted(length);
    if (end >= 0) this.#rest = this.#rest.slice(PASTE_END.length);
    return end >= 0;
  }

  #takePasted(length: number): void {
    const space = PASTE_BYTES_MAX - (this.#paste?.length ?? 0);
    this.#paste += this.#rest.slice(0, Math.min(length, space));
    this.#rest = this.#rest.slice(length);
  }

  /**
   * Ends a paste whose end marker was lost. A Ctrl-C that came last was pressed, because nothing happened.
   */
  #giveUpPaste(): Key[] {
    this.#takePasted(this.#rest.length);
    this.#awaitsPasteEnd = true;
    const isInterrupted = this.#paste?.endsWith(INTERRUPT) === true;
    if (isInterrupted) this.#paste = this.#paste?.slice(0, -1) ?? "";
    return isInterrupted ? [...this.#endPaste(), { ...named("c"), ctrl: true }] : this.#endPaste();
  }

  /** Returns the paste so far, if there is any. */
  #endPaste(): Key[] {
    this.#isPastePaused = false;
    const bytes = this.#paste ?? "";
    this.#paste = null;
    if (bytes === "") return [];
    const text = decodeUtf8(bytes.slice(0, endOfCharacters(bytes)));
    return [{ kind: "paste", text: text.replace(/\r\n?/g, "\n") }];
  }

  /**
   * Takes the rest of a paste that a slow connection held up as pasted: as typing, its returns would send it.
   */
  #resumePaste(text: string): void {
    const end = text.indexOf(PASTE_END);
    const start = text.indexOf(PASTE_START);
    if (end < 0 && start < 0) return;
    this.#awaitsPasteEnd = false;
    if (end >= 0 && (start < 0 || end < start)) this.#paste = "";
  }
}

/** The bytes used up, and the key that they make; null: none that matters here; "skip": drop what follows. */
type Step = { used: number; key: Key | "paste" | "skip" | null };

/** Reads the first key of `bytes`. Returns null if it is incomplete; never if `isLate`. */
function readStep(bytes: string, isLate: boolean): Step | null {
  if (bytes[0] === ESC) return readEscape(bytes, isLate);
  const control = CONTROLS.get(bytes[0] ?? "");
  if (control !== undefined) return { used: 1, key: { kind: "key", ...NO_MODIFIERS, ...control } };
  let end = 0;
  while (end < bytes.length && !isControl(bytes.charCodeAt(end))) end++;
  if (end === 0) return { used: 1, key: null };
  const used = end < bytes.length ? end : endOfCharacters(bytes);
  // The start of a character of which nothing more came is nothing.
  if (used === 0) return isLate ? { used: end, key: null } : null;
  const text = decodeUtf8(bytes.slice(0, used)).replace(C1_CONTROLS, "");
  return { used, key: text === "" ? null : { kind: "text", text } };
}

function readEscape(bytes: string, isLate: boolean): Step | null {
  if (bytes.length === 1) return isLate ? { used: 1, key: named("escape") } : null;
  switch (bytes[1]) {
    case "[":
      return readCsi(bytes, isLate);
    case "O":
      return readSs3(bytes, isLate);
    case "]":
    case "P":
    case "_":
      return skipReply(bytes, isLate);
    default:
      return readAlt(bytes, isLate);
  }
}

/** Reads `CSI parameters final`. The Linux console's F1 to F5 are `CSI [ A` to `CSI [ E`. */
function readCsi(bytes: string, isLate: boolean): Step | null {
  if (bytes[2] === "M") return readX10(bytes, isLate);
  if (bytes[2] === "[" && bytes.length > 3) {
    if (!isFinal(bytes.charCodeAt(3))) return { used: 3, key: null };
    return { used: 4, key: decodeSequence("[[", "", bytes[3] ?? "") };
  }
  let end = 2;
  while (end < bytes.length && isParameter(bytes.charCodeAt(end))) end++;
  if (end >= bytes.length || (end === 2 && bytes[end] === "[")) {
    if (end > SEQUENCE_BYTES_MAX) return { used: end, key: "skip" };
    if (!isLate) return null;
    if (end === 2) return { used: 2, key: { ...named("["), alt: true } };
    return { used: end, key: null };
  }
  if (!isFinal(bytes.charCodeAt(end))) return { used: end, key: null };
  const parameters = bytes.slice(2, end);
  if (parameters === "200" && bytes[end] === "~") return { used: end + 1, key: "paste" };
  return { used: end + 1, key: decodeSequence("[", parameters, bytes[end] ?? "") };
}

/** Reads a mouse report of a terminal without SGR: `CSI M` and three bytes, which may be any letters. */
function readX10(bytes: string, isLate: boolean): Step | null {
  const report = readX10Mouse(bytes, 3, isLate);
  if (report !== null) return report;
  return isLate ? { used: bytes.length, key: null } : null;
}

/** Reads `SS3 final`. Some terminals put modifiers before the final letter. */
function readSs3(bytes: string, isLate: boolean): Step | null {
  let end = 2;
  while (end < bytes.length && isParameter(bytes.charCodeAt(end))) end++;
  const altO: Step = { used: 2, key: { ...named("o"), alt: true, shift: true } };
  if (end >= bytes.length) {
    if (end > SEQUENCE_BYTES_MAX) return { used: end, key: "skip" };
    if (!isLate) return null;
    return end === 2 ? altO : { used: end, key: null };
  }
  if (!isFinal(bytes.charCodeAt(end))) return end === 2 ? altO : { used: end, key: null };
  return { used: end + 1, key: decodeSequence("O", bytes.slice(2, end), bytes[end] ?? "") };
}

/** Skips OSC, DCS and APC, up to their end, but for the answers about the background and about pictures. */
function skipReply(bytes: string, isLate: boolean): Step | null {
  const end = REPLY_END.exec(bytes.slice(2));
  const isCut = end?.[0] === ESC && 2 + end.index + 1 === bytes.length;
  if (end !== null && !isCut) {
    if (end.index === 0 && terminatorLength(end[0]) === 0) return readAlt(bytes, true);
    const key = decodeReply(bytes[1] ?? "", bytes.slice(2, 2 + end.index));
    return { used: 2 + end.index + terminatorLength(end[0]), key };
  }
  if (bytes.length > ANSWER_BYTES_MAX) return { used: bytes.length, key: "skip" };
  if (!isLate) return null;
  return bytes.length === 2 ? readAlt(bytes, true) : { used: bytes.length, key: null };
}

/** Returns how many bytes of a match of REPLY_END belong to the reply: a control character is a key. */
function terminatorLength(end: string): number {
  return end === "\x07" || end.length === 2 ? end.length : 0;
}

/** Reads a key behind Escape, which is Alt. A jamo becomes the Latin letter on its key. */
function readAlt(bytes: string, isLate: boolean): Step | null {
  // Holding Escape down sends a series of them: each but the last is a key by itself.
  if (bytes[1] === ESC && bytes[2] === ESC) return { used: 1, key: named("escape") };
  // Ctrl-C ends what seems to hang, and so does Escape: no Alt lets it be lost.
  if (bytes[1] === INTERRUPT) return { used: 1, key: named("escape") };
  const inner = bytes[1] === ESC ? readEscape(bytes.slice(1), isLate) : null;
  if (bytes[1] === ESC && inner === null) return null;
  const letter = bytes.slice(1, 1 + characterBytes(bytes.charCodeAt(1)));
  const step = inner ?? readStep(letter, isLate);
  if (step === null || step.key === null || typeof step.key === "string") {
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

/** Whether a byte is a C0 control or DEL. C1 controls are two bytes of UTF-8. */
function isControl(byte: number): boolean {
  return byte < 0x20 || byte === 0x7f;
}

function isParameter(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x3f;
}

function isFinal(byte: number): boolean {
  return byte >= 0x40 && byte <= 0x7e;
}

function decodeUtf8(bytes: string): string {
  return UTF8.decode(Buffer.from(bytes, "latin1"));
}

/** Returns how many bytes a UTF-8 character has that begins with this one; 1 if none does. */
function characterBytes(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 1;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** Returns where the last whole character ends: the whole length, if none is incomplete. */
function endOfCharacters(bytes: string): number {
  const { length } = bytes;
  for (let start = length - 1; start >= Math.max(0, length - 3); start--) {
    const byte = bytes.charCodeAt(start);
    if (byte < 0x80) return length;
    if (byte >= 0xc0) return start + characterBytes(byte) > length ? start : length;
  }
  return length;
}
