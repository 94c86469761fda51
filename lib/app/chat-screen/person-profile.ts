/** What is known of a person: what the server says of them, and what this client has seen. */
import {
  type ClientConversation,
  type ClientState,
  isMessage,
} from "../../chat-client/client-state.ts";
import type { ChatSession } from "../../chat-client/session.ts";
import { matchesMask } from "../../protocol/glob-mask.ts";
import type { Message } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { makeDateFormat } from "../i18n/date-format.ts";

/** The metadata key by which somebody shares the time zone that they are in, as an IANA name. */
export const TIME_ZONE_KEY = "sodam.chat/timezone";

/** The server's answer about a person. */
export interface PersonProfile {
  /** "" if it says nothing more than the nick or the account. */
  readonly realName: string;
  /** What their clocks show, if they share where they are: "18:05". */
  readonly localTime: string | null;
  /** Seconds since they last did something; null where the server doesn't tell. */
  readonly idleSeconds: number | null;
  readonly isOperator: boolean;
  readonly isBot: boolean;
  readonly account: string | null;
  /** nick!user@host, which masks are matched against; "" if it isn't told. */
  readonly address: string;
  /** Why they are away; null if they aren't. */
  readonly awayText: string | null;
}

/** Asks the server about a person; `done` gets null when it knows nobody of that name. */
export function fetchProfile(
  session: ChatSession,
  nick: string,
  now: number,
  done: (profile: PersonProfile | null) => void,
): void {
  session.commands.whois(nick, (answer) => {
    done(answer.kind === "answered" ? profileOf(answer.messages, now) : null);
  });
}

/** Asks whether a room's list mutes somebody. */
export function fetchIsMuted(
  session: ChatSession,
  room: string,
  person: Pick<PersonProfile, "account" | "address">,
  done: (isMuted: boolean) => void,
): void {
  const isEntry = ({ verb }: Message): boolean => verb === NUMERIC.RPL_BANLIST;
  const isLast = ({ verb }: Message): boolean => verb === NUMERIC.RPL_ENDOFBANLIST;
  const isAnswer = (message: Message): boolean =>
    isEntry(message) || isLast(message) || /^4\d\d$/.test(message.verb);
  const isMute = ({ params }: Message): boolean => mutes(params[2] ?? "", person);
  session.ask(
    "MODE",
    [room, "+b"],
    (answer) => {
      done(answer.kind === "answered" && answer.messages.filter(isEntry).some(isMute));
    },
    { isAnswer, isLast },
  );
}

/** Whether an entry of a ban list mutes somebody: `~m:~a:mina` at our server, `~q:mina!*@*` at others. */
function mutes(
  entry: string,
  { account, address }: Pick<PersonProfile, "account" | "address">,
): boolean {
  const mask = /^[~$]?(?:m|q|mute|quiet):(.+)$/.exec(entry)?.[1];
  if (mask === undefined) return false;
  const named = /^[~$]?(?:a|account):(.+)$/.exec(mask)?.[1];
  if (named !== undefined) return account !== null && matchesMask(named, account);
  // Such a mute is of everybody, and ends for nobody alone.
  return mask !== "*!*@*" && matchesMask(mask, address);
}

function profileOf(replies: readonly Message[], now: number): PersonProfile {
  const find = (numeric: string): readonly string[] | null =>
    replies.find(({ verb }) => verb === numeric)?.params ?? null;
  const user = find(NUMERIC.RPL_WHOISUSER) ?? [];
  const account = find(NUMERIC.RPL_WHOISACCOUNT)?.[2] ?? null;
  const realName = user[5] ?? "";
  const idle = Number(find(NUMERIC.RPL_WHOISIDLE)?.[2] ?? Number.NaN);
  const zone = replies.find(
    ({ verb, params }) => verb === NUMERIC.RPL_WHOISKEYVALUE && params[2] === TIME_ZONE_KEY,
  );
  return {
    realName: realName === user[1] || realName === account ? "" : realName,
    localTime: localTimeIn(zone?.params.at(-1) ?? "", now),
    idleSeconds: Number.isFinite(idle) ? idle : null,
    isOperator: find(NUMERIC.RPL_WHOISOPERATOR) !== null,
    isBot: find(NUMERIC.RPL_WHOISBOT) !== null,
    account,
    address: user.length < 4 ? "" : `${user[1]}!${user[2]}@${user[3]}`,
    awayText: find(NUMERIC.RPL_AWAY)?.at(-1) ?? null,
  };
}

/** Returns the time of day in a time zone that somebody else has named; null where there is none of that name. */
function localTimeIn(zone: string, now: number): string | null {
  if (!isTimeZone(zone)) return null;
  return makeDateFormat("en", zone).clock(now);
}

/** Returns whether this machine knows a time zone of this name ("Asia/Seoul"). */
export function isTimeZone(zone: string): boolean {
  if (zone === "" || zone.length > 64) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    // RangeError: somebody made the name up, or has newer data.
    return false;
  }
}

/** Returns the rooms that the user shares with somebody, in the order of the list. */
export function roomsInCommon(
  { conversations, fold }: Pick<ClientState, "conversations" | "fold">,
  nick: string,
): ClientConversation[] {
  const key = fold(nick);
  return [...conversations.values()].filter(({ members }) => members.has(key));
}

/** Returns when somebody last wrote where the user could read it, in ms since 1970; null if never. */
export function lastSaidAt(
  { conversations, fold }: Pick<ClientState, "conversations" | "fold">,
  nick: string,
): number | null {
  const key = fold(nick);
  let newest: number | null = null;
  for (const { lines } of conversations.values()) {
    const line = lines.findLast((each) => isMessage(each) && fold(each.nick) === key);
    if (line !== undefined && line.time > (newest ?? 0)) newest = line.time;
  }
  return newest;
}
