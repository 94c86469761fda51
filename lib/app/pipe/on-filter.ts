/** Which messages start the command of `on`, and what the command gets to know of one. */
import type { ChatLine, ClientConversation, ClientState } from "../../chat-client/client-state.ts";
import { harmlessJson } from "../../protocol/harmful-characters.ts";
import { formatTime } from "../../protocol/time.ts";
import { isAtLeast } from "../chat-screen/people/ranks.ts";
import type { OnCommand } from "./pipe-ports.ts";

/** Groups that a command gets to know; no expression of a person has more. */
const GROUPS_MAX = 100;

/** The whole match and its groups; of a command without an expression the whole text. */
export type Groups = readonly (string | null)[];

/**
 * Returns whether somebody has said this who may start the command. Nothing of the account's own counts, from any of its
 * devices, and nothing of bots, so that no two of them answer each other for ever. A notice is a program's answer by
 * IRC's rules, and never answered.
 */
export function maySpeak(
  line: ChatLine,
  conversation: ClientConversation,
  state: ClientState,
  { from, ops }: Pick<OnCommand, "from" | "ops">,
): boolean {
  if (line.kind !== "said" || line.own || line.nick === "" || line.redacted) return false;
  // What is folded away in `tail` isn't heard here either: somebody who is blocked, a word that is spared.
  if (line.folded !== null) return false;
  const member = conversation.members.get(state.fold(line.nick));
  if (line.bot || member?.bot === true) return false;
  if (ops && !isAtLeast(member?.ranks ?? "", "moderator")) return false;
  return from === null || isFrom(line, from, state);
}

/**
 * Returns whether a message is from the person of this name: by the account where the server tells it, since anybody may
 * take a nick there while its owner is away.
 */
function isFrom({ nick, account }: ChatLine, name: string, { caps, fold }: ClientState): boolean {
  const known = caps.has("account-tag") ? account : nick;
  return known !== null && fold(known) === fold(name);
}

/** Returns the variables that tell a command of a message; docs/bots.md lists them. */
export function environmentOf(
  line: ChatLine,
  { kind, name }: Pick<ClientConversation, "kind" | "name">,
  groups: Groups,
): Record<string, string> {
  const environment: Record<string, string> = {
    SODAM_TEXT: line.text,
    SODAM_NICK: line.nick,
    SODAM_ACCOUNT: line.account ?? "",
    SODAM_ROOM: kind === "room" ? name : "",
    SODAM_MSGID: line.msgid ?? "",
    SODAM_TIME: formatTime(line.time),
  };
  for (const [index, group] of groups.slice(0, GROUPS_MAX).entries()) {
    environment[`SODAM_MATCH_${index}`] = group ?? "";
  }
  // No variable can hold it.
  for (const [key, text] of Object.entries(environment)) {
    environment[key] = text.toWellFormed().replaceAll("\0", "");
  }
  return environment;
}

/**
 * Returns a message as one line of JSON: as `tail --json` prints it, with `where` and the groups.
 *
 * @param printed the line of `tail --json`
 */
export function inputOf(
  printed: string,
  { name }: Pick<ClientConversation, "name">,
  groups: Groups,
): string {
  const fields = JSON.parse(printed) as Record<string, unknown>;
  return `${harmlessJson({ ...fields, where: name, match: groups })}\n`;
}

/**
 * Returns the command with the groups as its last arguments, or null when one of them could be taken for an option: it
 * is somebody else's text.
 */
export function withGroups(command: readonly string[], groups: Groups): readonly string[] | null {
  const words = groups.slice(1).map((group) => (group ?? "").replaceAll("\0", ""));
  return words.some((word) => word.startsWith("-")) ? null : [...command, ...words];
}
