import { isJsonObject } from "../../../protocol/json-decoder.ts";
import { fieldOf, textIn } from "../../disk/json-fields.ts";
import type { LogFile } from "../log-format.ts";
import { type LogItem, shownJson } from "../log-item.ts";
import { actionOf, type IrcLine, itemOf, messageOf, withoutCodes } from "./irc-line.ts";

/**
 * Reads a history of Halloy, one JSON array of messages, which it packs with gzip. An item's line
 * is its number in the array.
 *
 * @see https://github.com/squidowl/halloy/blob/main/data/src/message.rs (impl Serialize for Message)
 */
export function* readHalloyLog({ text }: LogFile): Generator<LogItem> {
  const messages = arrayIn(text());
  if (messages === null) {
    yield { kind: "unreadable", line: 1, text: text().slice(0, 200) };
    return;
  }
  for (const [index, message] of messages.entries()) {
    const time = Date.parse(textIn(message, "server_time") ?? "");
    const line = shownJson(message);
    yield itemOf(index + 1, line, time, isJsonObject(message) ? contentOf(message) : null);
  }
}

/** Returns whether a text begins like a history of Halloy. */
export function looksLikeHalloy(start: string): boolean {
  return /^\s*\[\s*\{"received_at":/.test(start);
}

function contentOf(message: object): IrcLine | null {
  const target = fieldOf(message, "target");
  const place = fieldOf(target, "Channel") ?? fieldOf(target, "Query");
  const source = fieldOf(place, "source");
  if (source === undefined) return null;
  const text = withoutCodes(textIn(message, "text") ?? "");
  const user = textIn(source, "User");
  if (user !== null) return messageOf("PRIVMSG", nickOf(user), text);
  const actor = textIn(source, "Action");
  // Neither a server nor the program itself, but a person whose name isn't written as it should be.
  if (actor === null && fieldOf(source, "User") !== undefined) return null;
  if (actor === null) return { kind: "skipped" };
  const nick = nickOf(actor);
  return actionOf(nick, text.startsWith(`${nick} `) ? text.slice(nick.length + 1) : text);
}

/** A user is written as "@mina!~m@host". */
function nickOf(user: string): string {
  return user.replace(/^[~&@%+!]+/, "").replace(/[!@].*$/s, "");
}

function arrayIn(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
