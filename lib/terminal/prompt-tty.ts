/**
 * stdin and stdout for the prompts of @clack/prompts: the real cursor stands on the field, Enter
 * waits for a late syllable, and type-ahead goes to the next prompt.
 */
import { PassThrough, Writable } from "node:stream";
import type { Rgb } from "./colour.ts";
import { FieldCursor } from "./field-cursor.ts";
import {
  type Keyboard,
  keyboardAfter,
  type SubmitInput,
  type SubmitState,
  submitStep,
} from "./ime-submit.ts";
import { type Key, KeyReader } from "./key-reader.ts";
import type { Stdin, Stdout } from "./restore-on-exit.ts";
import { onSuspend, refreshSize, setRawModeAnew, suspend } from "./suspend.ts";
import { STANDARD_WIDTHS, type Widths } from "./width.ts";

const INTERRUPT = "\x03";
/** Ctrl-Z. Clack's own reader would stop the process with the terminal in raw mode. */
const SUSPEND = "\x1a";
const ENTER = "\r";
const ESCAPE = "\x1b";
/** What clack reads of the named keys. */
const KEY_BYTES: Readonly<Record<string, string>> = {
  ...{ enter: ENTER, tab: "\t", backspace: "\x7f", escape: ESCAPE, space: " " },
  ...{
    up: "\x1b[A",
    down: "\x1b[B",
    right: "\x1b[C",
    left: "\x1b[D",
    home: "\x1b[H",
    end: "\x1b[F",
  },
  ...{ insert: "\x1b[2~", delete: "\x1b[3~", pageup: "\x1b[5~", pagedown: "\x1b[6~" },
};

/** Tells what left a prompt: clack reports the same of Ctrl-C and of Escape. */
interface InterruptNote {
  /** Whether the last prompt that was left was left by Ctrl-C. */
  readonly wasInterrupted: boolean;
}

/** While nothing is asked, keys can be ignored. */
interface IgnoresKeys {
  /**
   * Drops what is typed, and doesn't let the terminal echo it, or stops that. Ctrl-C and Ctrl-Z work all the same.
   */
  ignoreKeys(on: boolean): void;
}

/** What {@link clackStreams} can be told. */
interface ClackOptions {
  /** Whether there are colours. */
  readonly colour: boolean;
  /** Whether Enter waits for a late syllable, as on the chat screen. Default: true. */
  readonly lateSyllable?: boolean;
  /** What the locale tells of the keyboard. */
  readonly keyboard?: Keyboard;
  readonly widths?: Widths;
  /** The bytes that ask for the terminal's background, from `backgroundQuery`. Default: it isn't asked for. */
  readonly backgroundQuery?: string;
  /** Called with the terminal's answer to that. */
  onBackground?(colour: Rgb): void;
}

/**
 * Returns the streams for clack's prompts. `output` keeps the real cursor on the field. From the first prompt on
 * `input` reads stdin, until other code adds a "data" listener; type-ahead goes to the next prompt. Ctrl-Z stops the
 * process below the prompt, which is drawn again when it goes on. Make them once, and use them for every prompt.
 *
 * Sets FORCE_COLOR and removes NO_COLOR in the environment; `colour` decides whether there are colours.
 */
export function clackStreams(
  stdin: Stdin,
  stdout: Stdout,
  options: ClackOptions,
): { readonly input: PassThrough & InterruptNote & IgnoresKeys; readonly output: Writable } {
  const output = new ClackOutput(stdout, options.colour, options.widths ?? STANDARD_WIDTHS);
  return { input: new ClackInput(stdin, stdout, options, output), output };
}

/**
 * The field is found by clack's cursor mark, which clack leaves out, together with colours, if
 * NO_COLOR or CI is set in the environment. FieldCursor removes the colours instead.
 */
function forceCursorMark(): void {
  delete process.env["NO_COLOR"];
  process.env["FORCE_COLOR"] = "1";
}

class ClackOutput extends Writable {
  #stdout: Stdout;
  #cursor: FieldCursor;
  /** While the process is stopped and the shell has the terminal, a change is only noted. */
  #isSuspended = false;

