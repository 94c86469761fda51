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
import { mayFetch } from "../../files/file-access.ts";
import type { FetchGrant, FileGrant, UploadGrant } from "../../files/file-grants.ts";
import type { FileAnswers, Upload } from "../../files/file-queries.ts";
import { NOT_STORED, tooManyTries } from "../../relay/error-replies.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import { noteWrongToken } from "../../sessions/password-attempt.ts";
import { takeMemberPlace } from "../../sessions/places.ts";
import { untraced } from "../../wire-trace.ts";
import type { Delivery } from "./deliver-message.ts";
import {
  FILES_OFF,
  type FilePlace,
  type FileRefusal,
  isFull,
  prepareFile,
  refusal,
} from "./send-file.ts";

/**
 * The connections that carry files. Each begins with one line and a token, has no user, and closes when it has done its
 * part. What it costs is the granting session's. The bytes themselves aren't charged: an account has a budget of transfers,
 * and these give way to talk.
 */

const WRONG_TOKEN = refusal("INVALID_TOKEN", "That token is wrong, used, or too old");
const WITHOUT_TLS = refusal("INVALID_PARAMS", "Connect with TLS, as your session did");
const UNKNOWN_FILE = refusal("UNKNOWN_FILE", "There is no such file");
const UNAVAILABLE = refusal("TEMPORARILY_UNAVAILABLE", NOT_STORED);
/** The connection's gateway is of a version without files: to try again soon is of no use. */
const CARRIES_NONE = refusal("FILES_OFF", "Files can't be sent or fetched over this connection");

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
  // Used up: whoever listened has seen it.
  if (grant.session.link.secure && !session.link.secure) return end(WITHOUT_TLS);
  if (!state.options.files.isOn) return end(FILES_OFF);
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
    case "full":
      return isFull("disk");
    case "disk":
      return UNAVAILABLE;
    case "off":
      return CARRIES_NONE;
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
  if (sender === null) {
    // It comes back, and goes on at the file's end.
    yield* query({ kind: grant.isCancelled ? "drop-file" : "keep-file", key });
    return UNAVAILABLE;
  }
  const before = prepareFile(sender, grant);
  if ("sentence" in before) {
    yield* query({ kind: "drop-file", key });
    return before;
  }
  const place = placeOf(sender, grant, before);
  if (place === null) {
    yield* query({ kind: "drop-file", key });
    return UNAVAILABLE;
  }
  const { stored, isShared } = place;
  const { sha256, path } = stored;
  const { places } = state.fileGrants;
  if (!isShared) places.set(sha256, path);
  // If it gets no place.
  let end: TransferEnd = UNAVAILABLE;
  yield* query(
    {
      ...{ kind: "place-file", key, path },
      previewPath: stored.preview === undefined ? null : previewPath(stored),
    },
    // Also if the connection has closed meanwhile: nothing may be in its place that no message names.
    ({ done }) => {
      if (!isShared) places.delete(sha256);
      if (done) end = commit(context, grant, place);
      else state.runInBackground(runSteps(query({ kind: "drop-file", key })));
      if (end !== null && "msgid" in end) return;
      const { files } = state.rooms;
      const preview = stored.preview === undefined ? [] : [previewPath(stored)];
      files.onUnreferenced(files.hasPath(path) ? preview : [path, ...preview]);
    },
  );
  return end;
}

/** Where a file goes, and whether its bytes are there already, or about to be. */
interface ChosenPlace extends FilePlace {
  readonly isShared: boolean;
}

/** Returns where a file goes; `null` when nobody is there any more whom it could be for. */
function placeOf(
  { state, user }: RegisteredContext,
  { id, file, target }: UploadGrant,
  { conversation }: Delivery,
): ChosenPlace | null {
  const { sha256, name } = file;
  const samePath = state.rooms.files.byHash(sha256)?.path ?? state.fileGrants.places.get(sha256);
  if (samePath !== undefined) return { stored: { ...file, id, path: samePath }, isShared: true };
  if (conversation !== null && conversation !== "new") {
    const path = newFilePath(conversation.id, state.now, { id, name });
    return { stored: { ...file, id, path }, isShared: false };
  }
  // The two have a conversation when its message is sent, and not before.
  const peer = state.accountOfNick(target);
  if (user.accountId === null || peer === null) return null;
  const newId = state.newDirectId(user.accountId, peer);
  const path = newFilePath(newId, state.now, { id, name });
  return { stored: { ...file, id, path }, newId, isShared: false };
}

/** Sends the message of a file that is in its place, if it can still be sent. */
function commit(
  context: CommandContext,
  grant: UploadGrant,
  { stored, newId, isShared }: ChosenPlace,
): TransferEnd {
  const { files } = context.state.rooms;
  const isThere = !isShared || files.hasPath(stored.path);
  const sender = senderOf(context, grant);
  if (!isThere || sender === null || grant.isCancelled) return UNAVAILABLE;
  const delivery = prepareFile(sender, grant, { stored, ...(newId !== undefined && { newId }) });
  if ("sentence" in delivery) return delivery;
  sender.user.lastMessageElapsedMs = context.state.elapsedMs;
  const event = delivery.send();
  return event === null ? UNAVAILABLE : { msgid: event.msgid };
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
    ...{ kind: "send-file", link: untraced(session.link), server: reply.server },
    ...{ id: grant.id, path, offset },
  });
  session.isRaw = false;
  if (outcome === "missing") return UNKNOWN_FILE;
  if (outcome === "off") return CARRIES_NONE;
  return outcome === "later" ? UNAVAILABLE : null;
}
