/** Where the user is logged in, and ending that. */
import {
  type AccountSession,
  type EndOutcome,
  endSession,
  listSessions,
  type SessionsOutcome,
} from "../../member-client/sessions.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, refusalSentence } from "../app-context.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { Choice } from "./prompts.ts";

/** Lists the account's sessions, and ends one or all others. */
export async function showSessions(app: App, { session }: ServerConnection): Promise<void> {
  const { prompts, words } = app;
  const outcome = await awaitCallback<SessionsOutcome>((done) => listSessions(session, done));
  if (outcome.kind !== "sessions") return prompts.warn(refusalSentence(words, outcome));
  const { sessions } = outcome;
  const others = sessions.filter(({ isThis, logIn }) => !isThis && logIn !== "token");
  const choices: Choice<AccountSession | "others" | "back">[] = [
    { value: "back", label: words.back },
    ...sessions.map((each) => ({ value: each, ...sessionChoice(app, each) })),
    ...(others.length === 0 ? [] : [{ value: "others" as const, label: words.sessions.endOthers }]),
  ];
  let choice: AccountSession | "others" | "back" | null = "back";
  for (;;) {
    choice = await prompts.select(words.sessions.title, choices, choice);
    if (choice === null || choice === "back") return;
    if (choice !== "others" && choice.isThis) return prompts.info(words.sessions.own);
    const question =
      choice === "others"
        ? words.sessions.endOthersAsk(others.length)
        : words.sessions.endAsk(sanitize(choice.address));
    if ((await prompts.confirm(question, words.yes, words.no, false)) === true) break;
  }
  const id = choice === "others" ? "others" : choice.id;
  const ended = await awaitCallback<EndOutcome>((done) => endSession(session, id, done));
  if (ended.kind === "done") prompts.success(words.sessions.ended(ended.count));
  else if (ended.kind === "unknown") prompts.info(words.sessions.ended(0));
  else prompts.warn(refusalSentence(words, ended));
}

function sessionChoice({ words, calendar }: App, each: AccountSession) {
  const { address, since, logIn, program, device, isThis } = each;
  const moment = since === null ? "" : calendar.moment(since);
  const { byDevice, byToken, byPassword } = words.sessions;
  const how = { certificate: byDevice, token: byToken }[logIn] ?? byPassword;
  const name = sanitize(device) || (program === "sodam" ? "Sodam" : words.sessions.otherClient);
  const label = words.sessions.entry(name, sanitize(address), moment);
  return { label: isThis ? `${label} · ${words.sessions.current}` : label, hint: how };
}
