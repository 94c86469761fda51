import { until } from "./until.ts";

/** The lines that a connection has brought, and how far they were looked at. */
export class HeardLines {
  readonly #lines: string[] = [];
  #heard = 0;

  add(line: string): void {
    this.#lines.push(line);
  }

  /** The next line in which it stands; those before it are passed over. */
  async next(what: string | RegExp): Promise<string> {
    return await until(
      () => {
        while (this.#heard < this.#lines.length) {
          const line = this.#lines[this.#heard++] ?? "";
          if (typeof what === "string" ? line.includes(what) : what.test(line)) return line;
        }
        return null;
      },
      () => `Nobody said ${what}, but:\n${this.#lines.slice(-40).join("\n")}`,
    );
  }
}
