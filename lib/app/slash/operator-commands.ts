/** Commands for operators of the server: suspending, renaming, removing and grading accounts. */
import type { Answer } from "../../chat-client/session.ts";
import { parseTime } from "../../protocol/time.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { answerProblem } from "../chat-screen/draw/system-line.ts";
import { firstWord, type SlashCommand, type SlashContext } from "./slash-command.ts";

/** The server whose operators can do this has this capability. */
const ACCOUNT_CAP = "sodam.chat/account";
const WITH_MESSAGES = ["messages", "메시지"];
const WITHOUT_REST = ["free", "바로"];
const NO_GRADE = ["none", "없음"];

/** /suspend, /unsuspend, /rename-account, /remove-account and /grade. */
export const OPERATOR_COMMANDS: readonly SlashCommand[] = [
  {
    name: "suspend",
    aliases: ["계정정지"],
    arguments: "nickTimeReason",
    help: "suspend",
    needsConnection: true,
    run(context, rest) {
      const [name, terms] = nameAndRest(rest);
      if (name === "") return context.showUsage();
      askAboutAccount(context, ["SUSPEND", name, ...words(terms)]);
    },
  },
  {
    name: "unsuspend",
    aliases: ["정지해제"],
    arguments: "nick",
    help: "unsuspend",
    needsConnection: true,
    run(context, rest) {
      const [name, more] = nameAndRest(rest);
      if (name === "" || more !== "") return context.showUsage();
      askAboutAccount(context, ["UNSUSPEND", name]);
    },
  },
  {
    name: "rename-account",
    aliases: ["계정이름"],
    arguments: "renameAccount",
    help: "renameAccount",
    needsConnection: true,
    run(context, rest) {
      const [name, more] = nameAndRest(rest);
      const [present, option] = nameAndRest(more);
      const isFreed = WITHOUT_REST.includes(option.toLowerCase());
      if (present === "" || (option !== "" && !isFreed)) return context.showUsage();
      askAboutAccount(context, ["RENAME", name, present, ...(isFreed ? ["FREE"] : [])]);
    },
  },
  {
    name: "remove-account",
    aliases: ["계정삭제"],
    arguments: "removeAccount",
    help: "removeAccount",
    needsConnection: true,
    run: removeAccount,
  },
  {
    name: "grade",
    aliases: ["등급"],
    arguments: "grade",
    help: "grade",
    needsConnection: true,
    run(context, rest) {
      const [name, grade] = nameAndRest(rest);
      if (grade === "" || /\s/.test(grade)) return context.showUsage();
      const isNone = NO_GRADE.includes(grade.toLowerCase());
      askAboutAccount(context, ["GRADE", name, isNone ? "none" : grade]);
    },
  },
];

/** `/remove-account NAME yes [messages] [reason]`: there is no way back, so it has to be confirmed. */
function removeAccount(context: SlashContext, rest: string): void {
  const [name, more] = nameAndRest(rest);
  const [confirmation, terms] = nameAndRest(more);
  if (name === "") return context.showUsage();
  if (!["yes", "예"].includes(confirmation.toLowerCase())) {
    return context.note(context.words.slash.confirmRemoval(sanitize(name)), "bad");
  }
  const [first, reason] = firstWord(terms);
  const withMessages = WITH_MESSAGES.includes(first.toLowerCase());
  const params = withMessages ? ["MESSAGES", ...words(reason)] : words(terms);
  askAboutAccount(context, ["REMOVE", name, ...params]);
}

function nameAndRest(text: string): [name: string, rest: string] {
  const [name, rest] = firstWord(text);
  return [name.replace(/^@/, ""), rest];
}

function words(text: string): string[] {
  return text === "" ? [] : text.split(/\s+/);
}

function askAboutAccount(context: SlashContext, params: readonly string[]): void {
  const { session, note } = context;
  if (!session.state.caps.has(ACCOUNT_CAP)) return note(context.words.slash.notOffered, "bad");
  const show = (answer: Answer): void => {
    if (answer.kind !== "answered") {
      return note(answerProblem(answer, session.state, context.words), "bad");
    }
    note(outcomeSentence(context, answer.messages[0]?.params ?? []));
  };
  session.ask("ACCOUNT", params, show);
}

/** Returns the sentence for a NOTE, by its code; the server's own for one that we don't know. */
function outcomeSentence(
  { words: { slash }, calendar }: SlashContext,
  params: readonly string[],
): string {
  const [, code = "", name = "", detail = ""] = params.map(sanitize);
  switch (code) {
    case "SUSPENDED": {
      const until = parseTime(detail);
      return slash.suspended(name, until === null ? "" : calendar.moment(until));
    }
    case "UNSUSPENDED":
      return slash.unsuspended(name);
    case "RENAMED":
      return slash.accountRenamed(name, detail);
    case "REMOVED":
      return slash.accountRemoved(name);
    case "REMOVING":
      return slash.accountRemoving(name);
    case "GRADED":
      return slash.graded(name, detail === "none" ? "" : detail);
    default:
      return sanitize(params.at(-1) ?? "");
  }
}
