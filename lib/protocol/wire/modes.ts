const LETTERS = { "~": "q", "&": "a", "@": "o", "%": "h", "+": "v" } as const;
/** Rank of a member in a room: founder, admin, op, half-op, voice. */
export type Rank = "~" | "&" | "@" | "%" | "+";

/** All ranks, highest first, as ISUPPORT's PREFIX and NAMES order them. */
export const RANKS = ["~", "&", "@", "%", "+"] as const satisfies readonly Rank[];

/** Returns the mode letter of a rank: `@` → `o`. */
export function modeLetter(rank: Rank): string {
  return LETTERS[rank];
}

/** Returns the rank of a mode letter, `o` → `@`, or `null` if it is no rank. */
export function rankOfLetter(letter: string): Rank | null {
  return RANKS.find((rank) => LETTERS[rank] === letter) ?? null;
}

/**
 * Parses a message target for part of a room: `@#tea` reaches members who are at least op. Of
 * several prefixes the lowest counts. Returns `null` for any other target.
 * https://modern.ircdocs.horse/#privmsg-message
 */
export function parseRankTarget(target: string): { rank: Rank; room: string } | null {
  const [, ranks = "", room = ""] = /^([~&@%+]+)(#.*)$/.exec(target) ?? [];
  const rank = RANKS.findLast((candidate) => ranks.includes(candidate));
  return rank === undefined ? null : { rank, room };
}

/** Mode letters by whether they take an argument: ISUPPORT's CHANMODES A to D, and PREFIX. */
interface ModeKinds {
  /** Type A, lists: an argument adds or removes an entry; without one the list is requested. */
  readonly list: string;
  /** Type B: an argument to set and to unset. */
  readonly always: string;
  /** Type C: an argument only to set. */
  readonly onSet: string;
  /** Type D: no argument. */
  readonly never: string;
  /** Ranks: always an argument, a nick. */
  readonly rank: string;
}

/**
 * The room modes of this server. Lists: ban (b), exception (e), word filter (g), invitation (I). With
 * argument: key (k), forward (f), join throttle (j), limit (l), slow mode (W), least age of an account
 * to join (Y) or talk (y). Flags: joins are approved (A), no CTCP (C), history since joining (H), only
 * registered users speak (M) or join (R), op-moderated (U), invite-only (i), moderated (m), no external
 * messages (n), secret (s), topic by ops (t), auditorium (u).
 */
export const ROOM_MODES: ModeKinds = {
  list: "begI",
  always: "k",
  onSet: "WYfjly",
  never: "ACHMRUimnstu",
  rank: "qaohv",
};

/** A requested mode change. Checked only for which letters take an argument. */
export interface RequestedMode {
  readonly sign: "+" | "-";
  readonly letter: string;
  /** `null` if the letter takes none, or none was given. */
  readonly argument: string | null;
}

/**
 * Parses `+ov-l` and its arguments. Changes without a sign are "+"; an unknown letter takes no
 * argument. `-k` may lack its key, as many clients send it.
 *
 * @example
 * parseModeChanges("+o-l", ["mina"])
 * // [{ sign: "+", letter: "o", argument: "mina" }, { sign: "-", letter: "l", argument: null }]
 */
export function parseModeChanges(
  text: string,
  args: readonly string[],
  kinds: ModeKinds = ROOM_MODES,
): RequestedMode[] {
  const changes: RequestedMode[] = [];
  let sign: "+" | "-" = "+";
  let argumentIndex = 0;
  for (const letter of text) {
    if (letter === "+" || letter === "-") {
      sign = letter;
      continue;
    }
    let argument: string | null = null;
    if (takesArgument(letter, sign, kinds)) {
      argument = args[argumentIndex] ?? null;
      argumentIndex += 1;
    }
    changes.push({ sign, letter, argument });
  }
  return changes;
}

function takesArgument(letter: string, sign: "+" | "-", kinds: ModeKinds): boolean {
  if (kinds.rank.includes(letter) || kinds.list.includes(letter)) return true;
  return kinds.always.includes(letter) || (sign === "+" && kinds.onSet.includes(letter));
}
