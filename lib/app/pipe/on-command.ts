/** The pipe command `on`: runs a command of the user's for each message that fits, and says what it writes. */

import type { ClientEvent } from "../../chat-client/client-event.ts";
import type { ChatLine, ClientConversation } from "../../chat-client/client-state.ts";
import { relaysTag } from "../../chat-client/registration/capability-requests.ts";
import { type Folded, parseExistingAccount, parseExistingNick } from "../../protocol/names.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { exportLineOf } from "../history/history-pages.ts";
import { failureSentence } from "../i18n/words.ts";
import { compileMatch, type Match } from "./linear-match.ts";
import { environmentOf, type Groups, inputOf, maySpeak, withGroups } from "./on-filter.ts";
import { cleanOutput, messagesOf } from "./on-output.ts";
import { type OnWords, onWordsFor } from "./on-words.ts";
import { PIPE_EXIT, type PipeContext, type PipeSession } from "./pipe-context.ts";
import { enterRoom } from "./pipe-log-in.ts";
import type { CommandOutcome, OnCommand, RunningCommand } from "./pipe-ports.ts";
import { stayConnected } from "./stay-connected.ts";

/** Messages that may wait for the command: it runs for one at a time. */
const WAITING_MAX = 20;
/** Messages whose command has run, remembered by their ids. */
const HANDLED_MAX = 1000;
/** Between two answers, beyond the first few: servers disconnect those who flood. */
const PACE_MS = 1000;
const BURST_MS = 4 * PACE_MS;
/**
 * Answers to one person in a minute. Bots that don't say that they are bots could answer each other for ever; nobody asks
 * so often.
 */
const ANSWERS_MAX = 20;
const ANSWERS_MS = 60_000;
/** What was said this long before it came is played back by a bouncer, if it comes just after connecting. */
const OLD_MS = 10_000;
const PLAYBACK_MS = 60_000;
/** Letters of a message that are printed when its command has ended. */
const SHOWN_LETTERS_MAX = 80;

/** A message whose command is to run. */
interface Job {
  readonly key: Folded;
  readonly line: ChatLine;
  readonly groups: Groups;
}

/**
 * Checks what can be checked without a connection. Returns what runs the command, once there is one, until it is
 * interrupted, and resolves to the exit code; or why it can't, as a sentence.
 */
export function prepareOn(
  context: PipeContext,
  command: OnCommand,
): ((pipeSession: PipeSession) => Promise<number>) | string {
  const words = onWordsFor(context.language);
  const { match, from } = command;
  const [program = ""] = command.command;
  const compiled = match === null ? null : compileMatch(match);
  if (compiled !== null && "problem" in compiled) {
    return words.badMatch(sanitize(match ?? ""), sanitize(compiled.problem));
  }
  if (from !== null && parseExistingAccount(from) === null && parseExistingNick(from) === null) {
    return words.noAccountOf(sanitize(from));
  }
  if (!context.ports.isProgram(program)) return words.noProgram(sanitize(program));
  return async (pipeSession) => {
    const problem = await enterRoom(context, pipeSession);
    if (problem === null) {
      return new Promise((resolve) =>
        new On(context, pipeSession, command, compiled, words, resolve).begin(),
      );
    }
    context.ports.printError(problem);
    return PIPE_EXIT.failed;
  };
}

class On {
  readonly #context: PipeContext;
  readonly #pipeSession: PipeSession;
  readonly #command: OnCommand;
  readonly #match: Match | null;
  readonly #words: OnWords;
  readonly #finish: (exitCode: number) => void;
  /** Its conversation; null for all direct ones. */
  #key: Folded | null;
  readonly #handled = new Set<string>();
  readonly #waiting: Job[] = [];
  #isWorking = false;
  #isFullTold = false;
  #running: RunningCommand | null = null;
  #hasEnded = false;
  /** Keys of own lines that the server hasn't answered. */
  readonly #sent = new Set<string>();
  #paidUntilElapsed = 0;
  /** Who was answered in the last minute. */
  #answered: { readonly nick: string; readonly atElapsed: number }[] = [];
  #readyElapsed: number;
  readonly #conditions = new Set<() => void>();

  constructor(
    context: PipeContext,
    pipeSession: PipeSession,
    command: OnCommand,
    match: Match | null,
    words: OnWords,
    finish: (exitCode: number) => void,
  ) {
    this.#context = context;
    this.#pipeSession = pipeSession;
    this.#command = command;
    this.#match = match;
    this.#words = words;
    this.#finish = finish;
    const { session, target } = pipeSession;
    this.#key = target === "" ? null : session.state.fold(target);
    this.#readyElapsed = context.ports.elapsed();
  }

