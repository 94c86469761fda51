/** Traces a connection's lines for debugging, with secrets masked. */
import type { WireLine } from "../protocol/wire/lines.ts";
import { LineMasker, MASK } from "../protocol/wire/secret-params.ts";
import type { ClientTrace } from "./session-interface.ts";

/** Owns what the maskers remember of each direction. Does nothing without a `trace`. */
export class SessionTrace {
  readonly #trace: ClientTrace | undefined;
  readonly #received = new LineMasker();
  readonly #sent = new LineMasker();

  constructor(trace: ClientTrace | undefined) {
    this.#trace = trace;
  }

  open(): void {
    this.#trace?.("open", "");
  }

  end(reason: string): void {
    this.#trace?.("end", reason);
  }

  received(line: WireLine): void {
    if (this.#trace === undefined) return;
    const { kind } = line;
    this.#trace(
      "in",
      kind === "text" ? this.#received.mask(line.text, "server") : `${MASK} (${kind})`,
    );
  }

  sent(line: string): void {
    this.#trace?.("out", this.#sent.mask(line, "client"));
  }
}
