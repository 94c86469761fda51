import type { ConversationId, RoomEventOf } from "../../chat-server/event.ts";
import type { ReadWork } from "../../chat-server/server-ports.ts";
import { mentionsAfterEdit } from "../../protocol/mention.ts";
import { formatTime } from "../../protocol/time.ts";
import type { AppendFiles } from "./append-files.ts";
import { eraseAuthoredLines } from "./authored-lines.ts";
import { eraseLine, type LineChange, rewriteDay } from "./day-rewrite.ts";
import { decodeMentions } from "./decode-event-body.ts";
import type { HistoryFolder } from "./history-folder.ts";
import type { MsgidIndex } from "./msgid-index.ts";
import type { MessageRewrite, PendingRewrites } from "./pending-rewrites.ts";
import { parseRawLine, type RawLine } from "./stored-event.ts";

/**
 * Carries out all that is pending in one conversation, in one rewrite a day. Returns the edits and redactions whose
 * message isn't there (any more): nothing can be done about those, and they are pending no longer.
 *
 * An edit leaves its text in the message's line; the texts of earlier edits are removed. A redaction removes all of them,
 * and an erasure those of all messages of an account. The line of the message is the last to change, so after a crash the
 * work is done again. Adds the bytes that it copied to `read`. Rejects with file-system errors; everything is still pending
 * then, and reading applies it.
 */
export async function applyRewrites(
  folder: HistoryFolder,
  files: AppendFiles,
  msgids: MsgidIndex,
  pending: PendingRewrites,
  read: ReadWork,
): Promise<MessageRewrite[]> {
  const withoutMessage: MessageRewrite[] = [];
  const done: MessageRewrite[] = [];
  const editChanges: ChangesByDay = new Map();
  const messageChanges: ChangesByDay = new Map();
  for (const msgid of messagesIn(pending, folder.id)) {
    const rewrites = pending.ofMessage({ conversation: folder.id }, msgid);
    done.push(...rewrites);
    const position = await msgids.find(folder, msgid, read);
    const line = position === null ? null : folder.lineAt(position);
    const raw = line === null ? null : parseRawLine(line.bytes.toString("utf8"));
    if (position === null || line === null || raw === null || raw["kind"] !== "said") {
      withoutMessage.push(...rewrites);
      continue;
    }
    const change = changeOf(raw, rewrites);
    addChange(messageChanges, line.day, position, change.message);
    for (const edit of change.outdatedEdits) {
      const day = folder.dayOfPosition(edit);
      if (day === null) continue;
      addChange(day === line.day ? messageChanges : editChanges, day, edit, eraseLine);
    }
  }
  for (const [day, changes] of editChanges) {
    read.bytes += await rewriteDay(folder, day, files, changes);
  }
  for (const [day, changes] of messageChanges) {
    read.bytes += await rewriteDay(folder, day, files, changes);
  }
  pending.resolve(done);
  for (const erasure of pending.erasures(folder.id)) {
    await eraseAuthoredLines(folder, files, erasure, read);
    pending.resolveErasure(erasure);
  }
  return withoutMessage;
}

/** Day → position → how that line changes. */
type ChangesByDay = Map<string, Map<number, LineChange>>;

function addChange(
  changesByDay: ChangesByDay,
  day: string,
  position: number,
  change: LineChange,
): void {
  const changes = changesByDay.get(day);
  if (changes === undefined) changesByDay.set(day, new Map([[position, change]]));
  else changes.set(position, change);
}

/** Returns how a message's line changes, and the positions of the edits whose text goes. */
function changeOf(
  raw: RawLine,
  rewrites: readonly MessageRewrite[],
): { readonly message: LineChange; readonly outdatedEdits: number[] } {
  const newEdits = rewrites.filter((rewrite) => rewrite.kind === "edited");
  const before = Array.isArray(raw["edits"])
    ? raw["edits"].filter((position): position is number => typeof position === "number")
    : [];
  const positions = new Set([...before, ...newEdits.map(({ position }) => position)]);
  const edits = [...positions].sort((a, b) => a - b);
  // The texts of those before it are removed for good, so that a message that is edited all day stays as short.
  const carriedOut = edits.slice(-1);
  if (raw["gone"] === true || rewrites.some(({ kind }) => kind === "redacted")) {
    const message: LineChange = (line) => {
      const areEditsNew = setEdits(line, carriedOut);
      return eraseLine(line) || areEditsNew;
    };
    return { message, outdatedEdits: edits };
  }
  const inOrder = newEdits.toSorted((a, b) => a.position - b.position);
  const message: LineChange = (line) => {
    const areEditsNew = setEdits(line, carriedOut);
    if (areEditsNew) for (const edit of inOrder) setText(line, edit);
    return areEditsNew;
  };
  return { message, outdatedEdits: edits.slice(0, -1) };
}

/** Puts the text of an edit into a message's line; one that is withheld beside the text that the other sees. */
function setText(line: RawLine, { text, time, withheld, of }: RoomEventOf<"edited">): void {
  if (withheld === true && line["withheld"] !== true) {
    line["ownText"] = text;
    line["ownEditedAt"] = formatTime(time);
    return;
  }
  const { namedNow } = mentionsAfterEdit(decodeMentions(line), of);
  if (namedNow !== undefined) line["mentionsNow"] = namedNow;
  line["text"] = text;
  line["editedAt"] = formatTime(time);
  delete line["ownText"];
  delete line["ownEditedAt"];
}

/**
 * Notes in a message's line up to which edit all are carried out, so that none is carried out twice. Earlier versions
 * noted each of them. Returns whether that is new.
 */
function setEdits(line: RawLine, edits: readonly number[]): boolean {
  if (JSON.stringify(line["edits"] ?? []) === JSON.stringify(edits)) return false;
  line["edits"] = edits;
  return true;
}

/** Returns the msgids of the messages with pending edits or redactions. */
function messagesIn(pending: PendingRewrites, id: ConversationId): Set<string> {
  const msgids = new Set<string>();
  for (const { conversation, target } of pending.messageRewrites()) {
    if (conversation === id) msgids.add(target);
  }
  return msgids;
}
