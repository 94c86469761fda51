import { addressBlockOf } from "../../protocol/address.ts";
import { agree, formatCount } from "../../protocol/plural.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import type { LogInMethod, ServerCounters } from "../metrics/server-counters.ts";
import type { ServerPorts } from "../server-ports.ts";

/** Lines about one address in a minute: more than programs such as fail2ban wait for. */
export const LOG_INS_PER_ADDRESS_MAX = 10;
/** Lines in a minute about all addresses together. */
export const LOG_IN_LINES_PER_MINUTE_MAX = 600;
const MINUTE_MS = 60_000;
/** The longest account name has fewer letters. */
const NAME_LETTERS_MAX = 64;

/** Why it failed. The log tells more than the answer to the client. */
export type LogInFailure =
  | "wrong password"
  | "wrong code"
  | "wrong token"
  | "unknown certificate"
  | "certificate out of date"
  | "too many tries"
  | "too many tries by others"
  | "suspended";

/**
 * Writes each log-in to the server's log, on one line with address and account. The form is fixed: docs/operators.md
 * has a fail2ban filter for it. Names are quoted, and come after everything that the filter matches, so that no name
 * can forge a line. Under a flood it writes the first lines of each minute, and then their number.
 */
export class LogInLog {
  readonly #note: ServerPorts["note"];
  readonly #elapsed: () => ElapsedMs;
  readonly #counters: ServerCounters;
  readonly #isName: (name: string) => boolean;
  /** Kind of line and address → how many there were in this minute. */
  readonly #counts = new Map<string, number>();
  #unlogged = { failed: 0, succeeded: 0 };
  #lines = 0;
  #minute = 0;

  /**
   * @param counters counts every log-in, also one that has no line of its own
   * @param isName whether an account or operator has a name: what nobody has may be a password, typed in its place
   */
  constructor(
    { note, clock }: Pick<ServerPorts, "note" | "clock">,
    counters: ServerCounters,
    isName: (name: string) => boolean,
  ) {
    this.#counters = counters;
    this.#isName = isName;
    this.#note = note;
    this.#elapsed = clock.elapsed;
  }

  /** Logs a failure. `name` is what was typed, and stands in the log if somebody has it; "" for the server's password. */
  failed(address: string, method: LogInMethod, name: string, why: LogInFailure): void {
    this.#counters.logIn(method, why.startsWith("too many tries") ? "slowed" : "wrong");
    if (!this.#takeLine("failed", address)) return;
    const who = quoted(this.#isName(name) ? name : "");
    this.#note("warn", `log-in failed: from ${address} by ${method} as ${who}: ${why}`);
  }

  /** Logs a success. */
  succeeded(address: string, method: LogInMethod, name: string): void {
    this.#counters.logIn(method, "right");
    if (!this.#takeLine("succeeded", address)) return;
    this.#note("info", `log-in: from ${address} by ${method} as ${quoted(name)}`);
  }

  /** Writes how many lines of the last minute were left out. Call it on each tick. */
  tick(): void {
    const minute = Math.floor(this.#elapsed() / MINUTE_MS);
    if (minute === this.#minute) return;
    const { failed, succeeded } = this.#unlogged;
    if (failed > 0) {
      const attempts = `${failed} more ${agree(failed, "log-in", "log-ins")}`;
      this.#note("warn", `${attempts} failed within a minute, and had no line of their own`);
    }
    if (succeeded > 0) {
      this.#note("info", `${formatCount(succeeded, "log-in")} more within a minute`);
    }
    this.#minute = minute;
    this.#lines = 0;
    this.#unlogged = { failed: 0, succeeded: 0 };
    this.#counts.clear();
  }

  #takeLine(outcome: "failed" | "succeeded", address: string): boolean {
    this.tick();
    const key = `${outcome} ${addressBlockOf(address)}`;
    const count = this.#counts.get(key) ?? 0;
    if (count >= LOG_INS_PER_ADDRESS_MAX || this.#lines >= LOG_IN_LINES_PER_MINUTE_MAX) {
      this.#unlogged[outcome] += 1;
      return false;
    }
    this.#counts.set(key, count + 1);
    this.#lines += 1;
    return true;
  }
}

/** Quotes a name from outside: it can neither end its quotes nor the line, nor be invisible. */
function quoted(name: string): string {
  return JSON.stringify(name.slice(0, NAME_LETTERS_MAX)).replaceAll(
    /[^\P{C}]|[\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
