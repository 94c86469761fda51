import type { ChatLine } from "../../chat-client/client-state.ts";
import type { SayOptions } from "../../chat-client/session-interface.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { awaitCallback } from "../app-context.ts";
import { exportLineOf } from "../history/history-pages.ts";
import { failureSentence } from "../i18n/words.ts";
import { deleteMessage, editMessage, replyProblem } from "./message-change.ts";
import { PIPE_EXIT, type PipeContext, type PipeSession } from "./pipe-context.ts";
import { enterRoom } from "./pipe-log-in.ts";
import type { PipeCommand } from "./pipe-ports.ts";

/** Messages that may be unacknowledged at once: the server limits the rate of commands. */
const UNACKNOWLEDGED_MAX = 16;
/** UTF-16 units after which an input line without an end is cut; the rest becomes the next message. */
const LINE_LENGTH_MAX = 100_000;

type SendCommand = Extract<PipeCommand, { kind: "send" }>;

/**
 * Sends the text, or each line of standard input, and waits until the server has acknowledged every message. It
 * stops at the first refusal, because later lines were meant to be read after it. Resolves to the exit code.
 */
export async function runSend(
  context: PipeContext,
  pipeSession: PipeSession,
  command: SendCommand,
): Promise<number> {
  const { ports } = context;
  const failure =
    (await enterRoom(context, pipeSession)) ?? (await performSend(context, pipeSession, command));
  if (failure === null) return PIPE_EXIT.done;
  ports.printError(failure);
  return PIPE_EXIT.failed;
}

/** Resolves to null when everything was done, or to the sentence for what failed. */
async function performSend(
  context: PipeContext,
  pipeSession: PipeSession,
  command: SendCommand,
): Promise<string | null> {
  const { text, to } = command;
  if (to?.act === "delete") return deleteMessage(context, pipeSession, to.msgid, text ?? "");
  if (to?.act === "edit") {
    const edited = text ?? (await textOf(context.ports.stdin));
    return editMessage(context, pipeSession, to.msgid, sendableText(edited));
  }
  const problem = to === null ? null : await replyProblem(context, pipeSession, to.msgid);
  if (problem !== null) return problem;
  const sender = new Sender(context, pipeSession, command);
  if (text === null) await sendLines(linesOf(context.ports.stdin), sender);
  else await sender.send(sendableText(text));
  return sender.finish();
}

/** Sends lines until they end, or until sending fails, even while it waits for the next line. */
async function sendLines(lines: AsyncIterator<string>, sender: Sender): Promise<void> {
  for (;;) {
    const next = await Promise.race([lines.next(), sender.failed]);
    if (next === null || next.done === true) return;
    if ((await sender.send(sendableText(next.value))) !== null) return;
  }
}

/** Sends messages in order and tracks which of them the server has acknowledged. */
class Sender {
  readonly #context: PipeContext;
  readonly #pipeSession: PipeSession;
  readonly #options: SayOptions;
  readonly #isPrinting: boolean;
  #written: Promise<void> = Promise.resolve();
  /** Keys of the lines that the server hasn't answered. */
  readonly #unacknowledged = new Set<string>();
  #failure: string | null = null;
  readonly #failed = Promise.withResolvers<null>();
  #onChange: () => void = () => {};

  constructor(context: PipeContext, pipeSession: PipeSession, { to, json }: SendCommand) {
    this.#context = context;
    this.#pipeSession = pipeSession;
    this.#options = to === null ? {} : { replyTo: to.msgid };
    this.#isPrinting = json;
    const key = pipeSession.session.state.fold(pipeSession.target);
    pipeSession.connection.listen((event) => {
      if (event.kind === "line-changed" && event.key === key) this.#onLineChanged(event.line);
      else if (event.kind === "lines-loaded" && event.key === key) this.#dropMerged();
      else if (event.kind === "conversation-moved" && event.was === key)
        this.#fail(this.#movedSentence());
      else if (event.kind === "disconnected") this.#fail(this.#lostSentence());
      else return;
      this.#onChange();
    });
  }

