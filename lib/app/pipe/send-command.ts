import type { ChatLine } from "../../chat-client/client-state.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { awaitCallback } from "../app-context.ts";
import { failureSentence } from "../i18n/words.ts";
import { PIPE_EXIT, type PipeContext, type PipeSession } from "./pipe-context.ts";
import { enterRoom } from "./pipe-log-in.ts";

/** Messages that may be unacknowledged at once: the server limits the rate of commands. */
const UNACKNOWLEDGED_MAX = 16;
/** UTF-16 units after which an input line without an end is cut; the rest becomes the next message. */
const LINE_LENGTH_MAX = 100_000;

/**
 * Sends `text`, or each line of standard input, and waits until the server has acknowledged every message. It
 * stops at the first refusal, because later lines were meant to be read after it. Resolves to the exit code.
 */
export async function runSend(
  context: PipeContext,
  pipeSession: PipeSession,
  text: string | null,
): Promise<number> {
  const { ports } = context;
  const problem = await enterRoom(context, pipeSession);
  if (problem !== null) {
    ports.printError(problem);
    return PIPE_EXIT.failed;
  }
  const sender = new Sender(context, pipeSession);
  if (text === null) await sendLines(linesOf(ports.stdin), sender);
  else await sender.send(sendableText(text));
  const failure = await sender.finish();
  if (failure === null) return PIPE_EXIT.done;
  ports.printError(failure);
  return PIPE_EXIT.failed;
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
  /** Keys of the lines that the server hasn't answered. */
  readonly #unacknowledged = new Set<string>();
  #failure: string | null = null;
  readonly #failed = Promise.withResolvers<null>();
  #onChange: () => void = () => {};

  constructor(context: PipeContext, pipeSession: PipeSession) {
    this.#context = context;
    this.#pipeSession = pipeSession;
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
    for (const key of session.say(target, text)) {
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
    if (line.status === "sent") return;
    const { words } = this.#context;
    if (line.status !== "failed") this.#fail(this.#lostSentence());
    else {
      const about = sanitize(this.#pipeSession.target);
      this.#fail(failureSentence(words, line.code ?? "", about, sanitize(line.problem)));
    }
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
