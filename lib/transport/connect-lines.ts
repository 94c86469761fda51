import { FROM_SERVER, LineReader, type WireLine } from "../protocol/wire/lines.ts";
import { type ConnectFailure, type ConnectOptions, connect } from "./connect.ts";

/** A client's connection to a server, by lines. */
export interface LineConnection {
  /** The server's certificate: SHA-256, lower-case hexadecimal; null for plain text. */
  readonly fingerprint: string | null;
  /** Whether an authority vouches for the host. */
  readonly isAuthorised: boolean;
  /** Sends a line, which has no CR LF yet. */
  send(line: string): void;
  /** Sends queued bytes, then closes; `closed` is called when that is done. */
  close(): void;
}

/**
 * Connects to a server like {@link connect}, and reads its bytes as lines. Lines may come before the promise resolves.
 *
 * @param handlers.closed called once when the connection has ended, with a reason that people may read
 */
export async function connectLines(
  options: ConnectOptions,
  handlers: { line(line: WireLine): void; closed(reason: string): void },
): Promise<{ readonly kind: "connected"; readonly connection: LineConnection } | ConnectFailure> {
  const reader = new LineReader(FROM_SERVER);
  const outcome = await connect(options, {
    open: () => {},
    data: (_, bytes) => {
      for (const line of reader.push(bytes)) handlers.line(line);
    },
    close: (_, reason) => handlers.closed(reason),
  });
  if (outcome.kind !== "connected") return outcome;
  const { link, authorised: isAuthorised } = outcome;
  const encoder = new TextEncoder();
  return {
    kind: "connected",
    connection: {
      ...{ fingerprint: link.certificate, isAuthorised },
      send: (line) => link.send(encoder.encode(`${line}\r\n`)),
      close: () => link.close(),
    },
  };
}
