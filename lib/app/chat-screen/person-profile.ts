/** What is known of a person: what the server says of them, and what this client has seen. */
import {
  type ClientConversation,
  type ClientState,
  isMessage,
} from "../../chat-client/client-state.ts";
import { isMaskOf, type ListMode, mutesOf, readMask } from "../../chat-client/mask-lists.ts";
import type { Answer, ChatSession, NoAnswer } from "../../chat-client/session.ts";
import type { Message } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { makeDateFormat } from "../i18n/date-format.ts";
import { isModeratorOf } from "./person-actions.ts";
import type { PersonPage } from "./ui-state.ts";

/** The metadata key by which somebody shares the time zone that they are in, as an IANA name. */
export const TIME_ZONE_KEY = "sodam.chat/timezone";

/** Of Solanum and others, for the list of mutes: <me> <room> q <mask> <by> <when>. */
const RPL_QUIETLIST = "728";
const RPL_ENDOFQUIETLIST = "729";

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

/**
 * Learns what the page of a person in a conversation shows: what the server says of them, and whether the room mutes
 * them. Calls `show` for each answer.
 */
export function fetchPerson(
  session: ChatSession,
  nick: string,
  conversation: ClientConversation | null,
  now: number,
  show: (facts: Partial<Pick<PersonPage, "profile" | "isMuted">>) => void,
): void {
  fetchProfile(session, nick, now, (profile) => {
    show({ profile });
    if (profile === null || conversation === null) return;
    // Whoever can't unmute needn't know, and is often not told.
    if (!isModeratorOf(conversation, session.state)) return;
    fetchIsMuted(session, conversation.name, profile, (isMuted) => show({ isMuted }));
  });
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
function fetchIsMuted(
  session: ChatSession,
  room: string,
  person: Pick<PersonProfile, "account" | "address">,
  done: (isMuted: boolean) => void,
): void {
  const list = mutesOf(session.state);
  if (list === null) return done(false);
  fetchMasks(session, room, list.letter, (answer) => {
    const { fold } = session.state;
    const isMuted = ({ isMute, mask }: ListedMask) => isMute && isMaskOf(mask, person, fold);
    done("length" in answer && answer.some(isMuted));
  });
}

/** An entry of a room's list, as `fetchMasks` gives it. */
export interface ListedMask {
  readonly mask: string;
  readonly isMute: boolean;
  /** What the server says behind the mask: who set it, when, and on our servers until when and why. */
  readonly details: readonly string[];
}

/** Asks for a room's list of masks. */
export function fetchMasks(
  session: ChatSession,
  room: string,
  letter: ListMode["letter"],
  done: (answer: readonly ListedMask[] | NoAnswer) => void,
): void {
  const isQuietList = letter === "q";
  const entryVerb = isQuietList ? RPL_QUIETLIST : NUMERIC.RPL_BANLIST;
  const endVerb = isQuietList ? RPL_ENDOFQUIETLIST : NUMERIC.RPL_ENDOFBANLIST;
  const isLast = ({ verb }: Message): boolean => verb === endVerb;
  const isAnswer = ({ verb }: Message): boolean =>
    verb === entryVerb || verb === endVerb || /^4\d\d$/.test(verb);
  const show = (answer: Answer): void => {
    if (answer.kind !== "answered") return done(answer);
    const entries = answer.messages.filter(({ verb }) => verb === entryVerb);
    done(
      entries.map(({ params }) => {
        const [mask = "", ...details] = params.slice(isQuietList ? 3 : 2);
        return { mask, isMute: isQuietList || readMask(mask).isMute, details };
      }),
    );
  };
  session.ask("MODE", [room, `+${letter}`], show, { isAnswer, isLast });
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