  constructor(stdout: Stdout, colour: boolean, widths: Widths) {
    super({ decodeStrings: false });
    this.#stdout = stdout;
    this.#cursor = new FieldCursor({ colour, widths });
    forceCursorMark();
    // Each prompt adds a listener to this stream and removes it; this one stays.
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
    const shown = this.#cursor.translate(text, this.columns);
    if (!this.#isSuspended) this.#stdout.write(shown);
    done();
  }

  /** Leaves the prompt as it is: the shell writes below it. */
  suspend(): void {
    this.#stdout.write(this.#cursor.leave(this.columns));
    this.#isSuspended = true;
  }

  /** Draws the prompt again, below what the shell has written. */
  resume(): void {
    // A prompt that is laid out anew is only noted until then.
    this.#isSuspended = true;
    refreshSize(this.#stdout);
    this.#isSuspended = false;
    this.#stdout.write(this.#cursor.redraw(this.columns));
  }
}

/**
 * Reads stdin for the prompts, and owns its raw mode. The terminal stays raw between two prompts: in
 * the driver's own mode typed keys would be echoed, even a password, Enter would be another
 * character, and input that arrived while stdin was paused was lost in tests.
 */
class ClackInput extends PassThrough implements InterruptNote, IgnoresKeys {
  wasInterrupted = false;
  #isIgnoring = false;
  #stdin: Stdin;
  #lateSyllable: boolean;
  #keys = new KeyReader();
  #sequenceTimer: Timer | null = null;
  /** What is typed here: it decides whether Enter waits. */
  #keyboard: Keyboard;
  /** The text that was typed since the last Enter. */
  #typed = "";
  #submit: SubmitState = "idle";
  #timer: Timer | null = null;
  #reading = false;
  #prompting = false;
  /** "" once it was asked. */
  #backgroundQuery: string;
  readonly #stdout: Stdout;
  readonly #onBackground: (colour: Rgb) => void;
  #stopSuspending: () => void = () => {};
  readonly #output: ClackOutput;

  constructor(stdin: Stdin, stdout: Stdout, options: ClackOptions, output: ClackOutput) {
    super();
    const { lateSyllable = true, keyboard = "unknown", backgroundQuery = "" } = options;
    this.#output = output;
    this.#keyboard = keyboard;
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#lateSyllable = lateSyllable;
    this.#backgroundQuery = backgroundQuery;
    this.#onBackground = (colour) => options.onBackground?.(colour);
  }

  get isTTY(): boolean {
    return this.#stdin.isTTY;
  }

  /** clack turns raw mode on when a prompt opens and off, twice, when it closes. */
  setRawMode(on: boolean): this {
    this.#prompting = on;
    // The wait may have been broken off: a question that is open is answered.
    if (on) this.#isIgnoring = false;
    if (on) this.#startReading();
    // Between prompts an open stdin must not keep the process alive.
    else this.#stdin.unref();
    return this;
  }

  ignoreKeys(on: boolean): void {
    this.#isIgnoring = on;
    if (on) this.#startReading();
    else if (!this.#prompting) this.#stdin.unref();
  }

  #startReading(): void {
    this.#stdin.ref();
    if (this.#reading) return;
    this.#reading = true;
    this.#stdin.on("data", this.#onData);
    this.#stdin.on("end", this.#onEnd);
    this.#stdin.on("newListener", this.#onListener);
    this.#stopSuspending = onSuspend(
      () => {
        this.#stdin.setRawMode(false);
        this.#output.suspend();
      },
      () => {
        setRawModeAnew(this.#stdin);
        this.#output.resume();
      },
    );
    this.#stdin.setRawMode(true);
    this.#stdin.resume();
    // In raw mode: else the driver would show the answer.
    if (this.#backgroundQuery !== "") this.#stdout.write(this.#backgroundQuery);
    this.#backgroundQuery = "";
  }

  /** Hands stdin and type-ahead to another reader, which sets its own mode. */
  #stopReading(): void {
    this.#reading = false;
    this.#stdin.off("data", this.#onData);
    this.#stdin.off("end", this.#onEnd);
    this.#stdin.off("newListener", this.#onListener);
    this.#stopSuspending();
    this.#stdin.pause();
    this.#stdin.ref();
    // The new reader waits for late syllables and the rest of sequences itself.
    if (this.#timer !== null) this.#step({ kind: "timeout" }, "");
    if (this.#sequenceTimer !== null) clearTimeout(this.#sequenceTimer);
    this.#handleKeys(this.#keys.timeout());
    const typedAhead: Buffer[] = [];
    for (let chunk = this.read(); chunk !== null; chunk = this.read()) typedAhead.push(chunk);
    if (typedAhead.length > 0) this.#stdin.unshift(Buffer.concat(typedAhead));
  }

  #onListener = (event: string | symbol): void => {
    if (event === "data") this.#stopReading();
  };

  #onData = (bytes: Uint8Array): void => {
    if (this.#sequenceTimer !== null) clearTimeout(this.#sequenceTimer);
    this.#sequenceTimer = null;
    this.#handleKeys(this.#keys.push(bytes));
    this.#awaitRest();
  };

  /** Waits for the rest of a sequence, and goes on without it if nothing comes. */
  #awaitRest(): void {
    const { waitMs } = this.#keys;
    if (waitMs === 0 || !this.#reading) return;
    this.#sequenceTimer = setTimeout(() => {
      this.#handleKeys(this.#keys.timeout());
      this.#awaitRest();
    }, waitMs);
  }

  #handleKeys(keys: readonly Key[]): void {
    for (const key of keys) {
      if (key.kind === "background") this.#onBackground(key.colour);
      const bytes = bytesOf(key);
      if (bytes === "") continue;
      if (this.#isIgnoring && bytes !== INTERRUPT && bytes !== SUSPEND) continue;
      // Not at other keys: a prompt that is left hears of it only once the keys behind it were read.
      if (bytes === INTERRUPT || bytes === ESCAPE) this.wasInterrupted = bytes === INTERRUPT;
      if (bytes === SUSPEND) {
        suspend();
        continue;
      }
      // The next prompt may be about to open. If none does, no prompt handles Ctrl-C.
      if (bytes === INTERRUPT && !this.#prompting) setTimeout(() => this.#interruptIfIdle(), 0);
      if (bytes === ENTER) this.#step({ kind: "enter" }, "");
      else if (key.kind === "text") this.#step(key, key.text);
      else this.#step({ kind: "other" }, bytes);
    }
  }

  /** Without an open prompt, Ctrl-C is a signal as everywhere. What was typed before it is dropped, as a terminal does. */
  #interruptIfIdle(): void {
    if (!this.#reading || this.#prompting) return;
    // The next prompt would take the Ctrl-C for its own.
    while (this.read() !== null);
    process.kill(process.pid, "SIGINT");
  }

  #onEnd = (): void => {
    this.end();
  };

  /** Handles one input; `bytes` are what clack gets of it. */
  #step(input: SubmitInput, bytes: string): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const { submit, holdMs, order } = submitStep(this.#submit, input, this.#holds);
    this.#submit = submit;
    if (holdMs > 0) this.#timer = setTimeout(() => this.#step({ kind: "timeout" }, ""), holdMs);
    if (input.kind === "text") this.#typed += input.text;
    this.#keyboard = keyboardAfter(this.#keyboard, this.#typed, false);
    // In two writes: a prompt that ends drops what follows in the same chunk.
    for (const part of order) {
      if (part === "enter") {
        this.#keyboard = keyboardAfter(this.#keyboard, this.#typed, true);
        this.#typed = "";
        this.write(ENTER);
      } else this.write(bytes.normalize("NFC"));
    }
  }

  /** Whether Enter waits. In a menu, where nothing is typed, only if this keyboard types Hangul. */
  get #holds(): boolean {
    if (!this.#lateSyllable || this.#keyboard === "latin") return false;
    return this.#keyboard === "cjk" || this.#typed !== "";
  }
}

/**
 * Returns what clack gets of a key: whole sequences that it knows, and nothing that could leave it
 * waiting for an end, or put the letters of a mouse report into a field.
 */
function bytesOf(key: Key): string {
  if (key.kind === "text") return key.text;
  // A field has one line.
  if (key.kind === "paste") return key.text.trimEnd().replace(/[\s\p{Cc}]+/gu, " ");
  if (key.kind !== "key") return "";
  const bytes = KEY_BYTES[key.name];
  if (bytes !== undefined) return key.shift && key.name === "tab" ? "\x1b[Z" : bytes;
  if (key.ctrl && !key.alt && /^[a-z]$/.test(key.name)) {
    return String.fromCharCode(key.name.charCodeAt(0) - 0x60);
  }
  return "";
}
