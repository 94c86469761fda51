import { TextEncoderFor } from "../protocol/text-encoding.ts";
import { FROM_SERVER, LineReader, type WireLine } from "../protocol/wire/lines.ts";
import { type ConnectFailure, type ConnectOptions, connect } from "./connect.ts";
import type { LineTurns } from "./line-turns.ts";
import { PacedLines } from "./paced-lines.ts";

/** A client's connection to a server, by lines. */
export interface LineConnection {
  /** The server's certificate: SHA-256, lower-case hexadecimal; null for plain text. */
  readonly fingerprint: string | null;
  /** Whether an authority vouches for the host. */
  readonly isAuthorised: boolean;
  /** Sends a line, which has no CR LF yet. */
  send(line: string): void;
  /** Sends text in this encoding from now on; null: as UTF-8, as at the beginning. */
  setEncoding(encoding: string | null): void;
  /** Hands out no line and reads nothing, until it is called with `false`: for an output that is slower than the server. */
  hold(isHeld: boolean): void;
  /** Sends queued bytes, then closes; `closed` is called when that is done. */
  close(): void;
}

/**
 * Connects to a server like {@link connect}, and reads its bytes as lines. Lines may come before the promise resolves, and come in slices, so
 * that the rest of the process goes on however many the server sends.
 *
 * @param turns the turns that it shares with the process's other connections
 * @param handlers.closed called once when the connection has ended, with a reason that people may read
 */
export async function connectLines(
  options: ConnectOptions,
  handlers: { line(line: WireLine): void; closed(reason: string): void },
  turns: LineTurns,
): Promise<{ readonly kind: "connected"; readonly connection: LineConnection } | ConnectFailure> {
  const reader = new LineReader(FROM_SERVER);
  let pauseReading = (_isPaused: boolean): void => {};
  const paced = new PacedLines({
    line: (line) => handlers.line(line),
    pause: (isPaused) => pauseReading(isPaused),
    turns,
  });
  const outcome = await connect(options, {
    open: () => {},
    data: (_, bytes) => paced.push(reader.push(bytes)),
    // Its last lines say why, and come first.
    close: (_, reason) => paced.whenEmpty(() => handlers.closed(reason)),
  });
  if (outcome.kind !== "connected") return outcome;
  const { link, authorised: isAuthorised } = outcome;
  pauseReading = outcome.pauseReading;
  let encoder: { encode(text: string): Uint8Array } = new TextEncoder();
  return {
    kind: "connected",
    connection: {
      ...{ fingerprint: link.certificate, isAuthorised },
      send(line) {
        link.send(encoder.encode(`${line}\r\n`));
        paced.expectAnswer();
      },
      setEncoding(encoding) {
        encoder = encoding === null ? new TextEncoder() : new TextEncoderFor(encoding);
      },
      hold: (isHeld) => paced.hold(isHeld),
      close() {
        paced.clear();
        // A paused socket wouldn't report its end.
        pauseReading(false);
        pauseReading = () => {};
        link.close();
      },
    },
  };
}
