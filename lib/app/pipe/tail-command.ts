import kleur from "kleur";
import type { ClientEvent } from "../../chat-client/client-event.ts";
import type { ChatLine } from "../../chat-client/client-state.ts";
import type { fold } from "../../protocol/names.ts";
import type { HistoryPoint } from "../../protocol/wire/history-point.ts";
import { indentRows, sanitize, sanitizeLines } from "../../terminal/sanitize.ts";
import {
  exportLineOf,
  type HistorySource,
  PAGE_LINES,
  pointOf,
  readPage,
} from "../history/history-pages.ts";
import { parseTimeRange } from "../history/history-range.ts";
import { type DateFormat, makeDateFormat } from "../i18n/date-format.ts";
import { failureSentence } from "../i18n/words.ts";
import { missingMessage } from "./message-change.ts";
import { PIPE_EXIT, type PipeContext, type PipeSession } from "./pipe-context.ts";
import { enterRoom } from "./pipe-log-in.ts";
import type { PipeCommand } from "./pipe-ports.ts";
import { stayConnected } from "./stay-connected.ts";

/** Output that its reader hasn't taken, in UTF-16 units; beyond it the server has to wait. */
const UNWRITTEN_UNITS_MAX = 1 << 20;
/** Live messages that wait for the history before them; with more, they are read as history themselves. */
const PENDING_MAX = 2000;
/**
 * Printed lines that are remembered, to print a line once where history and live messages overlap: all that may be
 * pending, and the pages on their way meanwhile.
 */
const PRINTED_IDS_MAX = PENDING_MAX + 2 * PAGE_LINES;

/** Between the words of a command line there may be any character, but not in a msgid. */
const MSGID = /^[^\s:][^\s]*$/u;
/** "17:30" and "2h" could be msgids, and are what somebody types who means a time. */
const TIME_WITHOUT_DAY = /^(?:\d{1,2}:\d{2}(?::\d{2})?|\d{1,5}[smhdw])$/;

type TailCommand = Extract<PipeCommand, { kind: "tail" }>;

/**
 * Prints the last messages of the target and then each new one, once and in order, until it is interrupted or the
 * reader closes the pipe. After a loss it reconnects and prints what it has missed. Resolves to the exit code.
 */
export async function runTail(
  context: PipeContext,
  pipeSession: PipeSession,
  command: TailCommand,
): Promise<number> {
  const from = command.followFrom === null ? null : parseFollowFrom(command.followFrom);
  const problem =
    (await enterRoom(context, pipeSession)) ??
    (from?.kind === "msgid" ? await missingMessage(context, pipeSession, from.msgid) : null);
  if (problem !== null) {
    context.ports.printError(problem);
    return PIPE_EXIT.failed;
  }
  return new Promise((resolve) => new Tail(context, pipeSession, command, resolve).begin());
}

/** Parses `--follow-from`: a day or a time in UTC, or a msgid. Returns null when it is neither. */
export function parseFollowFrom(text: string): HistoryPoint | null {
  if (TIME_WITHOUT_DAY.test(text)) return null;
  if (!/^\d{4}-\d{2}-\d{2}/.test(text))
    return MSGID.test(text) ? { kind: "msgid", msgid: text } : null;
  const range = parseTimeRange(text, null);
  // One millisecond earlier, because AFTER excludes the moment itself.
  return range === null ? null : { kind: "time", time: Math.max(0, range.since - 1) };
}

class Tail {
  readonly #context: PipeContext;
  readonly #pipeSession: PipeSession;
  readonly #command: TailCommand;
  readonly #finish: (exitCode: number) => void;
  readonly #dateFormat: DateFormat;
  readonly #printedIds = new Set<string>();
  readonly #followFrom: HistoryPoint | null;
  #key: ReturnType<typeof fold>;
  /** Live messages to print after the history before them; null: live messages are printed at once. */
  #pending: ChatLine[] | null = [];
  /** Whether live messages were left out of `#pending`. */
  #hasOverflowed = false;
  #lastPoint: HistoryPoint | null = null;
  /** When the last message was sent that was printed (ms). */
  #lastTime: number | null = null;
  #unwrittenUnits = 0;

  constructor(
    context: PipeContext,
    pipeSession: PipeSession,
    command: TailCommand,
    finish: (exitCode: number) => void,
  ) {
    this.#context = context;
    this.#pipeSession = pipeSession;
    this.#command = command;
    this.#finish = finish;
    this.#dateFormat = makeDateFormat(context.language);
    this.#key = pipeSession.session.state.fold(pipeSession.target);
    this.#followFrom = command.followFrom === null ? null : parseFollowFrom(command.followFrom);
  }