  begin(): void {
    const { ports } = this.#context;
    const { session, target } = this.#pipeSession;
    stayConnected(this.#context, this.#pipeSession, this.#command, {
      key: () => this.#key,
      onEvent: (event) => this.#onSessionEvent(event),
      onLost: () => {},
      onBack: () => {
        this.#readyElapsed = ports.elapsed();
        this.#look();
      },
      onEnd: (exitCode) => this.#end(exitCode),
    });
    ports.onInterrupt(() => this.#end(PIPE_EXIT.done));
    const where = target === "" ? this.#words.everybody : sanitize(target);
    ports.printError(this.#words.listening(where, sanitize(session.state.me.nick)));
  }

  #onSessionEvent(event: ClientEvent): void {
    if (event.kind === "line-added" && event.live) this.#onLine(event.key, event.line);
    else if (event.kind === "line-changed") this.#onLineChanged(event.line);
    else if (event.kind === "conversation-moved" && event.was === this.#key) this.#key = event.key;
    this.#look();
  }

  /** Lets the command run for a message, unless it isn't one that was just said here by somebody who may. */
  #onLine(key: Folded, line: ChatLine): void {
    const { state } = this.#pipeSession.session;
    const conversation = state.conversations.get(key);
    if (conversation === undefined || !this.#isHere(conversation) || this.#hasEnded) return;
    if (!maySpeak(line, conversation, state, this.#command) || this.#isOld(line)) return;
    const groups = this.#match === null ? [line.text] : this.#match(line.text);
    if (groups === null || !this.#isNew(line)) return;
    const job = { key, line, groups };
    if (this.#waiting.length < WAITING_MAX) {
      this.#waiting.push(job);
      void this.#work();
      return;
    }
    this.#report(job, this.#words.full);
    // Once until there is room again: whoever floods gets no flood of answers.
    if (this.#isFullTold) return;
    this.#isFullTold = true;
    void this.#answer(job, this.#words.said.full);
  }

  #isHere({ key, kind }: ClientConversation): boolean {
    return this.#key === null ? kind === "direct" : key === this.#key;
  }

  /** Whether a bouncer plays it back. Servers with a history send only what is being said. */
  #isOld(line: ChatLine): boolean {
    const { ports } = this.#context;
    if (this.#pipeSession.session.state.caps.has("draft/chathistory")) return false;
    const isJustBack = ports.elapsed() - this.#readyElapsed < PLAYBACK_MS;
    return isJustBack && line.time < ports.now() - OLD_MS;
  }

  /** Records a message, by its id where it has one. Returns false if it was recorded before. */
  #isNew({ msgid, key }: ChatLine): boolean {
    const id = msgid ?? key;
    if (this.#handled.has(id)) return false;
    this.#handled.add(id);
    const [oldest] = this.#handled;
    if (this.#handled.size > HANDLED_MAX && oldest !== undefined) this.#handled.delete(oldest);
    return true;
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
      this.#isFullTold = false;
      await this.#run(job);
    }
    this.#isWorking = false;
  }

  async #run(job: Job): Promise<void> {
    if (this.#hasEnded) return;
    const { ports } = this.#context;
    const { command, timeout, maxOutput } = this.#command;
    const words = this.#command.arguments ? withGroups(command, job.groups) : command;
    const conversation = this.#pipeSession.session.state.conversations.get(job.key);
    const record = conversation && exportLineOf(job.line, conversation.name);
    if (words === null) return this.#report(job, this.#words.option);
    if (conversation === undefined || record == null) return;
    const startedElapsed = ports.elapsed();
    this.#running = ports.startCommand({
      command: words,
      environment: environmentOf(job.line, conversation, job.groups),
      input: inputOf([...ports.format("jsonl", [record])].join(""), conversation, job.groups),
      timeoutMs: timeout * 1000,
      outputBytesMax: maxOutput,
      onErrorLine: (line) => ports.printError(line),
    });
    const outcome = await this.#running.outcome;
    this.#running = null;
    if (this.#hasEnded || outcome.kind === "stopped") return;
    const seconds = ((ports.elapsed() - startedElapsed) / 1000).toFixed(1);
    this.#report(job, this.#outcomeText(outcome, seconds));
    const answer = this.#answerTo(outcome);
    if (answer === "") return;
    if (this.#mayAnswer(job.line.nick)) await this.#answer(job, answer);
    else ports.printError(this.#words.tooMany(sanitize(job.line.nick)));
  }

  /** Counts an answer to somebody. Returns false when there were too many. */
  #mayAnswer(nick: string): boolean {
    const atElapsed = this.#context.ports.elapsed();
    const isRecent = ({ atElapsed: then }: { readonly atElapsed: number }): boolean =>
      atElapsed - then < ANSWERS_MS;
    this.#answered = this.#answered.filter(isRecent);
    if (this.#answered.filter((answer) => answer.nick === nick).length >= ANSWERS_MAX) return false;
    this.#answered.push({ nick, atElapsed });
    return true;
  }

  #outcomeText(outcome: CommandOutcome, seconds: string): string {
    const words = this.#words;
    switch (outcome.kind) {
      case "ended":
        return outcome.code === 0 ? words.ended(seconds) : words.exit(outcome.code, seconds);
      case "too-slow":
        return words.tooSlow(this.#command.timeout);
      case "too-long":
        return words.tooLong(this.#command.maxOutput);
      case "not-started":
      case "stopped":
        return words.notStarted;
    }
  }

  /** Returns what is said: the output, and what it doesn't tell by itself. */
  #answerTo(outcome: CommandOutcome): string {
    const { said } = this.#words;
    switch (outcome.kind) {
      case "ended": {
        const text = cleanOutput(outcome.output);
        return text === "" && outcome.code !== 0 ? said.failed(outcome.code) : text;
      }
      case "too-slow":
        return `${cleanOutput(outcome.output)}\n${said.tooSlow(this.#command.timeout)}`.trim();
      case "too-long":
        return `${cleanOutput(outcome.output)}\n${said.tooLong}`;
      case "not-started":
        return said.failed(null);
      case "stopped":
        return "";
    }
  }

  /** Says a text as a reply, as fast as a server takes it, and after a lost connection when it is back. */
  async #answer({ key, line }: Job, text: string): Promise<void> {
    const { session } = this.#pipeSession;
    const hasMultiline = session.state.caps.has("draft/multiline");
    let isFirst = true;
    for (const message of messagesOf(text, hasMultiline)) {
      await this.#pace();
      await this.#until(() => this.#hasEnded || this.#canSpeak(key));
      const conversation = session.state.conversations.get(key);
      if (this.#hasEnded || conversation === undefined) return;
      // Where a reply is a quote, the first has it.
      const isReply = isFirst || relaysTag(session.state, "+reply");
      const options = isReply ? { replyTo: line.msgid ?? line.key } : {};
      isFirst = false;
      for (const lineKey of session.commands.say(conversation.name, message, options)) {
        this.#sent.add(lineKey);
        const said = session.state.conversations.get(key)?.lines.find((l) => l.key === lineKey);
        if (said !== undefined) this.#onLineChanged(said);
      }
    }
  }

  /** Whether something can be said there now, or never any more. */
  #canSpeak(key: Folded): boolean {
    const { phase, conversations } = this.#pipeSession.session.state;
    const conversation = conversations.get(key);
    if (conversation === undefined) return true;
    return phase.kind === "ready" && (conversation.kind !== "room" || conversation.joined);
  }

  async #pace(): Promise<void> {
    const { ports } = this.#context;
    const now = ports.elapsed();
    const freeElapsed = Math.max(this.#paidUntilElapsed, now);
    this.#paidUntilElapsed = freeElapsed + PACE_MS;
    const waitMs = freeElapsed - now - BURST_MS;
    if (waitMs > 0) await new Promise<void>((resolve) => void ports.after(waitMs, resolve));
  }

  /** Resolves when a condition holds, which is looked at after every event. */
  #until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#conditions.delete(look);
        resolve();
      };
      this.#conditions.add(look);
      look();
    });
  }

