import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import type { Target } from "../bench/load.ts";
import type { Attacker } from "./crowd.ts";
import type { Behaviour } from "./hostile-connection.ts";
import { addressOf, PEOPLE_MAX } from "./town.ts";

/** Guesses at passwords of every kind: from many addresses, and from the members' own. */

const GUESSES_PER_TICK = 2;
/** Who shares a member's address slows that member's log-ins by password; those of the others must not be slower. */
export const SHARED_ADDRESSES = PEOPLE_MAX / 2;

function guess(name: string, number: number): string {
  const pieces = encodePlain(name, `guess-${number}-at-the-password`);
  return `AUTHENTICATE PLAIN\r\n${pieces.map((piece) => `AUTHENTICATE ${piece}\r\n`).join("")}`;
}

/** Guesses at members' passwords, and those of accounts that don't exist. */
const accountGuesser = (number: number): Behaviour => ({
  opened: (connection) => {
    connection.step = number;
    connection.send("CAP REQ :sasl\r\n");
  },
  tick: (connection) => {
    for (let n = 0; n < GUESSES_PER_TICK; n += 1) {
      connection.step += 1;
      const who = connection.step % PEOPLE_MAX;
      const name = connection.step % 3 === 0 ? `madeup${connection.step}` : `person${who}`;
      connection.send(guess(name, connection.step));
    }
  },
});

/** Comes in as a guest, and guesses where only those who are in can. */
const guestGuesser = (number: number): Behaviour => ({
  opened: (connection) => {
    connection.step = number;
    const nick = `q${number}`;
    connection.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`);
  },
  tick: (connection) => {
    connection.step += 1;
    const n = connection.step;
    connection.send(
      `OPER root guess${n}\r\nNICKSERV IDENTIFY person${n % PEOPLE_MAX} guess${n}\r\n` +
        `ACCOUNT CHECK name${n}\r\nREGISTER * * guess-${n}-password\r\n`,
    );
  },
});

/** Makes the guessers. A fifth of them share the addresses of half of the members. */
export function guessers(tls: Target, count: number): Attacker[] {
  return Array.from({ length: count }, (_, number) => {
    const localAddress =
      number % 5 === 0
        ? addressOf((number / 5) % SHARED_ADDRESSES)
        : `127.40.${Math.floor(number / 250)}.${1 + (number % 250)}`;
    const behaviour = number % 3 === 2 ? guestGuesser(number) : accountGuesser(number);
    return { target: { ...tls, localAddress }, behaviour };
  });
}
