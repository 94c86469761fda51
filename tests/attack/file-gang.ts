import { FILE_TAG } from "../../lib/protocol/file-facts.ts";
import type { Target } from "../bench/load.ts";
import type { Attacker } from "./crowd.ts";
import type { Behaviour, HostileConnection } from "./hostile-connection.ts";
import type { Person } from "./town.ts";

/**
 * A gang with accounts of its own, against files: its sessions ask without end to send files, to get the one that lies in
 * #town, and for lists; its other connections use what they are granted, and stall, drip, send other bytes than they said,
 * or guess tokens.
 */

const CARRIERS = 300;
/** Of a file that is offered: large enough that a slow sender is never done. */
const OFFERED_BYTES = 5_000_000;
const ASKS_PER_TICK = 6;
const PIECE = new Uint8Array(64 << 10);

/** What the sessions were granted, and no connection has used yet. */
interface Tokens {
  readonly put: string[];
  readonly get: string[];
}

/** Makes the gang. Each member has one session, and any of the carriers uses what it is granted. */
export function fileGang(tls: Target, gang: readonly Person[]): Attacker[] {
  const tokens: Tokens = { put: [], get: [] };
  const sessions = gang.map(({ localAddress, certificate, name }, number) => ({
    target: { ...tls, localAddress, certificate },
    behaviour: asking(name, number, tokens),
  }));
  const carriers = Array.from({ length: CARRIERS }, (_, number) => ({
    target: { ...tls, localAddress: gang[number % gang.length]?.localAddress ?? "127.0.3.1" },
    behaviour: CARRYING[number % CARRYING.length]?.(tokens) ?? guessing(),
  }));
  return [...sessions, ...carriers];
}

/** Asks for all that there is to ask for, as fast as it can. */
function asking(name: string, number: number, tokens: Tokens): Behaviour {
  /** Ids of files in #town that it has heard of. */
  const ids = new Set<string>();
  return {
    opened: (connection) => {
      connection.send(
        `CAP REQ :sasl batch message-tags sodam.chat/files\r\nAUTHENTICATE EXTERNAL\r\nAUTHENTICATE +\r\nNICK ${name}\r\nUSER ${name} 0 * :${name}\r\nCAP END\r\nJOIN #town\r\nFILE LIST #town 100\r\n`,
      );
    },
    received: (_, text) => {
      for (const [, id = "", token = ""] of text.matchAll(/FILE GRANT (\w+) (\S+) \d+ \d+/g)) {
        (ids.has(id) ? tokens.get : tokens.put).push(token);
      }
      for (const [, id = ""] of text.matchAll(/[=,]id=(\w+)/g)) ids.add(id);
    },
    tick: (connection) => {
      const [id = "none"] = ids;
      for (let n = 0; n < ASKS_PER_TICK; n += 1) {
        connection.step += 1;
        const sha256 = (number * 1_000_000 + connection.step).toString(16).padStart(64, "0");
        const facts = `size=${OFFERED_BYTES},sha256=${sha256},type=text/plain,name=${number}.txt`;
        connection.send(
          `@${FILE_TAG}=${facts} FILE SEND #town :hi\r\nFILE FETCH ${id}\r\nFILE LIST #town 100\r\nFILE CANCEL ${id}\r\n`,
        );
      }
    },
  };
}

/** What connections do with what was granted. */
const CARRYING: readonly ((tokens: Tokens) => Behaviour)[] = [
  // It reads nothing of what it gets.
  ({ get }) => ({ stopsReading: true, opened: begins("GET", get) }),
  // It sends nothing.
  ({ put }) => ({ opened: begins("PUT", put) }),
  // A byte at a time.
  ({ put }) => ({ opened: begins("PUT", put), tick: (connection) => connection.send("x") }),
  // Other bytes than it said.
  ({ put }) => ({ opened: begins("PUT", put), tick: (connection) => connection.send(PIECE) }),
  // Reads, and gives up in the middle.
  ({ get }) => ({
    opened: begins("GET", get),
    tick: (connection, tick) => {
      if (tick % 7 === 0) connection.close();
    },
  }),
  () => guessing(),
];

function begins(kind: "PUT" | "GET", tokens: string[]): (connection: HostileConnection) => void {
  return (connection) => connection.send(`FILE ${kind} ${tokens.shift() ?? "none"} 0\r\n`);
}

function guessing(): Behaviour {
  return {
    opened: (connection) => {
      connection.send(`FILE GET ${Math.random().toString(36).slice(2).padEnd(26, "a")} 0\r\n`);
    },
  };
}
