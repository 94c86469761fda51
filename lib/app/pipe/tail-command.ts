import kleur from "kleur";
import type { ClientEvent } from "../../chat-client/client-event.ts";
import type { ChatLine } from "../../chat-client/client-state.ts";
import { fold } from "../../protocol/names.ts";
import type { HistoryPoint } from "../../protocol/wire/history-point.ts";
import { clean, cleanLines } from "../../terminal/width.ts";
import { connectFailureSentence } from "../connection/connect-to-server.ts";
import {
  exportLineOf,
  type HistorySource,
  PAGE_LINES,
  pointOf,
  readPage,
} from "../history/history-pages.ts";
import { type DateFormat, makeDateFormat } from "../i18n/date-format.ts";
import { enterRoom, logInSentence } from "./pipe-log-in.ts";
import type { PipeCommand } from "./pipe-ports.ts";
import { PIPE_EXIT, type PipeContext, type PipeSession } from "./pipe-task.ts";

/** Lines that are remembered to know them again where history and the live ones meet. */
const SEEN_MAX = 2 * PAGE_LINES;
/** A busy server is asked again after so long, when it doesn't say itself. */
const BUSY_MS = 10_000;

type TailCommand = Extract<PipeCommand, { kind: "tail" }>;

/** The last lines, and then what is said, each line once and in order, until one has had enough. */
export async function runTail(
  task: PipeContext,
  inside: PipeSession,
  command: TailCommand,
): Promise<number> {
  const problem = await enterRoom(task, inside);
  if (problem !== null) {
    task.ports.complain(problem);
    return PIPE_EXIT.failed;
  }
  return new Promise((resolve) => new Tail(task, inside, command, resolve).begin());
}

class Tail {
  readonly #task: PipeContext;
  readonly #inside: PipeSession;
  readonly #command: TailCommand;
  readonly #finish: (code: number) => void;
  readonly #calendar: DateFormat;
  readonly #seen = new Set<string>();
  #key: ReturnType<typeof fold>;
  /** Live lines that wait for the history before them; null when they go straight out. */
  #waiting: ChatLine[] | null = [];
  #last: HistoryPoint | null = null;

  constructor(
    task: PipeContext,
    inside: PipeSession,
    command: TailCommand,
    finish: (code: number) => void,
  ) {
    this.#task = task;
    this.#inside = inside;
    this.#command = command;
    this.#finish = finish;
    this.#calendar = makeDateFormat(task.language);
    this.#key = fold(inside.target);
  }

  begin(): void {
    const { connection } = this.#inside;
    connection.stays = true;
    connection.listen((event) => this.#hear(event));
    this.#task.ports.onInterrupt(() => this.#finish(PIPE_EXIT.done));
    this.#task.output.onGone(() => this.#finish(PIPE_EXIT.done));
    this.#catchUp();
  }

  get #source(): HistorySource {
    const { session, target } = this.#inside;
    return { session, target, ports: this.#task.ports };
  }

  #hear(event: ClientEvent): void {
    const { ports, pipeWords } = this.#task;
    switch (event.kind) {
      case "line-added":
        if (event.key === this.#key && event.live) this.#said(event.line);
        return;
      case "conversation-moved":
        if (event.was === this.#key) this.#key = event.key;
        return;
      case "kicked":
        if (event.key === this.#key) {
          this.#end(pipeWords.thrownOut(clean(this.#inside.target)), PIPE_EXIT.failed);
        }
        return;
      case "ready":
        ports.complain(pipeWords.back);
        this.#catchUp();
        return;
      case "disconnected":
        this.#disconnected(event.retry, event.text);
        return;
      case "log-in-failed":
        this.#refusedAtTheDoor(event.problem);
        return;
      default:
        return;
    }
  }

  #disconnected(retry: boolean, text: string): void {
    const { words, pipeWords } = this.#task;
    const { trouble, link } = this.#inside.connection;
    this.#waiting = [];
    if (trouble !== null)
      this.#end(connectFailureSentence({ words }, link, trouble), PIPE_EXIT.notIn);
    else if (!retry) this.#end(clean(text) || pipeWords.lost, PIPE_EXIT.notIn);
  }

  /** The way back in after a loss: a busy server is given time. */
  #refusedAtTheDoor(problem: Extract<ClientEvent, { kind: "log-in-failed" }>["problem"]): void {
    const { ports } = this.#task;
    if (problem.kind === "lost") return;
    if (problem.kind !== "busy" && problem.kind !== "slowed") {
      this.#end(logInSentence(this.#task, problem), PIPE_EXIT.notIn);
      return;
    }
    const seconds = problem.kind === "slowed" ? problem.seconds : null;
    const { session, credentials } = this.#inside;
    ports.after(seconds === null ? BUSY_MS : seconds * 1000, () => session.logIn(credentials));
  }

