/** Manages the user's bots: ACCOUNT BOT. */
import type { Answer, ChatSession } from "../chat-client/session.ts";
import type { Message } from "../protocol/wire/message.ts";
import { isAccountNote, withConfirmation } from "./account.ts";
import { type ServerRefusal, serverRefusal } from "./server-refusal.ts";

/** A bot as the server lists it. */
export interface KnownBot {
  readonly name: string;
  /** The rights' names with commas between them, as the server has them; "" for none. */
  readonly rights: string;
  readonly rooms: string;
}

/** A token, which is shown once. "bad-token": the server sent what can be none. */
export type TokenOutcome =
  | { readonly kind: "token"; readonly name: string; readonly token: string }
  | { readonly kind: "bad-token" }
  | { readonly kind: "wrong" }
  | ServerRefusal;

/** Asks for the account's bots. */
export function listBots(
  session: ChatSession,
  done: (outcome: { kind: "bots"; bots: readonly KnownBot[] } | ServerRefusal) => void,
): void {
  session.ask(
    "ACCOUNT",
    ["BOT", "LIST"],
    (answer) => {
      if (answer.kind !== "answered") return done(serverRefusal(answer));
      const notes = answer.messages.filter((message) => isAccountNote(message, "BOT"));
      done({ kind: "bots", bots: notes.map(botOf) });
    },
    { isLast: (message) => isAccountNote(message, "BOTS_END") },
  );
}

/** Makes a bot that may enter these rooms, with these rights. Both are lists with commas. */
export function addBot(
  session: ChatSession,
  password: string,
  { name, rights, rooms }: KnownBot,
  done: (outcome: TokenOutcome) => void,
): void {
  askForToken(session, password, ["ADD", name, `rights=${rights}`, `rooms=${rooms}`], done);
}

/** Gives a bot another token. */
export function renewToken(
  session: ChatSession,
  password: string,
  name: string,
  done: (outcome: TokenOutcome) => void,
): void {
  askForToken(session, password, ["TOKEN", name], done);
}

/** Removes a bot, and its account with it. */
export function removeBot(
  session: ChatSession,
  name: string,
  done: (outcome: { readonly kind: "done" } | ServerRefusal) => void,
): void {
  session.ask("ACCOUNT", ["BOT", "DEL", name], (answer) => {
    done(answer.kind === "answered" ? { kind: "done" } : serverRefusal(answer));
  });
}

function askForToken(
  session: ChatSession,
  password: string,
  params: readonly string[],
  done: (outcome: TokenOutcome) => void,
): void {
  withConfirmation(session, password, done, () => {
    session.ask("ACCOUNT", ["BOT", ...params], (answer) => done(tokenOf(answer)));
  });
}

function tokenOf(answer: Answer): TokenOutcome {
  if (answer.kind !== "answered") return serverRefusal(answer);
  const note = answer.messages.find((message) => isAccountNote(message, "BOT_TOKEN"));
  const [, , name = "", token = ""] = note?.params ?? [];
  // It is put into a file by people who copy it from the screen.
  return /^[\w-]{16,80}$/.test(token) ? { kind: "token", name, token } : { kind: "bad-token" };
}

function botOf({ params }: Message): KnownBot {
  const [, , name = "", , rights = "*", rooms = "*"] = params;
  return { name, rights: rights === "*" ? "" : rights, rooms: rooms === "*" ? "" : rooms };
}