  /** Resolves when sending has failed. */
  get failed(): Promise<null> {
    return this.#failed.promise;
  }

  /**
   * Sends a message, unless it is empty. Resolves when the next may be sent: to null, or to the sentence for
   * a failure so far.
   */
  async send(text: string): Promise<string | null> {
    if (text === "") return this.#failure;
    await this.#waitForFewerThan(UNACKNOWLEDGED_MAX);
    if (this.#failure !== null) return this.#failure;
    const { session, target } = this.#pipeSession;
    for (const key of session.commands.say(target, text, this.#options)) {
      const line = session.state.conversations
        .get(session.state.fold(target))
        ?.lines.find((candidate) => candidate.key === key);
      this.#unacknowledged.add(key);
      if (line !== undefined) this.#onLineChanged(line);
    }
    return this.#failure;
  }

  /** Resolves when every message is acknowledged: to null, or to the sentence for what failed. */
  async finish(): Promise<string | null> {
    await this.#waitForFewerThan(1);
    await this.#written;
    return this.#failure;
  }

  async #waitForFewerThan(count: number): Promise<void> {
    while (this.#unacknowledged.size >= count && this.#failure === null) {
      await awaitCallback<void>((done) => {
        this.#onChange = done;
      });
    }
  }

  /**
   * Drops merged lines: a message to oneself arrives twice, and the labelled copy is merged into the other
   * line.
   */
  #dropMerged(): void {
    const { session, target } = this.#pipeSession;
    const lines = session.state.conversations.get(session.state.fold(target))?.lines ?? [];
    for (const key of this.#unacknowledged) {
      if (!lines.some((line) => line.key === key)) this.#unacknowledged.delete(key);
    }
  }

  #onLineChanged(line: ChatLine): void {
    if (!this.#unacknowledged.has(line.key) || line.status === "sending") return;
    this.#unacknowledged.delete(line.key);
    if (line.status === "sent") return this.#print(line);
    const { words } = this.#context;
    if (line.status !== "failed") this.#fail(this.#lostSentence());
    else {
      const about = sanitize(this.#pipeSession.target);
      this.#fail(failureSentence(words, line.code ?? "", about, sanitize(line.problem)));
    }
  }

  /** Prints a message with its msgid, by which a script can edit it later. */
  #print(line: ChatLine): void {
    const record = exportLineOf(line, this.#pipeSession.target);
    if (!this.#isPrinting || record === null) return;
    const { ports, output } = this.#context;
    this.#written = output.write([...ports.format("jsonl", [record])].join(""));
  }

  #lostSentence(): string {
    const { pipeWords } = this.#context;
    const { size } = this.#unacknowledged;
    return size === 0 ? pipeWords.lost : pipeWords.lostWith(size);
  }

  /**
   * Returns the sentence for a recipient who gave up the nick: a script doesn't say which person it means.
   */
  #movedSentence(): string {
    return failureSentence(this.#context.words, "401", sanitize(this.#pipeSession.target), "");
  }

  #fail(sentence: string): void {
    this.#failure ??= sentence;
    this.#failed.resolve(null);
  }
}

/** Removes what would end the line on the wire. A text from the command line may have several lines. */
function sendableText(text: string): string {
  return text.replaceAll(/[\0\r]/g, "").trimEnd();
}

async function textOf(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  const lines: string[] = [];
  for await (const line of linesOf(input)) lines.push(line);
  return lines.join("\n");
}

async function* linesOf(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of input) {
    rest += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    for (; rest.length > LINE_LENGTH_MAX; rest = rest.slice(LINE_LENGTH_MAX)) {
      yield rest.slice(0, LINE_LENGTH_MAX);
    }
  }
  yield rest + decoder.decode();
}
