/** The language of services, which NickServ is told: as Anope and Atheme answer it. */
import { expect, test } from "bun:test";
import type { LanguageAnswer } from "../../lib/chat-client/session.ts";
import { Stage } from "./stage.ts";

const IS_SERVICE = [
  ":irc.old 311 민수 NickServ services services.old * :Nickname Registration Service",
  ":irc.old 312 민수 NickServ services.old :Services",
  ":irc.old 318 민수 NickServ :End of /WHOIS list.",
];
const IS_ANYBODY = [
  ":irc.old 311 민수 NickServ n host * :is a Network Service",
  ":irc.old 312 민수 NickServ irc.old :services.old",
  ":irc.old 318 민수 NickServ :End of /WHOIS list.",
];
/** Anope 2.0.12. */
const HELP = [
  "Syntax: SET LANGUAGE language",
  " ",
  "Changes the language Services uses when sending messages to",
  "you (for example, when responding to a command you send).",
  "language should be chosen from the following list of",
  "supported languages:",
  "         en_US (English)",
  "         de_DE.UTF-8 (Deutsch)",
  "         pt_PT.UTF-8 (Português)",
  "         pt_BR.UTF-8 (Português (Brasil))",
];
const LIST =
  "en_US (English), de_DE.UTF-8 (Deutsch), pt_PT.UTF-8 (Português), pt_BR.UTF-8 (Português (Brasil))";

function open(whois: readonly string[] = IS_SERVICE) {
  const stage = new Stage().ready("server-time");
  const answers: LanguageAnswer[] = [];
  const set = (language: string, isNews = false): void => {
    stage.session.setServiceLanguage(language, isNews, (answer) => answers.push(answer));
    if (stage.sent().includes("WHOIS NickServ")) stage.server(...whois);
  };
  const says = (...texts: readonly string[]): void => {
    for (const text of texts) stage.server(`:NickServ!s@services.old NOTICE 민수 :${text}`);
  };
  /** Nothing marks the end of what NickServ says. */
  const passes = (seconds: number): void => {
    for (let second = 0; second < seconds; second += 1) stage.session.tick();
  };
  return { stage, answers, set, says, passes };
}

test.each(["de_DE.UTF-8", "de_DE", "de", "de-de", "deutsch"])(
  "a language is found in the list of the services, and asked for by their name: %s",
  (language) => {
    const { stage, answers, set, says, passes } = open();
    set(language);
    expect(stage.sent()).toEqual(["PRIVMSG NickServ :HELP SET LANGUAGE"]);
    says(...HELP);
    expect(stage.sent()).toEqual([]);
    passes(2);
    expect(stage.sent()).toEqual(["PRIVMSG NickServ :SET LANGUAGE de_DE.UTF-8"]);
    says("Sprache wurde geändert zu Deutsch.");
    passes(2);
    const text = "Sprache wurde geändert zu Deutsch.";
    expect(answers).toEqual([{ kind: "accepted", language: "de_DE.UTF-8", text }]);
    // The answer is told in words; the service's lines are not shown besides.
    expect(stage.at("*").lines).toEqual([]);
  },
);

test.each(["ko_KR", "pt", "d", "xx"])(
  "a language that isn't in the list, or not clearly, is asked for by nobody: %s",
  (language) => {
    const { stage, answers, set, says, passes } = open();
    set(language);
    says(...HELP);
    stage.sent();
    passes(2);
    expect(stage.sent()).toEqual([]);
    expect(answers).toEqual([{ kind: "unknown", language, text: LIST }]);
  },
);

test.each([
  ["Invalid parameters for LANGUAGE. Valid languages are: default en de", "refused"],
  ["Syntax: SET LANGUAGE language", "refused"],
  ["Sintaxis: SET LANGUAGE idioma", "refused"],
  ["You are not logged in.", "refused"],
  ["You must be logged into an account to use that command.", "refused"],
  ["The language for mina has been changed to fr.", "accepted"],
  ["Your language was set to Français", "accepted"],
] as const)("services without a list are asked as it was written: %s", (text, kind) => {
  const { stage, answers, set, says, passes } = open();
  set("fr");
  says("Help for SET LANGUAGE:", "Syntax: SET LANGUAGE <language>");
  stage.sent();
  passes(2);
  expect(stage.sent()).toEqual(["PRIVMSG NickServ :SET LANGUAGE fr"]);
  says(text);
  passes(2);
  expect(answers).toEqual([{ kind, language: "fr", text }]);
});

test("nothing is said to a NickServ that the server doesn't vouch for", () => {
  const { stage, answers, set, says, passes } = open(IS_ANYBODY);
  set("de");
  says(...HELP);
  passes(30);
  expect(stage.sent().filter((line) => line.includes("PRIVMSG"))).toEqual([]);
  expect(answers).toEqual([{ kind: "no-nickserv", language: "de", text: "" }]);
});

test("silence and a lost connection are answers, once each", () => {
  const { stage, answers, set, passes } = open();
  set("de");
  // Neither the help nor the command is answered.
  passes(30);
  expect(answers.map(({ kind }) => kind)).toEqual(["silent"]);
  set("de");
  stage.session.closed("reset");
  expect(answers.map(({ kind }) => kind)).toEqual(["silent", "lost"]);
});

test("notices of others, and NickServ's to a room, are no answer", () => {
  const { stage, answers, set, passes } = open();
  set("de");
  stage.server(":jun!j@h NOTICE 민수 :hello", ":NickServ!s@h NOTICE $* :We restart at ten");
  expect(stage.at("*").lines.map(({ text }) => text)).toEqual(["hello", "We restart at ten"]);
  passes(5);
  expect(answers).toEqual([]);
});

test("what was told without having been asked for just now stands with the server's own lines", () => {
  const { stage, set, says, passes } = open();
  set("de", true);
  says(...HELP);
  passes(2);
  says("Sprache wurde geändert zu Deutsch.");
  passes(2);
  expect(stage.at("*").lines).toMatchObject([
    {
      code: "SERVICE_LANGUAGE",
      params: ["accepted", "de_DE.UTF-8", "Sprache wurde geändert zu Deutsch."],
    },
  ]);
  // That it couldn't be told is no news: it is tried again.
  set("de", true);
  passes(30);
  expect(stage.at("*").lines.length).toBe(1);
});
