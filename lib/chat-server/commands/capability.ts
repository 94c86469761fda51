import { CAP_NAMES, type Cap, formatCapList, isCap } from "../../protocol/caps.ts";
import { NUMERIC } from "../../protocol/numerics.ts";
import type { Ask, Command } from "../command.ts";
import type { Session } from "../session.ts";
import type { State } from "../state.ts";
import { complete } from "./registration.ts";

/** CAP: which extensions a session speaks. https://ircv3.net/specs/extensions/capability-negotiation */

/** What we announce: whatever is in the catalogue but not here does not work yet, or not on this server. */
function isOffered(cap: Cap): boolean {
  return OFFERED.has(cap);
}

const OFFERED: ReadonlySet<Cap> = new Set<Cap>([
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
  "draft/event-playback",
  "draft/message-redaction",
  "draft/read-marker",
  "draft/account-registration",
  "sasl",
  "sodam.chat/account",
  "sodam.chat/edit",
  "sodam.chat/invitations",
  "sodam.chat/unread",
]);

/** "sasl=PLAIN,EXTERNAL" for clients that know values (302), "sasl" for the others. */
function announce(state: State, session: Session): string[] {
  const values = capValues(state);
  return CAP_NAMES.filter(isOffered).map((cap) => {
    const value = session.capVersion >= 302 ? values[cap] : undefined;
    return value === undefined ? cap : `${cap}=${value}`;
  });
}

function capValues(state: State): Partial<Record<Cap, string>> {
  const { email, registerBeforeConnect } = state.options;
  const registration = [
    ...(registerBeforeConnect ? ["before-connect"] : []),
    ...(email === "required" ? ["email-required"] : []),
    "custom-account-name",
  ];
  return { sasl: "PLAIN,EXTERNAL", "draft/account-registration": registration.join(",") };
}

export const CAP: Command = {
  verb: "CAP",
  params: 1,
  who: "any",
  handle: (ask) => {
    const { state, session, reply, params } = ask;
    const [subcommand = "", argument = ""] = params;
    switch (subcommand.toUpperCase()) {
      case "LS":
        if (session.phase === "visitor") session.negotiating = true;
        session.capVersion = Math.max(session.capVersion, Number.parseInt(argument, 10) || 301);
        if (session.capVersion >= 302) session.setCap("cap-notify", true);
        return list(ask, "LS", announce(state, session));
      case "LIST":
        return list(ask, "LIST", [...session.caps]);
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

function list({ session, reply }: Ask, subcommand: string, names: readonly string[]): void {
  // ":name CAP nick LS * :" has to fit in the line as well, whatever the names are.
  const lines = formatCapList(names, 350);
  for (const [i, line] of lines.entries()) {
    const more = i < lines.length - 1 && session.capVersion >= 302 ? ["*"] : [];
    capLine(reply, session, [subcommand, ...more], line);
  }
}

/** All that is asked for, or nothing. */
function request({ session, reply }: Ask, argument: string): void {
  if (session.phase === "visitor") session.negotiating = true;
  const asked = argument.split(" ").filter((name) => name !== "");
  const changes: [Cap, boolean][] = [];
  for (const name of asked) {
    const on = !name.startsWith("-");
    const cap = on ? name : name.slice(1);
    const held = session.capVersion >= 302 && cap === "cap-notify" && !on;
    if (!isCap(cap) || !isOffered(cap) || held) return capLine(reply, session, ["NAK"], argument);
    changes.push([cap, on]);
  }
  for (const [cap, on] of changes) session.setCap(cap, on);
  capLine(reply, session, ["ACK"], argument);
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
