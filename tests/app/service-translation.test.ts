/** NickServ and ChanServ of our server in Korean: whatever they can say, found in the server's source. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { koreanServiceSentence } from "../../lib/app/i18n/service-translation.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { serviceNotice } from "../../lib/app/slash/service-sentences.ts";
import { CHANSERV_SERVICE } from "../../lib/chat-server/commands/services/chanserv.ts";
import { NICKSERV_SERVICE } from "../../lib/chat-server/commands/services/nickserv.ts";

const COMMANDS = "lib/chat-server/commands";

/** Files of commands that no service runs. */
const NOT_RUN: ReadonlySet<string> = new Set(
  ["account-data", "account-forget", "invitation"].map((name) => `${COMMANDS}/account/${name}.ts`),
);

/** What no service says in the other files: pieces, the server's own log, and the answers of other commands there. */
const NOT_SAID: readonly RegExp[] = [
  /^(?:ACCOUNT|CHANSERV|NICKSERV|AUTHENTICATE|ERROR) |^Somebody whose account was deleted$|^For operators\. jun$/,
  /^jun(?: \(unverified\)| jun|: \+jun|: jun| jun: jun(?: until jun)?| people ask(?: to join .*)?| took jun over)$|^jun dropped jun/,
  /^End of (?:your invitations|the reports|the audit log)$|^The report is handled$/,
  /^(?:They are not invited to that room|Give DONE and a report's id)$/,
  // Of messages and of changing a name in other ways.
  /^Only (?:people in|accounts .* may talk in) that room|\(\+[CmMT]\)$|^They take messages only/,
  /^That jun has a word|^You can't change your jun/,
];

/** The help and usages of all commands, which have a test of their own. */
const HELP = [NICKSERV_SERVICE, CHANSERV_SERVICE].flatMap(({ commands }) =>
  commands.flatMap(({ help, usage }) => [help, usage]),
);

/** Returns the files whose sentences the services pass on: theirs, and what they import of the server. */
function sources(): string[] {
  const own = readdirSync(`${COMMANDS}/services`).map((name) => `${COMMANDS}/services/${name}`);
  const account = readdirSync(`${COMMANDS}/account`).map((name) => `${COMMANDS}/account/${name}`);
  const imported = own.flatMap((path) =>
    [...readFileSync(path, "utf8").matchAll(/ from "(\.[^"]+)"/g)].map(([, from = ""]) =>
      normalize(join(path, "..", from)),
    ),
  );
  const isServers = /^lib\/(?:chat-server|member-server)\//;
  const all = [...own, ...account, ...imported, "lib/chat-server/relay/service-reply.ts"];
  return [...new Set(all)].filter((path) => isServers.test(path) && !NOT_RUN.has(path)).sort();
}

interface Literal {
  readonly start: number;
  readonly end: number;
  /** What it can be, with words in place of the values in it. */
  readonly texts: readonly string[];
}

