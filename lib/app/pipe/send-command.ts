import type { ChatLine } from "../../chat-client/client-state.ts";
import { fold } from "../../protocol/names.ts";
import { clean } from "../../terminal/width.ts";
import { awaitCallback } from "../app-context.ts";
import { failureSentence } from "../i18n/words.ts";
import { enterRoom } from "./pipe-log-in.ts";
import { PIPE_EXIT, type PipeContext, type PipeSession } from "./pipe-task.ts";

/** Messages on their way at once: the server holds back who is faster than people talk. */
const UNDER_WAY_MAX = 16;
/** A line of a file without line ends is cut here, and goes on in the next message. */
const LINE_LETTERS_MAX = 100_000;

/**
 * Says `text`, or each line of standard input, and waits until the server has taken every one.
 * The first refusal ends it: what comes behind was meant to be read behind it.
 */
export async function runSend(
  task: PipeContext,
  inside: PipeSession,
  text: string | null,
): Promise<number> {
  const { ports } = task;
  const problem = await enterRoom(task, inside);
  if (problem !== null) {
    ports.complain(problem);
    return PIPE_EXIT.failed;
  }
  const mouth = new Mouth(task, inside);
  const lines = text === null ? linesOf(ports.stdin) : [text];
  for await (const line of lines) {
    const said = sayable(line);
    if (said === "") continue;
    if ((await mouth.say(said)) !== null) break;
  }
  const failure = await mouth.finish();
  if (failure === null) return PIPE_EXIT.done;
  ports.complain(failure);
  return PIPE_EXIT.failed;
}

/** Says one line after the other, and knows what became of each. */
class Mouth {
  readonly #task: PipeContext;
  readonly #inside: PipeSession;
  readonly #underWay = new Set<string>();
  #failure: string | null = null;
  #onMove: () => void = () => {};

  constructor(task: PipeContext, inside: PipeSession) {
    this.#task = task;
    this.#inside = inside;
    const key = fold(inside.target);
    inside.connection.listen((event) => {
      if (event.kind === "line-changed" && event.key === key) this.#became(event.line);
      else if (event.kind === "lines-loaded" && event.key === key) this.#forgetMerged();
      else if (event.kind === "disconnected") this.#fail(this.#lost());
      else return;
      this.#onMove();
    });
  }

  /** Resolves when there is room for another one: null, or what has gone wrong meanwhile. */
  async say(text: string): Promise<string | null> {
    await this.#fewerThan(UNDER_WAY_MAX);
    if (this.#failure !== null) return this.#failure;
    const { session, target } = this.#inside;
    for (const key of session.say(target, text)) {
      const line = session.state.conversations
        .get(fold(target))
        ?.lines.find((one) => one.key === key);
      this.#underWay.add(key);
      if (line !== undefined) this.#became(line);
    }
    return this.#failure;
  }

  /** Resolves when nothing is under way any more: null, or the sentence for what went wrong. */
  async finish(): Promise<string | null> {
    await this.#fewerThan(1);
    return this.#failure;
  }

  async #fewerThan(count: number): Promise<void> {
    while (this.#underWay.size >= count && this.#failure === null) {
      await awaitCallback<void>((done) => {
        this.#onMove = done;
      });
    }
  }

  /** A note to oneself comes twice, and the copy with the label leaves only the other one. */
  #forgetMerged(): void {
    const { session, target } = this.#inside;
    const lines = session.state.conversations.get(fold(target))?.lines ?? [];
    for (const key of this.#underWay) {
      if (!lines.some((line) => line.key === key)) this.#underWay.delete(key);
    }
  }

  #became(line: ChatLine): void {
    if (!this.#underWay.has(line.key) || line.status === "sending") return;
    this.#underWay.delete(line.key);
    if (line.status === "sent") return;
    const { words } = this.#task;
    if (line.status !== "failed") this.#fail(this.#lost());
    else {
      const about = clean(this.#inside.target);
      this.#fail(failureSentence(words, line.code ?? "", about, clean(line.problem)));
    }
  }

  #lost(): string {
    const { pipeWords } = this.#task;
    const unsure = this.#underWay.size;
    return unsure === 0 ? pipeWords.lost : pipeWords.lostWith(unsure);
  }

  #fail(sentence: string): void {
    this.#failure ??= sentence;
  }
}

/** Without what would end the line on the way. A text given as an argument may have several lines. */
function sayable(text: string): string {
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
    for (; rest.length > LINE_LETTERS_MAX; rest = rest.slice(LINE_LETTERS_MAX)) {
      yield rest.slice(0, LINE_LETTERS_MAX);
    }
  }
  yield rest + decoder.decode();
}
