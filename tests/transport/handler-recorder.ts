import type { Link } from "../../lib/chat-server/server-ports.ts";
import type { LinkHandlers } from "../../lib/transport/socket-link.ts";

/** Link handlers that record their calls, and a way to wait for one. */
export class HandlerRecorder implements LinkHandlers {
  readonly opened: Link[] = [];
  readonly closed: { link: Link; why: string }[] = [];
  readonly overflowed: Link[] = [];
  readonly refusals: string[] = [];
  readonly problems: string[] = [];
  readonly errors: unknown[] = [];
  text = "";
  bytes = 0;
  #waiting: { when: () => boolean; done: () => void }[] = [];
  readonly #onData: (link: Link, bytes: Uint8Array) => void;

  constructor(onData: (link: Link, bytes: Uint8Array) => void = () => {}) {
    this.#onData = onData;
  }

  open = (link: Link): void => this.#record(() => this.opened.push(link));
  close = (link: Link, why: string): void => this.#record(() => this.closed.push({ link, why }));
  overflow = (link: Link): void => this.#record(() => this.overflowed.push(link));
  refused = (_: string, why: string): void => this.#record(() => this.refusals.push(why));
  broken = (_: string, why: string): void => this.#record(() => this.problems.push(why));
  failed = (_: Link | null, error: unknown): void => this.#record(() => this.errors.push(error));
  data = (link: Link, bytes: Uint8Array): void => {
    this.bytes += bytes.length;
    if (this.text.length < 10_000) this.text += Buffer.from(bytes).toString("utf8");
    try {
      this.#onData(link, bytes);
    } finally {
      this.#record(() => {});
    }
  };

  /** Resolves as soon as `when` returns true; it is asked after each call of a handler. */
  async until(when: () => boolean): Promise<void> {
    if (when()) return;
    await new Promise<void>((done) => {
      this.#waiting.push({ when, done });
    });
  }

  #record(change: () => unknown): void {
    change();
    const ready = this.#waiting.filter(({ when }) => when());
    this.#waiting = this.#waiting.filter((waiting) => !ready.includes(waiting));
    for (const { done } of ready) done();
  }
}
