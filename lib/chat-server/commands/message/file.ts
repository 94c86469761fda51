import { FILE_TAG, formatFileFacts, isFileId } from "../../../protocol/file-facts.ts";
import { escapeTagValue } from "../../../protocol/wire/tags.ts";
import { type Command, inSteps, query, type RegisteredContext, type Steps } from "../../command.ts";
import { mayFetch } from "../../files/file-access.ts";
import { type FileGrant, TOKEN_MS } from "../../files/file-grants.ts";
import { listFiles } from "../../files/file-list-reply.ts";
import { filePayer } from "../../files/file-quotas.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import { carryFile } from "./file-transfer.ts";
import { FILES_OFF, sendFile } from "./send-file.ts";

/**
 * FILE: sends files, and gets them. The session asks, and the bytes go over connections of their own, which begin with
 * this command. See docs/protocol.md, sodam.chat/files.
 */
export const FILE: Command = {
  verb: "FILE",
  params: 1,
  phase: "registered",
  cost: 2,
  handle: inSteps(function* (context: RegisteredContext) {
    const { state, reply, params } = context;
    const [subcommand = "", id = ""] = params;
    const name = subcommand.toUpperCase();
    if (!state.options.files.isOn) {
      return reply.fail("FILE", FILES_OFF.code, [name], FILES_OFF.sentence);
    }
    switch (name) {
      case "SEND":
        return yield* sendFile(context);
      case "CANCEL":
        return yield* cancel(context, id);
      case "FETCH":
        return fetchFile(context, id);
      case "LIST":
        return yield* listFiles(context);
    }
    const isTransfer = name === "PUT" || name === "GET";
    const sentence = isTransfer ? "Open a connection of its own for that" : "Unknown subcommand";
    reply.fail("FILE", "INVALID_PARAMS", [subcommand], sentence);
  }),
  beforeRegistration: carryFile,
};

/** Gives up sending a file, also while it is being sent, and deletes what has arrived of it. */
function* cancel({ state, session, reply }: RegisteredContext, id: string): Steps {
  const upload = state.fileGrants.uploadOf(session, id);
  if (upload === null) return refuseUnknown(reply, "CANCEL", id);
  const { carrier, account, file } = upload;
  upload.isCancelled = true;
  state.fileGrants.end(upload);
  if (carrier !== null) closeSession(state, carrier, "Cancelled");
  const { sha256, size } = file;
  const { key } = yield* query({ kind: "unfinished-file", account, sha256, size });
  if (key !== "") yield* query({ kind: "drop-file", key });
  reply.line("FILE", ["CANCELLED", id]);
}

/** Grants a file, or its preview, to who may read its message. */
function fetchFile({ state, session, user, reply, params }: RegisteredContext, id: string): void {
  const [, , what = ""] = params;
  if (!isFileId(id) || !/^(?:preview)?$/i.test(what)) {
    const sentence = "Give a file's id, and preview if you want that";
    return reply.fail("FILE", "INVALID_PARAMS", ["FETCH"], sentence);
  }
  const isPreview = what !== "";
  const sent = mayFetch(state, user, id);
  if (sent === null || (isPreview && sent.file.preview === undefined)) {
    return refuseUnknown(reply, "FETCH", id);
  }
  const payer = filePayer(state, session);
  const { elapsedMs, fileGrants, ports } = state;
  if (!fileGrants.hasPlace(payer, isPreview, elapsedMs)) {
    const sentence = "Too many files are under way. Wait for one of them";
    return reply.fail("FILE", "TOO_MANY_TRANSFERS", ["FETCH", id], sentence);
  }
  const grant: FileGrant = {
    ...{ kind: "GET", id, token: ports.random.id(), session, payer, isPreview },
    ...{ expiresElapsedMs: elapsedMs + TOKEN_MS, carrier: null, isUsed: false },
  };
  fileGrants.add(grant);
  const { path: _, ...facts } = sent.file;
  const tag = `${FILE_TAG}=${escapeTagValue(formatFileFacts(facts))}`;
  const words = ["GRANT", id, grant.token, "0", String(TOKEN_MS / 1000)];
  reply.line("FILE", words, reply.server, session.has("sodam.chat/files") ? tag : "");
}

/** Whether there is no such file, or it isn't the asker's to have: they aren't told. */
function refuseUnknown(reply: RegisteredContext["reply"], subcommand: string, id: string): void {
  reply.fail("FILE", "UNKNOWN_FILE", [subcommand, id], "There is no such file");
}
