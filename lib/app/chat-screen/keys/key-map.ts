/** The keys in force: those of the style, then those of scripts, then the user's own, each in place of the ones before. */
import { didYouMean } from "../../../protocol/did-you-mean.ts";
import {
  type KeyName,
  type KeyProblem,
  keyName,
  parseKeys,
  showKeys,
  withoutShift,
} from "../../../terminal/key-names.ts";
import type { Key } from "../../../terminal/key-reader.ts";
import type { Words } from "../../i18n/words.ts";
import {
  ACTION_GROUPS,
  type KeyAction,
  type KeyCondition,
  type KeyRow,
  type KeyStyle,
  type KeyTarget,
  rowsOfStyle,
} from "./key-table.ts";

/** Whose a key is: from the table, from the setting `keys`, of a script, or the user's own. */
export type KeySource = "usual" | "style" | "script" | "own";

/** One key, and what it does. */
export interface BoundKey {
  readonly key: KeyName;
  readonly rows: readonly KeyRow[];
  readonly source: KeySource;
}

/** Keys as a person writes them, with what they are bound to: `{ "ctrl-g": "switcher", "alt-x": "/away lunch" }`. */
export type WrittenKeys = Readonly<Record<string, string>>;

/** What is wrong with a written key or its target. */
export type BindProblem =
  | { readonly kind: "key"; readonly written: string; readonly problem: KeyProblem }
  | { readonly kind: "target"; readonly written: string; readonly nearest: string | null };

/** The keys in force; immutable. */
export interface KeyMap {
  readonly style: KeyStyle;
  readonly keys: ReadonlyMap<KeyName, BoundKey>;
  /** The beginnings of keys that are pressed one after the other: "ctrl-x" of "ctrl-x ctrl-e". */
  readonly prefixes: ReadonlySet<string>;
  /** The key that hints name for an action: one that leads to it always, if there is one, and the first of several. */
  readonly hints: ReadonlyMap<KeyTarget, KeyName>;
}

/** Makes the keys in force. What is wrong in `added` and `own` is left out: `bindingProblem` says why. */
export function makeKeyMap(
  style: KeyStyle,
  own: WrittenKeys = {},
  added: WrittenKeys = {},
): KeyMap {
  const keys = new Map<KeyName, BoundKey>();
  const usual = rowsOfStyle("sodam");
  for (const [written, rows] of Object.entries(rowsOfStyle(style))) {
    // The table writes keys as `keyName` does; tests/app/key-map.test.ts holds that.
    const key = written as KeyName;
    keys.set(key, { key, rows, source: rows === usual[written] ? "usual" : "style" });
  }
  for (const [source, table] of [
    ["script", added],
    ["own", own],
  ] as const) {
    for (const [written, target] of Object.entries(table)) {
      const binding = readBinding(written, target);
      if ("kind" in binding) continue;
      const rows = [{ target: binding.target, when: null }];
      keys.set(binding.key, { key: binding.key, rows, source });
    }
  }
  const prefixes = new Set<string>();
  for (const { key, rows } of keys.values()) {
    const parts = key.split(" ");
    if (rows[0]?.target === "none") continue;
    for (let length = 1; length < parts.length; length++) {
      prefixes.add(parts.slice(0, length).join(" "));
    }
  }
  return { style, keys, prefixes, hints: hintsOf(keys) };
}

function hintsOf(keys: KeyMap["keys"]): KeyMap["hints"] {
  const always = new Map<KeyTarget, KeyName>();
  const sometimes = new Map<KeyTarget, KeyName>();
  for (const { key, rows } of keys.values()) {
    const hints = rows.length === 1 ? always : sometimes;
    for (const { target } of rows) if (!hints.has(target)) hints.set(target, key);
  }
  return new Map([...sometimes, ...always]);
}

/**
 * Returns what a key does; `null` when it isn't bound. Where a key with Shift has no row of its own, Shift doesn't count.
 *
 * @param holds whether a condition of the table holds now
 */
export function targetOfKey(
  { keys }: KeyMap,
  key: KeyName,
  holds: (condition: KeyCondition) => boolean,
): KeyTarget | null {
  const bound = keys.get(key) ?? keys.get(withoutShift(key));
  const row = bound?.rows.find(({ when }) => when === null || holds(when));
  return row?.target ?? null;
}

/** Returns the key that leads to an action, as a hint on the screen shows it ("Alt-f"); null for none. */
export function keyHint({ hints }: KeyMap, action: KeyTarget): string | null {
  const key = hints.get(action);
  return key === undefined ? null : showKeys(key);
}

/** Returns whether a key leads to an action, under whatever condition: it closes what it has opened. */
export function leadsTo(keyMap: KeyMap, key: Key, action: KeyTarget): boolean {
  const name = keyName(key);
  const bound = name === null ? undefined : keyMap.keys.get(name);
  return bound?.rows.some(({ target }) => target === action) ?? false;
}

/** Reads a key and its target as they are written in client.toml and behind `/bind`. */
export function readBinding(
  written: string,
  target: string,
): { readonly key: KeyName; readonly target: KeyTarget } | BindProblem {
  const key = parseKeys(written);
  if (typeof key === "object") return { kind: "key", written, problem: key.problem };
  const bound = readTarget(target);
  if (bound !== null) return { key, target: bound };
  return { kind: "target", written: target, nearest: didYouMean(target, actionNames()) };
}

/** Returns every name of an action, in the order of the table. */
export function actionNames(): string[] {
  return Object.keys(ACTION_GROUPS);
}

function findAction(name: string): KeyAction | null {
  return Object.hasOwn(ACTION_GROUPS, name) ? (name as KeyAction) : null;
}

/** Returns the sentence that says what is wrong with a binding. */
export function bindProblemSentence(problem: BindProblem, { keys }: Words): string {
  if (problem.kind === "target") return keys.noAction(problem.written, problem.nearest);
  switch (problem.problem.kind) {
    case "unknown":
      return keys.noKey(problem.written);
    case "types-text":
      return keys.typesText(problem.written);
    case "stops":
      return keys.stops;
    case "sent-as":
      return keys.sentAs(problem.written, problem.problem.sentAs);
  }
}

function readTarget(written: string): KeyTarget | null {
  const text = written.trim();
  if (text === "none") return "none";
  if (/^\/[^/\s]/.test(text)) return text as `/${string}`;
  return findAction(text.toLowerCase());
}
