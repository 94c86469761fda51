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
      .flatMap((action) => actionEntry(action, bound, words, isNamed)),
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

function actionEntry(
  action: KeyAction,
  bound: readonly BoundKey[],
  words: Words,
  isNamed: boolean,
): HelpEntry[] {
  const leading = bound.filter(({ rows }) => rows.some(({ target }) => target === action));
  if (ROOM.test(action) && leading.every(({ source }) => source === "usual")) {
    // Ten rows that say the same are one.
    if (action !== "room-1" || leading.length === 0) return [];
    const { rooms } = words.keys;
    return [
      { title: "Alt-1…0", text: isNamed ? `${rooms} (room-1 … room-10)` : rooms, command: null },
    ];
  }
  if (leading.length === 0) return [];
  const conditions = new Set(
    leading.flatMap(({ rows }) => rows.find(({ target }) => target === action)?.when ?? []),
  );
  const [condition] = conditions;
  const isConditional = conditions.size === 1 && leading.length === 1 && condition !== undefined;
  const text = actionText(action, words);
  const changed = leading.some(({ source }) => source === "own")
    ? ` ${words.keys.sources.own}`
    : leading.some(({ source }) => source === "style")
      ? ` ${words.keys.sources.style}`
      : "";
  return [
    {
      title: leading.map(({ key }) => showKeys(key)).join(" "),
      text: [
        isConditional ? words.keys.when[condition](text) : text,
        isNamed ? ` (${action})` : "",
        changed,
      ].join(""),
      command: null,
    },
  ];
}

function pointingEntries(words: Words): HelpEntry[] {
  return Object.entries(words.help.pointing).map(([title, text]) => ({
    title,
    text,
    command: null,
  }));
}
