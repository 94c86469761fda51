import type { ConversationId, RoomEventOf } from "../../../chat-server/event.ts";
import { FILE_SIGN, formatFileSize } from "../../../protocol/file-facts.ts";
import { parseTime } from "../../../protocol/time.ts";
import { fieldOf, numberIn, textIn } from "../../disk/json-fields.ts";
import { parseRawLine, parseStoredEvent, type RawLine } from "../../history/stored-event.ts";
import type { LogFile } from "../log-format.ts";
import type { LoggedMessage, LogItem } from "../log-item.ts";
import { numberedLines } from "./irc-line.ts";

/** What an export and a day's file say besides messages: see `ExportKind` and `RoomEvent`. */
const OTHER_KINDS: readonly string[] = [
  ...["said", "joined", "left", "kicked", "topic", "mode", "set", "renamed", "edited", "redacted"],
  ...["forgotten", "created", "dropped", "reacted", "unreacted"],
];

interface Reaction {
  readonly target: string;
  readonly emoji: string;
  readonly nick: string;
  readonly isAdded: boolean;
}

type JsonLine =
  | { readonly kind: "message"; readonly message: LoggedMessage }
  | ({ readonly kind: "reaction" } & Reaction)
  | { readonly kind: "skipped" }
  | { readonly kind: "unreadable" };

/** Reads our own formats, a JSON object a line: an export, or a day's file of a history. */
export function* readJsonlLog({ text }: LogFile): Generator<LogItem> {
  const lines = [...numberedLines(text())].map(({ number, line }) => ({
    ...{ number, line },
    content: parseJsonLine(line),
  }));
  const reactions = new Map<string, Reaction[]>();
  for (const { content } of lines) {
    if (content.kind === "reaction") addReaction(reactions, content);
  }
  for (const { number, line, content } of lines) {
    if (content.kind === "unreadable") yield { kind: "unreadable", line: number, text: line };
    else if (content.kind !== "message") yield { kind: "skipped", line: number };
    else {
      const { message } = content;
      const reacted = reactions.get(message.id ?? "") ?? [];
      const complete = reacted.length === 0 ? message : { ...message, reactions: reacted };
      yield { kind: "message", line: number, message: complete };
    }
  }
}

/** Returns whether a text begins like an export of ours or a day's file. */
export function looksLikeJsonl(start: string): boolean {
  const [line = ""] = start.trimStart().split("\n");
  return parseJsonLine(line).kind !== "unreadable" && line.startsWith("{");
}

function addReaction(reactions: Map<string, Reaction[]>, reaction: Reaction): void {
  const { target, emoji, nick, isAdded } = reaction;
  const others = (reactions.get(target) ?? []).filter(
    (other) => other.emoji !== emoji || other.nick !== nick,
  );
  reactions.set(target, isAdded ? [...others, reaction] : others);
}

function parseJsonLine(line: string): JsonLine {
  if (line.trim() === "") return { kind: "skipped" };
  const stored = parseStoredEvent(line, "" as ConversationId);
  if (stored.kind === "unknown" && OTHER_KINDS.includes(stored.kindName))
    return { kind: "skipped" };
  if (stored.kind === "event") {
    const { event } = stored;
    if (event.kind !== "said" || stored.isErased) return { kind: "skipped" };
    return storedMessage(event);
  }
  const raw = parseRawLine(line);
  return raw === null ? { kind: "unreadable" } : exportedLine(raw);
}

function storedMessage(event: RoomEventOf<"said">): JsonLine {
  const { time, verb, msgid, tags, editedAt, file } = event;
  const text = withFile(event.text, file);
  const { nick } = event.by;
  const replyTo = tags["+reply"] ?? tags["+draft/reply"];
  if (verb !== "TAGMSG") {
    if (text === "") return { kind: "skipped" };
    return messageLine({ time, nick, verb, text }, msgid, replyTo, editedAt !== undefined);
  }
  const added = tags["+draft/react"] ?? tags["+react"];
  const emoji = added ?? tags["+draft/unreact"] ?? tags["+unreact"];
  if (replyTo === undefined || emoji === undefined) return { kind: "skipped" };
  return { kind: "reaction", target: replyTo, emoji, nick, isAdded: added !== undefined };
}

function exportedLine(raw: RawLine): JsonLine {
  const time = parseTime(textIn(raw, "time") ?? "");
  const [nick, kind, caption] = [textIn(raw, "nick"), textIn(raw, "kind"), fieldOf(raw, "text")];
  if (time === null || nick === null || kind === null || typeof caption !== "string") {
    return { kind: "unreadable" };
  }
  const [name, bytes] = [textIn(raw["file"], "name"), numberIn(raw["file"], "size")];
  const isFile = name !== null && bytes !== null;
  const text = withFile(caption, isFile ? { name, size: bytes } : undefined);
  const target = textIn(raw, "replyTo") ?? undefined;
  if ((kind === "reacted" || kind === "unreacted") && target !== undefined) {
    return { kind: "reaction", target, emoji: text, nick, isAdded: kind === "reacted" };
  }
  const isAction = kind === "action";
  if (!isAction && kind !== "said" && kind !== "notice") {
    return { kind: OTHER_KINDS.includes(kind) ? "skipped" : "unreadable" };
  }
  if (text === "") return { kind: "skipped" };
  const verb = kind === "notice" ? "NOTICE" : "PRIVMSG";
  const said = { time, nick, verb, text: isAction ? `\x01ACTION ${text}\x01` : text } as const;
  return messageLine(said, textIn(raw, "msgid"), target, raw["edited"] === true);
}

/** Keeps of a file what a person reads: its bytes aren't in the log. */
function withFile(
  caption: string,
  file: { readonly name: string; readonly size: number } | undefined,
): string {
  if (file === undefined) return caption;
  const words = `${FILE_SIGN} ${file.name} (${formatFileSize(file.size)})`;
  return caption === "" ? words : `${caption} ${words}`;
}

function messageLine(
  message: LoggedMessage,
  id: string | null,
  replyTo: string | undefined,
  isEdited: boolean,
): JsonLine {
  return {
    kind: "message",
    message: {
      ...message,
      ...(id !== null && { id }),
      ...(replyTo !== undefined && { replyTo }),
      ...(isEdited && { isEdited }),
    },
  };
}
