import type { WireLine } from "../protocol/wire/lines.ts";
import { LineMasker, MASK } from "../protocol/wire/secret-params.ts";
import type { Link, Standing } from "./server-ports.ts";
import type { Session } from "./sessions/session.ts";

/**
 * Takes one thing that happened on a connection, with secrets masked: a line read ("in") or written ("out"), or
 * the connection's beginning ("open": TLS or plain text) or end ("end": the reason).
 *
 * @param session the session's number, never used again while the server runs
 */
export type TracePort = (
  session: number,
  direction: "in" | "out" | "open" | "end",
  line: string,
) => void;

/**
 * Traces the lines that the server reads and writes, with secrets masked. It exists only while tracing is on,
 * so that a line costs one null check without it. Owns the maskers: one for what each session sends, until
 * the session ends, and one in each link.
 */
export class WireTrace {
  readonly #port: TracePort;
  readonly #maskers = new Map<number, LineMasker>();

  constructor(port: TracePort) {
    this.#port = port;
  }

  /** Traces a line that came from a session, before it is carried out. */
  received({ id }: Session, line: WireLine): void {
    if (line.kind !== "text") return this.#port(id, "in", `${MASK} (${line.kind})`);
    const masker = this.#maskers.get(id) ?? new LineMasker();
    this.#maskers.set(id, masker);
    this.#port(id, "in", masker.mask(line.text, "client"));
  }

  /** Traces the beginning of a connection. Returns a link that traces each line, and passes all on to `link`. */
  wrap(id: number, link: Link): Link {
    this.#port(id, "open", link.secure ? "TLS" : "plain text");
    const masker = new LineMasker();
    return new TracedLink(link, (line) => this.#port(id, "out", masker.mask(line, "server")));
  }

  /** Traces the end of a connection, and drops its state. */
  ended({ id }: Session, reason: string): void {
    this.#maskers.delete(id);
    this.#port(id, "end", reason);
  }
}

/** A link that passes each sent line to `trace` as well. */
class TracedLink implements Link {
  readonly inner: Link;
  readonly #trace: (line: string) => void;

  constructor(inner: Link, trace: (line: string) => void) {
    this.inner = inner;
    this.#trace = trace;
  }

  get address(): string {
    return this.inner.address;
  }

  get isMembers(): boolean {
    return this.inner.isMembers ?? false;
  }

  get host(): string {
    return this.inner.host;
  }

  get secure(): boolean {
    return this.inner.secure;
  }

  get certificate(): string | null {
    return this.inner.certificate;
  }

  get certificateValidity(): NonNullable<Link["certificateValidity"]> | null {
    return this.inner.certificateValidity ?? null;
  }

  get backlog(): number {
    return this.inner.backlog ?? 0;
  }

  get bytesUnderWay(): number {
    return this.inner.bytesUnderWay ?? 0;
  }

  get pressure(): number {
    return this.inner.pressure ?? 0;
  }

  get inputBytes(): number {
    return this.inner.inputBytes ?? 0;
  }

  setStanding(standing: Standing, idleMs?: number): boolean {
    return this.inner.setStanding?.(standing, idleMs) ?? true;
  }

  send(bytes: Uint8Array): void {
    for (const line of Buffer.from(bytes).toString("utf8").split("\r\n")) {
      if (line !== "") this.#trace(line);
    }
    this.inner.send(bytes);
  }

  get takeRaw(): Link["takeRaw"] {
    return this.inner.takeRaw?.bind(this.inner);
  }

  close(): void {
    this.inner.close();
  }

  drop(): void {
    this.inner.drop?.();
  }
}

/** Returns the link under a traced one, or the link itself. */
export function untraced(link: Link): Link {
  return link instanceof TracedLink ? link.inner : link;
}
