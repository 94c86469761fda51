/** The files of a conversation, as FILE LIST answers. */
import { FILE_TAG, parseSharedFile, type SharedFile } from "../../protocol/file-facts.ts";
import { parseTime } from "../../protocol/time.ts";
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import type { HandlerContext } from "../handler-context.ts";
import type { NoAnswer } from "../session-interface.ts";

/** The most that a server lists at once. */
const LISTED_MAX = 500;
const LIST_BATCH = "sodam.chat/files";

/** A file of a conversation, and the message with which it was sent. */
export interface FileItem {
  readonly file: SharedFile;
  readonly msgid: string | null;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly nick: string;
}

/** Which files to list. */
export interface FileListQuery {
  readonly limit?: number;
  /** msgid of a message: only files that were sent before it. */
  readonly before?: string | null;
  /** Words of the name, `from:<nick>`, `type:picture` and the like; "" for all. */
  readonly filter?: string;
}

/** Receives the files, oldest first; null if the server refused, and `failure` says why. */
export type OnFilesListed = (files: readonly FileItem[] | null, failure: NoAnswer | null) => void;

/** Asks for the newest files of a room or of direct messages with a person. */
export function listFiles(
  context: HandlerContext,
  target: string,
  { limit = LISTED_MAX, before = null, filter = "" }: FileListQuery,
  done: OnFilesListed,
): void {
  const point = before === null ? "*" : `msgid=${before}`;
  const words = filter === "" ? [] : [filter];
  context.request("FILE", ["LIST", target, String(limit), point, ...words], {
    quiet: true,
    isAnswer: ({ verb, params }) =>
      (verb === "BATCH" && params[0] === LIST_BATCH) ||
      (verb === "FAIL" && params[0] === "FILE" && params[2] === "LIST"),
    onAnswer: (answer) => {
      if (answer.kind !== "answered") return done(null, answer);
      done(
        answer.messages.flatMap((message) => listedFile(context, message) ?? []),
        null,
      );
    },
  });
}

function listedFile(context: HandlerContext, message: Message): FileItem | null {
  const { verb, params, tags, source } = message;
  if (verb !== "FILE" || params[0] !== "ITEM") return null;
  const file = parseSharedFile(tags.get(FILE_TAG) ?? "");
  if (file === null) return null;
  const time = parseTime(tags.get("time") ?? "") ?? context.now();
  return { file, msgid: tags.get("msgid") ?? null, time, nick: nickOf(source ?? "") };
}
