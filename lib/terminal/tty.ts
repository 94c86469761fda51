/**
 * The one place, beside the prompts' own in prompt-tty.ts, that touches stdin and stdout. A screen
 * that was opened here is closed again whatever ends the process, and leaves the terminal as it was
 * found.
 */
import { diff, type Frame } from "./frame.ts";
import { ESCAPE_MS, type Key, KeyReader } from "./keys.ts";
import { COLOURFUL, type Theme } from "./theme.ts";
import { readWidths, STANDARD_WIDTHS, WIDTH_ANSWERS, WIDTH_PROBE, type Widths } from "./width.ts";

export type Stdin = NodeJS.ReadStream;
export type Stdout = NodeJS.WriteStream;

/** Frames beyond 30 a second aren't seen, and cost an ssh line and a battery. */
const FRAME_MS = 33;
/** How long a terminal may take to tell its widths: a far one by satellite answers within it. */
const PROBE_MS = 1000;

export interface TerminalOptions {
  readonly stdin: Stdin;
  readonly stdout: Stdout;
  readonly theme?: Theme;
  /** Wheel and clicks; the terminal's own selection then needs Shift. Off by default. */
  readonly mouse?: boolean;
  onKey(key: Key): void;
  /** The screen has another size: paint again. */
  onResize(columns: number, rows: number): void;
  /** The terminal went away (its window was closed, the line was cut). */
  onEnd(): void;
}

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  /** Standard until the terminal has answered; then `onResize` is called once more if they differ. */
  readonly widths: Widths;
  /** Asks for a frame: drawn now or, within FRAME_MS of the last one, later. The last asker wins. */
  paint(draw: () => Frame): void;
  /** Bytes beside the frames: a bell, a notification, a title. They must not move the cursor. */
  write(text: string): void;
  setMouse(on: boolean): void;
  /** Restores everything. Closing twice does nothing. */
  close(): void;
}

const MOUSE_ON = "\x1b[?1000h\x1b[?1006h";
// Without ?1007l the wheel turns into arrow keys on the alternate screen and scrolls the history.
const MOUSE_OFF = "\x1b[?1000l\x1b[?1006l\x1b[?1007l";
/** Alternate screen, no autowrap, bracketed paste, focus reports. */
const ENTER = "\x1b[?1049h\x1b[?7l\x1b[?2004h\x1b[?1004h\x1b[0m\x1b[2J";
const LEAVE = `\x1b[?2026l${MOUSE_OFF}\x1b[?1004l\x1b[?2004l\x1b[?7h\x1b[0m\x1b[2J\x1b[?1049l\x1b[?25h`;
/** Harmless wherever it is written: nothing in it moves the cursor or changes the screen. */
const SAFE_RESTORE = "\x1b[?2026l\x1b[?2004l\x1b[?1004l\x1b[?1000l\x1b[?1006l\x1b[0m\x1b[?25h";

/**
 * Back to the shell's screen, with the usual modes. Without 1049: that moves the cursor to where it
 * was saved, which may be nowhere, and 1047 does nothing where the shell's screen is shown already.
 */
const TIDY = `\x1b[?1047l\x1b[?7h\x1b[?1007l${SAFE_RESTORE}`;

/**
 * Puts right what a killed program may have left behind: nothing can run when it is killed, but the
 * next one can. Harmless everywhere else.
 */
export function restoreTerminal(stdout: Stdout): void {
  if (stdout.isTTY) stdout.write(TIDY);
}

/** Whether there is a person at a terminal. Without one a prompt would wait for ever. */
export function isInteractive(stdin: Stdin, stdout: Stdout): boolean {
  return stdin.isTTY === true && stdout.isTTY === true;
}

/** Takes the whole screen, in raw mode, until `close`. Only where `isInteractive`. */
export function openTerminal(options: TerminalOptions): Terminal {
  return new Screen(options);
}

/**
 * Call once, first thing in the process. From then on the terminal is restored after quit, error,
 * SIGINT, SIGTERM, SIGHUP and crash, in a prompt too, and a crash is told on stderr *after* that
 * (by `explain`, as one text for the person). Gives a function that takes all of it back.
 */
export function restoreOnExit(
  stdin: Stdin,
  stdout: Stdout,
  explain: (error: unknown) => string,
): () => void {
  const restore = (): void => {
    if (stdin.isTTY) quietly(() => stdin.setRawMode(false));
    if (stdout.isTTY) quietly(() => stdout.write(SAFE_RESTORE));
  };
  const crash = (error: unknown): void => {
    // Listeners of "exit" run in order: this one comes after every open screen's.
    process.once("exit", () => quietly(() => process.stderr.write(`${explain(error)}\n`)));
    process.exit(1);
  };
  const signals = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((name) => {
    const end = (): void => process.exit(128 + SIGNAL_NUMBERS[name]);
    process.on(name, end);
    return () => process.off(name, end);
  });
  process.on("exit", restore);
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  return () => {
    for (const off of signals) off();
    process.off("exit", restore);
    process.off("uncaughtException", crash);
    process.off("unhandledRejection", crash);
  };
}

/**
 * Ctrl-C does this in place of ending the program, where lines are read in the driver's own mode,
 * until what comes back is called. The last one to ask has it.
 */
