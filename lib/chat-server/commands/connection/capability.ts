import { cutUtf8 } from "../../../protocol/utf8.ts";
import { type Cap, formatCapList, isCap } from "../../../protocol/wire/caps.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command, CommandContext } from "../../command.ts";
import type { Reply } from "../../relay/reply.ts";
import {
  CAP_BYTES_MAX,
  capLine,
  isOffered,
  kindOf,
  sendCapList,
} from "../../sessions/capabilities.ts";
import { completeRegistration } from "../../sessions/complete-registration.ts";
import { applyReadReceiptChoice, sendReadReceipts } from "../../unread/read-receipts.ts";
import { usesMetadata3 } from "../../users/metadata-values.ts";

/** CAP: which extensions a session speaks. https://ircv3.net/specs/extensions/capability-negotiation */

export const CAP: Command = {
  verb: "CAP",
  params: 1,
  phase: "any",
  handle: (context) => {
    const { session, reply, params } = context;
    const [subcommand = "", argument = ""] = params;
    switch (subcommand.toUpperCase()) {
      case "LS":
        if (session.phase === "unregistered") session.negotiating = true;
        return sayOffered(context, Number.parseInt(argument, 10) || 301);
      case "LIST":
        return list(context, "LIST", session.capVersion, [...session.caps]);
      case "REQ":
        return request(context, argument);
      case "END":
        if (session.phase !== "unregistered") return;
        session.negotiating = false;
        return completeRegistration(context);
      default:
        return reply.numeric(NUMERIC.ERR_INVALIDCAPCMD, subcommand, "There is no such CAP command");
    }
  },
};

/** A version once named stays; the answer itself is of the version that was asked for. */
function sayOffered(context: CommandContext, version: number): void {
  const { state, session } = context;
  session.capVersion = Math.max(session.capVersion, version);
  if (session.capVersion >= 302) session.setCap("cap-notify", true);
  list(context, "LS", version, sendCapList(state, kindOf(session, version)));
}

function list(
  { reply }: CommandContext,
  subcommand: string,
  version: number,
  names: readonly string[],
): void {
  const lines = formatCapList(names, CAP_BYTES_MAX);
  // Clients before 302 read one line, in which the ratified extensions come first.
  if (version < 302) return capLine(reply, [subcommand], lines[0] ?? "");
  for (const [i, line] of lines.entries()) {
    capLine(reply, i < lines.length - 1 ? [subcommand, "*"] : [subcommand], line);
  }
}

/** All that is asked for, or nothing. */
function request({ state, session, reply }: CommandContext, argument: string): void {
  if (session.phase === "unregistered") session.negotiating = true;
  const asked = argument.split(" ").filter((name) => name !== "");
  const changes: [Cap, boolean][] = [];
  for (const name of asked) {
    const on = !name.startsWith("-");
    const cap = on ? name : name.slice(1);
    const held = session.capVersion >= 302 && cap === "cap-notify" && !on;
    if (!isCap(cap) || !isOffered(state, cap) || held) return refuse(reply, asked);
    changes.push([cap, on]);
  }
  const wanted = new Map(changes);
  const will = (cap: Cap): boolean => wanted.get(cap) ?? session.has(cap);
  // Nobody can be told of the same change in two ways: the third text of METADATA forbids it.
  if (will("draft/metadata-2") && will("draft/metadata-3")) return refuse(reply, asked);
  for (const line of formatCapList(asked, CAP_BYTES_MAX)) {
    capLine(reply, ["ACK"], line);
  }
  const hadMetadata = usesMetadata3(session) && session.has("batch");
  const hadReceipts = session.has("sodam.chat/read-receipts");
  for (const [cap, on] of changes) session.setCap(cap, on);
  // What was subscribed to ends with the capability; its text says so.
  if (hadMetadata && !(usesMetadata3(session) && session.has("batch")))
    session.subscriptions.clear();
  const { user } = session;
  if (user === null) return;
  applyReadReceiptChoice(state, user);
  // Who says yes while they are here already has had the JOINs that would have told it.
  if (hadReceipts) return;
  for (const room of user.rooms) sendReadReceipts(reply, room, user);
}

/** Whole names, as far as they go: what is cut in two names nothing. */
function refuse(reply: Reply, asked: readonly string[]): void {
  const [first = ""] = formatCapList(asked, CAP_BYTES_MAX);
  capLine(reply, ["NAK"], cutUtf8(first, CAP_BYTES_MAX));
}
