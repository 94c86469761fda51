import type { Account } from "../../../member-server/account.ts";
import { makeToken, newBot, parseBotLimits } from "../../../member-server/bot-accounts.ts";
import type { AccountId } from "../../../protocol/account-id.ts";
import { fold } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import { type CommandContext, query, type Steps } from "../../command.ts";
import { TOO_MANY_NAMES } from "../../relay/error-replies.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import { mayAskForAccount } from "../../users/asked-names.ts";
import { mayEnter } from "../../users/bot-rules.ts";
import { nickRefusal } from "../../users/nick-availability.ts";
import { dropEmptyRoom } from "../../users/users.ts";
import { signUpRefusalReply } from "./account-registration.ts";
import { fail, failUnavailable, isConfirmed, storeChanges } from "./account-replies.ts";

/**
 * ACCOUNT BOT: makes, lists, changes and removes the account's bots. What could let somebody in needs ACCOUNT CONFIRM.
 */
export function* manageBots(context: CommandContext, account: Account): Steps {
  const [, action = "", name = ""] = context.params;
  const words = context.params.slice(3).flatMap((word) => word.split(" "));
  switch (action.toUpperCase()) {
    case "ADD":
      return yield* addBot(context, account, name, words);
    case "SET":
      return yield* changeLimits(context, account, name, words);
    case "TOKEN":
      return yield* renewToken(context, account, name);
    case "DEL":
      return yield* removeBot(context, account, name);
    case "LIST":
      return listBots(context, account);
    default: {
      const sentence = "BOT takes ADD, SET, TOKEN, DEL or LIST";
      return fail(context, "INVALID_PARAMS", ["BOT", action], sentence);
    }
  }
}

function* addBot(
  context: CommandContext,
  account: Account,
  name: string,
  words: readonly string[],
): Steps {
  const { state, session, reply } = context;
  if (!isConfirmed(context)) return;
  const parsed = parseBotLimits(words);
  if ("wrong" in parsed) return failWord(context, parsed.wrong);
  const { botsPerAccount } = state.options;
  if (state.signUps.countBots(account.id) >= botsPerAccount) {
    const sentence = "You have as many bots as this server allows";
    return fail(context, "LIMIT_REACHED", [String(botsPerAccount)], sentence);
  }
  if (!mayAskForAccount(state, session, name)) {
    return fail(context, "RATE_LIMITED", [name], TOO_MANY_NAMES);
  }
  const taken = nickRefusal(state, session, name);
  const { floodControl } = state.options;
  if (taken === null && floodControl && !state.botLimiter.take(account.id, state.elapsedMs)) {
    return fail(context, "RATE_LIMITED", [name], "You made many bots lately. Try again in an hour");
  }
  const { id, digest } = state.ports.random;
  const { token, stored } = makeToken(id(), digest, state.now);
  const bot = newBot(account, parsed.limits, stored);
  const settled =
    taken === null ? state.signUps.settleBot(name, bot, id(), state.now) : { refused: taken };
  if ("refused" in settled) {
    const [code, sentence] = signUpRefusalReply(settled.refused);
    return fail(context, code, [name], sentence);
  }
  const { changes, finish } = settled;
  const { saved } = yield* query({ kind: "save-accounts", changes }, finish);
  if (!saved) return failUnavailable(context);
  const sentence = "This token is shown only now. The bot logs in with its name and the token";
  reply.note(
    "ACCOUNT",
    "BOT_TOKEN",
    [state.accounts.account(fold(name))?.name ?? name, token],
    sentence,
  );
}

function* changeLimits(
  context: CommandContext,
  account: Account,
  name: string,
  words: readonly string[],
): Steps {
  if (!isConfirmed(context)) return;
  const owned = ownBot(context, account, name);
  if (owned === null) return;
  const parsed = parseBotLimits(words);
  if ("wrong" in parsed) return failWord(context, parsed.wrong);
  const bot = { ...owned.bot, ...parsed.limits };
  const changes = [{ kind: "bot-changed", id: owned.id, bot } as const];
  const isStored = yield* storeChanges(context, changes, () => {
    if (parsed.limits.rooms !== undefined) leaveOtherRooms(context, owned.id);
  });
  if (!isStored) return;
  context.reply.note("ACCOUNT", "BOT_CHANGED", [owned.name], "The bot's limits were changed");
}

/** Takes a bot out of the rooms that it was given and may not enter any more, whether it is connected or not. */
function leaveOtherRooms({ state }: CommandContext, bot: AccountId): void {
  const user = state.users.byAccount(bot);
  for (const room of [...(user?.rooms ?? [])]) {
    if (user === null || mayEnter(state, user, room)) continue;
    // If it can't be stored, the bot stays, as anybody would who leaves while the disk is full.
    state.commit(room, user.identity, { kind: "left", how: "part", reason: "" }, null);
    dropEmptyRoom(state, room, user.identity);
  }
}

/** Gives a bot another token. The old one is worth nothing from then on. */
function* renewToken(context: CommandContext, account: Account, name: string): Steps {
  const { state, reply } = context;
  if (!isConfirmed(context)) return;
  const owned = ownBot(context, account, name);
  if (owned === null) return;
  const { id, digest } = state.ports.random;
  const { token, stored } = makeToken(id(), digest, state.now);
  const changes = [
    { kind: "bot-changed", id: owned.id, bot: { ...owned.bot, ...stored } } as const,
  ];
  const isStored = yield* storeChanges(context, changes, () => closeSessions(context, owned));
  if (!isStored) return;
  const sentence = "This token is shown only now. The former one is worth nothing any more";
  reply.note("ACCOUNT", "BOT_TOKEN", [owned.name, token], sentence);
}

function closeSessions({ state }: CommandContext, { id }: Account): void {
  for (const session of [...state.sessions]) {
    if (session.accountId === id) closeSession(state, session, "This bot has another token now");
  }
}

function* removeBot(context: CommandContext, account: Account, name: string): Steps {
  const { state, reply } = context;
  const owned = ownBot(context, account, name);
  if (owned === null) return;
  const { id } = owned;
  if (!state.ports.appendPerson({ kind: "forgotten", account: id })) {
    return failUnavailable(context);
  }
  // Whoever applies the change ends the bot's sessions: see account-changes.ts.
  if (!(yield* storeChanges(context, [{ kind: "deleted", id, time: state.now }]))) return;
  reply.note("ACCOUNT", "BOT_REMOVED", [owned.name], "The bot is gone. Its name rests");
}

function listBots({ state, reply }: CommandContext, account: Account): void {
  for (const { name, createdAt, bot } of state.accounts.botsOf(account.id)) {
    const rights = bot?.rights.join(",") || "*";
    const rooms = bot?.rooms.join(",") || "*";
    reply.note("ACCOUNT", "BOT", [name, formatTime(createdAt), rights, rooms], "");
  }
  reply.note("ACCOUNT", "BOTS_END", [], "End of the list");
}

/** Returns the account's bot of that name. Answers if there is none, also if it is another's. */
function ownBot(context: CommandContext, account: Account, name: string) {
  const owned = context.state.accounts.account(fold(name));
  if (owned?.bot?.by === account.id) return { ...owned, bot: owned.bot };
  fail(context, "NO_SUCH_BOT", [name], "You have no bot of that name");
  return null;
}

function failWord(context: CommandContext, word: string): void {
  const sentence = "Give rooms=#room,#room and rights= of read, speak, react, direct and moderate";
  fail(context, "INVALID_PARAMS", ["BOT", word], sentence);
}
