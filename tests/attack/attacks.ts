import type { Target } from "../bench/load.ts";
import type { Attacker } from "./crowd.ts";
import { fileGang } from "./file-gang.ts";
import { guessers } from "./guessing.ts";
import { strangers } from "./strangers.ts";
import { type Person, passwordLines } from "./town.ts";
import { worstCommands } from "./worst-commands.ts";

/** What the attackers are told: the server, and the account that one of them has. */
export interface AttackOrder {
  readonly attack: string;
  readonly tls: Target;
  readonly proxy: Target;
  readonly seconds: number;
  /** How many strangers come, and the number of the first of them. */
  readonly count: number;
  readonly first: number;
  readonly hostile: Person;
  /** Accounts of the attack on files. */
  readonly gang: readonly Person[];
}

const ADDRESS_OF_256 = "127.0.9.9";
const PROXY_HEADER = `PROXY TCP4 ${ADDRESS_OF_256} 192.0.2.1 4000 6697\r\n`;
const GUESSERS = 400;
const SESSIONS = 20;

/** The attacks, in the order in which they are made. */
export const ATTACKS: Readonly<
  Record<string, { readonly what: string; attackers(order: AttackOrder): Attacker[] }>
> = {
  strangers: {
    what: "hostile connections of twelve kinds from as many addresses",
    attackers: ({ tls, proxy, count, first }) => strangers(tls, proxy, count, first),
  },
  "one-address": {
    what: "256 guests at one address send the worst commands",
    attackers: ({ tls, proxy }) =>
      Array.from({ length: 256 }, (_, n) => ({
        // Half of them without TLS, through a proxy: that costs the attackers less.
        target: n % 2 === 0 ? proxy : { ...tls, localAddress: ADDRESS_OF_256 },
        behaviour: worstCommands(n, "", false, n % 2 === 0 ? PROXY_HEADER : ""),
      })),
  },
  "one-member": {
    what: "20 sessions of one member send the worst commands",
    attackers: ({ tls, hostile }) =>
      Array.from({ length: SESSIONS }, (_, n) => ({
        target: { ...tls, localAddress: `127.0.2.${n + 1}`, certificate: hostile.certificate },
        behaviour: worstCommands(n, passwordLines(hostile), true),
      })),
  },
  files: {
    what: "a gang of 24 accounts and 300 connections that send and get files badly",
    attackers: ({ tls, gang }) => fileGang(tls, gang),
  },
  guessing: {
    what: `${GUESSERS} connections guess passwords, a fifth of them at addresses of members`,
    attackers: ({ tls }) => guessers(tls, GUESSERS),
  },
};