  #look(): void {
    for (const look of [...this.#conditions]) look();
  }

  #onLineChanged(line: ChatLine): void {
    if (!this.#sent.has(line.key) || line.status === "sending" || line.status === "queued") return;
    this.#sent.delete(line.key);
    if (line.status === "sent") return;
    const { words, pipeWords, ports } = this.#context;
    const about = sanitize(this.#pipeSession.target);
    const problem =
      line.status === "unsure"
        ? pipeWords.lost
        : failureSentence(words, line.code ?? "", about, sanitize(line.problem));
    ports.printError(this.#words.notSaid(problem));
  }

  #report({ line, groups }: Job, outcome: string): void {
    const letters = [...sanitize(groups[0] ?? "")];
    const isCut = letters.length > SHOWN_LETTERS_MAX;
    const shown = `${letters.slice(0, SHOWN_LETTERS_MAX).join("")}${isCut ? "…" : ""}`;
    this.#context.ports.printError(this.#words.ran(sanitize(line.nick), shown, outcome));
  }

  /** Ends the command that runs, and then this. */
  #end(exitCode: number): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#waiting.length = 0;
    this.#look();
    const running = this.#running;
    if (running === null) return this.#finish(exitCode);
    running.stop();
    void running.outcome.then(() => this.#finish(exitCode));
  }
}
