import { fieldOf, textIn } from "../../disk/json-fields.ts";
import type { LoggedMessage } from "../log-item.ts";
import { slackBody } from "./slack-body.ts";
import { slackEmoji } from "./slack-emoji.ts";
import type { SlackNames } from "./slack-text.ts";
import { nameWithoutSpaces, profileName, type SlackUsers } from "./slack-users.ts";

/** Kinds of messages that a person or bot said, besides the ordinary ones, which have none. */
const SAID: ReadonlySet<string> = new Set([
  ...["bot_message", "me_message", "thread_broadcast", "file_share", "file_comment"],
  ...["slackbot_response", "assistant_app_thread"],
]);
/** News of people, rooms and settings; copies of replies in threads; what is left of a deleted message. */
const NOT_SAID =
  /^(?:channel|group|mpim|im|bot|app|reminder|huddle|sh|ekm|document|tabbed|joiner|file|slack_connect|conversation)_|^(?:tombstone|pinned_item|unpinned_item|reply_broadcast|message_replied|share_shortcut|emoji_changed)/;

/** A {@link LoggedMessage} whose `id` is Slack's timestamp, unique in a channel. */
export type SlackMessage = LoggedMessage & { readonly id: string };

/** What a record of a day's file is. Some change or delete an earlier message. */
export type SlackRecord =
  | { readonly kind: "message" | "changed"; readonly message: SlackMessage }
  | { readonly kind: "deleted"; readonly id: string }
  | { readonly kind: "skipped" | "unreadable" };

/** Reads a record of a day's file. See https://docs.slack.dev/reference/events/message for the kinds. */
export function readSlackRecord(
  record: unknown,
  users: SlackUsers,
  channel: SlackNames["channel"],
): SlackRecord {
  const subtype = textIn(record, "subtype") ?? "";
  if (subtype === "message_deleted") {
    const id = textIn(record, "deleted_ts") ?? textIn(fieldOf(record, "previous_message"), "ts");
    return id === null ? { kind: "unreadable" } : { kind: "deleted", id };
  }
  if (subtype === "message_changed") return readChange(fieldOf(record, "message"), users, channel);
  const id = textIn(record, "ts");
  const time = timeOf(id ?? "");
  if (id === null || time === null) return { kind: "unreadable" };
  const isMessage = (fieldOf(record, "type") ?? "message") === "message";
  if (!isMessage || fieldOf(record, "hidden") === true) return { kind: "skipped" };
  if (subtype !== "" && !SAID.has(subtype))
    return { kind: NOT_SAID.test(subtype) ? "skipped" : "unreadable" };
  const nick = speakerOf(record, users);
  if (nick === null) return { kind: "unreadable" };
  const text = slackBody(record, { user: users.nameOf, channel });
  if (text === "") return { kind: "skipped" };
  const thread = textIn(record, "thread_ts");
  const reactions = reactionsOf(record, users);
  const message: SlackMessage = {
    ...{ time, nick, verb: "PRIVMSG", id },
    text: subtype === "me_message" ? `\x01ACTION ${text}\x01` : text,
    ...(thread !== null && thread !== id && { replyTo: thread }),
    ...(reactions.length > 0 && { reactions }),
    ...(isObject(fieldOf(record, "edited")) && { isEdited: true }),
  };
  return { kind: "message", message };
}

function readChange(
  changed: unknown,
  users: SlackUsers,
  channel: SlackNames["channel"],
): SlackRecord {
  const id = textIn(changed, "ts");
  if (id !== null && textIn(changed, "subtype") === "tombstone") return { kind: "deleted", id };
  const read = readSlackRecord(changed, users, channel);
  if (read.kind !== "message") return read;
  return { kind: "changed", message: { ...read.message, isEdited: true } };
}

/** Converts "1700000000.000100", seconds since 1970 with microseconds, to milliseconds. */
function timeOf(timestamp: string): number | null {
  const match = /^(\d{1,11})(?:\.(\d{1,6}))?$/.exec(timestamp);
  if (match === null) return null;
  const [, seconds, fraction = ""] = match;
  return Number(seconds) * 1000 + Math.floor(Number(fraction.padEnd(6, "0")) / 1000);
}

function speakerOf(record: unknown, users: SlackUsers): string | null {
  const user = textIn(record, "user") ?? textIn(fieldOf(record, "comment"), "user");
  const bot = textIn(record, "bot_id");
  // A bot may speak under a name of its own in each message.
  const botName = textIn(record, "username");
  if (botName !== null && (user === null || bot !== null)) return nameWithoutSpaces(botName);
  const name = user === null ? null : (users.nameOf(user) ?? profileName(record));
  if (name !== null) return name;
  const profile = textIn(fieldOf(record, "bot_profile"), "name");
  if (profile !== null) return nameWithoutSpaces(profile);
  return (bot === null ? null : users.nameOf(bot)) ?? user ?? bot;
}

function reactionsOf(
  record: unknown,
  users: SlackUsers,
): readonly { readonly emoji: string; readonly nick: string }[] {
  const reactions = fieldOf(record, "reactions");
  if (!Array.isArray(reactions)) return [];
  return reactions.flatMap((reaction: unknown) => {
    const name = textIn(reaction, "name");
    const reactors: unknown = fieldOf(reaction, "users");
    if (name === null || !Array.isArray(reactors)) return [];
    const emoji = slackEmoji(name);
    return reactors
      .filter((user: unknown) => typeof user === "string")
      .map((user) => ({ emoji, nick: users.nameOf(user) ?? user }));
  });
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
