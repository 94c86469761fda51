import { inspect } from "node:util";

/** The methods of `console` that print. */
const PRINTING = ["log", "info", "warn", "error", "debug"] as const;

interface StrayListeners {
  /** Returns whether an error that nobody caught was a script's; it is then dealt with. */
  fault(error: unknown): boolean;
  /** Receives what was printed to the console, which would be drawn across the screen. */
  printed(text: string): void;
}

/**
 * Catches what scripts of the user let go of: errors in promises that nobody awaits and in timers of their own, and
 * what they print. Nothing else in the client prints while there are listeners.
 */
export class ScriptStrays {
  #listeners: StrayListeners | null = null;

  /** Tells whether an uncaught error was a script's, and has been dealt with. */
  readonly claims = (error: unknown): boolean => this.#listeners?.fault(error) === true;

  /** Hands faults and prints to `listeners` from now on. The returned function stops it. */
  listen(listeners: StrayListeners): () => void {
    this.#listeners = listeners;
    const { console } = globalThis;
    const methods = PRINTING.map((name) => [name, console[name]] as const);
    for (const [name] of methods) {
      console[name] = (...values: unknown[]) => listeners.printed(values.map(printed).join(" "));
    }
    return () => {
      this.#listeners = null;
      for (const [name, method] of methods) console[name] = method;
    };
  }
}

function printed(value: unknown): string {
  return typeof value === "string"
    ? value
    : inspect(value, { breakLength: Number.POSITIVE_INFINITY });
}
