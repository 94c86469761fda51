import { type Cap, formatCapList, isCap } from "../../protocol/wire/caps.ts";
import { MULTILINE_BYTES_MAX, MULTILINE_LINES_MAX } from "../../protocol/wire/wire-limits.ts";
import {
  METADATA_KEY_BYTES_MAX,
  METADATA_KEYS_MAX,
  METADATA_SUBS_MAX,
  METADATA_VALUE_BYTES_MAX,
} from "../limits.ts";
import type { Reply } from "../relay/reply.ts";
import type { State } from "../state.ts";
import type { Session } from "./session.ts";

/**
 * What we announce: whatever is in the catalogue but not here does not work yet, or not on this server. In the
 * order in which they are listed: a client of the old kind reads the first line alone.
 */
const OFFERED: ReadonlySet<Cap> = new Set<Cap>([
  "sasl",
  "message-tags",
  "server-time",
  "account-tag",
  "batch",
  "echo-message",
  "labeled-response",
  "extended-join",
  "multi-prefix",
  "userhost-in-names",
  "away-notify",
  "account-notify",
  "chghost",
  "setname",
  "invite-notify",
  "cap-notify",
  "standard-replies",
  "extended-monitor",
  "no-implicit-names",
  "draft/channel-rename",
  "draft/chathistory",
  "draft/extended-isupport",
  "draft/metadata-2",
  "draft/metadata-3",
  "draft/multiline",
  "draft/event-playback",
  "draft/message-redaction",
  "draft/read-marker",
  "draft/account-registration",
  "draft/pre-away",
  "draft/oper-tag",
  "soju.im/search",
  "sodam.chat/account",
  "sodam.chat/edit",
  "sodam.chat/invitations",
  "sodam.chat/read-receipts",
  "sodam.chat/unread",
]);

/** Whether a session may ask for it now. */
export function isOffered(state: State, cap: Cap): boolean {
  // Where nobody may sign up nobody is asked whether they want to.
  if (cap === "draft/account-registration") return state.signUps.mode !== "closed";
  return OFFERED.has(cap);
}

/** What decides what is announced to a session: whether it knows values (302), and whether it came by TLS. */
interface Kind {
  readonly knowsValues: boolean;
  readonly secure: boolean;
}

/** "sasl=PLAIN,EXTERNAL" for clients that know values, "sasl" for the others. */
export function sendCapList(state: State, { knowsValues, secure }: Kind): string[] {
  const values = knowsValues ? capValues(state) : {};
  const names = [...OFFERED].filter((cap) => isOffered(state, cap));
  const offered = names.map((cap) => (values[cap] === undefined ? cap : `${cap}=${values[cap]}`));
  return knowsValues && secure ? [...offered, ...stsPolicy(state)] : offered;
}

/**
 * STS is told and never granted. Its `port` is not told: plain text is spoken on loopback alone, and who comes
 * from there is to stay. https://ircv3.net/specs/extensions/sts
 */
function stsPolicy({ options: { stsSeconds } }: State): string[] {
  return stsSeconds === null ? [] : [`sts=duration=${stsSeconds}`];
}

function capValues(state: State): Partial<Record<Cap, string>> {
  const { email, registerBeforeConnect } = state.options;
  const registration = [
    ...(registerBeforeConnect ? ["before-connect"] : []),
    ...(email === "required" ? ["email-required"] : []),
    "custom-account-name",
  ];
  const metadata = `before-connect,max-subs=${METADATA_SUBS_MAX},max-keys=${METADATA_KEYS_MAX},max-value-bytes=${METADATA_VALUE_BYTES_MAX}`;
  return {
    sasl: "PLAIN,EXTERNAL",
    "draft/account-registration": registration.join(","),
    "draft/metadata-2": metadata,
    "draft/metadata-3": `${metadata},max-key-bytes=${METADATA_KEY_BYTES_MAX}`,
    "draft/multiline": `max-bytes=${MULTILINE_BYTES_MAX},max-lines=${MULTILINE_LINES_MAX}`,
  };
}

/** Leaves ":name CAP nick LS * :" its place in the line, whatever the names are. */
export const CAP_BYTES_MAX = 350;

/** One line of CAP. The list is always the last parameter, with its colon: some clients look for nothing else. */
export function capLine(reply: Reply, words: readonly string[], text: string): void {
  const body = `:${reply.server} CAP ${reply.session.nickOrStar} ${words.join(" ")} :${text.trimEnd()}`;
  reply.add({ tags: "", body });
}

/** What was announced, by kind of session: to be taken before settings change, and handed to `notifyCapChanges`. */
export type OfferedCaps = (kind: Kind) => readonly string[];

export function offeredCaps(state: State): OfferedCaps {
  const kinds = [true, false].flatMap((knowsValues) =>
    [true, false].map((secure) => ({ knowsValues, secure })),
  );
  const lists = new Map(kinds.map((kind) => [keyOf(kind), sendCapList(state, kind)]));
  return (kind) => lists.get(keyOf(kind)) ?? [];
}

function keyOf({ knowsValues, secure }: Kind): string {
  return `${knowsValues} ${secure}`;
}

/**
 * Tells those who asked to know (cap-notify) what is new or has another value, and what is there no more; what
 * is gone is theirs no longer. https://ircv3.net/specs/extensions/capability-negotiation#cap-notify
 */
export function notifyCapChanges(state: State, before: OfferedCaps): void {
  const after = offeredCaps(state);
  for (const session of state.sessions) {
    if (!session.has("cap-notify")) continue;
    const kind = kindOf(session, session.capVersion);
    const [then, now] = [before(kind), after(kind)];
    const names = new Set(now.map(nameOf));
    // STS is never taken back in this way: a duration of 0 does it.
    const gone = then.map(nameOf).filter((name) => !names.has(name) && name !== "sts");
    const come = now.filter((one) => !then.includes(one));
    for (const name of gone) if (isCap(name)) session.setCap(name, false);
    const reply = state.unsolicitedReply(session);
    tell(reply, "DEL", gone);
    tell(reply, "NEW", come);
  }
}

/** @param version of CAP, as the session names it */
export function kindOf({ link }: Session, version: number): Kind {
  return { knowsValues: version >= 302, secure: link.secure };
}

function tell(reply: Reply, subcommand: "NEW" | "DEL", names: readonly string[]): void {
  if (names.length === 0) return;
  for (const line of formatCapList(names, CAP_BYTES_MAX)) capLine(reply, [subcommand], line);
}

function nameOf(announcement: string): string {
  return announcement.split("=", 1)[0] ?? "";
}
