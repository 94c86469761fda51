import { newFilePath, previewPath } from "../../../protocol/file-paths.ts";
import {
  type CommandContext,
  inSteps,
  type Outcome,
  query,
  type RegisteredContext,
  runSteps,
  type Steps,
} from "../../command.ts";
import type { ConversationId, StoredFile } from "../../event.ts";
import { mayFetch } from "../../files/file-access.ts";
import type { FetchGrant, FileGrant, UploadGrant } from "../../files/file-grants.ts";
import type { FileAnswers, Upload } from "../../files/file-queries.ts";
import { NOT_STORED, tooManyTries } from "../../relay/error-replies.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import { noteWrongToken } from "../../sessions/password-attempt.ts";
import { takeMemberPlace } from "../../sessions/places.ts";
import type { State } from "../../state.ts";
import type { User } from "../../users/user.ts";
import { untraced } from "../../wire-trace.ts";
import type { Delivery } from "./deliver-message.ts";
import { type FileRefusal, isFull, prepareFile, refusal } from "./send-file.ts";

/**
 * The connections that carry files. Each begins with one line and a token, has no user, and closes when it has done its
 * part. What it costs is the granting session's. The bytes themselves aren't charged: an account has a budget of transfers,
 * and these give way to talk.
 */

const WRONG_TOKEN = refusal("INVALID_TOKEN", "That token is wrong, used, or too old");
const UNKNOWN_FILE = refusal("UNKNOWN_FILE", "There is no such file");
const UNAVAILABLE = refusal("TEMPORARILY_UNAVAILABLE", NOT_STORED);

/** How a connection for a file ends: with a line for its peer, or none. */
type TransferEnd = FileRefusal | { readonly msgid: string } | null;

/** Handles `FILE PUT` and `FILE GET` of a connection that is nobody's yet. Returns "no" for anything else. */
export function carryFile(context: CommandContext): Outcome | "no" {
  const [subcommand = ""] = context.params;
  const kind = subcommand.toUpperCase();
  if (kind !== "PUT" && kind !== "GET") return "no";
  return carry(context, kind);
}

const carry = inSteps(function* (context: CommandContext, kind: FileGrant["kind"]): Steps {
  const { state, session, reply, params } = context;
  const [, token = "", offsetText = ""] = params;
  const end = (outcome: TransferEnd): void => {
    const { fileGrant } = session;
    if (fileGrant?.carrier === session) {
      fileGrant.carrier = null;
      state.fileGrants.end(fileGrant);
    }
    if (outcome !== null && "msgid" in outcome) reply.line("FILE", ["DONE", outcome.msgid]);
    else if (outcome !== null) {
      reply.fail("FILE", outcome.code, [kind, ...outcome.context], outcome.sentence);
    }
    closeSession(state, session, "The transfer has ended", reply);
  };
  const offset = /^\d{1,15}$/.test(offsetText) ? Number(offsetText) : null;
  if (offset === null || hasBegun(context)) {
    return end(refusal("INVALID_PARAMS", "Send a token and an offset, before anything else"));
  }
  const grant = state.fileGrants.take(token, kind, session, state.elapsedMs);
  if (grant === null) {
    const waitMs = noteWrongToken(state, session);
    if (waitMs === 0) return end(WRONG_TOKEN);
    const seconds = String(Math.ceil(waitMs / 1000));
    return end({ code: "RATE_LIMITED", context: [seconds], sentence: tooManyTries(waitMs) });
  }
  session.fileGrant = grant;
  if (grant.session.accountId !== null) takeMemberPlace(state, session, grant.session.accountId);
  state.budgets.begin(grant.session);
  const outcome =
    grant.kind === "PUT"
      ? yield* receive(context, grant, offset)
      : yield* give(context, grant, offset);
  end(outcome);
});

/** Whether a connection has done anything that belongs to no transfer. */
function hasBegun({ session }: CommandContext): boolean {
  return session.nick !== null || session.accountId !== null || session.capVersion > 0;
}

/** Takes a file's bytes, and sends its message when they are safe. */
function* receive(context: CommandContext, grant: UploadGrant, offset: number): Steps<TransferEnd> {
  const { state, session, reply } = context;
  const { account, file } = grant;
  if (offset > grant.offset)
    return refusal("INVALID_PARAMS", "The server hasn't got so much of it");
  const { sha256, size, preview = 0 } = file;
  const upload: Upload = { account, sha256, size, preview, offset };
  session.isRaw = true;
  const { outcome, key } = yield* query(
    { kind: "receive-file", link: untraced(session.link), server: reply.server, upload },
    ({ outcome, key }) => {
      // Nothing else goes on after a connection that is gone.
      if (session.phase === "closed")
        state.runInBackground(runSteps(after(context, grant, outcome, key)));
    },
  );
  session.isRaw = false;
  state.budgets.begin(grant.session);
  switch (outcome) {
    case "stored":
      return yield* sendMessageOf(context, grant, key);
    case "cut":
      return null;
    case "slow":
      return refusal("TOO_SLOW", "Nothing has moved for too long");
    case "wrong-hash":
      return refusal("WRONG_HASH", "These bytes are another file than the one that was offered");
    case "disk":
      return isFull("disk");
    case "off":
      return UNAVAILABLE;
  }
}

