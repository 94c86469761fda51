import type { UpEntry } from "../frames/link-entries.ts";

/*
 * What a leader was given and has not consumed may be why it ended: the next leader is given it again, and would end as well,
 * and so would each that follows. So links with such input are tried: one at a time, and the log names the link and the node
 * before the input is run. If a leader ends in a trial by its own fault, the next one on its machine closes the link: one that
 * was killed says nothing of the input, nor does one that was lost with its machine. What other links send is run meanwhile.
 */

/** Whether a trial is over is looked at so often, and for so long: a log-in in pieces waits for its person. */
const POLL_MS = 5;
const POLLS_MAX = 100;

/** A link whose input is tried, and the offset from which on it isn't consumed. */
export interface TriedLink {
  readonly gateway: string;
  readonly link: number;
  readonly since: number;
}

/** A trial, as the log names it. */
export interface NotedTrial extends TriedLink {
  /** The nodes on which it was begun. Older versions leave it out. */
  readonly nodes?: readonly string[];
}

/** The trial of a link's input. */
export interface InputTrial {
  readonly of: TriedLink;
  /** Runs the input, or begins to. */
  run(): void;
  /** Whether all lines of it are done, or the link is closed. */
  isOver(): boolean;
}

/** What {@link InputTrials} needs of its leader. */
export interface InputTrialsOptions {
  /** The name of this machine's node, which its processes have one after the other. */
  readonly node: string;
  /** Whether the last process of this machine has ended by its own fault. */
  readonly isAfterFault: boolean;
  /** Writes into the log whose input is tried, or that nobody's is (`null`). Calls `run` when it is there. */
  note(tried: NotedTrial | null, run: () => void): void;
  /** Calls `run` in `ms` milliseconds. */
  later(ms: number, run: () => void): void;
}

/** Tries the input of links that an earlier leader was given, one link after the other. */
export class InputTrials {
  readonly #options: InputTrialsOptions;
  readonly #last: NotedTrial | null;
  readonly #waiting: InputTrial[] = [];
  #isBusy = false;

  /** @param last in which the leader before has ended; `null` for none */
  constructor(last: NotedTrial | null, options: InputTrialsOptions) {
    this.#last = last;
    this.#options = options;
  }

  /** Whether the input is not to be run. */
  isDeadly(of: TriedLink): boolean {
    const { node, isAfterFault } = this.#options;
    return isAfterFault && this.#nodesOf(of).includes(node);
  }

  /** Tries a link's input after those that were added before. */
  add(trial: InputTrial): void {
    this.#waiting.push(trial);
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#next();
  }

  #next(): void {
    const trial = this.#waiting.shift();
    if (trial === undefined) {
      this.#isBusy = false;
      return this.#options.note(null, () => {});
    }
    const nodes = new Set(this.#nodesOf(trial.of)).add(this.#options.node);
    this.#options.note({ ...trial.of, nodes: [...nodes] }, () => {
      trial.run();
      this.#await(trial, POLLS_MAX);
    });
  }

  /** Returns on which nodes others have tried it before: its leaders may end on one after the other. */
  #nodesOf({ gateway, link, since }: TriedLink): readonly string[] {
    const last = this.#last;
    const isSame = last?.gateway === gateway && last.link === link && last.since === since;
    return isSame ? (last.nodes ?? []) : [];
  }

  #await(trial: InputTrial, pollsLeft: number): void {
    if (trial.isOver() || pollsLeft === 0) return this.#next();
    this.#options.later(POLL_MS, () => this.#await(trial, pollsLeft - 1));
  }
}

/** What the links of one gateway tell that wait for their trial. */
export class SuspectInput {
  readonly #entries = new Map<number, UpEntry[]>();

  /** The links' numbers. */
  get links(): number[] {
    return [...this.#entries.keys()];
  }

  /** From now on, what a link tells waits. */
  add(link: number): void {
    this.#entries.set(link, []);
  }

  /** Keeps an entry, if its link waits. Returns whether it does. */
  hold(entry: UpEntry): boolean {
    const entries = this.#entries.get(entry.link);
    // The frame's bytes are valid during this call only.
    entries?.push(entry.kind === "data" ? { ...entry, bytes: entry.bytes.slice() } : entry);
    return entries !== undefined;
  }

  /** Returns what a link has told, which waits no more. */
  release(link: number): readonly UpEntry[] {
    const entries = this.#entries.get(link) ?? [];
    this.#entries.delete(link);
    return entries;
  }

  clear(): void {
    this.#entries.clear();
  }
}
