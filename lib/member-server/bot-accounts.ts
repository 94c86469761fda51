import { fold, parseExistingRoomName, type RoomName } from "../protocol/names.ts";
import type { Account, Bot, BotRight } from "./account.ts";
import type { AccountStore } from "./account-store.ts";
import type { PasswordCredentials } from "./log-in.ts";

/**
 * Bots: accounts that a person made for a program. They log in with a token in place of a password, and may do
 * what their rights say, in their rooms alone.
 */

/** Every right, and what it allows. */
const BOT_RIGHTS = {
  read: "ask for history and search",
  speak: "write to its rooms",
  react: "react to messages, and show that it types",
  direct: "write to people",
  moderate:
    "use the rank that it has in its rooms: topics, modes, kicks, deleting others' messages",
} as const satisfies Readonly<Record<BotRight, string>>;

/** What a bot is given if its maker says nothing else. */
const RIGHTS_DEFAULT: readonly BotRight[] = ["read", "speak", "react"];
const BOT_ROOMS_MAX = 50;
/** Tells a token from a password, also for programs that look for secrets in repositories. */
const TOKEN_PREFIX = "sodam-bot-";

type Digest = (text: string) => string;

/** The rooms and rights in a command; what it leaves out stays as it is. */
interface BotLimits {
  readonly rooms?: readonly RoomName[];
  readonly rights?: readonly BotRight[];
}

/** Makes a token of text that nobody can guess. Only its hash is stored. */
export function makeToken(
  randomId: string,
  digest: Digest,
  now: number,
): { readonly token: string; readonly stored: Pick<Bot, "token" | "tokenAt"> } {
  const token = `${TOKEN_PREFIX}${randomId}`;
  return { token, stored: { token: digest(token), tokenAt: now } };
}

/**
 * Returns the bot that logs in with its name and token, or `null`: then the password is checked as any other, so
 * that nobody learns which names are bots'.
 */
export function botByToken(
  accounts: AccountStore,
  { authzid, account: name, password }: PasswordCredentials,
  digest: Digest,
): Account | null {
  if (!password.startsWith(TOKEN_PREFIX)) return null;
  const account = accounts.accountForLogIn(fold(name));
  const bot = account?.bot;
  const isItself = authzid === "" || fold(authzid) === fold(name);
  if (account === null || bot === undefined || !isItself) return null;
  if (accounts.byId(bot.by) === null) return null;
  return bot.token === digest(password) ? account : null;
}

/**
 * Parses `rooms=#ops,#ci` and `rights=read,speak`, in any order. Returns the word that is wrong otherwise.
 */
export function parseBotLimits(
  words: readonly string[],
): { readonly limits: BotLimits } | { readonly wrong: string } {
  let limits: BotLimits = {};
  for (const word of words) {
    const [, key = "", list = ""] = /^(rooms|rights)=(.*)$/i.exec(word) ?? [];
    const values = list.split(",").filter((value) => value !== "");
    if (key.toLowerCase() === "rooms") {
      const rooms = values.map(parseExistingRoomName);
      const wrong = values.find((_, index) => rooms[index] === null);
      if (wrong !== undefined || rooms.length > BOT_ROOMS_MAX) return { wrong: wrong ?? word };
      limits = { ...limits, rooms: rooms.filter((room) => room !== null) };
    } else if (key.toLowerCase() === "rights") {
      const wrong = values.find((value) => !isRight(value.toLowerCase()));
      if (wrong !== undefined) return { wrong };
      const rights = values.map((value) => value.toLowerCase()).filter(isRight);
      limits = { ...limits, rights: [...new Set(rights)] };
    } else return { wrong: word };
  }
  return { limits };
}

/** Returns a new bot of an account. */
export function newBot(
  by: Account,
  { rooms = [], rights = RIGHTS_DEFAULT }: BotLimits,
  stored: Pick<Bot, "token" | "tokenAt">,
): Bot {
  return { by: by.id, ...stored, rights, rooms };
}

function isRight(word: string): word is BotRight {
  return Object.hasOwn(BOT_RIGHTS, word);
}
