import { fieldOf, textIn } from "../../disk/json-fields.ts";
import type { LogFile, ReadOptions } from "../log-format.ts";
import { type LogItem, shownJson } from "../log-item.ts";
import { readSlackRecord, type SlackMessage } from "./slack-message.ts";
import { readSlackUsers, type SlackUsers } from "./slack-users.ts";

const DAY_FILE = /^(?:(.*)\/)?\d{4}-\d\d-\d\d\.json$/;
const LISTS = ["channels.json", "groups.json", "mpims.json", "dms.json"];
const USERS = ["users.json", "org_users.json"];
const LIST_FILE = /(?:^|\/)(?:channels|groups|mpims|dms|users|org_users)\.json$/;
const LISTED_CHANNELS_MAX = 40;
const SHOWN_RECORD_MAX = 200;

/** A conversation of an export: a channel, a group, or people's direct messages. */
interface SlackChannel {
  readonly id: string;
  /** "" for direct messages. */
  readonly name: string;
  readonly members: readonly string[];
}

/** Returns whether a file of an export is a list of people or channels, or a day of a channel. */
export function isSlackFile(name: string): boolean {
  const isOfMac = /(?:^|\/)(?:__MACOSX\/|\._)/.test(name);
  return !isOfMac && (DAY_FILE.test(name) || LIST_FILE.test(name));
}

/** Returns whether a text begins like a file of Slack's export. */
export function looksLikeSlack(start: string): boolean {
  const isList = /^\s*\[\s*\{/.test(start);
  return isList && /"(?:ts|team_id|is_archived|members|profile)"\s*:/.test(start);
}

/**
 * Reads one channel of a workspace that Slack exported: lists of people and channels, and for each channel a
 * folder with a file a day. See https://slack.com/help/articles/220556107-How-to-read-Slack-data-exports
 */
export function readSlackExport(
  files: ReadonlyMap<string, LogFile>,
  options: ReadOptions,
): Iterable<LogItem> | { readonly refused: string } {
  const root = rootOf([...files.keys()]);
  const listed = (name: string): readonly unknown[] => {
    const file = files.get(root + name);
    return (file === undefined ? null : recordsOf(file)) ?? [];
  };
  const users = readSlackUsers(USERS.flatMap(listed));
  const channels = LISTS.flatMap(listed).flatMap((record) => channelOf(record) ?? []);
  const folders = Map.groupBy(
    [...files.values()].filter(({ name }) => DAY_FILE.test(name)),
    ({ name }) => DAY_FILE.exec(name)?.[1] ?? "",
  );
  const folder = chooseFolder([...folders.keys()], channels, options.room);
  if (folder === null)
    return { refused: noChannel(options.room, [...folders.keys()], channels, users) };
  const channelNames = new Map(channels.map(({ id, name }) => [id, name]));
  return readDays(folders.get(folder) ?? [], users, (id) => channelNames.get(id) || null);
}

/** Returns the folder that has the lists, with "/": a zip may have everything in a folder of its own. */
function rootOf(names: readonly string[]): string {
  const lists = names.filter((name) => LIST_FILE.test(name));
  const roots = lists.map((name) => name.slice(0, name.lastIndexOf("/") + 1));
  return roots.sort((a, b) => a.length - b.length)[0] ?? "";
}

/** Returns the folder of the channel with this name or id; "" where its folder alone was given. */
function chooseFolder(
  folders: readonly string[],
  channels: readonly SlackChannel[],
  wanted: string,
): string | null {
  if (folders.length === 1 && folders[0] === "") return "";
  const key = channelKey(wanted);
  const isWanted = (channel: SlackChannel): boolean =>
    [channel.name, channel.id].some((name) => channelKey(name) === key);
  const keys = new Set([
    key,
    ...channels.filter(isWanted).flatMap(({ name, id }) => [channelKey(name), channelKey(id)]),
  ]);
  return folders.find((folder) => keys.has(channelKey(lastPart(folder)))) ?? null;
}

function noChannel(
  wanted: string,
  folders: readonly string[],
  channels: readonly SlackChannel[],
  users: SlackUsers,
): string {
  if (folders.length === 0) {
    return "There are no messages in the export: it has a folder for each channel, with files such as 2026-11-22.json.";
  }
  const names = folders.map((folder) => {
    const name = lastPart(folder);
    const channel = channels.find(({ id }) => id === name);
    if (channel === undefined) return name;
    if (channel.name !== "") return channel.name;
    return `${name} (${channel.members.map((id) => users.nameOf(id) ?? id).join(", ")})`;
  });
  const others = names.length - LISTED_CHANNELS_MAX;
  const list = names.sort().slice(0, LISTED_CHANNELS_MAX).join(", ");
  const rest = others > 0 ? ` and ${others} more` : "";
  return `There is no channel "${wanted}" in the export. Name one with --channel: ${list}${rest}.`;
}

/** Reads a channel's files. A message that a later record changes or deletes is the one that remains. */
function readDays(
  files: readonly LogFile[],
  users: SlackUsers,
  channelName: (id: string) => string | null,
): LogItem[] {
  const items: LogItem[] = [];
  const indexes = new Map<string, number>();
  const setMessage = (line: number, message: SlackMessage): void => {
    const index = indexes.get(message.id) ?? items.length;
    indexes.set(message.id, index);
    items[index] = { kind: "message", line, message };
  };
  const deleted = new Set<string>();
  for (const file of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const records = recordsOf(file);
    if (records === null) {
      const { name } = file;
      items.push({
        kind: "unreadable",
        line: 1,
        text: "This file is no list in JSON.",
        file: name,
      });
      continue;
    }
    for (const [index, record] of records.entries()) {
      const line = index + 1;
      const read = readSlackRecord(record, users, channelName);
      if (read.kind === "message" || read.kind === "changed") setMessage(line, read.message);
      else if (read.kind === "unreadable") {
        const text = shownJson(record).slice(0, SHOWN_RECORD_MAX);
        items.push({ kind: "unreadable", line, text, file: file.name });
      } else {
        if (read.kind === "deleted") deleted.add(read.id);
        items.push({ kind: "skipped", line });
      }
    }
  }
  for (const id of deleted) {
    const index = indexes.get(id);
    if (index !== undefined) items[index] = { kind: "skipped", line: items[index]?.line ?? 1 };
  }
  return items;
}

/** JSON is UTF-8, whatever the encoding of other logs. Returns `null` when the file holds no list. */
function recordsOf(file: LogFile): readonly unknown[] | null {
  try {
    const records: unknown = JSON.parse(new TextDecoder().decode(file.bytes));
    return Array.isArray(records) ? records : null;
  } catch {
    return null;
  }
}

function channelOf(record: unknown): SlackChannel | null {
  const id = textIn(record, "id");
  if (id === null) return null;
  const members = fieldOf(record, "members");
  return {
    id,
    name: textIn(record, "name") ?? "",
    members: Array.isArray(members)
      ? members.filter((member: unknown) => typeof member === "string")
      : [],
  };
}

function channelKey(name: string): string {
  return name.normalize("NFC").toLowerCase().replace(/^#/, "");
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
