/** How keys are written: "ctrl-k", "alt-up", "shift-tab", "f5", and one after the other "ctrl-x ctrl-e". */
import { jamoToLatin } from "../protocol/hangul-layout.ts";
import type { Key, Modifiers } from "./key-reader.ts";

/** Keys in the one way of writing that the tables of keys use; made by `parseKeys` and `keyName` alone. */
export type KeyName = string & { readonly kind: "key-name" };

const NAMES: ReadonlySet<string> = new Set([
  ...["enter", "tab", "backspace", "escape", "space", "insert", "delete"],
  ...["up", "down", "left", "right", "home", "end", "pageup", "pagedown"],
  ...Array.from({ length: 12 }, (_, index) => `f${index + 1}`),
]);

/** Other words for keys, as other programs write them. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ return: "enter", esc: "escape", del: "delete", ins: "insert", bs: "backspace" },
    ...{ pgup: "pageup", pgdn: "pagedown", "page-up": "pageup", "page-down": "pagedown" },
    ...{ "↑": "up", "↓": "down", "←": "left", "→": "right" },
  }),
);

/** What a terminal sends for some keys with Ctrl: another key. */
const SENT_AS: Readonly<Record<string, string>> = {
  ...{ "ctrl-i": "tab", "ctrl-m": "enter", "ctrl-j": "enter", "ctrl-h": "backspace" },
  ...{ "ctrl-[": "escape", "ctrl-alt-c": "escape" },
};

const MODIFIER = /^(ctrl|control|c|alt|meta|m|option|shift|s)[-+](?=.)/i;
/** More keys in a row are nothing that a hand remembers. */
const KEYS_MAX = 3;

/** What a written key can't be. `sentAs`: the key that a terminal sends in its place. */
export type KeyProblem =
  | { readonly kind: "unknown" }
  | { readonly kind: "types-text" }
  /** Ctrl-Z stops the program, wherever it is. */
  | { readonly kind: "stops" }
  | { readonly kind: "sent-as"; readonly sentAs: string };

/** Returns the name of a key; `null` for text, pastes, the mouse and what terminals report. */
export function keyName(key: Key): KeyName | null {
  return key.kind === "key" ? join(key, key.name) : null;
}

/** Returns the name of the same key without Shift, which most keys don't care for. */
export function withoutShift(name: KeyName): KeyName {
  return name.replace("shift-", "") as KeyName;
}

/** Returns the name of a letter that is typed behind another key: "e" in "ctrl-x e". */
export function letterName(letter: string): KeyName | null {
  const latin = letter === " " ? "space" : (jamoToLatin(letter) ?? letter).toLowerCase();
  return latin === "space" || /^[!-~]$/.test(latin) ? (latin as KeyName) : null;
}

/**
 * Reads keys as a person writes them: "Ctrl-K", "C-x C-e", "alt+ㅁ", "M-left". The first of them has to be one that types
 * nothing by itself.
 */
export function parseKeys(written: string): KeyName | { readonly problem: KeyProblem } {
  const parts = written.trim().split(/\s+/);
  const names: string[] = [];
  for (const part of parts) {
    const name = parseKey(part);
    if (name === null || parts.length > KEYS_MAX) return { problem: { kind: "unknown" } };
    const sentAs = SENT_AS[name];
    if (sentAs !== undefined) return { problem: { kind: "sent-as", sentAs } };
    if (name === "ctrl-z") return { problem: { kind: "stops" } };
    names.push(name);
  }
  const [first = ""] = names;
  const typesText = first.length === 1 || first === "space" || first === "shift-space";
  if (typesText) return { problem: { kind: "types-text" } };
  return names.join(" ") as KeyName;
}

/** Returns how keys are shown to a person: "Ctrl-K", "Alt-a", "Ctrl-↑", "PgUp", "Ctrl-X Ctrl-E". */
export function showKeys(name: KeyName): string {
  return name.split(" ").map(showKey).join(" ");
}

const SHOWN: Readonly<Record<string, string>> = {
  ...{ up: "↑", down: "↓", left: "←", right: "→", pageup: "PgUp", pagedown: "PgDn" },
  ...{ escape: "Esc", delete: "Del", insert: "Ins" },
};

function showKey(name: string): string {
  const match = /^((?:(?:ctrl|alt|shift)-)*)(.+)$/.exec(name);
  const [, modifiers = "", key = name] = match ?? [];
  const shown = SHOWN[key] ?? (key.length > 1 ? capitalized(key) : key);
  // As everywhere: Ctrl-K, but Alt-k.
  const isUpper = modifiers.startsWith("ctrl-");
  return (
    modifiers.replace(/[a-z]+/g, capitalized) +
    (isUpper && shown.length === 1 ? shown.toUpperCase() : shown)
  );
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function parseKey(written: string): string | null {
  const modifiers = { ctrl: false, alt: false, shift: false };
  let rest = written;
  for (let match = MODIFIER.exec(rest); match !== null; match = MODIFIER.exec(rest)) {
    const word = (match[1] ?? "").toLowerCase();
    if (/^c/.test(word)) modifiers.ctrl = true;
    else if (/^s/.test(word)) modifiers.shift = true;
    else modifiers.alt = true;
    rest = rest.slice(match[0].length);
  }
  const lower = rest.normalize("NFC").toLowerCase();
  const latin = (jamoToLatin(lower) ?? lower).toLowerCase();
  const key = OTHER_NAMES.get(latin) ?? latin;
  return NAMES.has(key) || /^[!-~]$/.test(key) ? join(modifiers, key) : null;
}

function join({ ctrl, alt, shift }: Modifiers, key: string): KeyName {
  return `${ctrl ? "ctrl-" : ""}${alt ? "alt-" : ""}${shift ? "shift-" : ""}${key}` as KeyName;
}