/** Sends what has come whole though its connection is gone, and deletes what is given up. Else a beginning is kept. */
function* after(
  context: CommandContext,
  grant: UploadGrant,
  outcome: FileAnswers["receive-file"]["outcome"],
  key: string,
): Steps {
  if (grant.isCancelled && key !== "") yield* query({ kind: "drop-file", key });
  else if (outcome === "stored") yield* sendMessageOf(context, grant, key);
}

/** Puts a file that has arrived into its place, and sends its message. The rights are asked again: it took a while. */
function* sendMessageOf(
  context: CommandContext,
  grant: UploadGrant,
  key: string,
): Steps<TransferEnd> {
  const { state } = context;
  const sender = senderOf(context, grant);
  const before = sender === null ? UNAVAILABLE : prepareFile(sender, grant);
  if (sender === null || "sentence" in before) {
    yield* query({ kind: "drop-file", key });
    return "sentence" in before ? before : UNAVAILABLE;
  }
  const known = state.rooms.files.byHash(grant.file.sha256);
  const stored = placeOf(sender, grant, before, known);
  if (stored === null) {
    yield* query({ kind: "drop-file", key });
    return UNAVAILABLE;
  }
  const { path } = stored;
  let end: TransferEnd = UNAVAILABLE;
  yield* query(
    {
      ...{ kind: "place-file", key, path: known === null ? path : null },
      previewPath: stored.preview === undefined ? null : previewPath(stored),
    },
    // Also if the connection has closed meanwhile: nothing may be in its place that no message names.
    ({ done }) => {
      if (done) end = commit(context, grant, stored, known !== null);
      else state.runInBackground(runSteps(query({ kind: "drop-file", key })));
    },
  );
  return end;
}

/** Returns a file as its message will name it; `null` when it can't be sent. */
function placeOf(
  { state, user }: RegisteredContext,
  { id, file, target }: UploadGrant,
  delivery: Delivery,
  known: StoredFile | null,
): StoredFile | null {
  if (known !== null) return { ...file, id, path: known.path };
  const isFirst = delivery.conversation === "new" || delivery.conversation === null;
  const conversation = isFirst ? newConversation(state, user, target) : delivery.conversation.id;
  return conversation === null
    ? null
    : { ...file, id, path: newFilePath(conversation, state.now, { id, name: file.name }) };
}

/** Begins the conversation of two people, whose first message has a file. */
function newConversation(state: State, user: User, target: string): ConversationId | null {
  const peer = state.accountOfNick(target);
  if (user.accountId === null || peer === null) return null;
  return state.directConversation(user.accountId, peer, user.identity)?.id ?? null;
}

/** Sends the message of a file that is in its place. What can't be sent any more is deleted there. */
function commit(
  context: CommandContext,
  grant: UploadGrant,
  stored: StoredFile,
  isShared: boolean,
): TransferEnd {
  const { files } = context.state.rooms;
  const isThere = !isShared || files.hasPath(stored.path);
  const sender = senderOf(context, grant);
  const isSendable = isThere && sender !== null && !grant.isCancelled;
  const delivery = isSendable ? prepareFile(sender, grant, stored) : UNAVAILABLE;
  if (sender !== null && !("sentence" in delivery)) {
    sender.user.lastMessageElapsedMs = context.state.elapsedMs;
    const event = delivery.send();
    if (event !== null) return { msgid: event.msgid };
  }
  const preview = stored.preview === undefined ? [] : [previewPath(stored)];
  files.onUnreferenced(isShared ? preview : [stored.path, ...preview]);
  return "sentence" in delivery ? delivery : UNAVAILABLE;
}

/** Returns the context of the session that was granted an upload; `null` when it has closed. */
function senderOf({ state }: CommandContext, { session }: UploadGrant): RegisteredContext | null {
  const { user, phase } = session;
  if (user === null || phase !== "registered") return null;
  const message = { tags: new Map(), source: null, verb: "FILE", params: [] };
  const reply = state.unsolicitedReply(session);
  return { state, session, user, reply, message, params: [] };
}

/** Sends a file's bytes, if the message may still be read by who was granted it. */
function* give(
  { state, session, reply }: CommandContext,
  grant: FetchGrant,
  offset: number,
): Steps<TransferEnd> {
  const sent = mayFetch(state, grant.session.user, grant.id);
  const size = grant.isPreview ? sent?.file.preview : sent?.file.size;
  if (sent === null || size === undefined) return UNKNOWN_FILE;
  if (offset > size) return refusal("INVALID_PARAMS", "The file isn't so long");
  const path = grant.isPreview ? previewPath(sent.file) : sent.file.path;
  session.isRaw = true;
  const { outcome } = yield* query({
    ...{ kind: "send-file", link: untraced(session.link), server: reply.server, path, offset },
  });
  session.isRaw = false;
  return outcome === "missing" || outcome === "off" ? UNAVAILABLE : null;
}
