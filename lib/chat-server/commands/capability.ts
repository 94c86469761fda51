import { type Cap, formatCapList, isCap } from "../../protocol/caps.ts";
import { NUMERIC } from "../../protocol/numerics.ts";
import { cutUtf8 } from "../../protocol/text.ts";
import type { Ask, Command } from "../command.ts";
import { settleReceipts } from "../history/receipts.ts";
import {
  METADATA_KEYS_MAX,
  METADATA_SUBS_MAX,
  METADATA_VALUE_BYTES_MAX,
  MULTILINE_BYTES_MAX,
  MULTILINE_LINES_MAX,
} from "../limits.ts";
import type { Session } from "../session.ts";
import type { State } from "../state.ts";
import { complete } from "./registration.ts";

/** CAP: which extensions a session speaks. https://ircv3.net/specs/extensions/capability-negotiation */

/** What we announce: whatever is in the catalogue but not here does not work yet, or not on this server. */
function isOffered(cap: Cap): boolean {
  return OFFERED.has(cap);
}

/** In the order in which they are listed: a client of the old kind reads the first line alone. */
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

/** Leaves ":name CAP nick LS * :" its place in the line, whatever the names are. */
const CAP_BYTES_MAX = 350;

/** "sasl=PLAIN,EXTERNAL" for clients that know values (302), "sasl" for the others. */
function announce(state: State, session: Session, version: number): string[] {
  const values = capValues(state);
  const offered = [...OFFERED].map((cap) => {
    const value = version >= 302 ? values[cap] : undefined;
    return value === undefined ? cap : `${cap}=${value}`;
  });
  return [...offered, ...stsPolicy(state, session, version)];
}

/**
 * STS is told and never granted. Its `port` is not told: plain text is spoken on loopback alone, and who comes
 * from there is to stay. https://ircv3.net/specs/extensions/sts
 */
function stsPolicy(state: State, session: Session, version: number): string[] {
  const { stsSeconds } = state.options;
  if (stsSeconds === null || version < 302 || !session.link.secure) return [];
  return [`sts=duration=${stsSeconds}`];
}

function capValues(state: State): Partial<Record<Cap, string>> {
  const { email, registerBeforeConnect } = state.options;
  const registration = [
    ...(registerBeforeConnect ? ["before-connect"] : []),
    ...(email === "required" ? ["email-required"] : []),
    "custom-account-name",
  ];
  return {
    sasl: "PLAIN,EXTERNAL",
    "draft/account-registration": registration.join(","),
    "draft/metadata-2": `before-connect,max-subs=${METADATA_SUBS_MAX},max-keys=${METADATA_KEYS_MAX},max-value-bytes=${METADATA_VALUE_BYTES_MAX}`,
    "draft/multiline": `max-bytes=${MULTILINE_BYTES_MAX},max-lines=${MULTILINE_LINES_MAX}`,
  };
}

export const CAP: Command = {
  verb: "CAP",
  params: 1,
  who: "any",
  handle: (ask) => {
    const { session, reply, params } = ask;
    const [subcommand = "", argument = ""] = params;
    switch (subcommand.toUpperCase()) {
      case "LS":
        if (session.phase === "visitor") session.negotiating = true;
        return sayOffered(ask, Number.parseInt(argument, 10) || 301);
      case "LIST":
        return list(ask, "LIST", session.capVersion, [...session.caps]);
      case "REQ":
        return request(ask, argument);
      case "END":
        if (session.phase !== "visitor") return;
        session.negotiating = false;
        return complete(ask);
      default:
        return reply.numeric(NUMERIC.ERR_INVALIDCAPCMD, subcommand, "There is no such CAP command");
    }
  },
};

/** A version once named stays; the answer itself is of the version that was asked for. */
function sayOffered(ask: Ask, version: number): void {
  const { state, session } = ask;
  session.capVersion = Math.max(session.capVersion, version);
  if (session.capVersion >= 302) session.setCap("cap-notify", true);
  list(ask, "LS", version, announce(state, session, version));
}

function list(
  { session, reply }: Ask,
  subcommand: string,
  version: number,
  names: readonly string[],
): void {
  const lines = formatCapList(names, CAP_BYTES_MAX);
  // Clients before 302 read one line, in which the ratified extensions come first.
  if (version < 302) return capLine(reply, session, [subcommand], lines[0] ?? "");
  for (const [i, line] of lines.entries()) {
    capLine(reply, session, i < lines.length - 1 ? [subcommand, "*"] : [subcommand], line);
  }
}

/** All that is asked for, or nothing. */
function request({ state, session, reply }: Ask, argument: string): void {
  if (session.phase === "visitor") session.negotiating = true;
  const asked = argument.split(" ").filter((name) => name !== "");
  const changes: [Cap, boolean][] = [];
  for (const name of asked) {
    const on = !name.startsWith("-");
    const cap = on ? name : name.slice(1);
    const held = session.capVersion >= 302 && cap === "cap-notify" && !on;
    if (!isCap(cap) || !isOffered(cap) || held) {
      // Whole names, as far as they go: what is cut in two names nothing.
      const [first = ""] = formatCapList(asked, CAP_BYTES_MAX);
      return capLine(reply, session, ["NAK"], cutUtf8(first, CAP_BYTES_MAX));
    }
    changes.push([cap, on]);
  }
  for (const line of formatCapList(asked, CAP_BYTES_MAX)) {
    capLine(reply, session, ["ACK"], line);
  }
  for (const [cap, on] of changes) session.setCap(cap, on);
  if (session.user !== null) settleReceipts(state, session.user);
}

function capLine(
  reply: Ask["reply"],
  session: Session,
  words: readonly string[],
  text: string,
): void {
  // The list is always the trailing parameter, with its colon: some clients look for nothing else.
  reply.add({
    tags: "",
    body: `:${reply.server} CAP ${session.callsign} ${words.join(" ")} :${text.trimEnd()}`,
  });
}
