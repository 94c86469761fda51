import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import type { Target } from "../bench/load.ts";
import type { Attacker } from "./crowd.ts";
import type { Behaviour } from "./hostile-connection.ts";

/** Connections from as many addresses, of every kind that costs a stranger nothing. */

const LONG = "x".repeat(400);
const PIPELINED = `PING :${LONG}\r\nNICK ${LONG}\r\nWHO *\r\nCAP LS 302\r\n`.repeat(16);

/** The first bytes of a TLS hello: what a client sends that stops in the middle of it. */
const HALF_HELLO = Buffer.concat([
  Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
  Buffer.alloc(60, 0x5a),
]);

interface Kind extends Behaviour {
  /** What is spoken before the lines. */
  readonly over: "tcp" | "tls" | "proxy";
}

/** A small number that differs from connection to connection. */
let counter = 0;
function nextNumber(): number {
  counter += 1;
  return counter;
}

const wrongPassword = (name: string): string =>
  `AUTHENTICATE PLAIN\r\n${encodePlain(name, "wrong-password")
    .map((piece) => `AUTHENTICATE ${piece}\r\n`)
    .join("")}`;

/** The kinds of hostile strangers, each for an equal share of the connections. */
export const KINDS: readonly Kind[] = [
  // Silent before the handshake, and in the middle of it.
  { over: "tcp" },
  { over: "tcp", opened: (connection) => connection.send(HALF_HELLO) },
  // Bytes that are no TLS.
  { over: "tcp", opened: (connection) => connection.send(LONG) },
  // Silent after the handshake.
  { over: "tls" },
  // A letter each second, and never a whole line.
  {
    over: "tls",
    tick: (connection, tick) => tick % 10 === 0 && connection.send("x"),
  },
  // A place for somebody who never goes on.
  { over: "tls", opened: (connection) => connection.send(`NICK s${nextNumber()}\r\n`) },
  // A wrong password each second.
  {
    over: "tls",
    opened: (connection) => connection.send("CAP REQ :sasl\r\n"),
    tick: (connection, tick) =>
      tick % 10 === 0 && connection.send(wrongPassword(`person${nextNumber() % 20}`)),
  },
  // As many lines as the kernel takes.
  {
    over: "tls",
    tick: (connection, tick) => tick % 10 === 0 && connection.send(PIPELINED),
  },
  // A guest who comes, reads nothing and asks for the longest answers.
  {
    over: "tls",
    stopsReading: true,
    opened: (connection) => {
      const nick = `g${nextNumber()}`;
      connection.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\nJOIN #town\r\n`);
    },
    tick: (connection, tick) => tick % 10 === 0 && connection.send("LIST\r\nWHO *\r\nNAMES\r\n"),
  },
  // A proxy's port: no header, half a header, a header and junk.
  { over: "proxy", opened: (connection) => connection.send(`PROXY TCP4 ${LONG}\r\n`) },
  { over: "proxy", opened: (connection) => connection.send("PROXY TCP4 203.0.") },
  {
    over: "proxy",
    opened: (connection) => {
      const number = nextNumber();
      const address = `203.0.${(number >> 8) % 256}.${number % 256}`;
      connection.send(`PROXY TCP4 ${address} 192.0.2.1 4000 6697\r\n${PIPELINED}`);
    },
  },
];

/** Makes so many strangers, each at an address of its own. `first` is the number of the first one. */
export function strangers(tls: Target, proxy: Target, count: number, first: number): Attacker[] {
  counter = first * 100;
  return Array.from({ length: count }, (_, index) => {
    const number = first + index;
    const behaviour = KINDS[number % KINDS.length] ?? {};
    const over = KINDS[number % KINDS.length]?.over;
    // 127.16.0.1 and up: networks of 250 neighbours.
    const localAddress = `127.${16 + Math.floor(number / 62_500)}.${Math.floor(number / 250) % 250}.${1 + (number % 250)}`;
    const target = over === "proxy" ? proxy : { ...tls, tls: over === "tls", ...{ localAddress } };
    return { target, behaviour };
  });
}
