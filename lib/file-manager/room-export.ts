import type { ConversationId, RoomEvent } from "../chat-server/event.ts";
import type { ExportKind, ExportRecord } from "./export.ts";
import type { RoomLog } from "./room-log.ts";

/**
 * A conversation's whole history as export records, oldest first, read a page at a time. Throws when a page
 * can't be read.
 *
 * @example await exportToFile("tea.txt", "text", exportHistory(log, id, "messages"), { force: false });
 */
export async function* exportHistory(
  log: RoomLog,
  conversation: ConversationId,
  kinds: "messages" | "all",
): AsyncGenerator<ExportRecord, void> {
  let since = 0;
  for (;;) {
    const events = await log.page(conversation, {
      direction: "after",
      from: { kind: "time", time: 0 },
      to: null,
      limit: PAGE_EVENTS,
      since,
      kinds,
    });
    if (events === null) throw new Error("the history cannot be read");
    for (const event of events) yield exportRecord(event);
    const last = events.at(-1);
    if (last === undefined) return;
    since = last.at + 1;
  }
}

/** An event as an export has it. */
function exportRecord(event: RoomEvent): ExportRecord {
  const [kind, text] = kindAndText(event);
  const { nick, account } = event.by;
  return { time: event.time, nick, kind, text, msgid: event.msgid, account };
}

function kindAndText(event: RoomEvent): readonly [ExportKind, string] {
  switch (event.kind) {
    case "said": {
      const { text } = event;
      if (event.verb === "TAGMSG") return ["reacted", Object.values(event.tags).join(" ")];
      if (event.verb === "NOTICE") return ["notice", text];
      return text.startsWith(ACTION) ? ["action", text.slice(ACTION.length)] : ["said", text];
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

/** "/me waves", as IRC carries it; the closing \x01 goes with the control characters. */
const ACTION = "\x01ACTION ";
const PAGE_EVENTS = 500;
