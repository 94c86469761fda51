import type { SecondFactorRule } from "../member-server/second-factor.ts";
import type { OperatorGrades, OperatorRight } from "../protocol/operator-rights.ts";

/** A name and password that OPER accepts. */
interface OperatorEntry {
  readonly name: string;
  /** argon2, in the PHC string form. */
  readonly passwordHash: string;
  /** The grade, which others see; `null` or left out for none. */
  readonly grade?: string | null;
  /** What its users may do; left out for everything. */
  readonly rights?: readonly OperatorRight[];
}

/** What the owner lets people send. Sizes are in bytes; `Infinity` is no limit. */
export interface FileRules {
  readonly isOn: boolean;
  /** The largest file. */
  readonly bytesMax: number;
  /** What the files of an account, of a conversation and of the server may take. */
  readonly accountBytesMax: number;
  readonly roomBytesMax: number;
  readonly serverBytesMax: number;
  /** Free space of the disk that is left. */
  readonly diskReserveBytes: number;
  /** For how many days files are kept; 0 keeps them as long as their messages. It counts also when no more can be sent. */
  readonly keepDays: number;
}

/** The chat server's settings, checked: made from flags and the settings file by lib/settings. */
export interface ServerOptions {
  /** The server's host name: the source of the lines that it sends. */
  readonly name: string;
  /** The network's name, for people: NETWORK in ISUPPORT. */
  readonly network: string;
  /** What the server is, for people: in LINKS, INFO and WHOIS. `null`: the network's name. */
  readonly description: string | null;
  /** HOST or HOST:PORT by which people reach the server, as its owner set it; `null` if not. */
  readonly publicAddress: string | null;
  /**
   * HOST:PORT of the links that the server shows its owner: a loopback address where only its own machine
   * reaches it. `null` or left out before it listens.
   */
  readonly localAddress?: string | null;
  /** https address of a picture that clients show for the network, or `null`. */
  readonly networkIcon: string | null;
  /**
   * How long clients that connected by TLS must keep using it (STS), in seconds. 0 revokes an earlier
   * policy; `null` announces none.
   */
  readonly stsSeconds: number | null;
  /** The version of Sodam. */
  readonly version: string;
  /** Whether users without an account may chat. */
  readonly guests: boolean;
  /** Who may create rooms: everyone, people with an account, or the server's owner and operators. */
  readonly createRooms: "everyone" | "members" | "owners";
  /** Of how many rooms one user may be the founder; who may create rooms where others may not isn't bound by it. */
  readonly roomsPerAccount: number;
  /** Who may make an account. */
  readonly signUp: "invite" | "open" | "closed";
  /** Who must have a second factor to log in with a password. */
  readonly secondFactor: SecondFactorRule;
  /** How many bots an account may have. */
  readonly botsPerAccount: number;
  /** For how many days the name of a deleted account can't be taken; 0 frees it at once. */
  readonly nameRestDays: number;
  /** "test" accepts weak passwords and hashes them cheaply. */
  readonly passwordCost: "normal" | "test";
  /** Whether REGISTER works before NICK and USER are complete. */
  readonly registerBeforeConnect: boolean;
  /** Whether REGISTER takes an e-mail address. */
  readonly email: "none" | "optional" | "required";
  /** SHA-256 of the server's password, lower-case hexadecimal, or `null` if there is none. */
  readonly passwordDigest: string | null;
  /** Whether addresses are looked up in DNS blocklists. */
  readonly hasDnsbl: boolean;
  /** Message of the day, by lines. */
  readonly motd: readonly string[];
  /** Whether sessions that send too fast are slowed down; see rate-limit.ts. */
  readonly floodControl: boolean;
  /** How many lines a client without CHATHISTORY is shown on joining. */
  readonly replayLines: number;
  /** How many sign-ups a new invitation allows if its creator gives no number. */
  readonly inviteUses: number;
  /** How long a new invitation is valid if its creator gives no other time. */
  readonly inviteHours: number;
  /** How long a connection may stay unregistered. */
  readonly registrationTimeoutMs: number;
  /** A session that was silent for this long is sent a PING. */
  readonly pingAfterMs: number;
  /** A session that doesn't answer a PING for this long is closed. */
  readonly pingTimeoutMs: number;
  /** How long users may redact or edit their own messages. */
  readonly redactWithinMs: number;
  /** For how many days messages are kept; 0 keeps them forever. A room may set fewer days. */
  readonly keepDays: number;
  readonly files: FileRules;
  readonly operators: readonly OperatorEntry[];
  /** The grades of the settings, besides those that every server has. */
  readonly grades?: OperatorGrades;
}
