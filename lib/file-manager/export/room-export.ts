import type { ConversationId, RoomEvent, RoomEventOf } from "../../chat-server/event.ts";
import type { RoomLog } from "../history/room-log.ts";
import type { ExportKind, ExportRecord } from "./export-format.ts";

/**
 * A conversation's whole history as export records, oldest first, read a page at a time. Throws when a page
 * can't be read.
 *
 * @param kinds "talk": what people said, and how they reacted to it
 * @example await exportToFile("tea.txt", "text", exportHistory(log, id, "talk"), { force: false });
 */
export async function* exportHistory(
  log: RoomLog,
  conversation: ConversationId,
  kinds: "talk" | "all",
): AsyncGenerator<ExportRecord, void> {
  let since = 0;
  for (;;) {
    const events = await log.page(conversation, {
      direction: "after",
      from: { kind: "time", time: 0 },
      to: null,
      limit: PAGE_EVENTS,
      since,
      kinds: "all",
    });
    if (events === null) throw new Error("the history cannot be read");
    for (const event of events) {
      if (kinds === "talk" && (event.kind !== "said" || isOther(event))) continue;
      yield exportRecord(event);
    }
    const last = events.at(-1);
    if (last === undefined) return;
    since = last.position + 1;
  }
}

/** Whether it is a message of tags alone which its sender wanted to be kept, and that is no reaction. */
function isOther(event: RoomEventOf<"said">): boolean {
  return event.verb === "TAGMSG" && !REACTIONS.some((tag) => Object.hasOwn(event.tags, tag));
}

/** An event as an export has it. */
function exportRecord(event: RoomEvent): ExportRecord {
  const [kind, text] = kindAndText(event);
  const { nick, account } = event.by;
  const record = { time: event.time, nick, kind, text, msgid: event.msgid, account };
  if (event.kind !== "said") return record;
  const replyTo = event.tags["+reply"] ?? event.tags["+draft/reply"];
  return {
    ...record,
    ...(replyTo !== undefined && { replyTo }),
    ...(event.editedAt !== undefined && { edited: true }),
  };
}

function kindAndText(event: RoomEvent): readonly [ExportKind, string] {
  switch (event.kind) {
    case "said": {
      const { text, tags } = event;
      if (event.verb === "TAGMSG") {
        const added = tags["+draft/react"] ?? tags["+react"];
        if (added !== undefined) return ["reacted", added];
        return ["unreacted", tags["+draft/unreact"] ?? tags["+unreact"] ?? ""];
      }
      if (event.verb === "NOTICE") return ["notice", text];
      if (!text.startsWith(ACTION)) return ["said", text];
      return ["action", text.slice(ACTION.length, text.endsWith("\x01") ? -1 : undefined)];
    }
    case "left":
      return ["left", event.reason];
    case "kicked":
      return ["kicked", [event.whom.nick, event.reason].filter((part) => part !== "").join(": ")];
    case "topic":
    case "edited":
      return [event.kind, event.text];
    case "mode":
      return [
        "mode",
        event.changes
          .map((change) => {
            const of =
              change.kind === "rank"
                ? change.whom.nick
                : change.kind === "list"
                  ? change.mask
                  : change.value;
            return `${change.add ? "+" : "-"}${change.letter}${of === null ? "" : ` ${of}`}`;
          })
          .join(", "),
      ];
    case "set":
      return ["mode", `${event.field} ${JSON.stringify(event.value)}`];
    case "renamed":
      return ["renamed", event.name];
    case "forgotten":
      return ["redacted", event.account];
    case "redacted":
      return ["redacted", event.reason];
    case "created":
    case "joined":
    case "dropped":
      return [event.kind, ""];
  }
}

/** "/me waves", as IRC carries it, with a \x01 behind it. */
const ACTION = "\x01ACTION ";
const REACTIONS = ["+draft/react", "+react", "+draft/unreact", "+unreact"];
const PAGE_EVENTS = 500;
