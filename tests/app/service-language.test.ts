/** The language of other servers' services: chosen by a command or in the list of servers, and told to NickServ once. */
import { expect, test } from "bun:test";
import type { App } from "../../lib/app/app-context.ts";
import { systemSentence } from "../../lib/app/chat-screen/draw/system-line.ts";
import { en } from "../../lib/app/i18n/en.ts";
import { ko } from "../../lib/app/i18n/ko.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import type { Choice } from "../../lib/app/menu/prompts.ts";
import { showServers } from "../../lib/app/menu/servers-menu.ts";
import { parseSavedState } from "../../lib/app/saved/saved-state.ts";
import { withoutUser } from "../../lib/app/saved/server-list.ts";
import { blankLine } from "../../lib/chat-client/receive/message-to-line.ts";
import { openServers } from "./open-servers.ts";

const OLD = "old.example";
const KEY = "old.example:6697";
const ENTER = "\r";
const LOGGED_IN = ":s 900 mina mina!m@h mina :Logged in";
const IS_SERVICE = [
  ":s 311 mina NickServ services services.example * :Nickname Registration Service",
  ":s 312 mina NickServ services.example :Services",
  ":s 318 mina NickServ :End of /WHOIS list.",
];
const LISTED = ["         en_US (English)", "         de_DE.UTF-8 (Deutsch)"];

type Chat = Awaited<ReturnType<typeof openServers>>;

const chosenIn = ({ ports }: Chat) => parseSavedState(ports.saved).serviceLanguages?.[KEY];
const toNickServ = ({ sent }: Chat): string[] =>
  (sent.get(OLD) ?? []).filter((line) => line.startsWith("PRIVMSG NickServ"));

/** What stands on screen right of the sidebar, in one line. */
const textOf = (chat: Chat): string =>
  chat
    .screen()
    .map((row) => row.slice(row.indexOf("│") + 1).trim())
    .join(" ");

/** What NickServ says, until it is silent for a while. */
function nickServSays(chat: Chat, ...texts: readonly string[]): void {
  for (const text of texts) {
    chat.hears(OLD, `:NickServ!s@services.example NOTICE mina :${text}`);
  }
  const { session } = chat.server(OLD).connection;
  for (const _ of [1, 2]) session.tick();
}

/** The server vouches for NickServ, which lists its languages and takes one. */
function takes(chat: Chat): void {
  chat.hears(OLD, ...IS_SERVICE);
  nickServSays(chat, ...LISTED);
  nickServSays(chat, "Sprache wurde geändert zu Deutsch.");
}

test("/service-language tells NickServ once, and the next log-in doesn't tell it again", async () => {
  const chat = await openServers([OLD]);
  chat.hears(OLD, LOGGED_IN);
  chat.types(`/service-language de${ENTER}`);
  expect(textOf(chat)).toContain(en.serviceLanguage.asking);
  expect(toNickServ(chat)).toEqual([]);
  takes(chat);
  expect(toNickServ(chat)).toEqual([
    "PRIVMSG NickServ :HELP SET LANGUAGE",
    "PRIVMSG NickServ :SET LANGUAGE de_DE.UTF-8",
  ]);
  expect(textOf(chat)).toContain("NickServ: Sprache wurde geändert zu Deutsch.");
  expect(chosenIn(chat)).toEqual({ language: "de_DE.UTF-8", toldBy: "mina" });
  await chat.server(OLD).becomeReady();
  expect(toNickServ(chat).length).toBe(2);
  expect(chat.sent.get(OLD)?.filter((line) => line === "WHOIS NickServ").length).toBe(1);
  chat.types(`/service-language${ENTER}`);
  expect(textOf(chat)).toContain(en.serviceLanguage.chosen("de_DE.UTF-8"));
  chat.types(`/서비스언어 없음${ENTER}`);
  expect(textOf(chat)).toContain(en.serviceLanguage.leftAlone);
  expect(chosenIn(chat)).toBeUndefined();
  chat.stop();
});

test("what is chosen without a log-in is told at the next one, and by another account as well", async () => {
  const chat = await openServers([OLD]);
  chat.types(`/service-language de_DE${ENTER}`);
  expect(textOf(chat)).toContain(en.serviceLanguage.later("de_DE"));
  expect(chosenIn(chat)).toEqual({ language: "de_DE", toldBy: null });
  chat.hears(OLD, LOGGED_IN);
  expect(chat.sent.get(OLD)).not.toContain("WHOIS NickServ");
  await chat.server(OLD).becomeReady();
  takes(chat);
  expect(chosenIn(chat)).toEqual({ language: "de_DE.UTF-8", toldBy: "mina" });
  const line = [...chat.server(OLD).connection.session.state.conversations.values()]
    .flatMap(({ lines }) => lines)
    .find(({ code }) => code === "SERVICE_LANGUAGE");
  expect(
    systemSentence(line ?? blankLine("x", 0, "info"), wordsFor("en"), chat.app.calendar)?.text,
  ).toBe(en.serviceLanguage.accepted("de_DE.UTF-8", "Sprache wurde geändert zu Deutsch."));
  const another = await openServers([OLD], { saved: chat.ports.saved });
  another.hears(OLD, LOGGED_IN.replaceAll("mina", "jun").replace("900 jun", "900 mina"));
  await another.server(OLD).becomeReady();
  takes(another);
  expect(chosenIn(another)?.toldBy).toBe("jun");
  for (const each of [chat, another]) each.stop();
});

