/** The page of the user's bots: a list, a new one, another token, removing one. */
import type { ChatSession } from "../../chat-client/session.ts";
import {
  addBot,
  type KnownBot,
  listBots,
  removeBot,
  renewToken,
  type TokenOutcome,
} from "../../member-client/bots.ts";
import { accountProblem, isRoomName } from "../../protocol/names.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, refusalSentence } from "../app-context.ts";
import type { Choice } from "./prompts.ts";

/** What a bot of our server may do; see docs/protocol.md. */
const BOT_RIGHTS: readonly string[] = ["read", "speak", "react", "direct", "moderate"];
const RIGHTS_INITIAL = "speak";

/** Shows the user's bots, and makes, changes or removes one. */
export async function showBots(app: App, session: ChatSession): Promise<void> {
  const { prompts, words } = app;
  const outcome = await awaitCallback<Parameters<Parameters<typeof listBots>[1]>[0]>((done) =>
    listBots(session, done),
  );
  if (outcome.kind !== "bots") return prompts.warn(refusalSentence(words, outcome));
  if (outcome.bots.length === 0) prompts.info(words.bots.none);
  const choices: Choice<KnownBot | "new" | "back">[] = [
    { value: "new", label: words.bots.add },
    ...outcome.bots.map((bot) => ({
      value: bot,
      label: sanitize(bot.name),
      hint: sanitize(`${bot.rights} ${bot.rooms}`.trim()),
    })),
    { value: "back", label: words.back },
  ];
  let choice: KnownBot | "new" | "back" | null = "new";
  do {
    choice = await prompts.select(words.bots.title, choices, choice);
    if (choice === null || choice === "back") return;
  } while (!(await (choice === "new" ? makeBot(app, session) : changeBot(app, session, choice))));
}

/** Makes a bot and shows its token. Resolves to false when the user went back. */
async function makeBot(app: App, session: ChatSession): Promise<boolean> {
  const { prompts, words } = app;
  const name = await prompts.text(words.bots.name, {
    problem: (text) => {
      const problem = accountProblem(text.trim());
      return problem === null ? null : words.nameProblem[problem];
    },
  });
  if (name === null) return false;
  const rooms = await prompts.text(words.bots.rooms, { hint: "#ops,#ci" });
  if (rooms === null) return false;
  const rights = await prompts.text(words.bots.rights, {
    initial: RIGHTS_INITIAL,
    problem: (text) => {
      const unknown = wordsOf(text).find((word) => !BOT_RIGHTS.includes(word));
      return unknown === undefined ? null : words.bots.noSuchRight(sanitize(unknown));
    },
  });
  if (rights === null) return false;
  const password = await prompts.password(words.profile.currentPassword);
  if (password === null) return false;
  // As elsewhere in the menu, a room may be typed without its sign.
  const named = wordsOf(rooms).map((room) => (isRoomName(room) ? room : `#${room}`));
  const bot = { name, rooms: named.join(","), rights: wordsOf(rights).join(",") };
  const outcome = await awaitCallback<TokenOutcome>((done) => addBot(session, password, bot, done));
  showToken(app, outcome);
  return true;
}

/** Asks what to do with a bot, and does it. Resolves to false when the user went back. */
async function changeBot(app: App, session: ChatSession, bot: KnownBot): Promise<boolean> {
  const { prompts, words } = app;
  const choices: Choice<"token" | "remove" | "back">[] = [
    { value: "token", label: words.bots.newToken },
    { value: "remove", label: words.bots.remove },
    { value: "back", label: words.back },
  ];
  let choice: "token" | "remove" | "back" | null = "token";
  do {
    choice = await prompts.select(sanitize(bot.name), choices, choice);
    if (choice === null || choice === "back") return false;
  } while (
    !(await (choice === "token" ? renewBot(app, session, bot) : dropBot(app, session, bot)))
  );
  return true;
}

/** Gives a bot another token. Resolves to false when the user went back. */
async function renewBot(app: App, session: ChatSession, { name }: KnownBot): Promise<boolean> {
  const password = await app.prompts.password(app.words.profile.currentPassword);
  if (password === null) return false;
  const outcome = await awaitCallback<TokenOutcome>((done) =>
    renewToken(session, password, name, done),
  );
  showToken(app, outcome);
  return true;
}

/** Removes a bot after a yes. Resolves to false when the user went back. */
async function dropBot(app: App, session: ChatSession, { name }: KnownBot): Promise<boolean> {
  const { prompts, words } = app;
  const question = words.bots.removeAsk(sanitize(name));
  if ((await prompts.confirm(question, words.yes, words.no, false)) !== true) return false;
  const outcome = await awaitCallback<Parameters<Parameters<typeof removeBot>[2]>[0]>((done) =>
    removeBot(session, name, done),
  );
  if (outcome.kind === "done") prompts.success(words.bots.removed(sanitize(name)));
  else prompts.warn(refusalSentence(words, outcome));
  return true;
}

function showToken({ prompts, words, ports }: App, outcome: TokenOutcome): void {
  switch (outcome.kind) {
    case "token":
      prompts.note(words.bots.tokenTitle(sanitize(outcome.name)), outcome.token);
      return prompts.info(words.bots.tokenHint(sanitize(outcome.name), ports.program));
    case "bad-token":
      return prompts.warn(words.bots.badToken);
    case "wrong":
      return prompts.warn(words.profile.wrongPassword);
    default:
      return prompts.warn(refusalSentence(words, outcome));
  }
}

function wordsOf(list: string): string[] {
  return list.split(/[\s,]+/).filter((word) => word !== "");
}
