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

/** The most bytes of a CAP list in one line. Leaves space for ":name CAP nick LS * :" with the longest names. */
export const CAP_BYTES_MAX = 350;

/**
 * The capabilities that this server announces. Others of the catalogue are not implemented. Their order is that
 * of CAP LS: an old client reads its first line only.
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
  "sodam.chat/account-id",
  "draft/oper-tag",
  "soju.im/search",
  "sodam.chat/account",
  "sodam.chat/edit",
  "sodam.chat/files",
  "sodam.chat/invitations",
  "sodam.chat/preferences",
  "sodam.chat/read-receipts",
  "sodam.chat/report",
  "sodam.chat/unread",
]);

/** Returns whether a session may request a capability now. */
export function isOffered(state: State, cap: Cap): boolean {
  if (cap === "draft/account-registration") return state.signUps.mode !== "closed";
  if (cap === "sodam.chat/files") return state.options.files.isOn;
  return OFFERED.has(cap);
}

/** The session properties that a CAP list depends on. */
interface CapListKind {
  /** Whether it negotiates by CAP 302, and so gets values. */
  readonly knowsValues: boolean;
  /** Whether it connected by TLS. */
  readonly secure: boolean;
}

/** Returns the announced capabilities: "sasl=PLAIN,EXTERNAL" for CAP 302, "sasl" without it. */
export function capList(state: State, { knowsValues, secure }: CapListKind): string[] {
  const values = knowsValues ? capValues(state) : {};
  const names = [...OFFERED].filter((cap) => isOffered(state, cap));
  const offered = names.map((cap) => (values[cap] === undefined ? cap : `${cap}=${values[cap]}`));
  return knowsValues && secure ? [...offered, ...stsPolicy(state)] : offered;
}

/**
 * Returns the STS token, which is announced but can't be requested. It has no `port`, since plain text is spoken
 * on loopback only, where clients need not switch to TLS. https://ircv3.net/specs/extensions/sts
 */
function stsPolicy({ options: { stsSeconds } }: State): string[] {
  return stsSeconds === null ? [] : [`sts=duration=${stsSeconds}`];
}

function capValues(state: State): Partial<Record<Cap, string>> {
  const { email, registerBeforeConnect, files } = state.options;
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
    "sodam.chat/files": `max=${files.bytesMax}`,
    "draft/multiline": `max-bytes=${MULTILINE_BYTES_MAX},max-lines=${MULTILINE_LINES_MAX}`,
  };
}

/** Adds a CAP line. The list always has a colon, without which some clients don't find it. */
export function sendCapLine(reply: Reply, words: readonly string[], text: string): void {
  const body = `:${reply.server} CAP ${reply.session.nickOrStar} ${words.join(" ")} :${text.trimEnd()}`;
  reply.add({ tags: "", body });
}

/** The capabilities announced to each kind of session, as {@link capList} returns them. */
type OfferedCaps = (kind: CapListKind) => readonly string[];

/** Returns the capabilities announced now. Call it before the settings change, for {@link notifyCapChanges}. */
export function offeredCaps(state: State): OfferedCaps {
  const kinds = [true, false].flatMap((knowsValues) =>
    [true, false].map((secure) => ({ knowsValues, secure })),
  );
  const lists = new Map(kinds.map((kind) => [keyOf(kind), capList(state, kind)]));
  return (kind) => lists.get(keyOf(kind)) ?? [];
}

function keyOf({ knowsValues, secure }: CapListKind): string {
  return `${knowsValues} ${secure}`;
}

/**
 * Sends CAP NEW and CAP DEL to sessions with `cap-notify`, for the difference between `before` and now. Withdrawn
 * capabilities are disabled. https://ircv3.net/specs/extensions/capability-negotiation#cap-notify
 */
export function notifyCapChanges(state: State, before: OfferedCaps): void {
  const after = offeredCaps(state);
  for (const session of state.sessions) {
    if (!session.has("cap-notify")) continue;
    const kind = capListKindOf(session, session.capVersion);
    const [oldList, newList] = [before(kind), after(kind)];
    const newNames = new Set(newList.map(nameOf));
    // STS is withdrawn by a duration of 0, not by CAP DEL.
    const removed = oldList.map(nameOf).filter((name) => !newNames.has(name) && name !== "sts");
    const added = newList.filter((announcement) => !oldList.includes(announcement));
    for (const name of removed) if (isCap(name)) session.setCap(name, false);
    if (removed.length > 0) state.softChanges.noteSession(session);
    const reply = state.unsolicitedReply(session);
    sendChange(reply, "DEL", removed);
    sendChange(reply, "NEW", added);
  }
}

/**
 * Returns which capability list a session gets.
 *
 * @param version the CAP version that the session sent, 0 for none
 */
export function capListKindOf({ link }: Session, version: number): CapListKind {
  return { knowsValues: version >= 302, secure: link.secure };
}

function sendChange(reply: Reply, subcommand: "NEW" | "DEL", names: readonly string[]): void {
  if (names.length === 0) return;
  for (const line of formatCapList(names, CAP_BYTES_MAX)) sendCapLine(reply, [subcommand], line);
}

function nameOf(announcement: string): string {
  return announcement.split("=", 1)[0] ?? "";
}