/** Returns the strings and templates of a source between two positions; those within a template belong to it. */
function literals(source: string, start: number, end: number): Literal[] {
  const list: Literal[] = [];
  let at = start;
  while (at < end) {
    const comment = /^(?:\/\/.*|\/\*[\s\S]*?\*\/)/.exec(source.slice(at, at + 3000));
    const string = /^"((?:[^"\\\n]|\\.)*)"/.exec(source.slice(at, at + 400));
    // A regular expression with quotes in it stands behind one of these.
    const pattern = /^[(=,:?] *\/(?![/*])(?:[^/\\\n]|\\.)+\//.exec(source.slice(at, at + 400));
    if (comment !== null) at += comment[0].length;
    else if (string !== null) {
      list.push({ start: at, end: at + string[0].length, texts: [unescaped(string[1] ?? "")] });
      at += string[0].length;
    } else if (pattern !== null) at += pattern[0].length;
    else if (source[at] === "`") {
      const template = templateAt(source, at);
      list.push(template);
      at = template.end;
    } else at += 1;
  }
  return list;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(["\\])/g, "$1");
}

function templateAt(source: string, start: number): Literal {
  let texts: readonly string[] = [""];
  const append = (parts: readonly string[]): void => {
    texts = texts.flatMap((text) => parts.map((part) => text + part));
  };
  let at = start + 1;
  while (source[at] !== "`") {
    if (source.startsWith("${", at)) {
      const from = at + 2;
      at = from;
      for (let depth = 1; depth > 0; at += 1) {
        if (source[at] === "`") at = templateAt(source, at).end - 1;
        else if (source[at] === "{") depth += 1;
        else if (source[at] === "}") depth -= 1;
      }
      append(values(source, from, at - 1, start));
    } else {
      if (source[at] === "\\") at += 1;
      append([source[at] ?? ""]);
      at += 1;
    }
  }
  return { start, end: at + 1, texts };
}

/** Returns what an expression can be: the strings of a choice, also of the constant that it names. */
function values(source: string, start: number, end: number, before: number): readonly string[] {
  const expression = source.slice(start, end);
  const choice = / \?(?= |\n)/.exec(expression);
  if (choice !== null) {
    const texts = literals(source, start + choice.index, end).flatMap((literal) => literal.texts);
    return texts.length === 1 ? [...texts, "jun"] : texts;
  }
  if (/^formatCount\(/.test(expression)) return ["2 seconds"];
  if (!/^\w+$/.test(expression)) return ["jun"];
  const declared = source.lastIndexOf(`const ${expression} =`, before);
  if (declared === -1) return ["jun"];
  const from = declared + `const ${expression} =`.length;
  const to = source.indexOf(";\n", from);
  return / \? |\n +\? /.test(source.slice(from, to)) ? values(source, from, to, declared) : ["jun"];
}

/** Returns whether a text reads as a sentence, and is no name, key or piece of one. */
function isSentence(text: string): boolean {
  return /^[A-Zj"][^ ]* /.test(text) && /[a-z]{2}/.test(text) && !/^[A-Z#jun]+ [<A-Z]*$/.test(text);
}

function isKorean(text: string): boolean {
  return /\p{Script=Hangul}/u.test(koreanServiceSentence(text));
}

test("every sentence that the services can send has a Korean one", () => {
  const said = new Map<string, string>();
  for (const path of sources()) {
    const source = readFileSync(path, "utf8");
    for (const { texts } of literals(source, 0, source.length)) {
      for (const text of texts) {
        const isSaid = isSentence(text) && !HELP.some((help) => help.endsWith(text));
        if (isSaid && !NOT_SAID.some((each) => each.test(text))) said.set(text, path);
      }
    }
  }
  expect(said.size).toBeGreaterThan(300);
  const english = [...said].filter(([text]) => !isKorean(text));
  expect(english.map(([text, path]) => `${path}: ${text}`)).toEqual([]);
});

test("the help and the usage of every command are Korean to the last parameter", () => {
  for (const { name, about, commands } of [NICKSERV_SERVICE, CHANSERV_SERVICE]) {
    const usages = commands.map((command) =>
      `Usage: /msg ${name} ${command.name} ${command.usage}`.trimEnd(),
    );
    const texts = [about, ...commands.map(({ help }) => help), ...usages];
    expect(texts.filter((text) => !isKorean(text))).toEqual([]);
    const parameters = usages.flatMap((usage) =>
      [...koreanServiceSentence(usage).matchAll(/<([^>]+)>/g)].map(([, word = ""]) => word),
    );
    expect(parameters.filter((word) => !/\p{Script=Hangul}/u.test(word))).toEqual([]);
  }
});

test("particles follow the names, and times, counts and durations are written in Korean", () => {
  const sentences: readonly (readonly [string, string])[] = [
    ["There is no account jin", "jin이라는 계정이 없습니다."],
    ["There is no account mina", "mina라는 계정이 없습니다."],
    ["Closed 2 connections of jin", "jin을 쓰던 연결 2개를 끊었습니다."],
    ["Too many tries. Try again in 1 second", "너무 여러 번 했습니다. 1초 뒤에 다시 해 주세요."],
    ["jun is muted in #tea for 1d2h", "jun 님은 #tea에서 1일 2시간 동안 말할 수 없습니다."],
    ["Topic: green  tea", "주제: green  tea"],
    ["jun asked at 2026-11-22T01:02:03.456Z", "jun 님이 2026-11-22 01:02 UTC에 신청했습니다."],
    [
      "ab:cd  This device can now log in without a password",
      "ab:cd  이제 이 기기는 비밀번호 없이 로그인할 수 있습니다.",
    ],
  ];
  for (const [english, korean] of sentences) expect(koreanServiceSentence(english)).toBe(korean);
  expect(koreanServiceSentence("  <jun> Offline")).toBe("  <jun> Offline");
  expect(koreanServiceSentence("2  mina  here")).toBe("2  mina  here");
});

test("only notices of our own server's services are drawn in Korean", () => {
  const state = { caps: new Set(["sodam.chat/unread"]) };
  const line = { kind: "notice", nick: "NickServ", text: "Offline" };
  const textOf = (change: Partial<typeof line>, words = wordsFor("ko"), on = state): string =>
    serviceNotice(on as never, { ...line, ...change } as never, words);
  expect(textOf({})).toBe("접속해 있지 않습니다.");
  expect(textOf({}, wordsFor("en"))).toBe("Offline");
  expect(textOf({ nick: "jun" })).toBe("Offline");
  expect(textOf({ kind: "said" })).toBe("Offline");
  expect(textOf({}, wordsFor("ko"), { caps: new Set<string>() })).toBe("Offline");
});
