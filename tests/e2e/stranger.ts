/** A raw client, valid or not: sends bytes, receives lines. */
export interface StrangerOptions {
  readonly tls?: boolean;
  /** By default 127.0.0.1. */
  readonly host?: string;
  readonly certificate?: { readonly cert: string; readonly key: string };
}

export class Stranger {
  /** All received lines, in order. */
  readonly lines: string[] = [];
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  #socket: Bun.Socket | null = null;
  #text = "";
  #decoder = new TextDecoder();
  #queue: Uint8Array[] = [];
  #open = true;
  #answers = true;
  readonly #close: () => void;
  readonly #waiting = new Set<() => void>();

  private constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#close = () => {
      this.#open = false;
      resolve();
      this.#look();
    };
  }

  /** Resolves when TLS (or, without it, TCP) stands. */
  static async connect(port: number, options: StrangerOptions = {}): Promise<Stranger> {
    const stranger = new Stranger();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // A connection that can't be made is said by Bun.connect as well.
    promise.catch(() => {});
    const tls = options.tls !== false;
    await Bun.connect({
      hostname: options.host ?? "127.0.0.1",
      port,
      ...(tls ? { tls: { rejectUnauthorized: false, ...options.certificate } } : {}),
      socket: {
        open(socket) {
          stranger.#socket = socket;
          if (!tls) resolve();
        },
        handshake(_, ok, error) {
          // An authority that isn't known here may have signed the certificate.
          const isUnverified = error !== null && "code" in error && /VERIFY/.test(`${error.code}`);
          if (ok || isUnverified) resolve();
          else reject(error ?? new Error("no handshake"));
        },
        data: (_, bytes) => stranger.#heard(bytes),
        drain: () => stranger.#flush(),
        close() {
          reject(new Error("closed"));
          stranger.#close();
        },
        connectError: (_, error) => reject(error),
        error: () => {},
      },
    });
    await promise;
    return stranger;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  says(line: string): void {
    this.sends(`${line}\r\n`);
  }

  /** Bytes as they are; what the kernel refuses follows as it can. */
  sends(bytes: string | Uint8Array): void {
    this.#queue.push(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
    this.#flush();
  }

  /** Takes nothing more from the socket. */
  stopsReading(): void {
    this.#socket?.pause();
  }

  readsOn(): void {
    this.#socket?.resume();
  }

  /** A PING gets no PONG from now on. */
  stopsAnswering(): void {
    this.#answers = false;
  }

  /** Resolves to the first matching line, received already or later; rejects when the connection ends without one. */
  hears(pattern: RegExp, from = 0): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const line = this.lines.slice(from).find((one) => pattern.test(one));
        if (line === undefined && this.#open) return;
        this.#waiting.delete(look);
        if (line !== undefined) resolve(line);
        else reject(new Error(`closed without ${pattern}:\n${this.lines.slice(-20).join("\n")}`));
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Sends PING and waits for PONG: all earlier lines were handled. */
  async isAnswered(): Promise<void> {
    const token = `t${this.lines.length}x${Math.floor(performance.now() * 1000)}`;
    this.says(`PING ${token}`);
    await this.hears(new RegExp(`PONG .*${token}`));
  }

  leaves(): void {
    this.#socket?.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leaves();
    await this.closed;
  }

  #flush(): void {
    while (this.#queue.length > 0 && this.#open) {
      const [first] = this.#queue;
      if (first === undefined) return;
      const written = this.#socket?.write(first) ?? 0;
      if (written < 0) return;
      if (written < first.length) {
        this.#queue[0] = first.subarray(written);
        return;
      }
      this.#queue.shift();
    }
  }

  #heard(bytes: Uint8Array): void {
    this.#text += this.#decoder.decode(bytes, { stream: true });
    const lines = this.#text.split("\r\n");
    this.#text = lines.pop() ?? "";
    for (const line of lines) {
      this.lines.push(line);
      const ping = /^(?:@\S+ )?(?::\S+ )?PING (.*)$/.exec(line);
      if (ping !== null && this.#answers) this.says(`PONG ${ping[1]}`);
    }
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}
