import { FILE_TAG, formatFileFacts } from "../../protocol/file-facts.ts";
import { formatTime } from "../../protocol/time.ts";
import { timeOfId } from "../../protocol/timestamped-id.ts";
import { formatMessage } from "../../protocol/wire/message.ts";
import { escapeTagValue } from "../../protocol/wire/tags.ts";
import type { RegisteredContext, Steps } from "../command.ts";
import { FILE_LIST_MAX } from "../limits.ts";
import type { EncodedLine } from "../relay/encode-event.ts";
import { readableConversation } from "../rooms/access.ts";
import type { Conversation } from "../rooms/room.ts";
import { pause, Slice } from "../slices.ts";
import { mayReadMessageOf } from "./file-access.ts";
import { type FileFilter, parseFileFilter } from "./file-filter.ts";
import type { SentFile } from "./file-index.ts";

/**
 * Handles `FILE LIST <room or nick> <limit> [<before>] [:<filter>]`: sends the newest files of a conversation that the
 * asker may read, oldest first.
 */
export function* listFiles(context: RegisteredContext): Steps {
  const { state, user, reply, params } = context;
  const [, target = "", limitText = "", before = "*", filterText = ""] = params;
  const fail = (code: string, sentence: string): void =>
    reply.fail("FILE", code, ["LIST", target], sentence);
  const limit = /^[1-9]\d{0,8}$/.test(limitText)
    ? Math.min(Number(limitText), FILE_LIST_MAX)
    : null;
  if (limit === null) return fail("INVALID_PARAMS", "Give a number of files");
  const filter = parseFileFilter(state, filterText);
  if (filter === null) {
    return fail(
      "INVALID_PARAMS",
      "Give words, from:<nick>, and type:picture, video, audio or text",
    );
  }
  const conversation = readableConversation(state, user, target);
  if (conversation === null) {
    return fail("INVALID_TARGET", "There is no such room or person that you can read");
  }
  const isBefore = beforeOf(context, conversation, before);
  if (isBefore === null)
    return fail("INVALID_PARAMS", "Give a message as msgid=…, or * for the newest");
  const files =
    conversation === "nothing yet"
      ? []
      : yield* newestFiles(context, conversation, target, { limit, isBefore, filter });
  yield* reply.batchInSteps("sodam.chat/files", [target], function* () {
    const slice = new Slice(reply);
    for (const sent of files) {
      if (slice.isOver()) yield* pause();
      // It may have been redacted, and the asker kicked, while others had their turn.
      const isThere = state.rooms.files.byId(sent.file.id) === sent;
      if (!isThere || readableConversation(state, user, target) !== conversation) continue;
      reply.add(encodeItem(context, target, sent));
    }
  });
}

/** Returns the files of a page, oldest first. */
function* newestFiles(
  { state, user, reply }: RegisteredContext,
  conversation: Conversation,
  target: string,
  { limit, isBefore, filter }: { limit: number; isBefore: FileFilter; filter: FileFilter },
): Steps<readonly SentFile[]> {
  const files: SentFile[] = [];
  const slice = new Slice(reply);
  for (const sent of [...state.rooms.files.in(conversation.id)].reverse()) {
    if (files.length === limit) break;
    state.budgets.meter.rows += 1;
    if (slice.isOver()) {
      yield* pause();
      if (readableConversation(state, user, target) !== conversation) return [];
    }
    if (!isBefore(sent) || !mayReadMessageOf(sent, conversation, user)) continue;
    if (filter(sent)) files.push(sent);
  }
  return files.reverse();
}

/** Returns whether a file was sent before a reference; `null` for what is none. */
function beforeOf(
  { state }: RegisteredContext,
  conversation: Conversation | "nothing yet",
  before: string,
): FileFilter | null {
  if (before === "*") return () => true;
  const [, msgid] = /^msgid=(.+)$/.exec(before) ?? [];
  if (msgid === undefined) return null;
  const { files } = state.rooms;
  const last = conversation === "nothing yet" ? null : files.ofMessage(conversation.id, msgid);
  if (last !== null) return ({ position }) => position < last.position;
  // It was deleted since it was listed: those of the same moment may be listed again.
  const time = timeOfId(msgid);
  return time === null ? null : (sent) => sent.time <= time;
}

function encodeItem({ session }: RegisteredContext, target: string, sent: SentFile): EncodedLine {
  const { path: _, ...file } = sent.file;
  const { nick, user, host, account } = sent.by;
  const tags = [
    `time=${formatTime(sent.time)}`,
    `msgid=${sent.msgid}`,
    ...(account !== null && session.has("account-tag")
      ? [`account=${escapeTagValue(account)}`]
      : []),
    `${FILE_TAG}=${formatFileFacts(file)}`,
  ];
  const body = formatMessage("FILE", ["ITEM", target], `${nick}!${user}@${host}`);
  return { tags: tags.join(";"), body };
}
