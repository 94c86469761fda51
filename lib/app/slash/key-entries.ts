/** What each key does, as the help and `/keys` list it. */
import { showKeys } from "../../terminal/key-names.ts";
import type { BoundKey, KeyMap } from "../chat-screen/keys/key-map.ts";
import {
  ACTION_GROUPS,
  type KeyAction,
  type KeyGroup,
  type KeyTarget,
} from "../chat-screen/keys/key-table.ts";
import type { Words } from "../i18n/words.ts";
import { fitsQuery, type HelpEntry, type HelpSection } from "./help-query.ts";

const GROUPS_IN_ORDER: readonly KeyGroup[] = ["messages", "rooms", "talking", "screen", "line"];
const ROOM = /^room-\d+$/;

/**
 * Returns the keys in groups, with the entries in which every word of the query occurs.
 *
 * @param isNamed whether the actions' names, which `/bind` takes, stand behind what they do
 */
export function keySections(
  keyMap: KeyMap,
  words: Words,
  query: string,
  isNamed: boolean,
): HelpSection[] {
  const { groups, own, off } = words.keys;
  const all = [...keyMap.keys.values()];
  const bound = all.filter(({ rows }) => rows[0]?.target !== "none");
  const actions = Object.keys(ACTION_GROUPS) as KeyAction[];
  const sections = GROUPS_IN_ORDER.map((group) => ({
    title: groups[group],
    entries: actions
      .filter((action) => ACTION_GROUPS[action] === group && action !== "self-insert-space")
      .flatMap((action) => actionEntries(action, bound, words, isNamed)),
  }));
  sections.splice(1, 0, { title: words.help.groups.pointing, entries: pointingEntries(words) });
  const suspend = { title: "Ctrl-Z", text: words.keys.suspend, command: null };
  sections.find(({ title }) => title === groups.screen)?.entries.push(suspend);
  const commands = bound.filter(({ rows }) => rows[0]?.target.startsWith("/"));
  const dead = all.filter(({ rows }) => rows[0]?.target === "none");
  sections.unshift({
    title: own,
    entries: [
      ...commands.map(({ key, rows: [row], source }) => ({
        title: showKeys(key),
        text: `${row?.target}${source === "script" ? ` ${words.keys.sources.script}` : ""}`,
        command: null,
      })),
      ...dead.map(({ key }) => ({ title: showKeys(key), text: off, command: null })),
    ],
  });
  return sections
    .map(({ title, entries }) => ({
      title,
      entries: entries.filter((entry) => fitsQuery(query, entry, [])),
    }))
    .filter(({ entries }) => entries.length > 0);
}

function actionText(action: KeyAction, words: Words): string {
  return ROOM.test(action)
    ? words.keys.room(action.slice("room-".length))
    : words.keys.actions[action as Exclude<KeyAction, `room-${number}`>];
}

/** Returns what a key does in words, with the conditions of its rows. */
export function targetText({ rows }: Pick<BoundKey, "rows">, words: Words): string {
  const { when, otherwise, off } = words.keys;
  return rows
    .map(({ target, when: condition }, index) => {
      const text = isAction(target) ? actionText(target, words) : target === "none" ? off : target;
      if (condition !== null) return when[condition](text);
      return index === 0 ? text : otherwise(text);
    })
    .join("; ");
}

function isAction(target: KeyTarget): target is KeyAction {
  return Object.hasOwn(ACTION_GROUPS, target);
}

function actionEntries(
  action: KeyAction,
  bound: readonly BoundKey[],
  words: Words,
  isNamed: boolean,
): HelpEntry[] {
  const leading = bound.flatMap((key) => {
    const row = key.rows.find(({ target }) => target === action);
    return row === undefined ? [] : [{ ...key, when: row.when }];
  });
  if (ROOM.test(action) && leading.every(({ source }) => source === "usual")) {
    // Ten rows that say the same are one.
    if (action !== "room-1" || leading.length === 0) return [];
    const { rooms } = words.keys;
    const text = isNamed ? `${rooms} (room-1 … room-10)` : rooms;
    return [{ title: "Alt-1…0", text, command: null }];
  }
  const text = actionText(action, words);
  const name = isNamed ? ` (${action})` : "";
  return [...Map.groupBy(leading, ({ when }) => when)].map(([when, keys]) => ({
    title: keys.map(({ key }) => showKeys(key)).join(" "),
    text: `${when === null ? text : words.keys.when[when](text)}${name}${originOf(keys, words)}`,
    command: null,
  }));
}

/** Says whose keys they are, unless they are the usual ones. */
function originOf(keys: readonly Pick<BoundKey, "source">[], { keys: words }: Words): string {
  const { own, style, script } = words.sources;
  if (keys.some(({ source }) => source === "own")) return ` ${own}`;
  if (keys.some(({ source }) => source === "style")) return ` ${style}`;
  return keys.some(({ source }) => source === "script") ? ` ${script}` : "";
}

function pointingEntries(words: Words): HelpEntry[] {
  return Object.entries(words.help.pointing).map(([title, text]) => ({
    title,
    text,
    command: null,
  }));
}
