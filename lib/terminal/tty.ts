/**
 * The screen on stdin and stdout; only this file, prompt-tty.ts, suspend.ts and restore-on-exit.ts touch them. A screen that is
 * opened here is closed again whatever ends the process, and leaves the terminal as it was.
 */

import { constants, deflateRawSync } from "node:zlib";
import type { Rgb } from "./colour.ts";
import { FramePacer } from "./frame-pacer.ts";
import { type Key, KeyReader } from "./key-reader.ts";
import {
  CELL_QUERY,
  NO_PICTURE_ANSWERS,
  type PictureAnswers,
  type TerminalAnswer,
  withAnswer,
} from "./picture-answers.ts";
import type { Stdin, Stdout } from "./restore-on-exit.ts";
import type { Frame } from "./screen-frame.ts";
import { ScreenPainter } from "./screen-painter.ts";
import { onSuspend, quietly, refreshSize, setRawModeAnew, suspend } from "./suspend.ts";
import { MONOCHROME, type Theme } from "./theme.ts";
import { readWidths, STANDARD_WIDTHS, WIDTH_ANSWERS, WIDTH_PROBE, type Widths } from "./width.ts";

/**
 * How long a terminal may take to answer the width probe: even one behind a satellite link does.
 */
const PROBE_MS = 1000;
/** After this a terminal that says nothing about its background counts as dark. The first frame doesn't wait for it. */
const BACKGROUND_MS = 100;

const MOUSE_ON = "\x1b[?1000h\x1b[?1006h";
// Without ?1007l the wheel becomes arrow keys on the alternate screen and scrolls the history.
const MOUSE_OFF = "\x1b[?1000l\x1b[?1006l\x1b[?1007l";
/** Alternate screen, no autowrap, bracketed paste, focus reports. */
const ENTER = "\x1b[?1049h\x1b[?7l\x1b[?2004h\x1b[?1004h\x1b[0m\x1b[2J";
const LEAVE = `\x1b[?2026l${MOUSE_OFF}\x1b[?1004l\x1b[?2004l\x1b[?7h\x1b[0m\x1b[2J\x1b[?1049l\x1b[?25h`;
interface TerminalOptions {
  readonly stdin: Stdin;
  readonly stdout: Stdout;
  /** Returns the theme for a background; null as long as it isn't known. Without it there are no colours. */
  theme?(background: Rgb | null): Theme;
  /** The bytes that ask for the background, from `backgroundQuery`. Default: it isn't asked for. */
  readonly backgroundQuery?: string;
  /** How long the terminal may take to answer that. */
  readonly backgroundMs?: number;
  /** The bytes that ask what of pictures it can show, from `pictureQuery`. Default: it isn't asked. */
  readonly pictureQuery?: string;
  /** Wraps a sequence of a picture for the terminal outside of tmux. Default: not at all. */
  wrapPicture?(sequence: string): string;
  /** Report wheel and clicks; the terminal's own selection then needs Shift. Default: false. */
  readonly mouse?: boolean;
  onKey(key: Key): void;
  /** The screen has another size, other widths or another theme, or its content is unknown: paint again. */
  onResize(columns: number, rows: number): void;
  /** The terminal is gone: its window was closed, or its connection broke. */
  onEnd(): void;
}

/** An open screen. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  /** Standard until the terminal has answered; `onResize` is then called once if they differ. */
  readonly widths: Widths;
  /** The one for an unknown background until the terminal has answered; then `onResize` is called if it differs. */
  readonly theme: Theme;
  /** What it can show of pictures; null until it has said, and `onResize` is called then. */
  readonly pictureAnswers: PictureAnswers | null;
  /** Whether a requested frame isn't drawn yet: it will show what has changed until then. */
  readonly isPaintDue: boolean;
  /** Requests a frame: see `FramePacer.request`. */
  paint(draw: () => Frame, isForKey?: boolean): void;
  /**
   * Writes something other than a frame: a bell, a notification, a title. It must not move the
   * cursor.
   */
  write(text: string): void;
  setMouse(on: boolean): void;
  /**
   * Restores the terminal. What was typed behind the last key is for the next reader of stdin. Closing twice does nothing.
   *
   * @param staysRaw whether that reader is of this process: the driver's own mode would echo what is typed in between.
   */
  close(staysRaw?: boolean): void;
}