export function onInterrupt(action: () => void): () => void {
  const others = process.listeners("SIGINT");
  process.removeAllListeners("SIGINT");
  process.on("SIGINT", action);
  return () => {
    process.off("SIGINT", action);
    for (const other of others) process.on("SIGINT", other);
  };
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

class Screen implements Terminal {
  #options: TerminalOptions;
  #keys = new KeyReader();
  #open = true;
  #mouse: boolean;
  #widths: Widths = STANDARD_WIDTHS;
  /** The columns that the terminal has answered so far, or null when nothing is asked any more. */
  #answers: number[] | null = [];
  #shown: Frame | null = null;
  #wanted: (() => Frame) | null = null;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #frameTimer: Timer | null = null;
  #escapeTimer: Timer | null = null;
  #probeTimer: Timer | null = null;
  /** Whether stdout took the last frame only into its buffer: a slow line gets no further ones. */
  #blocked = false;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#mouse = options.mouse ?? false;
    const { stdin, stdout } = options;
    stdin.on("data", this.#onData);
    stdin.on("end", this.#onEnd);
    stdin.on("error", this.#onEnd);
    stdout.on("resize", this.#onResize);
    stdout.on("drain", this.#onDrain);
    stdout.on("error", this.#onEnd);
    process.on("exit", this.#onExit);
    process.on("SIGCONT", this.#onContinue);
    this.#enter();
    stdin.resume();
    stdout.write(WIDTH_PROBE);
    this.#probeTimer = setTimeout(() => this.#learn(), PROBE_MS);
  }

  get columns(): number {
    return this.#options.stdout.columns || 80;
  }

  get rows(): number {
    return this.#options.stdout.rows || 24;
  }

  get widths(): Widths {
    return this.#widths;
  }

  paint(draw: () => Frame): void {
    if (!this.#open) return;
    this.#wanted = draw;
    this.#schedule();
  }

  write(text: string): void {
    if (this.#open) this.#options.stdout.write(text);
  }

  setMouse(on: boolean): void {
    if (on === this.#mouse) return;
    this.#mouse = on;
    this.write(on ? MOUSE_ON : MOUSE_OFF);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const { stdin, stdout } = this.#options;
    for (const timer of [this.#frameTimer, this.#escapeTimer, this.#probeTimer]) {
      if (timer !== null) clearTimeout(timer);
    }
    stdin.off("data", this.#onData);
    stdin.off("end", this.#onEnd);
    stdin.off("error", this.#onEnd);
    stdout.off("resize", this.#onResize);
    stdout.off("drain", this.#onDrain);
    stdout.off("error", this.#onEnd);
    process.off("exit", this.#onExit);
    process.off("SIGCONT", this.#onContinue);
    quietly(() => stdout.write(LEAVE));
    quietly(() => stdin.setRawMode(false));
    stdin.pause();
  }

  #enter(): void {
    const { stdin, stdout } = this.#options;
    stdin.setRawMode(true);
    stdout.write(ENTER + (this.#mouse ? MOUSE_ON : MOUSE_OFF));
  }

  #schedule(): void {
    if (this.#wanted === null || this.#frameTimer !== null || this.#blocked) return;
    const wait = this.#drawnAt + FRAME_MS - performance.now();
    if (wait <= 0) return this.#draw();
    this.#frameTimer = setTimeout(() => {
      this.#frameTimer = null;
      this.#draw();
    }, wait);
  }

  #draw(): void {
    const draw = this.#wanted;
    if (draw === null || !this.#open || this.#blocked) return;
    this.#wanted = null;
    this.#drawnAt = performance.now();
    const frame = draw();
    const text = diff(this.#shown, frame, this.#options.theme ?? COLOURFUL, this.#widths);
    this.#shown = frame;
    if (text !== "") this.#blocked = !this.#options.stdout.write(text);
  }

  /** What the terminal answered holds from here on; the screen was drawn by other widths so far. */
  #learn(): void {
    if (this.#probeTimer !== null) clearTimeout(this.#probeTimer);
    this.#probeTimer = null;
    const widths = readWidths(this.#answers ?? []);
    this.#answers = null;
    if (Bun.deepEquals(widths, this.#widths)) return;
    this.#widths = widths;
    this.#repaint();
  }

  #repaint(): void {
    this.#shown = null;
    this.#options.onResize(this.columns, this.rows);
  }

  #onData = (bytes: Uint8Array): void => {
    if (this.#escapeTimer !== null) clearTimeout(this.#escapeTimer);
    this.#escapeTimer = null;
    this.#give(this.#keys.push(bytes));
    if (!this.#keys.pending || !this.#open) return;
    this.#escapeTimer = setTimeout(() => this.#give(this.#keys.timeout()), ESCAPE_MS);
  };

  #give(keys: readonly Key[]): void {
    for (const key of keys) {
      if (!this.#open) return;
      if (key.kind === "cursor" && this.#answers !== null) {
        this.#answers.push(key.column);
        if (this.#answers.length === WIDTH_ANSWERS) this.#learn();
        continue;
      }
      this.#options.onKey(key);
    }
  }

  #onEnd = (): void => this.#options.onEnd();
  #onResize = (): void => this.#repaint();
  #onExit = (): void => this.close();

  #onDrain = (): void => {
    this.#blocked = false;
    this.#schedule();
  };

  /** Back from being stopped, with whatever the shell has made of the terminal meanwhile. */
  #onContinue = (): void => {
    this.#enter();
    this.#repaint();
  };
}

/** On the way out the terminal may be gone already; then there is nothing left to restore. */
function quietly(action: () => void): void {
  try {
    action();
  } catch {}
}