test("a language that services don't have is refused with their list, and isn't remembered", async () => {
  const chosen = { [KEY]: { language: "de_DE.UTF-8", toldBy: "mina" } };
  const chat = await openServers([OLD], { saved: { serviceLanguages: chosen } });
  chat.hears(OLD, LOGGED_IN);
  chat.types(`/service-language ko_KR${ENTER}`);
  chat.hears(OLD, ...IS_SERVICE);
  nickServSays(chat, ...LISTED);
  expect(textOf(chat)).toContain("They speak: en_US (English)");
  expect(chosenIn(chat)).toEqual(chosen[KEY]);
  chat.types(`/service-language de; DROP${ENTER}`);
  expect(textOf(chat)).toContain(en.serviceLanguage.badName);
  chat.stop();
});

test("a choice that is refused at the log-in isn't asked for at each further one", async () => {
  const saved = { serviceLanguages: { [KEY]: { language: "ko_KR", toldBy: null } } };
  const chat = await openServers([OLD], { saved });
  chat.hears(OLD, LOGGED_IN);
  await chat.server(OLD).becomeReady();
  chat.hears(OLD, ...IS_SERVICE);
  nickServSays(chat, ...LISTED);
  expect(chosenIn(chat)).toBeUndefined();
  expect(toNickServ(chat)).toEqual(["PRIVMSG NickServ :HELP SET LANGUAGE"]);
  chat.stop();
});

test.each([
  ["en", en],
  ["ko", ko],
] as const)("on a server of ours one sentence says what decides (%s)", async (language, words) => {
  const chat = await openServers([OLD], { language, caps: "sodam.chat/unread" });
  chat.types(`/service-language de${ENTER}`);
  const start = words.serviceLanguage.ours.split(" ").slice(0, 4).join(" ");
  expect(textOf(chat)).toContain(start);
  expect(chosenIn(chat)).toBeUndefined();
  expect(toNickServ(chat)).toEqual([]);
  chat.stop();
});

test("the list of servers has the language of each server's services, open or not", async () => {
  const chat = await openServers([OLD], { saved: { servers: ["work.example"] } });
  const offered: string[][] = [];
  const told: string[] = [];
  const run = async (...answers: string[]): Promise<void> => {
    const prompts = {
      select: (_: string, choices: readonly Choice<unknown>[]) => {
        offered.push(choices.map(({ label }) => label));
        const answer = answers.shift();
        return Promise.resolve(choices.find(({ label }) => label === answer)?.value ?? null);
      },
      text: () => Promise.resolve(answers.shift() ?? null),
      info: (text: string) => told.push(text),
      success: (text: string) => told.push(text),
    };
    await showServers(
      Object.create(chat.app, { prompts: { value: prompts } }) as App,
      chat.servers,
    );
  };
  await run("work.example · not connected", "Language of services: left alone", "fr");
  expect(told).toEqual([en.serviceLanguage.later("fr")]);
  expect(chat.ports.saved.serviceLanguages?.["work.example:6697"]).toEqual({
    ...{ language: "fr", toldBy: null },
  });
  chat.hears(OLD, LOGGED_IN);
  const running = run("old.example · connected", "Language of services: left alone", "de");
  await chat.settle();
  takes(chat);
  await running;
  expect(told.slice(1)).toEqual([
    en.serviceLanguage.asking,
    en.serviceLanguage.accepted("de_DE.UTF-8", "Sprache wurde geändert zu Deutsch."),
  ]);
  await run("work.example · not connected", "Language of services: fr", "");
  expect(Object.keys(chat.ports.saved.serviceLanguages ?? {})).toEqual([KEY]);
  // Who logs out of a device takes it along.
  expect(withoutUser(chat.ports.saved, KEY, KEY).serviceLanguages).toEqual({});
  chat.stop();
});

test("a saved choice that was edited to something else counts as missing", () => {
  const whole = { language: "de", toldBy: null };
  const serviceLanguages = { a: whole, b: "de", c: { language: 1, toldBy: null }, d: {} };
  expect(parseSavedState({ serviceLanguages }).serviceLanguages).toEqual({ a: whole });
});