/** Takes over the whole screen, in raw mode, until `close`. Only if `isInteractive`. */
export function openTerminal(options: TerminalOptions): Terminal {
  return new Screen(options);
}

/** Owns the terminal's modes, and what the screen shows. */
class Screen implements Terminal {
  #options: TerminalOptions;
  #keys = new KeyReader();
  #open = true;
  #mouse: boolean;
  #widths: Widths = STANDARD_WIDTHS;
  #theme: Theme;
  /** When the background was asked for; null once it was answered, or if it wasn't asked for. */
  #askedAtMs: number | null = null;
  /** The columns answered so far to the width probe; null once it is over. */
  #probeAnswers: number[] | null = [];
  #pictureAnswers = NO_PICTURE_ANSWERS;
  #arePicturesAnswered = false;
  readonly #painter: ScreenPainter;
  readonly #pacer = new FramePacer({
    show: (frame) => this.#painter.show(frame, this.#theme, this.#widths),
    now: () => performance.now(),
    after,
  });
  #escapeTimer: Timer | null = null;
  #probeTimer: Timer | null = null;
  readonly #stopSuspending: () => void;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#mouse = options.mouse ?? false;
    this.#theme = options.theme?.(null) ?? MONOCHROME;
    const { stdin, stdout } = options;
    this.#painter = new ScreenPainter({
      write: (bytes) => stdout.write(bytes),
      isBlocked: () => stdout.writableNeedDrain,
      now: () => performance.now(),
      after,
      wrap: (sequence) => options.wrapPicture?.(sequence) ?? sequence,
      salt: process.pid,
      // A package that does this takes 9 ms and 13 MB of each start.
      deflate(part, isLast) {
        const { Z_FINISH, Z_SYNC_FLUSH } = constants;
        return deflateRawSync(part, { level: 1, finishFlush: isLast ? Z_FINISH : Z_SYNC_FLUSH });
      },
    });
    stdin.on("data", this.#onData);
    stdin.on("end", this.#onEnd);
    stdin.on("error", this.#onEnd);
    stdout.on("resize", this.#onResize);
    stdout.on("drain", this.#onDrain);
    stdout.on("error", this.#onEnd);
    process.on("exit", this.#onExit);
    this.#stopSuspending = onSuspend(
      () => {
        quietly(() => {
          this.#painter.leave();
          stdout.write(LEAVE);
        });
        stdin.setRawMode(false);
      },
      () => {
        setRawModeAnew(stdin);
        this.#enter();
        this.#askBackground();
        // Repaints already if the size has changed.
        refreshSize(stdout);
        this.#repaint();
      },
    );
    stdin.setRawMode(true);
    this.#enter();
    stdin.resume();
    this.#askBackground();
    stdout.write(WIDTH_PROBE + (options.pictureQuery ?? ""));
    this.#probeTimer = setTimeout(() => this.#finishProbe(), PROBE_MS);
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

  get theme(): Theme {
    return this.#theme;
  }

  get pictureAnswers(): PictureAnswers | null {
    return this.#arePicturesAnswered ? this.#pictureAnswers : null;
  }

  get isPaintDue(): boolean {
    return this.#pacer.isDue;
  }

  paint(draw: () => Frame, isForKey = false): void {
    if (this.#open) this.#pacer.request(draw, isForKey);
  }

  write(text: string): void {
    if (this.#open) this.#options.stdout.write(text);
  }

  setMouse(on: boolean): void {
    if (on === this.#mouse) return;
    this.#mouse = on;
    this.write(on ? MOUSE_ON : MOUSE_OFF);
  }

  close(staysRaw = false): void {
    if (!this.#open) return;
    this.#open = false;
    const { stdin, stdout } = this.#options;
    this.#pacer.stop();
    for (const timer of [this.#escapeTimer, this.#probeTimer]) {
      if (timer !== null) clearTimeout(timer);
    }
    stdin.off("data", this.#onData);
    stdin.off("end", this.#onEnd);
    stdin.off("error", this.#onEnd);
    stdout.off("resize", this.#onResize);
    stdout.off("drain", this.#onDrain);
    stdout.off("error", this.#onEnd);
    process.off("exit", this.#onExit);
    this.#stopSuspending();
    quietly(() => {
      this.#painter.leave();
      stdout.write(LEAVE);
    });
    if (!staysRaw) quietly(() => stdin.setRawMode(false));
    stdin.pause();
    const rest = this.#keys.takeRest();
    if (rest.length > 0) stdin.unshift(rest);
  }

  #enter(): void {
    const { stdout } = this.#options;
    stdout.write(ENTER + (this.#mouse ? MOUSE_ON : MOUSE_OFF));
  }

  /** Uses the widths that the terminal has answered, and draws the screen by them. */
  #finishProbe(): void {
    if (this.#probeTimer !== null) clearTimeout(this.#probeTimer);
    this.#probeTimer = null;
    const widths = readWidths(this.#probeAnswers ?? []);
    this.#probeAnswers = null;
    if (Bun.deepEquals(widths, this.#widths)) return;
    this.#widths = widths;
    this.#repaint();
  }

  #askBackground(): void {
    const { stdout, backgroundQuery = "" } = this.#options;
    if (backgroundQuery === "") return;
    this.#askedAtMs = performance.now();
    stdout.write(backgroundQuery);
  }

  /** Uses the first answer. A late one would change the colours while somebody reads: it is for the next screen. */
  #onBackground(colour: Rgb): void {
    if (this.#askedAtMs === null) return;
    const { backgroundMs = BACKGROUND_MS } = this.#options;
    const isLate = performance.now() - this.#askedAtMs > backgroundMs;
    this.#askedAtMs = null;
    const theme = this.#options.theme?.(colour);
    if (isLate || theme === undefined || Bun.deepEquals(theme, this.#theme)) return;
    this.#theme = theme;
    this.#repaint();
  }

  /** Collects what the terminal says of pictures, up to the answer that every terminal gives; later, cells may change. */
  #onAnswer(answer: TerminalAnswer): void {
    const last = this.#pictureAnswers;
    this.#pictureAnswers = withAnswer(last, answer);
    const wasAnswered = this.#arePicturesAnswered;
    this.#arePicturesAnswered ||= answer.kind === "attributes";
    const isNew = !Bun.deepEquals(last, this.#pictureAnswers) || !wasAnswered;
    if (this.#arePicturesAnswered && isNew) this.#options.onResize(this.columns, this.rows);
  }

  #repaint(): void {
    this.#painter.forget();
    this.#options.onResize(this.columns, this.rows);
  }

  #onData = (bytes: Uint8Array): void => {
    if (this.#escapeTimer !== null) clearTimeout(this.#escapeTimer);
    this.#escapeTimer = null;
    this.#handleKeys(this.#keys.read(bytes));
    this.#awaitRest();
  };

  /** Waits for the rest of a sequence or a paste, and goes on without it if nothing comes. */
  #awaitRest(): void {
    const { waitMs } = this.#keys;
    if (waitMs === 0 || !this.#open) return;
    this.#escapeTimer = setTimeout(() => {
      this.#handleKeys(this.#keys.timeout());
      this.#awaitRest();
    }, waitMs);
  }

  #handleKeys(keys: Iterable<Key>): void {
    for (const key of keys) {
      this.#handleKey(key);
      // What is left is the next reader's.
      if (!this.#open) return;
    }
  }

  #handleKey(key: Key): void {
    if (isSuspendKey(key)) {
      suspend();
    } else if (key.kind === "background") {
      this.#onBackground(key.colour);
    } else if (key.kind === "answer") {
      this.#onAnswer(key.answer);
    } else if (key.kind === "cursor" && this.#probeAnswers !== null) {
      this.#probeAnswers.push(key.column);
      if (this.#probeAnswers.length === WIDTH_ANSWERS) this.#finishProbe();
    } else this.#options.onKey(key);
  }

  #onEnd = (): void => this.#options.onEnd();
  #onResize = (): void => {
    if (this.#pictureAnswers.cell !== null) this.write(CELL_QUERY);
    this.#repaint();
  };
  #onExit = (): void => this.close();

  #onDrain = (): void => this.#pacer.onDrained();
}

function after(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

/** Returns whether a key is Ctrl-Z, which stops the process on every screen. */
function isSuspendKey(key: Key): boolean {
  return key.kind === "key" && key.name === "z" && key.ctrl && !key.alt;
}
