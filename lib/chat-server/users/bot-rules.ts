import type { BotRight } from "../../member-server/account.ts";
import type { AccountId } from "../../protocol/account-id.ts";
import { fold, isRoomName } from "../../protocol/names.ts";
import type { DocumentedVerb } from "../help-pages.ts";
import type { Room } from "../rooms/room.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import type { User } from "./user.ts";

/** What bots may do: which right each command takes, and which of its parameters may name a room or a person. */

type Params = readonly string[];

/** What a command needs from a bot with these parameters. */
interface BotNeeds {
  /** All of them; empty for none. */
  readonly rights: readonly BotRight[];
  /** Each word of them that is a room's name must be one of the bot's rooms. */
  readonly rooms: readonly string[];
}

/** "always" and "never", or what it needs. */
type BotRule = "always" | "never" | ((params: Params) => BotNeeds);

const words = (text = ""): readonly string[] => text.split(/[ ,;=]/);

/** A command about the rooms in its first parameter. */
const inRooms =
  (...rights: BotRight[]): BotRule =>
  (params) => ({ rights, rooms: words(params[0]) });

/** A message: to rooms with this right, to people with the right for that. */
const message =
  (right: BotRight, index = 0) =>
  (params: Params): BotNeeds => {
    const targets = words(params[index]);
    const rights = targets.map((target) => (isRoomTarget(target) ? right : "direct"));
    return { rights, rooms: targets };
  };

/** Looking takes no right; changing needs one. */
const changes =
  (from: number): BotRule =>
  (params) => ({ rights: params.length > from ? ["moderate"] : [], rooms: words(params[0]) });

/** A text about itself, which the others in its rooms are told. */
const saysOfItself =
  (index: number): BotRule =>
  (params) => ({ rights: (params[index] ?? "") === "" ? [] : ["speak"], rooms: [] });

/** A command whose parameters may name a room anywhere. */
const anywhere =
  (...rights: BotRight[]): BotRule =>
  (params) => ({ rights, rooms: params.flatMap((param) => words(param)) });

const speaksInBatch = message("speak", 2);
const sendsFile = message("speak", 1);

/** Every command has a row, or it does not compile. */
const BOT_RULES: Readonly<Record<DocumentedVerb, BotRule>> = {
  ...{ CAP: "always", AUTHENTICATE: "always", PASS: "always", USER: "always", NICK: "always" },
  ...{ QUIT: "always", PING: "always", PONG: "always", ISUPPORT: "always" },
  // Accounts, also the bot's own, are up to people.
  PREFERENCE: "never",
  ...{ REGISTER: "never", VERIFY: "never", ACCOUNT: "never", INVITATION: "never" },
  ...{ NICKSERV: "never", NS: "never", CHANSERV: "never", CS: "never" },
  ...{ PRIVMSG: message("speak"), NOTICE: message("speak"), TAGMSG: message("react") },
  ...{ BATCH: opensBatch, EDIT: message("speak"), REDACT: message("speak") },
  ...{ CHATHISTORY: anywhere("read"), HISTORY: anywhere("read"), SEARCH: anywhere("read") },
  ...{ MARKREAD: anywhere("read") },
  FILE: (params) =>
    /^send$/i.test(params[0] ?? "")
      ? sendsFile(params)
      : { rights: ["read"], rooms: words(params[1]) },
  ...{ JOIN: inRooms(), PART: "always", NAMES: anywhere(), LIST: "always" },
  ...{ KNOCK: inRooms(), TOPIC: changes(1), MODE: changeModes, KICK: inRooms("moderate") },
  ...{ INVITE: "never", UNINVITE: "never", RENAME: "never" },
  ...{ REPORT: "never", REPORTS: "never", AUDIT: inRooms("moderate") },
  ...{ AWAY: saysOfItself(0), SETNAME: saysOfItself(0) },
  ...{ MONITOR: "always", SILENCE: "always", ACCEPT: "always" },
  METADATA: (params) => {
    const [target = "", subcommand = ""] = params;
    if (isRoomTarget(target)) return { rights: ["moderate"], rooms: words(target) };
    return { rights: /^set$/i.test(subcommand) ? ["speak"] : [], rooms: [] };
  },
  ...{ WHO: anywhere(), WHOIS: "always", WHOWAS: "always", ISON: "always", USERHOST: "always" },
  ...{ MOTD: "always", LUSERS: "always", VERSION: "always", TIME: "always", INFO: "always" },
  ...{ LINKS: "always", ADMIN: "always", STATS: "never", HELP: "always", HELPOP: "always" },
  ...{ OPER: "never", DEOPER: "never", WALLOPS: "never", KILL: "never", REHASH: "never" },
  ...{ KLINE: "never", UNKLINE: "never", DLINE: "never", UNDLINE: "never" },
};

/** A batch of lines names its target where it begins; its end takes no right, as each line between had its own. */
function opensBatch(params: Params): BotNeeds {
  return params[0]?.startsWith("-") ? { rights: [], rooms: [] } : speaksInBatch(params);
}

/** A bot's own modes take no right. */
function changeModes(params: Params): BotNeeds {
  const [target = "", modes = ""] = params;
  if (!isRoomTarget(target)) return { rights: [], rooms: [] };
  // Without an argument the modes of lists show them.
  const isQuestion = params.length < 2 || (params.length === 2 && /^[+]?[beI]+$/.test(modes));
  return { rights: isQuestion ? [] : ["moderate"], rooms: words(target) };
}

/** Returns whether a target is a room, also behind a rank (`@#tea`). */
function isRoomTarget(target: string): boolean {
  return isRoomName(target.replace(/^[~&@%+]+(?=#)/, ""));
}

/** Returns why a bot may not use a command so, as a sentence, or `null`: also for everybody who is no bot. */
export function botRefusal(
  state: State,
  session: Session,
  verb: DocumentedVerb,
  params: Params,
): string | null {
  const bot = state.accounts.byId(session.accountId)?.bot;
  if (bot === undefined) return null;
  const rule = BOT_RULES[verb];
  if (rule === "always") return null;
  if (rule === "never") return "Bots can't do that";
  const { rights, rooms } = rule(params);
  const lacking = rights.find((right) => !bot.rights.includes(right));
  if (lacking !== undefined) return `This bot lacks the right "${lacking}"`;
  const { user } = session;
  const names = rooms.map((name) => name.replace(/^[~&@%+]+(?=#)/, "")).filter(isRoomName);
  const outside = names.find((name) => {
    const room = state.rooms.byName(name);
    const isMember = user !== null && room?.has(user) === true;
    return !isMember && !bot.rooms.some((own) => fold(own) === fold(name));
  });
  return outside === undefined ? null : `${outside} is not one of this bot's rooms`;
}

/** Returns whether a user is no bot, or one that may enter a room: a name or a forward may lead into others. */
export function mayEnter(state: State, { accountId }: User, { name }: Room): boolean {
  const bot = state.accounts.byId(accountId)?.bot;
  return bot === undefined || bot.rooms.some((own) => fold(own) === fold(name));
}

/** Returns whether a user is no bot, or one with this right. */
export function hasBotRight(state: State, accountId: AccountId | null, right: BotRight): boolean {
  const bot = state.accounts.byId(accountId)?.bot;
  return bot === undefined || bot.rights.includes(right);
}