  /** History first: the latest lines at the beginning, what was missed after a loss. */
  #catchUp(): void {
    const waiting: ChatLine[] = [];
    this.#waiting = waiting;
    void this.#missed(() => this.#waiting === waiting).then((complete) => {
      if (!complete || this.#waiting !== waiting) return;
      this.#waiting = null;
      for (const line of waiting) this.#print(line);
    });
  }

  /** False when the connection broke meanwhile: the next one begins anew from the last line. */
  async #missed(isCurrent: () => boolean): Promise<boolean> {
    const { session } = this.#inside;
    if (!session.state.caps.has("draft/chathistory")) return true;
    const { lines: wanted } = this.#command;
    if (this.#last === null) return this.#latest(wanted, isCurrent);
    for (;;) {
      const page = await readPage(this.#source, "AFTER", this.#last, PAGE_LINES);
      if (!isCurrent() || page.kind === "lost") return false;
      if (page.kind === "failed") return this.#latest(PAGE_LINES, isCurrent);
      // Known lines alone are the end, too: a server that gives the last one again would be asked for ever.
      const news = page.lines.filter(({ line }) => this.#print(line));
      if (news.length === 0) return true;
    }
  }

  async #latest(wanted: number, isCurrent: () => boolean): Promise<boolean> {
    // One line is asked for in any case: it tells where to go on after a loss.
    const limit = Math.max(1, wanted);
    const latest = { kind: "latest" } as const;
    const page = await readPage(this.#source, "LATEST", latest, limit);
    if (!isCurrent() || page.kind === "lost") return false;
    if (page.kind === "failed") return true;
    for (const { line } of page.lines) {
      if (wanted > 0) this.#print(line);
      else this.#passed(line);
    }
    return true;
  }

  #said(line: ChatLine): void {
    if (this.#waiting === null) this.#print(line);
    else this.#waiting.push(line);
  }

  /** False when it was there already, or nobody said it. */
  #print(line: ChatLine): boolean {
    const record = exportLineOf(line);
    if (record === null || !this.#passed(line)) return false;
    const { ports, output } = this.#task;
    const text = this.#command.json
      ? [...ports.format("jsonl", [record])].join("")
      : `${this.#sentence(line)}\n`;
    void output.write(text);
    return true;
  }

  /** Remembers the place of a line; false when it was there already. */
  #passed(line: ChatLine): boolean {
    const id = line.msgid ?? line.key;
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    if (this.#seen.size > SEEN_MAX) {
      const [oldest] = this.#seen;
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    this.#last = pointOf(line);
    return true;
  }

  #sentence(line: ChatLine): string {
    // Behind a pipe, too: `| grep` and `| tee` end in a terminal. Moved in, the further lines can't pass for
    // somebody else's.
    const nick = kleur.bold(clean(line.nick));
    const text = cleanLines(line.text).join("\n      ");
    const clock = kleur.gray(this.#calendar.clock(line.time));
    if (line.kind === "action") return `${clock} * ${nick} ${text}`;
    return line.kind === "notice" ? `${clock} -${nick}- ${text}` : `${clock} ${nick} ${text}`;
  }

  #end(sentence: string, code: number): void {
    this.#task.ports.complain(sentence);
    this.#finish(code);
  }
}
