import type { AdminAnswer, AdminRequest } from "../../protocol/admin/admin-answer.ts";
import {
  ADMIN_COMMANDS,
  adminCommandName,
  adminUsage,
  adminWordsMax,
} from "../../protocol/admin/admin-commands.ts";
import type { Steps } from "../command.ts";
import type { State } from "../state.ts";
import { ACCOUNT_HANDLERS } from "./admin-accounts.ts";
import { BAN_HANDLERS } from "./admin-bans.ts";
import type { AdminHandlers, AdminResult } from "./admin-handler.ts";
import { INVITATION_HANDLERS } from "./admin-invitations.ts";
import { LOG_HANDLERS } from "./admin-log.ts";
import { NAME_HANDLERS } from "./admin-names.ts";
import { PEOPLE_HANDLERS } from "./admin-people.ts";
import { REPORT_HANDLERS } from "./admin-reports.ts";
import { RESET_HANDLERS } from "./admin-reset.ts";
import { ROOM_HANDLERS } from "./admin-rooms.ts";
import { STATUS_HANDLERS } from "./admin-status.ts";
import { UPGRADE_HANDLERS } from "./admin-upgrade.ts";

/** A page of a list takes about a millisecond. */
const ROWS_PER_ANSWER = 200;
/** Characters of a user's name that the audit file has. */
const USER_CHARS_MAX = 64;

const HANDLERS: Required<AdminHandlers> = {
  ...STATUS_HANDLERS,
  ...UPGRADE_HANDLERS,
  ...NAME_HANDLERS,
  ...PEOPLE_HANDLERS,
  ...ACCOUNT_HANDLERS,
  ...REPORT_HANDLERS,
  ...RESET_HANDLERS,
  ...ROOM_HANDLERS,
  ...BAN_HANDLERS,
  ...INVITATION_HANDLERS,
  ...LOG_HANDLERS,
};

/**
 * Runs a command of the owner's console, and calls `respond` with its answer. It is no session's command, so rate limits
 * and ranks don't count: who may open the socket may do all of it.
 */
export function* answerAdmin(
  state: State,
  request: AdminRequest,
  respond: (answer: AdminAnswer) => void,
): Steps {
  respond(yield* runAdmin(state, request));
}

function* runAdmin(state: State, request: AdminRequest): Steps<AdminAnswer> {
  const name = adminCommandName(request.command);
  if (name === null) return refused({ refused: ["unknownCommand", request.command] });
  const { options } = request;
  // Reasons are sent to people, as a part of a line.
  const words = request.words.map((word) => word.replaceAll(/[\0\r\n]+/g, " "));
  const needed = words.slice(0, ADMIN_COMMANDS[name].words);
  const isComplete = needed.length === ADMIN_COMMANDS[name].words && needed.every(isGiven);
  // "unban A B" must not look as if it did both.
  if (!isComplete || words.length > adminWordsMax(name)) {
    return refused({ refused: ["needsWords", adminUsage(name)] });
  }
  const by = `console:${request.user.slice(0, USER_CHARS_MAX)}`;
  const outcome = HANDLERS[name]({ state, words, options, by });
  return answerOf("next" in outcome ? yield* outcome : outcome, request.skip);
}

function isGiven(word: string): boolean {
  return word.trim() !== "";
}

function answerOf(result: AdminResult, skip: number): AdminAnswer {
  if ("page" in result) return { kind: "rows", ...result.page(skip, ROWS_PER_ANSWER) };
  if ("facts" in result) return { kind: "facts", ...result };
  if ("refused" in result) return refused(result);
  return { kind: "done", sentence: result.done, notes: result.notes ?? [] };
}

function refused({ refused, notes = [] }: Extract<AdminResult, { refused: unknown }>): AdminAnswer {
  return { kind: "refused", sentence: refused, notes };
}

/** Returns the answer for a command that failed by a fault of ours. */
export function failedAdmin(): AdminAnswer {
  return refused({ refused: ["failed"] });
}
