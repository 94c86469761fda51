import type { MemoryConnection } from "../memory-engine.ts";
import {
  DOWN,
  type DownFrame,
  parse,
  type SimContext,
  send,
  UP,
  type UpFrame,
} from "./sim-frames.ts";

/* A gateway of the simulation: it gives the leader what people said until that is consumed, and notes what it hears. */

const AGAIN_MS = 700;
const ASK_MS = 200;
/** In one frame. */
const SAID_MAX = 8;
const SAID_LETTERS_MAX = 500;

export class SimGateway {
  readonly name: string;
  readonly heard: string[] = [];
  /** What it saw and must never see. */
  problem: string | null = null;
  readonly #context: SimContext;
  readonly #connection: MemoryConnection;
  /** What people said, from `#offset` on. */
  #said: string[] = [];
  #offset = 0;
  #count = 0;
  #heardSequence = 0;
  #term = 0;
  /** When it asked last for what it misses. */
  #askedAtMs = 0;

  constructor(name: string, context: SimContext) {
    this.name = name;
    this.#context = context;
    this.#connection = context.engine.connect();
    this.#connection.subscribe(DOWN, (bytes) => this.#hear(parse<DownFrame>(bytes)));
    this.#again();
  }

  /** How much of what was said isn't consumed. */
  get waiting(): number {
    return this.#said.length;
  }

  /** Somebody says something, some of it long. */
  say(): void {
    this.#count += 1;
    const { prng } = this.#context;
    const filling = prng.chance(15) ? `:${"x".repeat(prng.below(2500))}` : "";
    this.#said.push(`${this.name}:${this.#count}${filling}`);
    this.#tell();
  }

  setCutOff(isCutOff: boolean): void {
    this.#connection.setConnected(!isCutOff);
  }

  /** Frames get lost: what isn't consumed is told again. */
  #again(): void {
    this.#context.world.after(AGAIN_MS, () => {
      this.#tell();
      this.#again();
    });
  }

  #tell(): void {
    const said: string[] = [];
    let letters = 0;
    for (const text of this.#said) {
      letters += text.length;
      if (said.length === SAID_MAX || (letters > SAID_LETTERS_MAX && said.length > 0)) break;
      said.push(text);
    }
    const frame = { gateway: this.name, heard: this.#heardSequence, offset: this.#offset, said };
    send(this.#connection, UP, frame satisfies UpFrame);
  }

  #hear({ term, sequence, previous, said, consumed }: DownFrame): void {
    const { mutation } = this.#context;
    if (term < this.#term && mutation?.obeysAnyTerm !== true) return;
    if (term < this.#term) this.problem = `${this.name} obeys ${term} after ${this.#term}`;
    this.#term = term;
    if (sequence <= this.#heardSequence) return;
    // Something between got lost: the leader hears of it by the next frame up.
    if (previous > this.#heardSequence) {
      const { nowMs } = this.#context.world;
      if (nowMs - this.#askedAtMs < ASK_MS) return;
      this.#askedAtMs = nowMs;
      return this.#tell();
    }
    this.#heardSequence = sequence;
    this.heard.push(...said);
    const offset = consumed[this.name] ?? 0;
    if (offset <= this.#offset) return;
    this.#said = this.#said.slice(offset - this.#offset);
    this.#offset = offset;
  }
}