  begin(): void {
    const { ports, output } = this.#context;
    stayConnected(this.#context, this.#pipeSession, this.#command, {
      key: () => this.#key,
      onEvent: (event) => this.#onSessionEvent(event),
      onLost: () => {
        this.#pending = [];
      },
      onBack: () => this.#catchUp(),
      onEnd: (exitCode) => this.#finish(exitCode),
    });
    ports.onInterrupt(() => this.#finish(PIPE_EXIT.done));
    output.onClosed(() => this.#finish(PIPE_EXIT.done));
    this.#catchUp();
  }

  get #source(): HistorySource {
    const { session, target } = this.#pipeSession;
    return { session, target, ports: this.#context.ports };
  }

  #onSessionEvent(event: ClientEvent): void {
    if (event.kind === "line-added") {
      if (event.key === this.#key && event.live) this.#onLiveLine(event.line);
    } else if (event.kind === "conversation-moved" && event.was === this.#key) {
      this.#key = event.key;
    }
  }

  /** Prints history first (the latest messages, or those missed during a loss), and then the pending ones. */
  #catchUp(): void {
    const pending: ChatLine[] = [];
    this.#pending = pending;
    this.#hasOverflowed = false;
    const isCurrent = (): boolean => this.#pending === pending;
    const { session } = this.#pipeSession;
    void this.#printHistory(isCurrent).then((isComplete) => {
      if (!isCurrent() || session.state.phase.kind !== "ready") return;
      // An answer that took too long, perhaps since the output's reader does: what came meanwhile would wait for ever.
      if (!isComplete || this.#hasOverflowed) return this.#catchUp();
      this.#pending = null;
      for (const line of pending) this.#print(line);
    });
  }

  /** Resolves to false when the connection was lost meanwhile; the next one continues after the last line. */
  async #printHistory(isCurrent: () => boolean): Promise<boolean> {
    const { session } = this.#pipeSession;
    if (!session.state.caps.has("draft/chathistory")) {
      if (this.#followFrom !== null) this.#end(this.#context.pipeWords.noHistory);
      return true;
    }
    this.#lastPoint ??= this.#followFrom;
    if (this.#lastPoint === null) return this.#printLatest(this.#command.lines, isCurrent);
    for (;;) {
      const page = await readPage(this.#source, "AFTER", this.#lastPoint, PAGE_LINES);
      if (!isCurrent() || page.kind === "lost") return false;
      if (page.kind === "failed") return this.#onPageFailed(page.code, isCurrent);
      // Also ends when all are known: a server that repeats the last one would be queried forever.
      const newMessages = page.messages.filter(({ line }) => this.#print(line));
      if (newMessages.length === 0) return true;
    }
  }

  /** The last message may be gone from the history; its time isn't. What was asked for from the beginning must be there. */
  #onPageFailed(code: string, isCurrent: () => boolean): Promise<boolean> {
    if (this.#followFrom === null) return this.#printLatest(PAGE_LINES, isCurrent);
    if (this.#lastPoint?.kind === "msgid" && this.#lastTime !== null) {
      this.#lastPoint = { kind: "time", time: this.#lastTime - 1 };
      return this.#printHistory(isCurrent);
    }
    const { pipeWords, words } = this.#context;
    const why = failureSentence(words, code, sanitize(this.#pipeSession.target), "");
    this.#end(pipeWords.historyFailed(why));
    return Promise.resolve(true);
  }

  async #printLatest(count: number, isCurrent: () => boolean): Promise<boolean> {
    // At least one, even if none is to be printed: its point is where to continue after a loss.
    const limit = Math.max(1, count);
    const latest = { kind: "latest" } as const;
    const page = await readPage(this.#source, "LATEST", latest, limit);
    if (!isCurrent() || page.kind === "lost") return false;
    if (page.kind === "failed") return true;
    for (const { line } of page.messages) {
      if (count > 0) this.#print(line);
      else this.#markPrinted(line);
    }
    return true;
  }

  #onLiveLine(line: ChatLine): void {
    if (this.#pending === null) this.#print(line);
    else if (this.#pending.length < PENDING_MAX) this.#pending.push(line);
    else this.#hasOverflowed = true;
  }

  /** Prints a message. Returns false when it was printed before, or isn't a message. */
  #print(line: ChatLine): boolean {
    const record = exportLineOf(line, this.#pipeSession.target);
    if (record === null || !this.#markPrinted(line)) return false;
    // A blocked person's, or one with a word that the user is spared. It counts as printed: history goes on behind it.
    if (line.folded !== null) return true;
    const { ports } = this.#context;
    const text = this.#command.json
      ? [...ports.format("jsonl", [record])].join("")
      : `${this.#formatLine(line, record.text)}\n`;
    this.#write(text);
    return true;
  }

  /** Writes as fast as the reader takes it: a server can say more than memory holds. */
  #write(text: string): void {
    const { connection } = this.#pipeSession;
    this.#unwrittenUnits += text.length;
    if (this.#unwrittenUnits > UNWRITTEN_UNITS_MAX) connection.hold(true);
    void this.#context.output.write(text).then(() => {
      this.#unwrittenUnits -= text.length;
      if (this.#unwrittenUnits === 0) connection.hold(false);
    });
  }

  /**
   * Records a line as printed, and as the point to continue from. Returns false if it was recorded before.
   */
  #markPrinted(line: ChatLine): boolean {
    const id = line.msgid ?? line.key;
    if (this.#printedIds.has(id)) return false;
    this.#printedIds.add(id);
    if (this.#printedIds.size > PRINTED_IDS_MAX) {
      const [oldest] = this.#printedIds;
      if (oldest !== undefined) this.#printedIds.delete(oldest);
    }
    this.#lastPoint = pointOf(line);
    this.#lastTime = line.time;
    return true;
  }

  #formatLine(line: ChatLine, shownText: string): string {
    // Sanitized also in a pipe: `| grep` and `| tee` end in a terminal. Indented, so that a further line of a
    // message can't look like another user's message.
    const nick = kleur.bold(sanitize(line.nick));
    const text = sanitizeLines(shownText).join("\n");
    const clock = kleur.gray(this.#dateFormat.clock(line.time));
    const author =
      line.kind === "action" ? `* ${nick}` : line.kind === "notice" ? `-${nick}-` : nick;
    return indentRows(`${clock} ${author} ${text}`, this.#context.ports.stdout.columns);
  }

  #end(sentence: string): void {
    this.#context.ports.printError(sentence);
    this.#finish(PIPE_EXIT.failed);
  }
}
