/** Decodes the escape sequences of keyboards and mice. */
import { jamoToLatin } from "../protocol/hangul-layout.ts";
import { parseBackground } from "./background.ts";
import type { Key, Letter, Modifiers, Mouse, NamedKey } from "./key-reader.ts";
import { readCsiAnswer, readStringAnswer } from "./picture-answers.ts";

/** kitty's third part of a key's modifiers: 1 press, 2 repeat, 3 release. */
const RELEASED = 3;
/** Added to the buttons, and by X10 to every value, so that none is a control character. */
const MOUSE_OFFSET = 32;
/** Final letters of CSI and SS3 keys. */
const FINALS: Readonly<Record<string, NamedKey>> = {
  ...{ A: "up", B: "down", C: "right", D: "left", H: "home", F: "end" },
  ...{ P: "f1", Q: "f2", R: "f3", S: "f4" },
};
/** urxvt's arrows with Shift (CSI) and with Ctrl (SS3). */
const URXVT_ARROWS: Readonly<Record<string, NamedKey>> = {
  ...{ a: "up", b: "down", c: "right", d: "left" },
};
const SHIFT = 2;
const CTRL = 5;
/** Keys of the numeric keypad (SS3). */
const KEYPAD: Readonly<Record<string, NamedKey>> = { M: "enter" };
/** Function keys of the Linux console. */
const CONSOLE: Readonly<Record<string, NamedKey>> = { A: "f1", B: "f2", C: "f3", D: "f4", E: "f5" };
/** `CSI number ~`. */
const TILDES: Readonly<Record<number, NamedKey>> = {
  ...{ 1: "home", 2: "insert", 3: "delete", 4: "end", 5: "pageup", 6: "pagedown", 7: "home" },
  ...{ 8: "end", 11: "f1", 12: "f2", 13: "f3", 14: "f4", 15: "f5", 17: "f6", 18: "f7", 19: "f8" },
  ...{ 20: "f9", 21: "f10", 23: "f11", 24: "f12" },
};
/** Codes of kitty and modifyOtherKeys. */
const CODES: Readonly<Record<number, NamedKey>> = {
  ...{ 9: "tab", 13: "enter", 27: "escape", 32: "space", 127: "backspace", 57414: "enter" },
};

/** Decodes one complete reply (OSC, DCS or APC), without its beginning and end; null for what nobody here asks. */
export function decodeReply(intro: string, content: string): Key | null {
  if (intro === "]") {
    const colour = parseBackground(content);
    return colour === null ? null : { kind: "background", colour };
  }
  const answer = readStringAnswer(intro, content);
  return answer === null ? null : { kind: "answer", answer };
}

/**
 * Decodes one complete sequence: `[` for CSI, `O` for SS3, `[[` for the Linux console's function
 * keys; the parameters as text; the final letter. Returns null for what isn't a key here, and for
 * the release of a key. See https://invisible-island.net/xterm/ctlseqs/ctlseqs.html and
 * https://sw.kovidgoyal.net/kitty/keyboard-protocol/
 */
export function decodeSequence(
  intro: "[" | "O" | "[[",
  parameters: string,
  final: string,
): Key | null {
  if (intro === "[[") return namedKey(CONSOLE[final], 1);
  // With parameters it is a terminal's answer, such as `CSI ?62c`.
  const urxvtArrow = parameters === "" ? URXVT_ARROWS[final] : undefined;
  if (urxvtArrow !== undefined) return namedKey(urxvtArrow, intro === "O" ? CTRL : SHIFT);
  if (intro === "O") {
    return namedKey(
      KEYPAD[final] ?? FINALS[final],
      numberOf(parameters.split(";").at(-1) ?? "") || 1,
    );
  }
  const answer = intro === "[" ? readCsiAnswer(parameters, final) : null;
  if (answer !== null) return { kind: "answer", answer };
  // No key, whatever its last letter: the answer to somebody else's question.
  if (parameters.startsWith("?")) return null;
  if (parameters.startsWith("<")) return mouseKey(parameters.slice(1), final);
  const groups = parameters.split(";").map((group) => group.split(":").map(numberOf));
  const first = groups[0]?.[0] ?? 0;
  const modifierCode = groups[1]?.[0] ?? 1;
  if (groups[1]?.[1] === RELEASED) return null;
  switch (final) {
    case "u":
      return keyFromCode(first, groups[0]?.[2], modifierCode);
    case "~":
      if (first === 27) return keyFromCode(groups[2]?.[0] ?? 0, undefined, modifierCode);
      return namedKey(TILDES[first], modifierCode);
    case "R":
      // `CSI R` alone is F3. Shift-F3 (`CSI 1;2R`) looks like a cursor position report, which
      // matters more.
      return groups.length < 2 ? namedKey("f3", 1) : cursorReport(first, modifierCode);
    case "M":
      // urxvt's mouse reports: `CSI buttons ; column ; row M`, with 32 added to the buttons.
      return mouse(first - MOUSE_OFFSET, groups[1]?.[0] ?? NaN, groups[2]?.[0] ?? NaN, final);
    case "I":
    case "O":
      return { kind: "focus", on: final === "I" };
    case "Z":
      return namedKey("tab", 2);
    default:
      return namedKey(FINALS[final], modifierCode);
  }
}

