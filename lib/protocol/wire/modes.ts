/** What a member may do in a room: founder, admin, op, half-op, voice. */
export type Rank = "~" | "&" | "@" | "%" | "+";

/** Highest first, as ISUPPORT's PREFIX and NAMES order them. */
export const RANKS = ["~", "&", "@", "%", "+"] as const satisfies readonly Rank[];

const LETTERS = { "~": "q", "&": "a", "@": "o", "%": "h", "+": "v" } as const;

/** The mode that gives a rank: `@` → `o`. */
export function modeLetter(rank: Rank): string {
  return LETTERS[rank];
}

/** The rank that a mode gives: `o` → `@`; `null` when the letter gives none. */
export function rankOfLetter(letter: string): Rank | null {
  return RANKS.find((rank) => LETTERS[rank] === letter) ?? null;
}

/**
 * A message's target that means some of a room alone: `@#tea`, those who stand at least as high as an op. Of
 * several ranks the lowest counts. `null` for any other target. https://modern.ircdocs.horse/#privmsg-message
 */
export function parseRankTarget(target: string): { rank: Rank; room: string } | null {
  const [, ranks = "", room = ""] = /^([~&@%+]+)(#.*)$/.exec(target) ?? [];
  const rank = RANKS.findLast((one) => ranks.includes(one));
  return rank === undefined ? null : { rank, room };
}

/** Mode letters by whether they take an argument: ISUPPORT's CHANMODES A to D, and PREFIX. */
export interface ModeKinds {
  /** Lists: an argument adds or removes; without one the list is asked for. */
  readonly list: string;
  /** An argument both to set and to unset. */
  readonly always: string;
  /** An argument only to set. */
  readonly onSet: string;
  readonly never: string;
  /** Ranks: an argument (a nick) always. */
  readonly rank: string;
}

/**
 * The modes of our rooms: ban, exception, invitation list; key; forward, limit; no-CTCP,
 * only registered people speak (M) or join (R), op-moderated, invite-only, moderated, no messages
 * from outside, secret, topic by ops, auditorium.
 */
export const ROOM_MODES: ModeKinds = {
  list: "beI",
  always: "k",
  onSet: "fl",
  never: "CMRUimnstu",
  rank: "qaohv",
};

/** One change that somebody asks for. Nothing has been checked but which letters take arguments. */
export interface RequestedMode {
  readonly sign: "+" | "-";
  readonly letter: string;
  /** `null` when the letter takes none, or there was none left. */
  readonly argument: string | null;
}

/**
 * Reads `+ov-l` with its arguments. Without a sign a change is a `+`; an unknown letter takes no
 * argument. `-k` may come without its key, as many clients send it.
 *
 *     parseModeChanges("+o-l", ["mina"])
 *     // [{ sign: "+", letter: "o", argument: "mina" }, { sign: "-", letter: "l", argument: null }]
 */
export function parseModeChanges(
  text: string,
  args: readonly string[],
  kinds: ModeKinds = ROOM_MODES,
): RequestedMode[] {
  const asks: RequestedMode[] = [];
  let sign: "+" | "-" = "+";
  let next = 0;
  for (const letter of text) {
    if (letter === "+" || letter === "-") {
      sign = letter;
      continue;
    }
    let argument: string | null = null;
    if (takesArgument(letter, sign, kinds)) {
      argument = args[next] ?? null;
      next += 1;
    }
    asks.push({ sign, letter, argument });
  }
  return asks;
}

function takesArgument(letter: string, sign: "+" | "-", kinds: ModeKinds): boolean {
  if (kinds.rank.includes(letter) || kinds.list.includes(letter)) return true;
  return kinds.always.includes(letter) || (sign === "+" && kinds.onSet.includes(letter));
}
