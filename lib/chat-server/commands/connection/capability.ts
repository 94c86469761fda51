import { cutUtf8 } from "../../../protocol/utf8.ts";
import { type Cap, formatCapList, isCap } from "../../../protocol/wire/caps.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import {
  type Command,
  type CommandContext,
  type Outcome,
  runSteps,
  type Steps,
} from "../../command.ts";
import type { Reply } from "../../relay/reply.ts";
import {
  CAP_BYTES_MAX,
  capList,
  capListKindOf,
  isOffered,
  sendCapLine,
} from "../../sessions/capabilities.ts";
import { completeRegistration } from "../../sessions/complete-registration.ts";
import type { Session } from "../../sessions/session.ts";
import { pause, Slice } from "../../slices.ts";
import { applyReadReceiptChoice, sendReadReceipts } from "../../unread/read-receipts.ts";
import { usesMetadata3 } from "../../users/metadata-values.ts";
import type { User } from "../../users/user.ts";

/** The version of clients that send CAP LS without a number. */
const CAP_VERSION_DEFAULT = 301;

/** CAP: negotiates capabilities. https://ircv3.net/specs/extensions/capability-negotiation */
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
        return sendOffered(context, Number.parseInt(argument, 10) || CAP_VERSION_DEFAULT);
      case "LIST":
        return sendCaps(context, "LIST", session.capVersion, [...session.caps]);
      case "REQ":
        return request(context, argument);
      case "END":
        if (session.phase !== "unregistered") return;
        session.negotiating = false;
        return runSteps(completeRegistration(context));
      default:
        return reply.numeric(NUMERIC.ERR_INVALIDCAPCMD, subcommand, "Unknown CAP subcommand");
    }
  },
};

/** Sends the list for this CAP version. The session's version is the highest that it ever named. */
function sendOffered(context: CommandContext, version: number): void {
  const { state, session } = context;
  session.capVersion = Math.max(session.capVersion, version);
  if (session.capVersion >= 302) session.setCap("cap-notify", true);
  sendCaps(context, "LS", version, capList(state, capListKindOf(session, version)));
}

function sendCaps(
  { reply }: CommandContext,
  subcommand: string,
  version: number,
  names: readonly string[],
): void {
  const lines = formatCapList(names, CAP_BYTES_MAX);
  // Clients before 302 read one line. Ratified extensions come first in it.
  if (version < 302) return sendCapLine(reply, [subcommand], lines[0] ?? "");
  for (const [index, line] of lines.entries()) {
    const isLast = index === lines.length - 1;
    sendCapLine(reply, isLast ? [subcommand] : [subcommand, "*"], line);
  }
}

/** Grants everything in a CAP REQ, or nothing. */
function request({ state, session, reply }: CommandContext, argument: string): Outcome {
  if (session.phase === "unregistered") session.negotiating = true;
  const names = argument.split(" ").filter((name) => name !== "");
  const changes = new Map<Cap, boolean>();
  for (const name of names) {
    const on = !name.startsWith("-");
    const cap = on ? name : name.slice(1);
    const isRequired = session.capVersion >= 302 && cap === "cap-notify" && !on;
    if (!isCap(cap) || !isOffered(state, cap) || isRequired) return refuse(reply, names);
    changes.set(cap, on);
  }
  const willHave = (cap: Cap): boolean => changes.get(cap) ?? session.has(cap);
  // metadata-3 forbids both: the same change would be sent twice.
  if (willHave("draft/metadata-2") && willHave("draft/metadata-3")) return refuse(reply, names);
  for (const line of formatCapList(names, CAP_BYTES_MAX)) sendCapLine(reply, ["ACK"], line);
  const hadMetadata3 = hasMetadata3Batches(session);
  const hadReceipts = session.has("sodam.chat/read-receipts");
  for (const [cap, on] of changes) session.setCap(cap, on);
  // The specification ends the subscriptions with the capability.
  if (hadMetadata3 && !hasMetadata3Batches(session)) session.subscriptions.clear();
  const { user } = session;
  if (user === null) return;
  applyReadReceiptChoice(state, user);
  // Receipts are sent with each JOIN. A session that asks for them later gets those of its rooms here.
  if (hadReceipts || !session.has("sodam.chat/read-receipts")) return;
  return runSteps(sendAllReceipts(reply, user));
}

/** Sends the receipts of all rooms of a user: up to two hundred times a hundred lines. */
function* sendAllReceipts(reply: Reply, user: User): Steps {
  const slice = new Slice(reply);
  for (const room of user.rooms) {
    if (slice.isOver()) yield* pause();
    sendReadReceipts(reply, room, user);
  }
}

function hasMetadata3Batches(session: Session): boolean {
  return usesMetadata3(session) && session.has("batch");
}

/** Sends a NAK with as many whole names as fit: a name that was cut would be a different one. */
function refuse(reply: Reply, names: readonly string[]): void {
  const [firstLine = ""] = formatCapList(names, CAP_BYTES_MAX);
  sendCapLine(reply, ["NAK"], cutUtf8(firstLine, CAP_BYTES_MAX));
}