/** Returns a parameter: 0 when it is left out, NaN when it isn't a whole number. */
function numberOf(parameter: string): number {
  return /^\d*$/.test(parameter) ? Number(parameter) : Number.NaN;
}

/** Returns the key of a letter typed with Ctrl or Alt; null if no Latin key types it. */
export function letterKey(letter: string, modifiers: Modifiers): Key | null {
  if (letter === " ") return { kind: "key", name: "space", ...modifiers };
  const latin = letter.length === 1 && letter > " " && letter <= "~" ? letter : jamoToLatin(letter);
  if (latin === null || latin.length !== 1) return null;
  const lowerCase = latin.toLowerCase();
  // One printable ASCII letter, as checked above: exactly what Letter lists.
  const name = lowerCase as Letter;
  return { kind: "key", name, ...modifiers, shift: modifiers.shift || lowerCase !== latin };
}

/**
 * Decodes a key code of kitty or modifyOtherKeys. `baseCode` is the key on the Latin layout, where
 * the terminal tells it.
 */
function keyFromCode(code: number, baseCode: number | undefined, modifierCode: number): Key | null {
  const modifiers = modifiersOf(modifierCode);
  const name = CODES[code];
  if (name !== undefined) return { kind: "key", name, ...modifiers };
  // From U+E000 kitty numbers the keys that type nothing (Caps Lock, media, a modifier alone).
  if (!(code >= 0x20 && code <= 0x10ffff) || (code >= 0xd800 && code <= 0xf8ff)) return null;
  const letter = String.fromCodePoint(code);
  if (!modifiers.ctrl && !modifiers.alt) {
    return { kind: "text", text: modifiers.shift ? letter.toUpperCase() : letter };
  }
  const isBaseAscii = baseCode !== undefined && baseCode > 0x20 && baseCode < 0x7f;
  return letterKey(isBaseAscii ? String.fromCharCode(baseCode) : letter, modifiers);
}

function namedKey(name: NamedKey | undefined, modifierCode: number): Key | null {
  return name === undefined ? null : { kind: "key", name, ...modifiersOf(modifierCode) };
}

/** Decodes xterm's modifiers: 1 + shift (1), alt (2), ctrl (4). Super and the locks are ignored. */
function modifiersOf(code: number): Modifiers {
  const bits = Math.max(0, (code || 1) - 1);
  return { shift: (bits & 1) !== 0, alt: (bits & 2) !== 0, ctrl: (bits & 4) !== 0 };
}

function cursorReport(row: number, column: number): Key | null {
  if (!(row >= 1 && column >= 1)) return null;
  return { kind: "cursor", row: row - 1, column: column - 1 };
}

/**
 * Reads the three values of an X10 mouse report at an index of `bytes`: buttons, column and row, each
 * with 32 added. Terminals in mode 1005 write values from 128 on as two bytes of UTF-8. Returns null
 * while some are missing, and the last may, unless it `isLate`; a control character, which is no
 * value, ends the report.
 */
export function readX10Mouse(
  bytes: string,
  start: number,
  isLate: boolean,
): { used: number; key: Key | null } | null {
  const values: number[] = [];
  let index = start;
  while (values.length < 3) {
    if (index >= bytes.length) return null;
    const byte = bytes.charCodeAt(index);
    const next = bytes.charCodeAt(index + 1);
    // xterm writes 0 for a place that is too far to be told.
    if (byte < MOUSE_OFFSET && byte !== 0) return { used: index, key: null };
    // As two values the second would be a row from 95 on, which few screens have.
    const mayBePair = byte >= 0xc2 && byte <= 0xdf;
    if (mayBePair && index + 1 >= bytes.length && !isLate) return null;
    const isPair = mayBePair && next >= 0x80 && next <= 0xbf;
    values.push((isPair ? (byte & 0x1f) * 64 + (next & 0x3f) : byte) - MOUSE_OFFSET);
    index += isPair ? 2 : 1;
  }
  const [buttons = NaN, column = NaN, row = NaN] = values;
  return { used: index, key: mouse(buttons, column, row, "M") };
}

/** Decodes an SGR mouse report: `CSI < buttons ; column ; row M` (press) or `m` (release). */
function mouseKey(parameters: string, final: string): Key | null {
  const [buttons = NaN, column = NaN, row = NaN] = parameters.split(";").map(Number);
  return mouse(buttons, column, row, final);
}

function mouse(buttons: number, column: number, row: number, final: string): Key | null {
  if (!(buttons >= 0 && column >= 1 && row >= 1) || (final !== "M" && final !== "m")) return null;
  const action = mouseAction(buttons, final);
  if (action === null) return null;
  const modifiers = {
    shift: (buttons & 4) !== 0,
    alt: (buttons & 8) !== 0,
    ctrl: (buttons & 16) !== 0,
  };
  const button = buttons & 64 ? 0 : buttons & 3;
  return { kind: "mouse", action, button, row: row - 1, column: column - 1, ...modifiers };
}

function mouseAction(buttons: number, final: string): Mouse["action"] | null {
  if (buttons & 64) {
    if ((buttons & 3) > 1 || final === "m") return null;
    return buttons & 1 ? "wheel-down" : "wheel-up";
  }
  if ((buttons & 3) === 3) return null;
  if (buttons & 32) return "drag";
  return final === "M" ? "press" : "release";
}
