/**
 * What is said to services (NickServ and its like) is passwords for the most part, and what they answer may repeat
 * them. Nothing that outlives the moment has it: no log, export, draft or history of the input line.
 */
import { isServiceName, MASK } from "../../protocol/wire/secret-params.ts";
import type { ExportLine } from "../app-ports.ts";
import { commandAndRest, firstWord, isCommandLine } from "../slash/slash-command.ts";

/**
 * Commands of other clients that carry passwords, typed here out of habit: they are unknown, and not sent. `/password`
 * asks for the password on a page of its own.
 */
const PASSWORD_COMMANDS: ReadonlySet<string> = new Set(
  "ns nickserv cs chanserv identify id oper pass password 비밀번호 auth login register quote raw".split(
    " ",
  ),
);

/**
 * Returns the record with its text masked if it was said to or by a service.
 *
 * @param place the room or the other person
 */
export function withoutServiceText(record: ExportLine, place: string): ExportLine {
  if (!isServiceName(place) && !isServiceName(record.nick)) return record;
  return { ...record, text: MASK };
}

/** Returns whether a typed line may hold a password for a service, so that Up must not bring it back. */
export function isForService(text: string, conversation: string): boolean {
  if (!isCommandLine(text)) return isServiceName(conversation);
  const [name, rest] = commandAndRest(text);
  // `/msg NickServ …` by whatever name the command has.
  return PASSWORD_COMMANDS.has(name.toLowerCase()) || isServiceName(firstWord(rest)[0]);
}
