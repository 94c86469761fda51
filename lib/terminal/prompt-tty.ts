/**
 * stdin and stdout as the menus' package is given them: the real cursor stands on the field, late
 * syllables are waited for, and what is typed ahead of a prompt is that prompt's.
 */
import { PassThrough, Writable } from "node:stream";
import { FieldCursor } from "./field-cursor.ts";
import { IDLE, type Submit, type SubmitInput, submitStep } from "./ime-submit.ts";
import type { Stdin, Stdout } from "./tty.ts";
import { STANDARD_WIDTHS, type Widths } from "./width.ts";

/** An `output` for prompts of @clack/prompts that keeps the real cursor on the field. */
export function clackOutput(
  stdout: Stdout,
  colour: boolean,
  widths: Widths = STANDARD_WIDTHS,
): Writable {
  return new ClackOutput(stdout, colour, widths);
}

/**
 * An `input` for prompts of @clack/prompts in which Enter waits for a late syllable, as it does on
 * the chat screen. From the first prompt on it reads stdin, until somebody else listens to it: what
 * is typed ahead of a prompt is that prompt's. Make one and use it for every prompt.
 */
export function clackInput(stdin: Stdin, lateSyllable = true): PassThrough {
  return new ClackInput(stdin, lateSyllable);
}

/**
 * The field is found by how clack marks its cursor, and clack leaves the mark out together with colours where
 * NO_COLOR or CI stand in the environment. What colours there are is decided here.
 */
function markAlways(): void {
  delete process.env["NO_COLOR"];
  process.env["FORCE_COLOR"] = "1";
}

class ClackOutput extends Writable {
  #stdout: Stdout;
  #cursor: FieldCursor;

  constructor(stdout: Stdout, colour: boolean, widths: Widths) {
    super({ decodeStrings: false });
    this.#stdout = stdout;
    this.#cursor = new FieldCursor({ colour, widths });
    markAlways();
    // A prompt listens for it and lets go again; this one listener lasts as long as the output.
    stdout.on("resize", () => this.emit("resize"));
  }

  get isTTY(): boolean {
    return this.#stdout.isTTY;
  }

  get columns(): number {
    return this.#stdout.columns || 80;
  }

  get rows(): number {
    return this.#stdout.rows || 24;
  }

  override _write(chunk: string | Uint8Array, _: string, done: () => void): void {
    const text = typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
    this.#stdout.write(this.#cursor.follow(text, this.columns));
    done();
  }
}

/**
 * The terminal stays raw between two prompts. In the driver's own mode keys would be shown as they
 * are typed, a password too, Enter would come as another key, and what arrives while stdin is paused
 * was seen to be lost.
 */
class ClackInput extends PassThrough {
  #stdin: Stdin;
  #lateSyllable: boolean;
  #decoder = new TextDecoder();
  /** The letter before the cursor, as far as Enter cares. */
  #last = "";
  #submit: Submit = IDLE;
  #timer: Timer | null = null;
  #reading = false;
  #prompting = false;

  constructor(stdin: Stdin, lateSyllable: boolean) {
    super();
    this.#stdin = stdin;
    this.#lateSyllable = lateSyllable;
  }

  get isTTY(): boolean {
    return this.#stdin.isTTY;
  }

  /** clack turns raw mode on when a prompt opens and off, twice, when it closes. */
  setRawMode(on: boolean): this {
    this.#prompting = on;
    if (on) this.#take();
    // Between prompts an open stdin doesn't keep the process alive.
    else this.#stdin.unref();
    return this;
  }

  #take(): void {
    this.#stdin.ref();
    if (this.#reading) return;
    this.#reading = true;
    this.#stdin.on("data", this.#onData);
    this.#stdin.on("end", this.#onEnd);
    this.#stdin.on("newListener", this.#onListener);
    this.#stdin.setRawMode(true);
    this.#stdin.resume();
  }

  /** Somebody else reads from now on, in the mode that they set: what waits here is theirs. */
  #letGo(): void {
    this.#reading = false;
    this.#stdin.off("data", this.#onData);
    this.#stdin.off("end", this.#onEnd);
    this.#stdin.off("newListener", this.#onListener);
    this.#stdin.pause();
    this.#stdin.ref();
    // Whoever reads now waits for late syllables themselves.
    if (this.#timer !== null) this.#step({ kind: "timeout" });
    const ahead: Buffer[] = [];
    for (let piece = this.read(); piece !== null; piece = this.read()) ahead.push(piece);
    if (ahead.length > 0) this.#stdin.unshift(Buffer.concat(ahead));
  }

  #onListener = (event: string | symbol): void => {
    if (event === "data") this.#letGo();
  };

  #onData = (bytes: Uint8Array): void => {
    // Before the first prompt the driver has turned returns into newlines.
    const text = this.#decoder.decode(bytes, { stream: true }).replaceAll("\n", "\r");
    // The next prompt may be about to open; only when none does, nobody is there to be asked.
    if (!this.#prompting && text.includes(INTERRUPT)) setTimeout(() => this.#interruptIfIdle(), 0);
    for (const part of text.split(PROMPT_ENDS).filter((piece) => piece !== "")) {
      this.#step(
        part === "\r" ? { kind: "enter", text: this.#last } : { kind: "text", text: part },
      );
    }
  };

  /** Where no prompt is open to be left by Ctrl-C, it is what it is everywhere. */
  #interruptIfIdle(): void {
    if (this.#reading && !this.#prompting) process.kill(process.pid, "SIGINT");
  }

  #onEnd = (): void => {
    this.end();
  };

  #step(input: SubmitInput): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const { submit, send, holdMs, taken } = submitStep(this.#submit, input, this.#lateSyllable);
    this.#submit = submit;
    if (holdMs > 0) this.#timer = setTimeout(() => this.#step({ kind: "timeout" }), holdMs);
    const typed = input.kind === "text" ? input.text : "";
    this.#last = [...typed].at(-1) ?? "";
    const enter = send === null ? "" : "\r";
    for (const part of taken ? [typed, enter] : [enter, typed]) this.#pass(part);
  }

  /** In pieces: of one that ends a prompt, what stood behind its end would be lost. */
  #pass(text: string): void {
    if (text !== "") this.write(text.normalize("NFC"));
  }
}

const INTERRUPT = "\x03";
/** Keys behind which the rest belongs to the next prompt. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Ctrl-C is one.
const PROMPT_ENDS = /([\r\x03])/;
