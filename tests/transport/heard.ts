import type { Link, LinkHandlers } from "../../lib/transport/listen.ts";

/** Handlers that write down what they are told, and a way to wait for it. */
export class Heard implements LinkHandlers {
  readonly opened: Link[] = [];
  readonly closed: { link: Link; why: string }[] = [];
  readonly overfilled: Link[] = [];
  readonly refusals: string[] = [];
  readonly errors: unknown[] = [];
  text = "";
  bytes = 0;
  #waiting: { when: () => boolean; done: () => void }[] = [];
  readonly #onData: (link: Link, bytes: Uint8Array) => void;

  constructor(onData: (link: Link, bytes: Uint8Array) => void = () => {}) {
    this.#onData = onData;
  }

  open = (link: Link): void => this.#happened(() => this.opened.push(link));
  close = (link: Link, why: string): void => this.#happened(() => this.closed.push({ link, why }));
  overflow = (link: Link): void => this.#happened(() => this.overfilled.push(link));
  refused = (_: string, why: string): void => this.#happened(() => this.refusals.push(why));
  failed = (_: Link | null, error: unknown): void => this.#happened(() => this.errors.push(error));
  data = (link: Link, bytes: Uint8Array): void => {
    this.bytes += bytes.length;
    if (this.text.length < 10_000) this.text += Buffer.from(bytes).toString("utf8");
    try {
      this.#onData(link, bytes);
    } finally {
      this.#happened(() => {});
    }
  };

  /** Resolves as soon as it holds. */
  async until(when: () => boolean): Promise<void> {
    if (when()) return;
    await new Promise<void>((done) => {
      this.#waiting.push({ when, done });
    });
  }

  #happened(what: () => unknown): void {
    what();
    const now = this.#waiting.filter(({ when }) => when());
    this.#waiting = this.#waiting.filter((waiting) => !now.includes(waiting));
    for (const { done } of now) done();
  }
}
