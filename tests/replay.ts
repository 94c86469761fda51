/**
 * The stage of plays that were made from a trace (tests/trace-to-play.ts). Values that differ from run to run are in
 * their lines as a placeholder: a msgid as `<id 3>`, its time as `<time 3>`, a batch as `<batch 1>`, which must be
 * the same wherever they come again; and `<time>`, `<seconds>`, `<host>` and `<address>`, which may be any. `<less>` is
 * a "<" in front of what would be a placeholder otherwise.
 */
import { expect } from "bun:test";
import type { ServerOptions } from "../lib/chat-server/server-options.ts";
import { encodePlain } from "../lib/protocol/wire/sasl.ts";
import { LineMasker } from "../lib/protocol/wire/secret-params.ts";
import { type Actor, passwordOf, Scene } from "./scene.ts";

/** How often the server's clock ticks in a replay, as in server.ts. */
const TICK_MS = 500;

/** The values that each placeholder without a number matches. */
const WILDCARDS: Readonly<Record<string, string>> = {
  time: "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z",
  seconds: "\\d{9,11}",
  host: "[^\\s!@]+",
  address: "[0-9a-fA-F.:]+",
};
/** The values that each numbered placeholder matches at its first use. */
const NUMBERED: Readonly<Record<string, string>> = {
  id: "[^\\s;]+",
  time: WILDCARDS["time"] ?? "",
  batch: "[^\\s;]+",
};
const PLACEHOLDER = /(<(?:id|time|batch|seconds|host|address)(?: \d+)?>|<less>)/;

/** Returns a line of a trace with placeholders in users' texts escaped. */
export function escapePlaceholders(line: string): string {
  return line.replaceAll(new RegExp(PLACEHOLDER, "g"), (text) => `<less>${text.slice(1)}`);
}

/** A server on a stage, and what the placeholders of the play stand for. */
export class Replay {
  readonly scene: Scene;
  readonly #values = new Map<string, string>();
  #sinceTickMs = 0;

  /** @param startsAt ms since 1970 of the first thing that happened */
  constructor(options: Partial<ServerOptions>, startsAt: number) {
    this.scene = new Scene(options);
    this.scene.now = Math.max(this.scene.now, startsAt);
  }

  /** Opens a connection. */
  connect(isSecure = true): ReplaySession {
    return new ReplaySession(this, this.scene.connect({ secure: isSecure }));
  }

  /** A user who was connected before the trace began. Their rooms are unknown. */
  wasHere(nick: string, hasAccount: boolean): ReplaySession {
    const actor = hasAccount ? this.scene.person(nick) : this.scene.guest(nick);
    return new ReplaySession(this, actor);
  }

  /** Lets time pass, with the ticks of the server in it. */
  waits(ms: number): void {
    for (let left = ms; left > 0; ) {
      const step = Math.min(left, TICK_MS - this.#sinceTickMs);
      left -= step;
      this.#sinceTickMs += step;
      this.scene.now += step;
      if (this.#sinceTickMs < TICK_MS) continue;
      this.#sinceTickMs = 0;
      this.scene.passes(0);
    }
  }

  /** Returns a line of the play with the values of this run in place of its placeholders. */
  fill(line: string): string {
    return line
      .split(PLACEHOLDER)
      .map((part) => (part === "<less>" ? "<" : (this.#values.get(part) ?? part)))
      .join("");
  }

  /**
   * Returns `expected` if the line matches it, and remembers what its placeholders stand for; otherwise the
   * line itself, with placeholders where their values are known.
   */
  compare(actual: string, expected: string | undefined): string {
    const match = expected === undefined ? null : this.#match(actual, expected);
    if (match !== null && expected !== undefined) {
      for (const [placeholder, value] of match) this.#values.set(placeholder, value);
      return expected;
    }
    let shown = actual;
    for (const [placeholder, value] of this.#values) {
      if (!placeholder.startsWith("<batch")) shown = shown.replaceAll(value, placeholder);
    }
    return shown;
  }

  #match(actual: string, expected: string): Map<string, string> | null {
    const groups: string[] = [];
    const pattern = expected
      .split(PLACEHOLDER)
      .map((part) => this.#patternOf(part, groups))
      .join("");
    const match = new RegExp(`^${pattern}$`).exec(actual);
    if (match === null) return null;
    const values = new Map<string, string>();
    for (const [index, placeholder] of groups.entries()) {
      const value = match[index + 1] ?? "";
      if ((values.get(placeholder) ?? value) !== value) return null;
      values.set(placeholder, value);
    }
    return values;
  }

  #patternOf(part: string, groups: string[]): string {
    const [, kind = "", number] = /^<(\w+)(?: (\d+))?>$/.exec(part) ?? [];
    if (kind === "") return RegExp.escape(part);
    if (kind === "less") return "<";
    if (number === undefined) return WILDCARDS[kind] ?? "";
    const known = this.#values.get(part);
    if (known !== undefined) return RegExp.escape(known);
    groups.push(part);
    return `(${NUMBERED[kind] ?? ""})`;
  }
}

/** One connection of the trace. */
export class ReplaySession {
  readonly #replay: Replay;
  readonly #actor: Actor;
  readonly #masker = new LineMasker();

  constructor(replay: Replay, actor: Actor) {
    this.#replay = replay;
    this.#actor = actor;
  }

  /** Sends lines, each in its own turn. */
  says(...lines: string[]): this {
    for (const line of lines) this.#actor.says(this.#replay.fill(line));
    return this;
  }

  /** Sends the pieces of SASL PLAIN, which the trace does not show. Every account has the stage's password. */
  authenticates(account: string): this {
    for (const piece of encodePlain(account, passwordOf(account))) {
      this.#actor.says(`AUTHENTICATE ${piece}`);
    }
    return this;
  }

  /** Expects exactly these lines since it was last asked, with their secrets masked as in the trace. */
  hears(...expected: string[]): this {
    const actual = this.#actor.hears().map((line) => this.#masker.mask(line, "server"));
    expect(actual.map((line, index) => this.#replay.compare(line, expected[index]))).toEqual(
      expected,
    );
    return this;
  }

  /** Closes the connection, with the reason of its QUIT. */
  ends(reason: string): void {
    this.#replay.scene.breaks(this.#actor, reason);
  }
}
