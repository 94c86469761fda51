/** The pipe commands that move files: `send ROOM --file FILE` and `get`. */
import { basename } from "node:path";
import type { ChatLine } from "../../chat-client/client-state.ts";
import type { Transfer } from "../../chat-client/files/transfer.ts";
import { formatFileSize, isFileId } from "../../protocol/file-facts.ts";
import { isLinkLike, parseLink } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { transferSentence } from "../files/transfer-sentence.ts";
import { exportLineOf } from "../history/history-pages.ts";
import { OutputSink } from "./output-sink.ts";
import { PIPE_EXIT, type PipeContext, type PipeSession } from "./pipe-context.ts";
import { enterRoom } from "./pipe-log-in.ts";
import type { PipeCommand } from "./pipe-ports.ts";
import { endProgress, endWithError, showTransfer } from "./progress.ts";
import { stayConnected } from "./stay-connected.ts";

/** What standard input is called, and standard output. */
const STANDARD = "-";
/** The name of a file that comes from standard input, if no other is given. */
const INPUT_NAME = "input";

type SendCommand = Extract<PipeCommand, { kind: "send" }>;
type GetCommand = Extract<PipeCommand, { kind: "get" }>;

/** Returns the id of a file in what a person gives: a link, `file-ID` or the id alone; null where there is none. */
export function fileIdOf(text: string): string | null {
  const id = isLinkLike(text) ? (parseLink(text)?.file ?? "") : text.replace(/^file-/, "");
  return isFileId(id) ? id : null;
}

/** Sends a file with a text as its caption. Resolves to the exit code once its message was sent. */
export async function runSendFile(
  context: PipeContext,
  pipeSession: PipeSession,
  command: SendCommand & { readonly file: string },
): Promise<number> {
  const { ports, words, output } = context;
  const { session, target } = pipeSession;
  const { file, text, to } = command;
  const problem = await enterRoom(context, pipeSession);
  if (problem !== null) return endWithError(context, problem);
  const files = ports.transferFiles;
  const { sizeMax } = session.files;
  if (sizeMax === null || files === undefined)
    return endWithError(context, words.failures.FILES_OFF(""));
  const name = command.name ?? (file === STANDARD ? INPUT_NAME : basename(file));
  const source =
    file === STANDARD
      ? files.fromStream(name, ports.stdin, sizeMax)
      : files.source(file, { name, shrink: false });
  const sent = await awaitTransfer(context, pipeSession, command, (onEnd) =>
    session.files.send(target, source, text ?? "", {
      ...(to !== null && { replyTo: to.msgid }),
      onEnd,
    }),
  );
  if (typeof sent === "number") return sent;
  if (sent.state !== "done") return failed(context, sent);
  endProgress(context);
  if (command.json && sent.msgid !== null) {
    const line = await lineOf(pipeSession, sent.msgid);
    const record = line === null ? null : exportLineOf(line, target);
    if (record !== null) await output.write([...ports.format("jsonl", [record])].join(""));
  }
  return PIPE_EXIT.done;
}

/** Fetches a file into the current folder, another file, or standard output. Resolves to the exit code. */
export async function runGet(
  context: PipeContext,
  pipeSession: PipeSession,
  command: GetCommand,
): Promise<number> {
  const { ports, words, pipeWords } = context;
  const { session } = pipeSession;
  const id = fileIdOf(command.file);
  const files = ports.transferFiles;
  if (id === null) return endWithError(context, pipeWords.badFile(sanitize(command.file)));
  if (session.files.sizeMax === null || files === undefined) {
    return endWithError(context, words.failures.FILES_OFF(""));
  }
  const { output: path, force } = command;
  const sink =
    path === STANDARD
      ? new OutputSink(ports.stdout)
      : path === null
        ? files.saveInto(".")
        : files.saveAs(path, force);
  const fetched = await awaitTransfer(context, pipeSession, command, (onEnd) =>
    session.files.get({ id }, sink, { onEnd }),
  );
  if (typeof fetched === "number") return fetched;
  if (fetched.state !== "done") return failed(context, fetched, path);
  const size = formatFileSize(fetched.size);
  endProgress(
    context,
    fetched.path === null ? undefined : pipeWords.fetched(sanitize(fetched.path), size),
  );
  return PIPE_EXIT.done;
}

/** Starts a transfer, and shows it until it ends or nothing can be done any more: then resolves to the exit code. */
function awaitTransfer(
  context: PipeContext,
  pipeSession: PipeSession,
  command: PipeCommand,
  start: (onEnd: (transfer: Transfer) => void) => string,
): Promise<Transfer | number> {
  const { session, target } = pipeSession;
  return new Promise((resolve) => {
    stayConnected(context, pipeSession, command, {
      key: () => (target === "" ? null : session.state.fold(target)),
      onEvent: (event) => {
        if (event.kind === "transfer") showTransfer(context, event.transfer);
      },
      onLost: () => endProgress(context),
      onBack: () => {},
      onEnd: resolve,
    });
    start(resolve);
  });
}

function failed(context: PipeContext, transfer: Transfer, path: string | null = null): number {
  const { words, pipeWords } = context;
  const { problem, name } = transfer;
  if (problem?.kind === "disk" && problem.why === "closed") return PIPE_EXIT.failed;
  if (problem?.kind === "disk" && problem.why === "exists" && path !== null) {
    return endWithError(context, pipeWords.taken(sanitize(path)));
  }
  const shown = path === null || path === STANDARD ? name : path;
  const sentence = transferSentence(words, { ...transfer, name: shown });
  return endWithError(context, shown === "" ? sentence : `${sanitize(shown)}: ${sentence}`);
}

/** Resolves to the line of a message, which may come a moment after the file's own connection has told of it. */
function lineOf(
  { connection, session, target }: PipeSession,
  msgid: string,
): Promise<ChatLine | null> {
  const find = (): ChatLine | undefined =>
    session.state.conversations
      .get(session.state.fold(target))
      ?.lines.find((line) => line.msgid === msgid);
  const line = find();
  if (line !== undefined) return Promise.resolve(line);
  return new Promise((resolve) => {
    connection.listen((event) => {
      if (event.kind === "disconnected") resolve(null);
      else if (event.kind === "line-added" && event.line.msgid === msgid) resolve(event.line);
    });
  });
}
